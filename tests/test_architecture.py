"""The rules of the house are programs: import directions, sizes, names, first lines."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("actions", "bot", "knowledge", "nlu")
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts)
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def _contract(start: str) -> dict[str, Any]:
    (found,) = (contract for contract in LINTER["contracts"] if contract["name"].startswith(start))
    return dict(found)


def _layers() -> list[set[str]]:
    lines = _contract("Inside bot")["layers"]
    return [{name.strip() for name in line.replace(":", "|").split("|")} for line in lines]


def test_every_contract_is_kept() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_module_is_under_a_contract() -> None:
    assert set(LINTER["root_packages"]) == set(PACKAGES) == set(_contract("The four")["layers"])
    placed = set().union(*_layers())
    there = {path.relative_to(ROOT / "bot").parts[0].removesuffix(".py") for path in MODULES if "bot" in path.parts}
    assert there - {"__init__"} == placed
    assert _contract("Inside bot")["exhaustive"]


def test_what_is_below_the_flows_may_not_know_the_web() -> None:
    """A new feature gets its place in the layers because they are exhaustive; here it is kept out of the web too."""
    layers = _layers()
    (features,) = (place for place, layer in enumerate(layers) if "alerts" in layer)
    below = {f"bot.{name}" for layer in layers[features:] for name in layer}
    guarded = set(_contract("Features, the dialogue engine")["source_modules"])
    assert below - guarded <= {"bot.log", "bot.training"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_in_its_first_line_what_it_is_for(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert said, "no docstring"
    assert len(said.splitlines()[0].split()) >= 3


def test_files_stay_readable() -> None:
    sizes = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    allowed = {"bot/db/models.py": 600}  # the tables, at a glance
    assert {name: size for name, size in sizes.items() if size > allowed.get(name, 400)} == {}


def test_nothing_is_named_after_having_no_name() -> None:
    names = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(ROOT).parts}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


def test_packages_have_no_logic_in_their_init() -> None:
    for path in MODULES:
        if path.name == "__init__.py":
            body = ast.parse(path.read_text("utf-8")).body[1:]
            assert all(isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign)) for node in body), path
