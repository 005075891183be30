"""Tell cheaply whether a stored model still fits the training data."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nlu import training_data

MODEL = "classifier.npz"
MARK = "fingerprint"
FORMAT = "5"
_HERE = Path(__file__).parent


def fingerprint(data_dir: Path) -> str:
    """A digest of all that a model depends on: the examples, the word tables and the format of the model."""
    digest = hashlib.sha256(FORMAT.encode())
    digest.update(training_data.fingerprint(data_dir).encode())
    for path in (_HERE / "concepts.yml", *sorted((_HERE / "reference").glob("*.tsv"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def needs_training(data_dir: Path, model_dir: Path) -> bool:
    """True unless the directory holds a model of exactly this data; takes a few milliseconds."""
    mark = model_dir / MARK
    if not mark.exists() or not (model_dir / MODEL).exists():
        return True
    return mark.read_text(encoding="ascii").strip() != fingerprint(data_dir)
