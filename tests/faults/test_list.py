"""docs/faults.md names a test for every fault, and every test of a fault stands there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<number>\d+) \| (?P<fault>[^|]+) \| (?P<proof>[^|]*)\|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_fault_(\d\d)_\w+)`")
WRITTEN = re.compile(r"^(?:async )?def (test_fault_\d\d_\w+)\(", re.MULTILINE)
FAULTS = range(1, 36)
LIST = ROW.findall((ROOT / "docs" / "faults.md").read_text("utf-8"))


def _named() -> set[tuple[str, str]]:
    return {(file, name) for _, _, proof in LIST for file, name, _ in NAMED.findall(proof)}


def test_every_fault_has_its_tests_and_they_bear_its_number() -> None:
    assert [int(number) for number, _, _ in LIST] == list(FAULTS)
    for number, fault, proof in LIST:
        found = [int(one) for _, _, one in NAMED.findall(proof)]
        assert found, f"{number}: {fault} has no test"
        assert set(found) == {int(number)}


def test_the_list_names_exactly_the_tests_that_there_are() -> None:
    written = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in WRITTEN.findall(path.read_text("utf-8"))
    }
    assert _named() == written
