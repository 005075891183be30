"""The loader of the Rasa format, on small folders."""

from pathlib import Path

from nlu.training_check import check
from nlu.training_data import Annotation, load, strip_annotations

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


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "no training examples" in messages(tmp_path)


def test_broken_yaml_is_a_problem_not_an_exception(tmp_path: Path) -> None:
    write(tmp_path, "zh/a.yml", "- [\n")
    assert "not readable as YAML" in messages(tmp_path)
