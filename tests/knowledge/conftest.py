"""A small base of four articles, and the real one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge import base as whole
from knowledge.article import Article, load
from knowledge.calibration import Calibration
from knowledge.library import Library

FIXTURES = Path(__file__).parent / "fixtures"
REAL = Path(__file__).parents[2] / "knowledge" / "articles"
UNCOVERED = Path(__file__).parent / "uncovered.yml"


@pytest.fixture(scope="session")
def articles() -> list[Article]:
    return load(FIXTURES)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A copy of the small base that a test may spoil."""
    return Path(shutil.copytree(FIXTURES, tmp_path / "articles"))


@pytest.fixture(scope="session")
def real_articles() -> list[Article]:
    return load(REAL)


@pytest.fixture(scope="session")
def library() -> Library:
    return Library(whole.read(REAL.parent).entries, Calibration.load())
