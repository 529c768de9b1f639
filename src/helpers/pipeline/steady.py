"""The environment in which kernels compute: the same numbers every time, and on one processor as on another."""

from __future__ import annotations

import functools
import platform
from pathlib import Path

# Sets iterate in the same order on every run, and libraries keep their advice to themselves.
STEADY = {
    "PYTHONHASHSEED": "0",
    "PYTHONWARNINGS": "ignore",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
# A forked kernel must not inherit the threads of a numerical library, so these have one.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "BLIS_NUM_THREADS": "1"}
# Libraries choose their code by the processor, and newer ones add up in another order: these stay with AVX2.
AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "ARROW_USER_SIMD_LEVEL": "AVX2",
}
PROCESSOR = Path("/proc/cpuinfo")


@functools.cache
def numbers() -> dict[str, str]:
    """Return the variables on which results depend; those of AVX2 only where Linux says that the processor has it."""
    intel = platform.machine() in ("x86_64", "AMD64") and PROCESSOR.is_file()
    return ONE_THREAD | (AVX2 if intel and " avx2 " in PROCESSOR.read_text(encoding="utf-8") else {})
