"""Trains the understanding in a child process when its data changed: scikit-learn never loads into the service."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import NotReady
from bot.settings import Settings
from nlu.interpreter import Interpreter

if TYPE_CHECKING:
    from nlu.semantic.encoder import Encoder

DATA = Path(__file__).resolve().parent.parent / "nlu" / "data"


def model_dir(data: Path) -> Path:
    return data / "model"


def interpreter(settings: Settings) -> Interpreter:
    """The understanding by a model that fits today's training data, with its encoder if one is set. Raises NotReady."""
    encoder = _encoder(settings.nlu.encoder)
    if stale(settings):
        train(settings)
    return Interpreter.load(model_dir(settings.data), encoder)


def train(settings: Settings) -> None:
    """Train anew. Raises NotReady with the trainer's last words."""
    folder = model_dir(settings.data)
    folder.mkdir(parents=True, exist_ok=True)
    _run("nlu.train", DATA, folder.resolve())
    if settings.nlu.encoder:
        _run("nlu.train_semantic", DATA, folder.resolve(), settings.nlu.encoder.resolve())


def _run(module: str, *places: Path) -> None:
    command = [sys.executable, "-m", module, *map(str, places)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=DATA.parent.parent)  # noqa: S603
    if done.returncode:
        raise NotReady("cli.training_failed", problem=done.stderr.strip()[-500:] or f"exit {done.returncode}")


def stale(settings: Settings) -> bool:
    """Does the model differ from what today's training data would give? Raises NotReady when the encoder is none."""
    from nlu.fingerprint import needs_second, needs_training

    encoder, model = settings.nlu.encoder, model_dir(settings.data)
    _encoder(encoder)
    return needs_training(DATA, model) or (encoder is not None and needs_second(DATA, model, encoder))


def _encoder(folder: Path | None) -> "Encoder | None":
    if folder is None:
        return None
    from nlu.semantic.encoder import Encoder, NoEncoder

    try:
        return Encoder.load(folder)
    except NoEncoder as problem:
        raise NotReady("cli.no_encoder", folder=str(folder), problem=str(problem)) from problem
