"""National identity, tax and insurance numbers of persons."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from types import ModuleType

from helpers.data.privacy.sample import Opinion, Sample
from helpers.recipe.personal.numbers import digits
from helpers.report.text import share as percent


def _listed(words: str) -> list[str]:
    return words.split()


# Modules of python-stdnum whose numbers name a person and carry check digits or a date of birth.
_CHECKED = _listed("""
at.vnr be.nn bg.egn br.cpf ca.sin ch.ssn cl.rut cn.ric cz.rc de.idnr dk.cpr ee.ik es.dni es.nie fi.hetu
fr.nir fr.nif gb.nhs gr.amka hr.oib ie.pps il.idnr in_.aadhaar it.codicefiscale kr.rrn lt.asmens lv.pvn
mx.curp nl.bsn no.fodselsnummer pl.pesel ro.cnp se.personnummer si.emso tr.tckimlik za.idnr au.tfn
""")
# Without check digits, so the way they are written must tell.
_WRITTEN = {
    "us.ssn": re.compile(r"(?!000|666)\d{3}-(?!00)\d{2}-(?!0000)\d{4}"),
    "gb.nino": re.compile(
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", re.I
    ),
    "de.rvnr": re.compile(r"\d{2} ?[0-3]\d[01]\d\d{2} ?[A-Z] ?\d{2}\d"),
}
SHAPE = re.compile(r"[A-Z0-9][A-Z0-9 .\-/+]{6,20}[A-Z0-9]", re.I)
FIRST, MOST = 40, 400


def national_id(sample: Sample) -> Opinion | None:
    """Say whether the values are national numbers of persons of one country."""
    values = [v for v in sample.values if SHAPE.fullmatch(v) and len(digits(v)) >= 5][:MOST]
    if len(values) < 5 or len(values) < 0.5 * min(len(sample.values), MOST) or _counts_up(values):
        return None
    written = {name: _share(values, p.fullmatch) for name, p in _WRITTEN.items()}
    checked = {n: _share(values, _module(n).is_valid) for n in _CHECKED if _promising(n, values)}
    name, part = max((written | checked).items(), key=lambda item: item[1])
    if part < 0.5:
        return None
    country = name.partition(".")[0].strip("_").upper()
    told = "are written as" if name in _WRITTEN else "have the check digits or dates of"
    sure = 0.9 if name in _WRITTEN else 0.95
    return Opinion("national id", part, sure * part, f"{percent(part)} {told} national numbers ({country})")


def _promising(name: str, values: list[str]) -> bool:
    return _share(values[:FIRST], _module(name).is_valid) >= 0.5


def _share(values: list[str], holds: Callable[[str], object]) -> float:
    return sum(bool(holds(v)) for v in values) / len(values)


def _counts_up(values: list[str]) -> bool:
    """Whether the values are numbers one after the other, as order numbers are."""
    if not all(v.isdigit() for v in values):
        return False
    steps = {int(b) - int(a) for a, b in itertools.pairwise(values)}
    return len(steps) == 1


@lru_cache
def _module(name: str) -> ModuleType:
    import stdnum  # by name, or its version would not count

    return import_module(f"{stdnum.__name__}.{name}")
