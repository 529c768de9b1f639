"""Kernels for the stages: forked from a warm server where that is safe (Linux), else started as usual."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.utils import run_sync

from helpers.errors import Failed
from helpers.pipeline.steady import STEADY, numbers


class ForkServer:
    """The warm server of one run, from the runner's side; `stop` ends it and all its kernels."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._channel, theirs = socket.socketpair()
        command = [sys.executable, "-m", "helpers.pipeline.fork_server", str(theirs.fileno()), *modules]
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env={**os.environ, **STEADY, **numbers()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for the runner alone
        )
        theirs.close()
        self._one_at_a_time = threading.Lock()
        self._started: queue.Queue[int | None] = queue.Queue()
        self._running: dict[int, ForkedProcess] = {}
        self._ended: dict[int, dict[str, int]] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def launch(self, argv: Sequence[str], env: Mapping[str, str], cwd: str, log: Path) -> ForkedProcess:
        """Return a new kernel process; argv are the arguments of the kernel alone."""
        request = {"argv": list(argv), "env": dict(env), "cwd": cwd, "log": str(log)}
        with self._one_at_a_time:
            self._channel.sendall(json.dumps(request).encode() + b"\n")
            pid = self._started.get()
        if pid is None:
            raise Failed("the server that forks the kernels has ended; run again")
        process = self._running[pid] = ForkedProcess(pid)
        if pid in self._ended:
            process.end(self._ended[pid])
        return process

    def stop(self) -> None:
        """End the server and all its kernels."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)  # close() alone waits for the listener
        self._channel.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:  # it still imports
            self._process.kill()  # its kernels die with it
            self._process.wait()

    def _listen(self) -> None:
        try:
            with self._channel.makefile("rb") as answers:
                for line in answers:
                    self._hear(json.loads(line))
        except (OSError, ValueError):
            pass
        self._started.put(None)
        for process in list(self._running.values()):
            process.end({"code": -signal.SIGKILL, "memory": 0})

    def _hear(self, answer: dict[str, int]) -> None:
        if "pid" in answer:
            self._started.put(answer["pid"])
            return
        self._ended[answer["ended"]] = answer
        if answer["ended"] in self._running:
            self._running[answer["ended"]].end(answer)


class ForkedProcess:
    """A kernel that is a grandchild of the runner, with as much of Popen as a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.memory: int | None = None  # peak, in bytes, known at the end
        self._code: int | None = None
        self._over = threading.Event()

    def end(self, answer: Mapping[str, int]) -> None:
        """Take the server's word that the process has ended."""
        if not self._over.is_set():
            self._code, self.memory = answer["code"], answer["memory"] or None
            self._over.set()

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._code

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        return self._code

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end, and return the exit status."""
        if not self._over.wait(timeout):
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return self._code

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signum)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Jupyter's way to start a kernel, here by the fork server of the manager that asks."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel instead of running the command."""
        manager: Any = self.parent
        argv = cmd[cmd.index("-f") :]
        self.process = manager.server.launch(argv, kwargs["env"], kwargs["cwd"], manager.log_file)
        manager.process = self.process
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class OneSpec(KernelSpecManager):
    """The kernel of the Python that runs this, whatever kernels are installed."""

    warm = False

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the specification, with the provisioner to use."""
        metadata = {"kernel_provisioner": {"provisioner_name": "workbench-fork"}} if self.warm else {}
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Workbench", language="python", metadata=metadata)


class PromptClient(AsyncKernelClient):
    """A client that goes on as soon as the kernel has answered on both channels.

    The one of jupyter_client then listens for 0.2 s more, which is half of what a stage costs beside its cells.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers; RuntimeError when it ends or the time (seconds) is over."""
        end = time.monotonic() + (timeout or 60)
        while time.monotonic() < end:
            self.kernel_info()
            with contextlib.suppress(queue.Empty):
                self._handle_kernel_info_reply(await self.shell_channel.get_msg(timeout=1))
                await self.iopub_channel.get_msg(timeout=1)  # so its output will be heard, too
                return
            if not await self._async_is_alive():
                break
        raise RuntimeError("the kernel did not get ready")


class StageKernels(AsyncKernelManager):
    """The manager of the kernel of one stage: its environment, and sockets in a folder of its own."""

    def __init__(self, server: ForkServer | None, env: Mapping[str, str], log_file: Path) -> None:
        specs = OneSpec()
        specs.warm = server is not None
        super().__init__(kernel_name="workbench", kernel_spec_manager=specs)
        self.client_factory = PromptClient
        self.server, self.log_file = server, log_file
        self.process: ForkedProcess | None = None
        self._env = dict(env)
        self._sockets = tempfile.mkdtemp(prefix="workbench-")
        self.connection_file = str(Path(self._sockets) / "kernel.json")
        if sys.platform != "win32":
            self.transport, self.ip = "ipc", str(Path(self._sockets) / "kernel")

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Start the kernel with the environment of the stage."""
        await super().start_kernel(**kwargs, env={**os.environ, **STEADY, **numbers(), **self._env})

    def start_ahead(self, folder: Path) -> None:
        """Start the kernel now, in a folder, so that it is ready when its notebook is."""
        run_sync(self.start_kernel)(cwd=str(folder))

    def end(self) -> None:
        """End the kernel, if it still runs, and remove its sockets; what it wrote is written already."""
        if self.process is not None:
            self.process.kill()
            with contextlib.suppress(
                subprocess.TimeoutExpired
            ):  # a server that imports tells no memory: go on
                self.process.wait(5)
        elif self.has_kernel:
            run_sync(self.shutdown_kernel)(now=True)
        self.context.destroy(linger=0)
        shutil.rmtree(self._sockets, ignore_errors=True)


def can_fork() -> bool:
    """Whether kernels are forked on this system."""
    return sys.platform == "linux"
