"""The second opinion: taught, weighed by cross-validation, joined with the classifier's; refused without an encoder."""

from pathlib import Path

import numpy as np
import pytest

from bot import training
from bot.errors import NotReady
from bot.settings import Nlu, Settings
from nlu import fingerprint, train_semantic
from nlu.classifier import NOT_TAUGHT, IntentScore, Thresholds
from nlu.semantic.encoder import Encoder
from nlu.semantic.opinion import Opinion
from tests.nlu.semantic import tiny

RANKING = [IntentScore("a", 0.6), IntentScore("b", 0.3), IntentScore("c", 0.1)]
LESSONS = {"greet": "new toys", "stop": "stop alert", "out_of_scope": "unaffable ?"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.build(tmp_path / "encoder")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three intents, twelve sentences each, in both languages; the Chinese ones are not for the encoder."""
    for language, ending in (("en", ""), ("zh", "欧")):
        blocks = [
            f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {f'{text} ' * n}{ending}\n" for n in range(1, 13))
            for intent, text in LESSONS.items()
        ]
        (tmp_path / "data" / language).mkdir(parents=True)
        (tmp_path / "data" / language / "all.yml").write_text('version: "3.1"\nnlu:\n' + "".join(blocks), "utf-8")
    return tmp_path / "data"


def opinion(folder: Path, share: float) -> Opinion:
    bias = np.array([0.0, np.log(3)], np.float32)
    return Opinion(Encoder.load(folder), ("b", "d"), np.zeros((tiny.WIDTH, 2), np.float32), bias, share)


def test_the_rankings_are_joined_by_their_shares(folder: Path) -> None:
    joined = opinion(folder, 0.4).join(RANKING, "new toys")
    assert [(score.name, score.confidence) for score in joined] == [
        ("a", pytest.approx(0.36)),
        ("d", pytest.approx(0.3)),
        ("b", pytest.approx(0.28)),
        ("c", pytest.approx(0.06)),
    ]


def test_without_a_share_nothing_is_asked(folder: Path) -> None:
    assert opinion(folder, 0.0).join(RANKING, "new toys") is RANKING


def test_it_is_taught_kept_and_read_again(data: Path, folder: Path, tmp_path: Path) -> None:
    taught = train_semantic.train(data, tmp_path / "model", folder)
    read = Opinion.load(tmp_path / "model", Encoder.load(folder))
    assert set(read.intents) == set(LESSONS)
    assert read.share == taught.share
    assert 0 <= read.share <= 0.8
    alone = Opinion(read.encoder, read.intents, read.weights, read.bias, 1.0)
    for intent, text in LESSONS.items():
        assert alone.join([], text)[0].name == intent


def test_another_encoder_or_other_data_ask_for_a_new_lesson(data: Path, folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    assert fingerprint.needs_second(data, model, folder)
    train_semantic.train(data, model, folder)
    assert not fingerprint.needs_second(data, model, folder)
    assert fingerprint.needs_second(data, model, tiny.build(tmp_path / "other", seed=8))
    file = data / "en" / "all.yml"
    file.write_text(file.read_text("utf-8").replace("stop alert", "stop"), "utf-8")
    assert fingerprint.needs_second(data, model, folder)


def test_chinese_alone_teaches_it_nothing(data: Path, folder: Path, tmp_path: Path) -> None:
    (data / "en" / "all.yml").unlink()
    with pytest.raises(ValueError, match="no English examples"):
        train_semantic.train(data, tmp_path / "model", folder)


@pytest.mark.parametrize(
    ("shares", "wanted", "outside", "expected"),
    [
        ([[0.8, 0.2]], [0], NOT_TAUGHT, 1.0),
        ([[0.8, 0.2]], [1], NOT_TAUGHT, -0.6),
        ([[0.55, 0.45]], [0], NOT_TAUGHT, 0.0),  # too close: one asks back
        ([[0.55, 0.45]], [1], 1, 1.0),  # which is right for what is none of ours
        ([[0.8, 0.2], [0.1, 0.9]], [0, 0], NOT_TAUGHT, 0.4),
    ],
)
def test_what_answering_is_worth(shares: list[list[float]], wanted: list[int], outside: int, expected: float) -> None:
    limits = Thresholds(confidence=0.4, margin=0.15)
    found = train_semantic.worth(np.array(shares, np.float32), np.array(wanted), limits, outside)
    assert found == pytest.approx(expected)


def test_a_folder_without_an_encoder_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var", nlu=Nlu(encoder=tmp_path / "nowhere"))
    with pytest.raises(NotReady) as refused:
        training.interpreter(settings)
    assert refused.value.key == "cli.no_encoder"
    assert not (tmp_path / "var").exists()
