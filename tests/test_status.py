"""Each promise in docs/status.md names a test that exists, or says openly that it has none."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATUS = ROOT / "docs" / "status.md"
ROW = re.compile(r"^\| (?!promise|---)(?P<promise>.+?) \| (?P<proof>.+?) \|$", re.MULTILINE)
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<name>test_\w+)`")
OTHERWISE = ("no test yet", "`make bench`", "`make lint`")

ROWS = ROW.findall(STATUS.read_text("utf-8"))


@cache
def functions_of(file: Path) -> frozenset[str]:
    """The names of a file's test functions; none if there is no such file."""
    if not file.exists():
        return frozenset()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, kinds))


def test_there_are_promises() -> None:
    assert len(ROWS) > 50
    assert len({promise for promise, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("promise", "proof"), ROWS)
def test_each_promise_names_tests_that_exist(promise: str, proof: str) -> None:
    named = TEST.findall(proof)
    assert named or proof in OTHERWISE, promise
    for file, name in named:
        assert name in functions_of(ROOT / file), f"{file}::{name}"
