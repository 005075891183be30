"""Whole dialogues side by side in one run: the same registration over the REST webhook, on our engine and on Rasa's."""

import argparse
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from _service import ROOT, Client, Service, environment, fengsui, folder, free_port, print_machine, print_table, serving
from turns import SUBSCRIBE, at_once, conversations, long, measured, talk

RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
HEAD = ("", "turns", "CPU ms", "per s", "p50 ms", "p95 ms")
START_SECONDS = 600  # training is part of the first start


@dataclass(slots=True)
class Pair:
    """The service and the Rasa server that decides its dialogues: talked to as one, counted together or apart."""

    service: Service
    rasa: Service
    counted: str = "both"

    @property
    def port(self) -> int:
        return self.service.port

    def cpu(self) -> float:
        return self.rasa.cpu() + (self.service.cpu() if self.counted == "both" else 0.0)


@contextmanager
def rasa_server(work: Path, port: int, service: int, config: str = "config.yml") -> Iterator[Service]:
    """This project on a real Rasa, as `make rasa` serves it; trained before its start is timed."""
    script = str(ROOT / "tools" / "rasa" / "serve.sh")
    settings = {"RASA_WORK": str(work), "RASA_PORT": str(port), "RASA_SERVICE": f"http://127.0.0.1:{service}"}
    settings["RASA_CONFIG"] = config
    with (work / "rasa.log").open("wb") as log:
        start = partial(subprocess.Popen, env=environment() | settings, stdout=log, stderr=log)
        if start([script, "--train-only"]).wait(START_SECONDS):
            raise RuntimeError(f"Rasa did not train:\n{(work / 'rasa.log').read_text()[-2000:]}")
        began = time.perf_counter()
        server = Service(start([script]), port)
        try:
            _wait(server)
            server.started = (time.perf_counter() - began, server.cpu())
            yield server
        finally:
            server.process.terminate()
            server.process.wait(30)


def _wait(server: Service) -> None:
    """Until it names its model."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/status", timeout=5) as answer:
                if b"model_file" in answer.read():
                    return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.05)
    raise RuntimeError("Rasa did not start")


def ours(chosen: argparse.Namespace) -> list[list[str]]:
    with folder() as data:
        fengsui("train", data=data)
        with serving(data) as service:
            rows = _rows("Fengsui", service, chosen)
            print(_cost("Fengsui", service), flush=True)
    return rows


def theirs(chosen: argparse.Namespace) -> list[list[str]]:
    """Rasa's own CPU, and that of both processes: it asks the service what a message means and to run the actions."""
    port, rasa_port = free_port(), free_port()
    settings = {"FENGSUI_ENGINE": "rasa", "FENGSUI_RASA__URL": f"http://127.0.0.1:{rasa_port}"}
    with folder() as data, folder() as work:
        fengsui("train", data=data)
        with rasa_server(work, rasa_port, port) as rasa, serving(data, port=port, settings=settings) as service:
            rows = _rows("Rasa alone", Pair(service, rasa, "rasa"), chosen)
            rows += _rows("Rasa and the service", Pair(service, rasa), chosen)
            print(_cost("Rasa alone", rasa), flush=True)
    return rows


def stock() -> None:
    """The start and the memory of Rasa with its own pipeline; both are the same after one epoch as after a hundred."""
    port = free_port()
    with folder() as work:
        policies = "policies:\n  - name: RulePolicy\n"
        diet = (ROOT / "config.diet.yml").read_text("utf-8").replace("epochs: 100", "epochs: 1")
        (work / "diet.yml").write_text(diet + policies, "utf-8")
        with rasa_server(work, port, free_port(), str(work / "diet.yml")) as rasa:
            client = Client(port)
            for text in SUBSCRIBE:
                client.post("/model/parse", {"text": text})
            client.close()
            print(_cost("Rasa with its stock pipeline, DIET", rasa), flush=True)


def _rows(name: str, service: Service | Pair, chosen: argparse.Namespace) -> list[list[str]]:
    talk(service, conversations(2))  # the first of everything is slower, once
    rows = [
        measured(service, "1 client", lambda: talk(service, conversations(chosen.conversations))),
        measured(service, "4 clients", lambda: at_once(service, 4, max(1, chosen.conversations // 4))),
        *long(service, chosen.people, chosen.turns),
    ]
    return [[f"{name}, {row[0]}", *row[1:]] for row in rows]


def _cost(name: str, service: Service) -> str:
    (wall, cpu), (now, peak) = service.started, service.memory()
    return f"{name}: ready after {wall:.1f} s, {cpu:.1f} s CPU; {now:.0f} MB resident, {peak:.0f} MB at the peak"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=20, help="of six turns, with one client")
    parser.add_argument("--people", type=int, default=3, help="who have the long conversations")
    parser.add_argument("--stock", action="store_true", help="Rasa's stock pipeline too: how it starts, what it takes")
    parser.add_argument("--turns", type=int, default=120, help="how long these become")
    chosen = parser.parse_args()
    print_machine()
    rows = ours(chosen)
    if RASA.exists():
        rows += theirs(chosen)
        if chosen.stock:
            stock()
    else:
        print("Rasa is left out: make rasa-setup installs it.", file=sys.stderr)
    print_table(HEAD, rows)


if __name__ == "__main__":
    main()
