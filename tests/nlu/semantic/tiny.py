"""A sentence encoder of a few kilobytes, of random weights, in the three files of a real one."""

import json
from pathlib import Path

import numpy as np

LAYERS, HEADS, WIDTH, INNER = 2, 2, 8, 12
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "toy", "##s", "stop", "alert", "?", "un", "##aff", "##able", "欧", "new"]


def build(folder: Path, *, seed: int = 7) -> Path:
    """Write the files and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = _arrays(np.random.default_rng(seed))
    header, offset = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    written = json.dumps({**header, "ids": {"dtype": "I64", "shape": [0], "data_offsets": [offset, offset]}}).encode()
    body = b"".join(array.tobytes() for array in arrays.values())
    (folder / "model.safetensors").write_bytes(len(written).to_bytes(8, "little") + written + body)
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", "utf-8")
    config = {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


def _arrays(generator: np.random.Generator) -> dict[str, np.ndarray]:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (128, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        **_normed("embeddings.LayerNorm", WIDTH),
    }
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            shapes |= _dense(f"{layer}.attention.self.{part}", WIDTH, WIDTH)
        shapes |= _dense(f"{layer}.attention.output.dense", WIDTH, WIDTH)
        shapes |= _normed(f"{layer}.attention.output.LayerNorm", WIDTH)
        shapes |= _dense(f"{layer}.intermediate.dense", INNER, WIDTH) | _dense(f"{layer}.output.dense", WIDTH, INNER)
        shapes |= _normed(f"{layer}.output.LayerNorm", WIDTH)
    return {
        name: generator.normal(float(name.endswith("Norm.weight")), _spread(name), shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def _spread(name: str) -> float:
    """Words far apart and little bias: so that what a text says is still to be seen after the last layer."""
    return 2.0 if name == "embeddings.word_embeddings.weight" else 0.05 if name.endswith("bias") else 0.3


def _dense(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def _normed(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}
