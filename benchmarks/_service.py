"""A running service to measure: started on SQLite in a new folder, talked to over a bare socket, watched in /proc."""

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60


@dataclass(slots=True)
class Service:
    """`fengsui up` as a child process. `started`: (wall, CPU) seconds until /readyz answered 200."""

    process: subprocess.Popen[bytes]
    port: int
    started: tuple[float, float] = (0.0, 0.0)

    def cpu(self) -> float:
        """Seconds of CPU of the process and all its threads so far, to a hundredth."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> tuple[float, float]:
        """(resident now, resident at the peak) in MB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        found = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS", "VmHWM"))}
        return int(found["VmRSS"]) / 1024, int(found["VmHWM"]) / 1024


class Client:
    """One kept-alive connection. A library's client would take as much CPU as the service that it measures."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: dict[str, Any]) -> tuple[bytes, float]:
        """(the answer's body, milliseconds). Raises RuntimeError unless the status is 200."""
        data = json.dumps(body).encode()
        said = f"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(data)}"
        start = time.perf_counter()
        self._socket.sendall(f"POST {path} HTTP/1.1\r\n{said}\r\n\r\n".encode() + data)
        answer = self._answer()
        return answer, (time.perf_counter() - start) * 1000

    def _answer(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head.splitlines()[0].decode()}: {body[:300].decode()}")
        length = next(int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:"))
        while len(body) < length:
            body += self._more()
        return body

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise RuntimeError("the service closed the connection")
        return part

    def close(self) -> None:
        self._socket.close()


@contextmanager
def folder() -> Iterator[Path]:
    """A new data folder on the disk that temporary files are on (TMPDIR chooses another)."""
    with tempfile.TemporaryDirectory(prefix="fengsui-bench-") as path:
        yield Path(path)


def fengsui(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Run one command to its end. Raises RuntimeError with what it said when it fails."""
    command = [sys.executable, "-m", "bot", *arguments, "--data", str(data)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done


@contextmanager
def serving(data: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """The service on a free port or this one, with these FENGSUI_ variables; ended when the block ends."""
    port = port or free_port()
    command = [sys.executable, "-m", "bot", "up", "--host", "127.0.0.1", "--port", str(port), "--data", str(data)]
    with (data / "service.log").open("wb") as log:
        start = time.perf_counter()
        used = environment() | dict(settings or {})
        process = subprocess.Popen(command, cwd=ROOT, env=used, stdout=log, stderr=subprocess.STDOUT)
        service = Service(process, port)
        try:
            _wait(service, data)
            service.started = (time.perf_counter() - start, service.cpu())
            yield service
        finally:
            process.terminate()
            process.wait(30)


def environment() -> dict[str, str]:
    """Ours without FENGSUI_ variables: a setting of this machine must not change what is measured."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FENGSUI_")}
    return kept | {"LC_ALL": "C.UTF-8"}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(service: Service, data: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _ready(service.port):
        if service.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the service did not start:\n{(data / 'service.log').read_text()[-2000:]}")
        time.sleep(0.01)


def _ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            probe.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return probe.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def print_machine() -> None:
    """What was measured on: without it a number says nothing."""
    cores = len(os.sched_getaffinity(0))
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    print(f"{cores} cores ({model}), Python {platform.python_version()}, {platform.system()} {platform.release()}")
    print(f"load average of the last minute: {os.getloadavg()[0]:.1f} (what else is running disturbs the numbers)\n")


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they must be; the first is text, the others are numbers."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        numbers = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join([row[0].ljust(widths[0]), *numbers]))
    print(flush=True)
