"""A process that has imported what the notebooks need and forks a ready Jupyter kernel on request (Linux).

It has one thread and opens no thread pool, so that forking is safe. It and its kernels end when the runner
does, however that happens: the socket closes, and each kernel dies with its parent.

    request   {"argv": [...], "env": {...}, "cwd": "...", "log": "..."}    one JSON line
    answers   {"pid": 123}, later {"ended": 123, "code": 0, "memory": bytes}
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from typing import Any

PR_SET_PDEATHSIG = 1


def serve(channel: socket.socket, modules: list[str]) -> None:
    """Answer requests until the other end of the channel closes; between them import the modules."""
    wake, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    kernels: set[int] = set()
    waiting, text = list(modules), b""
    while True:
        ready: list[Any] = select.select([channel, wake], [], [], 0 if waiting else None)[0]  # type: ignore[type-var]
        if wake in ready:
            os.read(wake, 4096)
            _reap(channel, kernels)
        if channel in ready:
            news = channel.recv(1 << 20)
            if not news:
                return _end(kernels)
            *requests, text = (text + news).split(b"\n")
            for request in requests:
                kernels.add(_fork(channel, json.loads(request), (wake, tell)))
        elif waiting:
            _import(waiting.pop(0))


def _fork(channel: socket.socket, request: dict[str, Any], pipe: tuple[int, int]) -> int:
    gc.collect()
    gc.freeze()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        _tell(channel, {"pid": pid})
        return pid
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        channel.close()
        for handle in pipe:
            os.close(handle)
        code = _be_a_kernel(request, parent)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


def _be_a_kernel(request: dict[str, Any], parent: int) -> int:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        return 1
    os.setsid()
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *request["argv"]]
    IPKernelApp.launch_instance(argv=request["argv"])
    return 0


def _reap(channel: socket.socket, kernels: set[int]) -> None:
    for pid in list(kernels):
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            kernels.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            _tell(channel, {"ended": pid, "code": code, "memory": usage.ru_maxrss * 1024})


def _tell(channel: socket.socket, record: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        channel.sendall(json.dumps(record).encode() + b"\n")


def _end(kernels: set[int]) -> None:
    for pid in kernels:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _import(name: str) -> None:
    # What fails to import here fails again in the notebook that wants it, where it can be seen.
    with contextlib.suppress(Exception):
        importlib.import_module(name)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
