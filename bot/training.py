"""Trains the understanding in a child process when its data changed: scikit-learn never loads into the service."""

import subprocess
import sys
from pathlib import Path

from bot.errors import NotReady

DATA = Path(__file__).resolve().parent.parent / "nlu" / "data"


def model_dir(data: Path) -> Path:
    return data / "model"


def ensure_model(data: Path) -> Path:
    """The folder of a model that fits today's training data. Raises NotReady when training fails."""
    if stale(data):
        train(data)
    return model_dir(data)


def train(data: Path) -> None:
    """Train anew. Raises NotReady with the trainer's last words."""
    folder = model_dir(data)
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603  our own module with our own paths
        [sys.executable, "-m", "nlu.train", str(DATA), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=DATA.parent.parent,
    )
    if done.returncode:
        raise NotReady("cli.training_failed", problem=done.stderr.strip()[-500:] or f"exit {done.returncode}")


def stale(data: Path) -> bool:
    """Does the model differ from what today's training data would give?"""
    from nlu.fingerprint import needs_training

    return needs_training(DATA, model_dir(data))
