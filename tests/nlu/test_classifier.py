"""Training and classification on a tiny data set: deterministic, cheap to check, sums to one."""

from pathlib import Path

import pytest

from nlu.classifier import Classifier
from nlu.concepts import table
from nlu.features import terms
from nlu.fingerprint import needs_training
from nlu.normalize import fold
from nlu.train import train

TINY = {
    "greet": ["你好", "早上好", "您好呀", "hello", "hi there", "good morning"],
    "subscribe": [
        "我想订阅玩具",
        "帮我关注日本的茶叶",
        "订阅欧盟轮胎通报",
        "subscribe to toys",
        "follow tea in Japan",
        "alerts for tyres please",
    ],
    "goodbye": ["再见", "拜拜", "下次再聊", "bye", "see you", "good night"],
}


def write_data(folder: Path) -> Path:
    for language, part in (("zh", slice(0, 3)), ("en", slice(3, 6))):
        blocks = [
            f"- intent: {name}\n  examples: |\n" + "".join(f"    - {one}\n" for one in texts[part])
            for name, texts in TINY.items()
        ]
        (folder / language).mkdir(parents=True, exist_ok=True)
        (folder / language / "a.yml").write_text('version: "3.1"\nnlu:\n' + "".join(blocks), encoding="utf-8")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data")


def test_more_examples_are_demanded(tmp_path: Path, data: Path) -> None:
    (data / "zh" / "a.yml").unlink()
    with pytest.raises(ValueError, match="too few"):
        train(data, tmp_path / "model")


@pytest.fixture
def enough(data: Path) -> Path:
    more = "".join(f"    - 订阅第{i}类产品的提醒\n" for i in range(12))
    (data / "zh" / "b.yml").write_text(
        f'version: "3.1"\nnlu:\n- intent: subscribe\n  examples: |\n{more}', encoding="utf-8"
    )
    return data


def test_train_and_classify(tmp_path: Path, enough: Path) -> None:
    train(enough, tmp_path / "model")
    scores = Classifier.load(tmp_path / "model").classify("请帮我订阅美国的家具")
    assert scores[0].name == "subscribe"
    assert sum(score.confidence for score in scores) == pytest.approx(1, abs=1e-4)
    assert [score.confidence for score in scores] == sorted((score.confidence for score in scores), reverse=True)


def test_the_same_data_give_the_same_bytes(tmp_path: Path, enough: Path) -> None:
    for name in ("one", "two"):
        train(enough, tmp_path / name)
    assert (tmp_path / "one" / "classifier.npz").read_bytes() == (tmp_path / "two" / "classifier.npz").read_bytes()


def test_needs_training(tmp_path: Path, enough: Path) -> None:
    assert needs_training(enough, tmp_path / "model")
    train(enough, tmp_path / "model")
    assert not needs_training(enough, tmp_path / "model")
    (enough / "zh" / "b.yml").write_text('version: "3.1"\nnlu: []\n', encoding="utf-8")
    assert needs_training(enough, tmp_path / "model")


def test_the_words_of_the_concepts_are_folded() -> None:
    words = [word for words in table().values() for word in words]
    unfolded = [word for word in words if not isinstance(word, str) or fold(word).text != word]
    assert unfolded == []


def test_terms_of_both_scripts() -> None:
    assert {"^订", "订阅", "阅$", "订"} <= set(terms("订阅"))
    assert {"wtoys", "b^ toys", "c toy"} <= set(terms("toys"))


def test_an_address_is_one_term() -> None:
    assert terms("a@b.com") == terms("info@example.org")
