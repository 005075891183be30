"""The encoder computes what BERT's definition says, and refuses what is no encoder in one sentence."""

import math
from pathlib import Path

import numpy as np
import pytest

from nlu.semantic.encoder import Encoder, NoEncoder
from tests.nlu.semantic import tiny

REAL = Path(__file__).parents[3] / ".encoder"
TEXTS = ["new toys", "stop", "toys ? 欧", "stop alert", "unaffable new toys ? ?"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.build(tmp_path / "encoder")


def test_vectors_are_those_of_the_definition(folder: Path) -> None:
    encoder = Encoder.load(folder)
    found = encoder.encode(TEXTS)
    assert found.shape == (len(TEXTS), tiny.WIDTH)
    for text, vector in zip(TEXTS, found, strict=True):
        assert vector == pytest.approx(_by_the_definition(encoder, text), abs=1e-5)


def test_a_text_alone_is_encoded_as_among_others(folder: Path) -> None:
    encoder = Encoder.load(folder)
    together = encoder.encode(TEXTS * 20)
    assert np.allclose(together[:5], np.vstack([encoder.encode([text]) for text in TEXTS]), atol=1e-6)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["model.safetensors", "vocab.txt", "config.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\x20\x00\x00\x00\x00\x00\x00\x00not a header at all"])
def test_what_is_no_encoder_is_refused(folder: Path, name: str, content: bytes | None) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(NoEncoder, match=r"expected model\.safetensors, vocab\.txt and config\.json"):
        Encoder.load(folder)


@pytest.mark.skipif(not REAL.exists(), reason="NO ENCODER: make encoder fetches it")
def test_the_real_one_says_what_its_makers_say() -> None:
    """The likenesses that the model's page shows for its example."""
    asked, *others = Encoder.load(REAL).encode(
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    )
    assert [round(float(asked @ other), 3) for other in others] == [0.695, 0.943, 0.257]


def _by_the_definition(encoder: Encoder, text: str) -> list[float]:
    """Word by word and number by number, with math.erf."""
    named = encoder.weights
    states = [
        _level(
            encoder,
            named["embeddings.word_embeddings.weight"][piece]
            + named["embeddings.position_embeddings.weight"][place]
            + named["embeddings.token_type_embeddings.weight"][0],
            "embeddings.LayerNorm",
        )
        for place, piece in enumerate(encoder.pieces.cut(text))
    ]
    for number in range(tiny.LAYERS):
        states = _layer(encoder, states, f"encoder.layer.{number}")
    mean = sum(states) / len(states)
    return list(mean / math.sqrt(sum(float(value) ** 2 for value in mean)))


def _layer(encoder: Encoder, states: list[np.ndarray], name: str) -> list[np.ndarray]:
    size = tiny.WIDTH // tiny.HEADS
    query, key, value = (
        [_dense(encoder, state, f"{name}.attention.self.{part}") for state in states]
        for part in ("query", "key", "value")
    )
    after = []
    for place, state in enumerate(states):
        heads = []
        for head in range(tiny.HEADS):
            own = slice(head * size, (head + 1) * size)
            raised = [math.exp(float(query[place][own] @ other[own]) / math.sqrt(size)) for other in key]
            heads.append(sum(share / sum(raised) * each[own] for share, each in zip(raised, value, strict=True)))
        told = _dense(encoder, np.concatenate(heads), f"{name}.attention.output.dense")
        state = _level(encoder, state + told, f"{name}.attention.output.LayerNorm")
        inner = _dense(encoder, state, f"{name}.intermediate.dense")
        bent = np.array([number * (1 + math.erf(number / math.sqrt(2))) / 2 for number in inner.tolist()])
        after.append(_level(encoder, state + _dense(encoder, bent, f"{name}.output.dense"), f"{name}.output.LayerNorm"))
    return after


def _dense(encoder: Encoder, state: np.ndarray, name: str) -> np.ndarray:
    weights, bias = encoder.weights[f"{name}.weight"], encoder.weights[f"{name}.bias"]
    return np.array([float(row @ state) + float(more) for row, more in zip(weights, bias, strict=True)])


def _level(encoder: Encoder, state: np.ndarray, name: str) -> np.ndarray:
    spread = math.sqrt(float(np.var(state)) + 1e-12)
    levelled = (state - float(np.mean(state))) / spread
    return np.asarray(levelled * encoder.weights[f"{name}.weight"] + encoder.weights[f"{name}.bias"])
