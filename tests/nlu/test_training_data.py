"""The loader of the Rasa format and its checks, on small folders; and the real data."""

from pathlib import Path

import pytest

from nlu.training_data import Annotation, check, load, strip_annotations
from tests.nlu.trained import DATA

HEAD = 'version: "3.1"\nnlu:\n'


def write(folder: Path, name: str, *blocks: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "".join(blocks), encoding="utf-8")


def block(intent: str, *examples: str) -> str:
    return f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {example}\n" for example in examples)


def messages(folder: Path) -> list[str]:
    return [problem.message for problem in check(load(folder))]


def test_strip_annotations() -> None:
    plain, marks = strip_annotations('[欧盟]{"entity": "market", "value": "EU"}的[玩具](product)')
    assert plain == "欧盟的玩具"
    assert marks == (Annotation("market", 0, 2, "EU"), Annotation("product", 3, 5, None))


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "zh/a.yml", block("greet", "你好", "嗨"))
    assert [(one.text, one.line) for one in load(tmp_path).examples] == [("你好", 5), ("嗨", 6)]


def test_all_problems_are_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        "zh/a.yml",
        block("greet", "你好", "你好", "[欧盟](markt)"),
        block("dance", "跳舞"),
        "- synonym: x\n  examples: |\n    - y\n",
    )
    write(tmp_path, "zh/b.yml", block("thanks", "你好！", "bad [x]{nonsense}"))
    write(tmp_path, "en/a.yml", "- nothing: here\n")
    found = messages(tmp_path)
    for part in (
        "has no twin en/b.yml",
        "unknown entity markt",
        "unknown intent dance",
        "the same as",
        "nearly the same",
        "bad entity mark",
        "a block needs",
        "needs 25",
    ):
        assert any(part in message for message in found), part


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "no training examples" in messages(tmp_path)


def test_broken_yaml_is_a_problem_not_an_exception(tmp_path: Path) -> None:
    write(tmp_path, "zh/a.yml", "- [\n")
    assert "not readable as YAML" in messages(tmp_path)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_real_data_has_every_intent_in_both_languages(language: str) -> None:
    problems = check(load(DATA))
    assert [
        str(one) for one in problems if "needs 25" in one.message or "twin" in one.message or "unknown" in one.message
    ] == []
    assert any(example.language == language for example in load(DATA).examples)
