"""What the documents say of the project is there: commands, make targets, links, files, an example of an article."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli import app
from knowledge.article import load
from knowledge.check import check
from knowledge.reading import Level

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), ROOT / "benchmarks" / "README.md"]
NAMED = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:^|\s)(?:\.venv/bin/)?fengsui ([a-z][^#…]*)")
MAKE = re.compile(r"(?:^|\s)make ([a-z-]+)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
A_PATH = re.compile(r"(?:actions|bot|nlu|knowledge|tests|docs|tools|benchmarks)/[\w./-]+")


def code(text: str) -> Iterator[str]:
    """Every line of a shell block and every code span."""
    for kind, block in FENCE.findall(text):
        if kind == "sh":
            yield from block.splitlines()
    yield from SPAN.findall(FENCE.sub("", text).replace("\\|", "|"))


def commands(text: str) -> Iterator[list[str]]:
    """The words behind `fengsui`, without quoted arguments."""
    for line in code(text):
        for words in COMMAND.findall(line):
            yield re.sub(r"\"[^\"]*\"|[\[\]]", " ", words).split()


@NAMED
def test_every_command_that_is_named_exists(document: Path) -> None:
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    for first, *rest in commands(document.read_text("utf-8")):
        assert first in root.commands, f"fengsui {first}"
        found = [root.commands[first]]
        if isinstance(found[0], TyperGroup) and rest:
            group = found[0]
            assert set(rest[0].split("|")) <= set(group.commands), f"fengsui {first} {rest[0]}"
            found = [group.commands[name] for name in rest[0].split("|")]
        known = {option for one in found for parameter in one.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known, f"fengsui {first} {rest}"


def test_every_command_is_in_both_readmes() -> None:
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    for name in ("README.md", "README.zh.md"):
        assert {words[0] for words in commands((ROOT / name).read_text("utf-8"))} >= set(root.commands), name


@NAMED
def test_every_make_target_exists(document: Path) -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony is not None
    wanted = {target for line in code(document.read_text("utf-8")) for target in MAKE.findall(line)}
    assert wanted <= set(phony[1].split())


@NAMED
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    for target in (link or picture for link, picture in LINK.findall(text)):
        if not target.startswith(("http://", "https://")):
            path, _, anchor = target.partition("#")
            there = (document.parent / path).resolve() if path else document
            assert there.exists(), f"{document.name} links to {target}"
            assert not anchor or anchor in anchors(there), f"{document.name} links to {target}"


def anchors(document: Path) -> set[str]:
    headings = HEADING.findall(FENCE.sub("", document.read_text("utf-8")))
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for _, title in headings}


@NAMED
def test_every_file_that_is_named_exists(document: Path) -> None:
    if document.name == "CHANGELOG.md":
        return  # what is told there was true when it was written
    for span in code(document.read_text("utf-8")):
        for path in A_PATH.findall(span.partition("::")[0]):
            if "<" not in span and "NNNN" not in path:
                assert (ROOT / path.rstrip(".")).exists(), f"{document.name} names {path}"


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_tree_in_the_readme_is_the_tree(name: str) -> None:
    block = next(text for kind, text in FENCE.findall((ROOT / name).read_text("utf-8")) if not kind)
    for line in block.splitlines():
        folder = ROOT / "bot" if line.startswith(" ") else ROOT
        named = re.findall(r"(?:^ *|\s{4,})([a-z_]+(?:/|\.[a-z]+))(?=\s)", line)
        assert named, line
        for one in named:
            assert (folder / one).exists() or (ROOT / one).exists(), one


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))
    assert [level for level, _ in HEADING.findall(english)] == [level for level, _ in HEADING.findall(chinese)]
    assert sorted(links(english)) == sorted(links(chinese))
    assert [sorted(c) for c in commands(english)] == [sorted(c) for c in commands(chinese)]


def links(text: str) -> list[str]:
    """Where a README leads, apart from its twin and from the picture in its own language."""
    found = [link or picture for link, picture in LINK.findall(text)]
    return [one for one in found if not one.startswith(("README", "docs/conversation"))]


def test_the_pictures_are_small() -> None:
    pictures = sorted(ROOT.glob("docs/*.png"))
    assert len(pictures) >= 2
    assert all(picture.stat().st_size < 150_000 for picture in pictures)


def test_the_example_of_an_article_is_a_good_one(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "knowledge.md").read_text("utf-8")
    example = next(block for kind, block in FENCE.findall(text) if kind == "yaml")
    content = yaml.safe_load(example)
    file = tmp_path / content["topic"] / f"{content['id']}.yml"
    file.parent.mkdir()
    file.write_text(example, "utf-8")
    problems = [one.what for one in check(load(tmp_path)) if one.level is Level.ERROR]
    assert problems == ["related: there is no article 'tbt-core-obligations'"]  # it is here alone


def test_the_base_has_forty_articles_with_sources_that_were_opened() -> None:
    articles = load(ROOT / "knowledge" / "articles")
    assert sum(article.verified and article.next_check is not None for article in articles) >= 40
    assert all(article.sources for article in articles)


@NAMED
def test_lines_are_short(document: Path) -> None:
    """At most 120 columns, but for tables, links and what programs print."""
    for number, line in enumerate(FENCE.sub("", document.read_text("utf-8")).splitlines(), start=1):
        assert len(line) <= 120 or line.startswith("|"), f"{document.name}: text line {number}"
