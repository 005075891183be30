"""What is wrong with a project, and YAML that remembers where each value stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml


class ProjectError(Exception):
    """The project cannot be run as it is. `problems`: every one found, each "file:line: what"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Map(dict[str, Any]):
    """A mapping and where it stands: `place`, and `places` of its keys, each "file:line"."""

    place: str
    places: dict[str, str]

    def at(self, key: object) -> str:
        return self.places.get(str(key), self.place)


class Seq(list[Any]):
    """A sequence and where it stands: `place`, and `places` of its items, each "file:line"."""

    place: str
    places: list[str]

    def located(self) -> Iterator[tuple[str, Any]]:
        return zip(self.places, self, strict=True)


class Report:
    """Collects problems, so that an author sees all of them at once."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def add(self, place: str, what: str) -> None:
        self.problems.append(f"{place}: {what}")

    def unknown_keys(self, item: Map, known: Iterable[str], owner: str) -> None:
        for key in item.keys() - set(known):
            self.add(item.at(key), f"{owner}: key {key!r} is not supported")

    def mapping(self, place: str, value: object, owner: str) -> Map:
        """`value` if it is a mapping (nothing counts as an empty one), else a problem and an empty one."""
        if isinstance(value, Map):
            return value
        if value is not None:
            self.add(place, f"{owner} must be a mapping")
        return empty_map(place)

    def sequence(self, place: str, value: object, owner: str) -> Seq:
        if isinstance(value, Seq):
            return value
        if value is not None:
            self.add(place, f"{owner} must be a list")
        return _placed_seq(place, [], [])

    def number(self, item: Map, key: str, default: float) -> float:
        value = item.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        self.add(item.at(key), f"{key}: {value!r} is not a number")
        return default

    def raise_if_any(self) -> None:
        if self.problems:
            raise ProjectError(sorted(set(self.problems), key=_by_file_and_line))


def _by_file_and_line(problem: str) -> tuple[str, int, str]:
    file, line, what = problem.split(":", 2)
    return file, int(line), what


def empty_map(place: str) -> Map:
    value = Map()
    value.place, value.places = place, {}
    return value


def _placed_seq(place: str, values: Iterable[Any], places: list[str]) -> Seq:
    value = Seq(values)
    value.place, value.places = place, places
    return value


class _Loader(yaml.CSafeLoader):
    """Scalars as YAML 1.2 has them (and Rasa's reader): `yes`, `0101` and `2026-01-01` are texts."""


_KEPT = {
    first: [(tag, pattern) for tag, pattern in found if tag.rpartition(":")[2] in ("null", "float", "merge")]
    for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.yaml_implicit_resolvers = _KEPT
_BOOL, _INT = re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), re.compile("^[-+]?(?:0|[1-9][0-9]*)$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))


def _place(node: yaml.Node) -> str:
    return f"{node.start_mark.name}:{node.start_mark.line + 1}"


def _construct_map(loader: _Loader, node: yaml.MappingNode) -> Map:
    loader.flatten_mapping(node)
    value = empty_map(_place(node))
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in value:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} is given twice", key_node.start_mark)
        value.places[key] = _place(key_node)
        value[key] = loader.construct_object(value_node, deep=True)
    return value


def _construct_seq(loader: _Loader, node: yaml.SequenceNode) -> Seq:
    values = [loader.construct_object(item, deep=True) for item in node.value]
    return _placed_seq(_place(node), values, [_place(item) for item in node.value])


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_map)
_Loader.add_constructor("tag:yaml.org,2002:seq", _construct_seq)


def read(path: Path, report: Report) -> Map:
    """One YAML file; unreadable text is a problem, and an empty mapping."""
    start = f"{path}:1"
    try:
        with path.open(encoding="utf-8") as file:
            content = yaml.load(file, Loader=_Loader)  # noqa: S506 - a SafeLoader with other scalar rules
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        report.add(f"{path}:{mark.line + 1}" if mark else start, error.problem or "not YAML")
        return empty_map(start)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        report.add(start, f"cannot be read ({error})")
        return empty_map(start)
    return report.mapping(start, content, "the file")


def files(path: Path) -> list[Path]:
    """The YAML files of a folder in a stable order, or the file itself."""
    if not path.is_dir():
        return [path]
    return sorted(found for found in path.rglob("*") if found.suffix in (".yml", ".yaml"))


def plain(value: Any) -> Any:
    """The same data in ordinary dicts and lists."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def names(value: object) -> list[str]:
    """A name, a list of names or nothing, as Rasa lets one write them."""
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
