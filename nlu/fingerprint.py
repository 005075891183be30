"""Tell cheaply whether a stored model still fits the training data."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from nlu import training_data

MODEL = "classifier.npz"
MARK = "fingerprint"
SECOND_MARK = "semantic-fingerprint"
FORMAT = "5"
_HERE = Path(__file__).parent


def fingerprint(data_dir: Path) -> str:
    """A digest of all that a model depends on: the examples, the word tables and the format of the model."""
    digest = hashlib.sha256(FORMAT.encode())
    digest.update(training_data.fingerprint(data_dir).encode())
    for path in (_HERE / "concepts.yml", *sorted((_HERE / "reference").glob("*.tsv"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def second_fingerprint(data_dir: Path, encoder_dir: Path) -> str:
    """The same for what is taught an encoder. Its weights are told by their size and beginning: 90 MB are dear to read.

    Raises OSError when there are no weights.
    """
    digest = hashlib.sha256(fingerprint(data_dir).encode())
    with (encoder_dir / "model.safetensors").open("rb") as weights:
        digest.update(f"{os.fstat(weights.fileno()).st_size}".encode() + weights.read(1 << 20))
    return digest.hexdigest()


def needs_training(data_dir: Path, model_dir: Path) -> bool:
    """True unless the directory holds a model of exactly this data; takes a few milliseconds."""
    return not (model_dir / MODEL).exists() or _read(model_dir / MARK) != fingerprint(data_dir)


def needs_second(data_dir: Path, model_dir: Path, encoder_dir: Path) -> bool:
    """True unless the second opinion is of exactly this data and encoder. Raises OSError as above."""
    return _read(model_dir / SECOND_MARK) != second_fingerprint(data_dir, encoder_dir)


def _read(mark: Path) -> str:
    return mark.read_text(encoding="ascii").strip() if mark.exists() else ""
