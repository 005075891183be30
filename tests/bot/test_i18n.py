"""Every sentence that a user sees exists in Chinese and in English, with the same values to fill in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import i18n
from bot.i18n import Texts

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[\u3400-\u9fff]")


def test_nothing_is_missing_in_either_language(texts: Texts) -> None:
    assert i18n.problems(texts) == []


def test_english_is_english_and_chinese_is_chinese(texts: Texts) -> None:
    """A sentence left in the other language would pass for complete. A language's own name is written in it."""
    for key, sentence in texts.sentences["en"].items():
        said = str(sentence)
        assert not CHINESE.search(said) or "中文" in said, key
    wordy = {k: str(v) for k, v in texts.sentences["zh"].items() if len(re.sub(r"[^a-zA-Z]", "", _plain(v))) > 40}
    assert {key for key, said in wordy.items() if not CHINESE.search(said)} == set()


def _plain(sentence: object) -> str:
    return re.sub(r"\{[^}]*\}|https?://\S+|/\w+", "", str(sentence))


def test_a_sentence_is_filled_and_counts(tmp_path: Path) -> None:
    _write(tmp_path, "zh", "left: 还有 {n} 天\n")
    _write(tmp_path, "en", "left: {one: '{n} day left', other: '{n} days left'}\n")
    texts = i18n.load(tmp_path)
    assert i18n.problems(texts) == []
    assert texts("area.left", "zh", n=1) == "还有 1 天"
    assert [texts("area.left", "en", n=n) for n in (0, 1, 2)] == ["0 days left", "1 day left", "2 days left"]


def test_every_hole_is_reported_not_only_the_first(tmp_path: Path) -> None:
    _write(tmp_path, "zh", "only: 一\nempty: ''\nvalues: '{name} 好'\nfine: 好\n")
    _write(tmp_path, "en", "empty: none\nvalues: 'Hello {nmae}'\nfine: good\nextra: more\n")
    found = i18n.problems(i18n.load(tmp_path))
    assert [line.split(":")[0] for line in found] == ["area.empty", "area.extra", "area.only", "area.values"]


def test_a_key_or_a_value_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    for language in i18n.LANGUAGES:
        _write(tmp_path, language, "hello: 'Hi {name}'\n")
    texts = i18n.load(tmp_path)
    with pytest.raises(KeyError):
        texts("area.none", "zh")
    with pytest.raises(KeyError):
        texts("area.hello", "en")


def _write(folder: Path, language: str, text: str) -> None:
    (folder / language).mkdir(exist_ok=True)
    (folder / language / "area.yml").write_text(text, "utf-8")


# --- the dialogue's own responses -----------------------------------------------------------------


def _responses() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((ROOT / "nlu" / "domain").glob("*.yml")):
        found |= (yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) or {}).get("responses") or {}
    return found


def _language(variant: dict[str, Any]) -> str:
    """The language that the variant is for; the one without a condition is what is said by default: Chinese."""
    asked = [item["value"] for item in variant.get("condition", ()) if item["name"] == "language"]
    return str(asked[0]) if asked else "zh"


def _said(variant: dict[str, Any]) -> list[str]:
    return [variant.get("text", ""), *(button["title"] for button in variant.get("buttons", ()))]


def test_every_response_has_a_chinese_and_an_english_variant() -> None:
    responses = _responses()
    assert "utter_greet" in responses
    spoken = {name: {_language(variant) for variant in variants} for name, variants in responses.items()}
    assert {name: languages for name, languages in spoken.items() if languages != {"zh", "en"}} == {}


def test_the_variants_speak_their_language_and_offer_the_same_buttons() -> None:
    for name, variants in _responses().items():
        for variant in variants:
            for text in filter(None, map(_said_by_us, _said(variant))):
                assert bool(CHINESE.search(text)) == (_language(variant) == "zh"), (name, text)
        payloads = {language: _payloads(variants, language) for language in ("zh", "en")}
        assert payloads["zh"] == payloads["en"], name


def _said_by_us(text: str) -> str:
    """Without the values, and without a language's own name."""
    return re.sub(r"\{[^}]*\}|中文|English", "", text).strip(" /，,。.")


def _payloads(variants: list[dict[str, Any]], language: str) -> list[str]:
    mine = (variant for variant in variants if _language(variant) == language)
    return [button["payload"] for variant in mine for button in variant.get("buttons", ())]


# --- and no sentence hides in the code ------------------------------------------------------------


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """String constants of a module that are not docstrings."""
    module = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


SAID_TO_USERS = ("web", "channels", "alerts", "members.py", "enrolment.py", "worker.py", "conversation.py", "errors.py")


def test_code_that_speaks_to_users_has_no_chinese_in_it() -> None:
    """Chinese in the code is a sentence that has no English twin. (Parsers of words are data of their own.)"""
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for name in SAID_TO_USERS
        for path in (ROOT / "bot").rglob(name if name.endswith(".py") else f"{name}/**/*.py")
        for line, text in _strings(path)
        if CHINESE.search(text)
    ]
    assert found == []
