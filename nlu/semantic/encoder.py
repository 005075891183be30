"""A sentence encoder of BERT's shape (all-MiniLM-L6-v2) in numpy: the weights are mapped from the file, not read."""

from __future__ import annotations

import json
import mmap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.semantic.wordpiece import Pieces

WEIGHTS, VOCABULARY, CONFIG = "model.safetensors", "vocab.txt", "config.json"
BATCH = 32
Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


class NoEncoder(Exception):
    """The folder holds no encoder that can be used; the message says what was expected and what is there."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """Weights by their names in the file, the number of layers and of heads, and the vocabulary."""

    weights: Mapping[str, Floats]
    layers: int
    heads: int
    pieces: Pieces

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """Open the three files of an encoder. Raises NoEncoder."""
        try:
            config = json.loads((folder / CONFIG).read_text("utf-8"))
            layers, heads = int(config["num_hidden_layers"]), int(config["num_attention_heads"])
            encoder = cls(read_weights(folder / WEIGHTS), layers, heads, Pieces.read(folder / VOCABULARY))
            encoder.encode(["ready"])
        except (OSError, ValueError, KeyError, TypeError, IndexError) as problem:
            wanted = f"{WEIGHTS}, {VOCABULARY} and {CONFIG} of a sentence encoder like all-MiniLM-L6-v2"
            raise NoEncoder(f"expected {wanted}; {type(problem).__name__}: {problem}") from problem
        return encoder

    def encode(self, texts: Sequence[str]) -> Floats:
        """A vector of length one for each text (texts x width). Texts of one length go through together: no padding."""
        by_length: dict[int, list[int]] = defaultdict(list)
        cut = [self.pieces.cut(text) for text in texts]
        for number, pieces in enumerate(cut):
            by_length[len(pieces)].append(number)
        encoded = np.zeros((len(texts), self.weights["embeddings.LayerNorm.bias"].size), np.float32)
        for alike in by_length.values():
            for start in range(0, len(alike), BATCH):
                chosen = alike[start : start + BATCH]
                encoded[chosen] = self._encode(np.array([cut[number] for number in chosen], np.int64))
        return encoded

    def _encode(self, pieces: Numbers) -> Floats:
        """Vectors of texts with as many pieces each: the mean over the pieces, of length one."""
        named = self.weights
        places = named["embeddings.position_embeddings.weight"][: pieces.shape[1]]
        kinds = named["embeddings.token_type_embeddings.weight"][0]
        state = self._level(named["embeddings.word_embeddings.weight"][pieces] + places + kinds, "embeddings.LayerNorm")
        for number in range(self.layers):
            state = self._layer(state, f"encoder.layer.{number}")
        mean = state.mean(axis=1)
        vectors: Floats = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors

    def _layer(self, state: Floats, name: str) -> Floats:
        attended = self._dense(self._attend(state, f"{name}.attention.self"), f"{name}.attention.output.dense")
        state = self._level(state + attended, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._dense(state, f"{name}.intermediate.dense"))
        return self._level(state + self._dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _attend(self, state: Floats, name: str) -> Floats:
        texts, length, width = state.shape
        size = width // self.heads

        def split(part: str) -> Floats:
            made = self._dense(state, f"{name}.{part}").reshape(texts, length, self.heads, size)
            return made.transpose(0, 2, 1, 3)

        likeness = split("query") @ split("key").transpose(0, 1, 3, 2) / np.float32(size**0.5)
        shares = np.exp(likeness - likeness.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        attended: Floats = (shares @ split("value")).transpose(0, 2, 1, 3).reshape(texts, length, width)
        return attended

    def _dense(self, state: Floats, name: str) -> Floats:
        return state @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _level(self, state: Floats, name: str) -> Floats:
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        levelled: Floats = centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return levelled


def read_weights(path: Path) -> dict[str, Floats]:
    """The 32-bit arrays of a safetensors file, as views of the mapped file. Raises OSError, ValueError, KeyError.

    The format: 8 bytes with the length of a JSON header, the header, then the numbers.
    """
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = int.from_bytes(mapped[:8], "little")
    header = json.loads(mapped[8 : 8 + size])
    arrays = {}
    for name, about in header.items():
        if about.get("dtype") == "F32":
            start, end = about["data_offsets"]
            flat = np.frombuffer(mapped, np.float32, (end - start) // 4, 8 + size + start)
            arrays[name] = flat.reshape(about["shape"])
    return arrays


def _gelu(values: Floats) -> Floats:
    """x times the normal distribution at x; erf by Abramowitz and Stegun 7.1.26, right to 1.5e-7."""
    halved = np.abs(values) / np.float32(2**0.5)
    t = 1 / (1 + np.float32(0.3275911) * halved)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    error = np.sign(values) * (1 - series * np.exp(-(halved**2)))
    result: Floats = (values * (1 + error) / 2).astype(np.float32)
    return result
