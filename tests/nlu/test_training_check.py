"""Each rule for the training data, made to fire on a small folder with its file and line; and the real data."""

import re
from pathlib import Path

import pytest

from nlu.near import grams, jaccard, near_pairs
from nlu.training_check import MIN_EXAMPLES, NEAR, OFTEN, check
from nlu.training_data import load
from tests.nlu.test_training_data import block, write
from tests.nlu.trained import DATA


def told(folder: Path) -> list[str]:
    """Each problem as `file:line: message`, the folder left out, without those of too few examples."""
    found = [str(problem).removeprefix(f"{folder}/") for problem in check(load(folder))]
    return [line for line in found if "needs" not in line]


def test_all_problems_are_told(tmp_path: Path) -> None:
    write(tmp_path, "zh/a.yml", block("greet", "你好", "你好", "[欧盟](markt)"), block("dance", "跳舞"))
    write(tmp_path, "zh/b.yml", block("thanks", "你好！", "bad [x]{nonsense}"))
    write(tmp_path, "en/a.yml", "- nothing: here\n")
    found = "\n".join(str(problem) for problem in check(load(tmp_path)))
    for part in (
        "zh/b.yml:1: has no twin en/b.yml",
        "zh/a.yml:7: unknown entity markt",
        "zh/a.yml:10: unknown intent dance",
        "zh/a.yml:6: the same as zh/a.yml:5",
        "zh/b.yml:5: the same letters as zh/a.yml:5, which is greet, not thanks",
        "zh/b.yml:6: bad entity mark",
        "en/a.yml:3: a block needs",
        f"needs {MIN_EXAMPLES}",
    ):
        assert part in found, part


def test_an_intent_that_the_twin_lacks(tmp_path: Path) -> None:
    write(tmp_path, "zh/a.yml", block("greet", "你好"), block("thanks", "谢谢"))
    write(tmp_path, "en/a.yml", block("greet", "hello"))
    assert told(tmp_path) == ["zh/a.yml:8: intent thanks has no examples in en/a.yml"]


@pytest.mark.parametrize(
    ("first", "second", "fires"),
    [
        ("pause the alerts for toys", "pause the alerts for shoes", True),  # names are masked
        ("please pause the alerts for toys", "pause the alert for toys", True),  # politeness and an ending
        ("pause the alerts for a week or two", "resume the alerts", False),
        ("my feedback", "edit my feedback", False),  # one word decides, and it must be taught
    ],
)
def test_nearly_the_same_in_two_intents(tmp_path: Path, first: str, second: str, fires: bool) -> None:
    write(tmp_path, "en/a.yml", block("pause_alerts", first), block("resume", second))
    write(tmp_path, "zh/a.yml", block("pause_alerts", "先别提醒我"), block("resume", "照常提醒吧"))
    found = [line for line in told(tmp_path) if "nearly the same" in line]
    assert bool(found) is fires
    assert all(line.startswith("en/a.yml:8: nearly the same (") and "en/a.yml:5" in line for line in found)


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ("[玩具 ](product)的通报", "the mark of '玩具 ' has a blank or a point at its edge"),
        ("[玩](product)具的通报", "marked product 玩, found product 玩具 = 玩具: 玩具的通报"),
        ('[欧盟]{"entity": "market", "value": "US"}的玩具', "marked market 欧盟 = US, found market 欧盟 = EU"),
        ("[损失](percent)[30%](percent:30)", "marked percent 损失, found percent 30% = 30.0"),
        ("[欧盟]的 ](market)玩具", "a mark is torn: [欧盟]的 ](market)玩具"),
    ],
)
def test_a_mark_that_is_wrong(tmp_path: Path, example: str, message: str) -> None:
    write(tmp_path, "zh/a.yml", block("search_notifications", example))
    write(tmp_path, "en/a.yml", block("search_notifications", "toys"))
    assert any(line.startswith(f"zh/a.yml:5: {message}") for line in told(tmp_path)), told(tmp_path)


def test_a_mark_that_is_right(tmp_path: Path) -> None:
    right = '[美国1234号]{"entity": "symbol", "value": "G/TBT/N/USA/1234"}通报，[玩具](product)少了[30%](percent:30)'
    write(tmp_path, "zh/a.yml", block("show_notification", right))
    write(tmp_path, "en/a.yml", block("show_notification", "open it"))
    assert told(tmp_path) == []


def test_the_name_of_its_intent(tmp_path: Path) -> None:
    write(tmp_path, "en/a.yml", block("set_digest", "/set_digest daily", "a daily digest"))
    write(tmp_path, "zh/a.yml", block("set_digest", "每天一次"))
    assert told(tmp_path) == ["en/a.yml:5: holds the name of its intent, set_digest"]


def test_a_name_that_one_intent_alone_has(tmp_path: Path) -> None:
    loyal = [f"{verb} toys" for verb in ("follow", "watch", "track", "monitor", "observe")[:OFTEN]]
    write(tmp_path, "en/a.yml", block("subscribe", *loyal), block("unsubscribe", "drop shoes"))
    write(tmp_path, "zh/a.yml", block("subscribe", "关注玩具"), block("unsubscribe", "退订鞋类"))
    assert told(tmp_path) == [f"en/a.yml:5: product toys stands {OFTEN} times in subscribe and in no other intent"]
    write(tmp_path, "en/a.yml", block("subscribe", *loyal), block("unsubscribe", "drop toys"))
    assert told(tmp_path) == []


def test_near_pairs_are_those_that_comparing_each_with_each_finds() -> None:
    texts = [example.text.lower() for example in load(DATA).examples if example.language == "en"][::9]
    kinds = [str(number % 3) for number in range(len(texts))]
    sets = [grams(text) for text in texts]
    wanted = {
        (first, second)
        for second in range(len(texts))
        for first in range(second)
        if kinds[first] != kinds[second] and jaccard(sets[first], sets[second]) >= 0.5
    }
    assert {pair[:2] for pair in near_pairs(texts, kinds, least=0.5)} == wanted
    assert wanted
    assert not list(near_pairs(["", ""], ["a", "b"], least=NEAR))


def test_the_real_data_has_no_problem() -> None:
    assert [str(problem) for problem in check(load(DATA))] == []


def test_the_documents_name_the_least_number_of_examples() -> None:
    text = (DATA.parents[1] / "docs" / "engineering.md").read_text("utf-8")
    assert re.search(rf"at least {MIN_EXAMPLES} examples", text)
