"""A real Rasa server for a small assistant of the tests, with what it asks answered by this process.

The model is trained and served by `.venv-rasa` (make rasa). What a message means is dictated by the transcript through
the same component that the service uses; actions run here, through rasa-sdk's executor, as in the embedded engine.
"""

import asyncio
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

from bot.dialogue.events import ActionExecutionRejection
from tests.dialogue.desk import BOTS, assistant, message, run_action

PROJECT = Path(__file__).parents[2]
VENV = Path(os.environ.get("FENGSUI_TEST_RASA") or PROJECT / ".venv-rasa")
RASA = VENV / "bin" / "rasa"
START_SECONDS = 120
MODEL = ("model_id", "assistant_id")
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


@dataclass(slots=True)
class Prompter:
    """Answers /model/parse with what the transcript says of the turn under way, and /webhook by running the action."""

    parse: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator["Prompter"]:
        prompter = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = prompter.answer(self.path, asked)
                said = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, path: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path == "/model/parse":
            return 200, self.parse
        try:
            events, responses = asyncio.run(run_action(asked))
        except ActionExecutionRejection as declined:
            return 400, {"error": str(declined), "action_name": asked["next_action"]}
        except Exception as error:
            return 500, {"error": repr(error)}
        return 200, {"events": events, "responses": responses}


@dataclass(frozen=True, slots=True)
class Rasa:
    """A running server."""

    url: str
    prompter: Prompter

    def say(self, sender: str, turn: dict[str, Any], number: int) -> list[dict[str, Any]]:
        """One turn over the REST channel; returns the replies without the recipient."""
        self.prompter.parse = message(turn, str(number)).parse
        body = {"sender": sender, "message": turn["say"]}
        if turn.get("metadata"):
            body["metadata"] = turn["metadata"]
        replies = ask(f"{self.url}/webhooks/rest/webhook", body)
        return [{key: value for key, value in reply.items() if key != "recipient_id"} for reply in replies]

    def events(self, sender: str) -> list[dict[str, Any]]:
        found = ask(f"{self.url}/conversations/{sender}/tracker?include_events=ALL")
        return [comparable(event) for event in found["events"]]


def comparable(event: dict[str, Any]) -> dict[str, Any]:
    """Without what only says which model was running."""
    metadata = {key: value for key, value in (event.get("metadata") or {}).items() if key not in MODEL}
    return {**event, "metadata": metadata}


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read())


@contextmanager
def rasa(name: str, folder: Path) -> Iterator[Rasa]:
    """Train the assistant with Rasa and serve it on a free port of this machine."""
    with Prompter().serving() as prompter:
        project = write_project(name, folder, prompter.url)
        files = ["--config", "config.yml", "--domain", "domain", "--data", "data"]
        run(["train", *files, "--fixed-model-name", "m"], project)
        port = free_port()
        settings = ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
        command = [str(RASA), "run", "--enable-api", "-m", "models/m.tar.gz", "-i", "127.0.0.1", "-p", str(port)]
        with (project / "rasa.log").open("wb") as log:
            server = subprocess.Popen([*command, *settings], cwd=project, env=environment(), stdout=log, stderr=log)
            try:
                yield Rasa(wait(f"http://127.0.0.1:{port}", server), prompter)
            finally:
                server.terminate()
                server.wait(30)


def write_project(name: str, folder: Path, url: str) -> Path:
    """The assistant's own domain and rules, with a pipeline of our component and an example for each intent."""
    source, project = BOTS / name, folder / name
    for part in ("data", "domain"):
        (project / part).mkdir(parents=True)
    files = sorted((source / "domain").glob("*.yml")) if (source / "domain").is_dir() else [source / "domain.yml"]
    for path in files:
        (project / "domain" / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (project / "data" / "rules.yml").write_text((source / "rules.yml").read_text("utf-8"), "utf-8")
    config = yaml.safe_load((source / "config.yml").read_text("utf-8"))
    config["pipeline"] = [{"name": "nlu.rasa_components.FengsuiInterpreter", "url": url}]
    write(project / "config.yml", config)
    intents = sorted(assistant(name).domain.intents)
    examples = [{"intent": intent, "examples": f"- {intent} one\n- {intent} two\n"} for intent in intents]
    write(project / "data" / "nlu.yml", {"version": "3.1", "nlu": examples})
    write(project / "endpoints.yml", {"action_endpoint": {"url": f"{url}/webhook"}})
    write(project / "credentials.yml", {"rest": None})
    return project


def write(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def environment() -> dict[str, str]:
    return {**os.environ, **QUIET, "PYTHONPATH": str(PROJECT)}


def run(arguments: list[str], folder: Path) -> None:
    done = subprocess.run([str(RASA), *arguments], cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(url: str, server: "subprocess.Popen[bytes]") -> str:
    """Until the server names its model."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, "Rasa ended: see rasa.log"
        try:
            if ask(f"{url}/status").get("model_file"):
                return url
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.5)
    raise TimeoutError(f"Rasa was not ready within {START_SECONDS} s")
