"""The index: both languages, filters, changes, threads, and whatever users type."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.search import Document, Index
from knowledge.tokens import tokens

TOYS = Document("G/TBT/N/EU/1", "notification", titles=("玩具安全法规 Safety of toys",), filters=(("market", "EU"),))
TEA = Document(
    "G/SPS/N/JPN/2",
    "notification",
    titles=("茶叶中农药最大残留限量 Maximum residue limits in tea",),
    texts=("The draft sets limits for 12 pesticides. Toys are not concerned.",),
    filters=(("market", "JP"), ("type", "regular"), ("type", "sps")),
)
ARTICLE = Document("eu-toy-labels", "article", titles=("欧盟玩具标签",), keywords=("toys",))


@pytest.fixture
def index() -> Index:
    index = Index()
    index.replace([TOYS, TEA, ARTICLE])
    return index


def ids(index: Index, text: str, **options: object) -> list[str]:
    return [hit.id for hit in index.search(text, **options)]  # type: ignore[arg-type]


def test_tokens_of_both_languages() -> None:
    assert tokens("欧盟 Toys 9503") == ["欧", "盟", "欧盟", "toys", "~toy", "~oys", "9503"]
    assert tokens("歐盟ＴＯＹＳ") == tokens("欧盟toys")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2.9.4", ["2.9.4", "2.9"]),
        ("第2.9.4条", ["第", "2.9.4", "2.9", "条"]),
        ("2023/988", ["2023/988", "2023", "988"]),
        ("EN 62368-1", ["en", "62368-1", "62368"]),
        ("10/2011", ["10/2011", "10", "2011"]),
        ("62368.", ["62368"]),
    ],
)
def test_the_number_of_a_rule_stays_whole(text: str, found: list[str]) -> None:
    assert tokens(text) == found


def test_a_whole_number_decides_between_like_ones() -> None:
    rules = {
        number: Document(number, "article", texts=(f"Regulation (EU) {number}",)) for number in ("2023/988", "988/2023")
    }
    index = Index()
    index.replace(rules.values())
    assert [index.search(number)[0].id for number in rules] == list(rules)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("农残", TEA.id),
        ("茶葉農藥", TEA.id),  # traditional characters
        ("pesticide limit", TEA.id),  # singular
        ("玩具法规", TOYS.id),
        ("标签", ARTICLE.id),
    ],
)
def test_the_best_document_comes_first(index: Index, text: str, first: str) -> None:
    assert ids(index, text)[0] == first


def test_a_title_counts_more_than_a_text(index: Index) -> None:
    assert ids(index, "toys", kind="notification") == [TOYS.id, TEA.id]


def test_kind_and_filters_narrow(index: Index) -> None:
    assert ids(index, "toys", kind="article") == [ARTICLE.id]
    assert ids(index, "toys", filters={"market": ["JP", "KR"]}) == [TEA.id]
    assert ids(index, "toys", filters={"market": ["EU"], "type": ["sps"]}) == []
    assert ids(index, "toys", filters={"market": []}) == []


def test_without_words_the_filters_alone_decide(index: Index) -> None:
    assert ids(index, "", filters={"type": ["sps"]}) == [TEA.id]
    assert sorted(ids(index, " ")) == sorted([TOYS.id, TEA.id, ARTICLE.id])


def test_filters_do_not_change_scores(index: Index) -> None:
    alone = {hit.id: hit.score for hit in index.search("toys")}
    assert all(hit.score == pytest.approx(alone[hit.id]) for hit in index.search("toys", kind="notification"))


@pytest.mark.parametrize("text", ["???", "zzzz qqqq", "(AND OR", "\x00"])
def test_words_that_nothing_has_find_nothing(index: Index, text: str) -> None:
    assert ids(index, text) == []


def test_limit(index: Index) -> None:
    assert len(ids(index, "toys", limit=1)) == 1
    assert ids(index, "toys", limit=0) == []


def test_add_takes_the_place_of_the_old_one(index: Index) -> None:
    other = Document(TOYS.id, "notification", titles=("自行车 bicycles",))
    index.add([other, Document("new", "notification", titles=("toys",))])
    assert len(index) == 4
    assert ids(index, "bicycles") == [TOYS.id]
    assert TOYS.id not in ids(index, "toys")
    assert "new" in ids(index, "toys")


def test_of_several_with_one_id_the_last_stays(index: Index) -> None:
    index.add([Document("n", "notification", titles=("船",)), Document("n", "notification", titles=("bicycles",))])
    assert (len(index), ids(index, "船"), ids(index, "bicycles")) == (4, [], ["n"])


def test_remove_and_replace(index: Index) -> None:
    index.remove([TOYS.id, "unknown"])
    assert ids(index, "玩具法规", kind="notification") == []
    index.replace([TEA])
    assert (len(index), ids(index, "toys")) == (1, [TEA.id])


def test_a_failed_change_leaves_the_index_as_it_was(index: Index) -> None:
    def broken() -> object:
        yield Document("half", "article", titles=("toys",))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        index.replace(broken())  # type: ignore[arg-type]
    assert len(index) == 3
    index.add([Document("later", "article", titles=("bicycles",))])
    assert sorted(ids(index, "toys")) == sorted([TOYS.id, TEA.id, ARTICLE.id])


def test_searches_run_while_documents_come_in(index: Index) -> None:
    def grow(number: int) -> None:
        index.add([Document(f"d{number}", "notification", titles=(f"toys {number}",))])

    with ThreadPoolExecutor(8) as pool:
        changes = [pool.submit(grow, number) for number in range(30)]
        searches = [pool.submit(ids, index, "toys", limit=100) for _ in range(60)]
        for change in changes:
            change.result()
        assert all(TOYS.id in search.result() for search in searches)
    assert len(index) == 33


def test_it_tells_what_each_document_holds(index: Index) -> None:
    many = [((f"t{number}",),) for number in range(40)]
    held = index.hold([TOYS.id, TEA.id, "gone"], [*many, (("toys",),), (("tea", "toys"),), (("x",), ("安全", "toys"))])
    assert {key: one[40:] for key, one in held.items()} == {TOYS.id: [True, False, True], TEA.id: [True, True, False]}
    assert not any(held[TEA.id][:40])


@given(st.text(max_size=40), st.text(max_size=10))
def test_a_document_holds_exactly_its_tokens(text: str, other: str) -> None:
    index, asked = Index(), sorted({*tokens(text), *tokens(other)})
    index.replace([TOYS, Document("it", "article", titles=(text,), texts=("x",))])
    assert index.hold(["it"], [((token,),) for token in asked]) == {
        "it": [token in (*tokens(text), "x") for token in asked]
    }


def test_a_very_long_question_finds_by_its_rarest_words(index: Index) -> None:
    assert ids(index, "toys " + "请问这个产品" * 80 + " 农药残留")[0] == TEA.id


@given(st.text(max_size=60))
def test_any_text_may_be_searched(text: str) -> None:
    index = Index()
    index.replace([TOYS])
    assert len(index.search(text)) <= 1
