"""A draft is shown only when every number, day, rule, name of every sentence stands in its entries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge import article, claims
from knowledge.article import Article
from knowledge.brief import brief
from knowledge.grounding import Flaw, check

ARTICLES = {one.id: one for one in article.load(Path(__file__).parents[2] / "knowledge" / "articles")}
GIVEN = [
    "评议期通常是60天，最晚2026年7月8日提交。罚金为CIF价的15%。PCoC有效1年，由SASO指定机构审核。",
    "沙特进口商在SABER平台注册，按12位海关编码登记产品。TBT协定第2.9.4条只说“合理的时间”。法规（EU）2023/988适用。不需要公告机构。",
    "The comment period is normally 60 days; send comments by 8 July 2026. The penalty is 15 % of the CIF value.",
    "A body notified by SASO reviews the file for the Saudi importer, who registers on the SABER platform.",
    "Article 2.9.4 of the TBT Agreement says a reasonable time. Regulation (EU) 2023/988 applies.",
    "No notified body is needed.",
]


@pytest.mark.parametrize(
    "draft",
    [
        "评议期一般是60天。",
        "评议期一般是六十天，２０２６年７月８日前提交。",
        "罚金是CIF价的百分之十五。",
        "沙特进口商先在SABER平台注册，再按十二位海关编码登记产品。",
        "TBT协定第2.9.4条只说“合理的时间”。",
        "适用法规（EU）2023/988，不需要公告机构。",
        "最晚在7月8日提交。",
    ],
)
def test_what_stands_in_the_entries_may_be_said_in_chinese(draft: str) -> None:
    assert check(draft, GIVEN, language="zh") is None


@pytest.mark.parametrize(
    "draft",
    [
        "The comment period is normally sixty days.",
        "Comments are sent by July 8, 2026; the penalty is 15 percent of the CIF value.",
        "Article 2.9.4 of the TBT Agreement says a reasonable time.",
        "You register on the SABER platform. SASO's notified body reviews the file.",
        "Under Regulation (EU) 2023/988 no notified body is needed.",
    ],
)
def test_what_stands_in_the_entries_may_be_said_in_english(draft: str) -> None:
    assert check(draft, GIVEN, language="en") is None


@pytest.mark.parametrize(
    ("draft", "flaw"),
    [
        ("评议期通常是90天。", Flaw.NUMBER),
        ("评议期通常是９０天。", Flaw.NUMBER),
        ("评议期通常是九十天。", Flaw.NUMBER),
        ("评议期通常是60个工作日。", Flaw.NUMBER),
        ("评议期通常是60个月。", Flaw.NUMBER),
        ("罚金为CIF价的60%。", Flaw.NUMBER),
        ("罚金为CIF价的百分之十六。", Flaw.NUMBER),
        ("PCoC有效两年。", Flaw.NUMBER),
        ("PCoC有效半年。", Flaw.NUMBER),
        ("评议期通常是60天。罚金15万美元。", Flaw.NUMBER),
        ("最晚2026年8月7日提交。", Flaw.DATE),
        ("最晚2027年7月8日提交。", Flaw.DATE),
        ("最晚二〇二六年七月九日提交。", Flaw.DATE),
        ("最晚2026-07-09提交。", Flaw.DATE),
        ("TBT协定第2.9.2条只说“合理的时间”。", Flaw.NUMBER),
        ("适用法规（EU）2023/1542。", Flaw.NUMBER),
        ("按TBT协定第38条。", Flaw.NUMBER),
        ("美国进口商在SABER平台注册。", Flaw.MARKET),
        ("沙特进口商在FASAH平台注册。", Flaw.NAME),
        ("由SGS审核。", Flaw.NAME),
        ("由国家认监委员会审核。", Flaw.NAME),
        ("见《产品安全法》。", Flaw.NAME),
        ("请联系张伟先生。", Flaw.NAME),
        ("目前评议期通常是60天。", Flaw.PHRASE),
        ("明年罚金会变。", Flaw.PHRASE),
        ("沙特进口商不得在SABER平台注册。", Flaw.NEGATION),
        ("罚金无需缴纳。", Flaw.NEGATION),
        ("出口企业应当每季度培训员工并购买保险以防风险。", Flaw.STRAY),
        ("由必维审核。", Flaw.STRAY),
        ("请到上海提交。", Flaw.STRAY),
        ("请找华为登记。", Flaw.STRAY),
        ("年底前提交。", Flaw.PHRASE),
        ("罚金加倍。", Flaw.PHRASE),
        ("评议期通常是6\u200b0天。", Flaw.UNSEEN),
        ("评议期通常是60\u202e天。", Flaw.UNSEEN),
        ("详见https://evil.example/a", Flaw.LINK),
        ("请写信到help@evil.example。", Flaw.LINK),
        ("The comment period is normally 60 days.", Flaw.WRONG_LANGUAGE),
        ("评议期通常是60天。" * 80, Flaw.TOO_LONG),
        ("  ", Flaw.EMPTY),
    ],
)
def test_what_does_not_is_named_in_chinese(draft: str, flaw: Flaw) -> None:
    found = check(draft, GIVEN, language="zh")
    assert found is not None
    assert found.flaw is flaw


@pytest.mark.parametrize(
    ("draft", "flaw"),
    [
        ("The comment period is normally 90 days.", Flaw.NUMBER),
        ("The comment period is normally ninety days.", Flaw.NUMBER),
        ("The comment period is normally 60 working days.", Flaw.NUMBER),
        ("The penalty is 60 % of the CIF value.", Flaw.NUMBER),
        ("The penalty is 15 million dollars.", Flaw.NUMBER),
        ("The comment period is normally two hundred days.", Flaw.NUMBER),
        ("Send comments by 9 July 2026.", Flaw.DATE),
        ("Send comments by July 8, 2027.", Flaw.DATE),
        ("Send comments in August 2026.", Flaw.DATE),
        ("Article 2.9.2 of the TBT Agreement says a reasonable time.", Flaw.NUMBER),
        ("Regulation (EU) 2023/1542 applies.", Flaw.NUMBER),
        ("Annex II of the TBT Agreement says a reasonable time.", Flaw.RULE),
        ("The importer in Brazil registers on the SABER platform.", Flaw.MARKET),
        ("A body notified by Intertek reviews the file.", Flaw.NAME),
        ("The Saudi Agreement says a reasonable time.", Flaw.NAME),
        ("The importer registers on the FASAH platform.", Flaw.NAME),
        ("The comment period is normally a hundred days.", Flaw.NUMBER),
        ("The comment period is normally a decade.", Flaw.PHRASE),
        ("The penalty is twice the CIF value.", Flaw.PHRASE),
        ("The comment period is normally 6\u200b0 days.", Flaw.UNSEEN),
        ("Currently the comment period is normally 60 days.", Flaw.PHRASE),
        ("The importer never registers on the SABER platform.", Flaw.NEGATION),
        ("Exporters should insure shipments against theft and train employees.", Flaw.STRAY),
        ("Write to help@evil.example.", Flaw.LINK),
        ("评议期通常是60天。", Flaw.WRONG_LANGUAGE),
    ],
)
def test_what_does_not_is_named_in_english(draft: str, flaw: Flaw) -> None:
    found = check(draft, GIVEN, language="en")
    assert found is not None
    assert found.flaw is flaw


SABER, PSE, KC, PVOC = (ARTICLES[key] for key in ("sa-saber-saso", "jp-pse", "kr-kc", "ke-pvoc"))


@pytest.mark.parametrize(
    ("one", "language", "draft"),
    [
        (
            SABER,
            "zh",
            "沙特进口商在SABER平台注册企业和产品。受管制产品要先取得PCoC，有效一年，每批货再办SCoC。",
        ),
        (SABER, "zh", "货物到港前请办好SCoC，否则会被扣留。"),
        (SABER, "en", "A regulated product needs a PCoC, valid for one year, and each shipment needs an SCoC."),
        (PSE, "zh", "日本把457种电气用品分成两类：特定电气用品116种贴菱形PSE；其余341种由企业自行确认，贴圆形PSE。"),
        (PSE, "en", "Fans and luminaires bear the circle, and the business confirms conformity itself."),
        (KC, "zh", "CB报告可以减少试验，但工厂审查仍要做，通常每年一次。"),
        (KC, "en", "KC safety has three levels. A CB report saves tests."),
        (PVOC, "zh", "货物在装运前必须拿到CoC，否则要交CIF价15%的罚金。逐批办理的CoC有效期为九十天。"),
    ],
)
def test_what_a_writer_would_make_of_real_entries_is_let_through(one: Article, language: str, draft: str) -> None:
    assert check(draft, given_of(one), language=language) is None


def test_one_bad_sentence_among_good_ones_is_enough() -> None:
    assert check("评议期通常是60天。PCoC有效1年。", GIVEN, language="zh") is None
    found = check("评议期通常是60天。PCoC有效3年。评议期通常是60天。", GIVEN, language="zh")
    assert found is not None
    assert (found.flaw, found.what) == (Flaw.NUMBER, "3")


def given_of(one: Article) -> list[str]:
    return brief("", [one], language="zh").given


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_answer_that_editors_wrote_is_grounded_in_its_own_entry(language: str) -> None:
    refused = {one.id: check(one.answer[language], given_of(one), language=language) for one in ARTICLES.values()}
    assert {key: flaw for key, flaw in refused.items() if flaw} == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_answer_is_grounded_in_another_entry(language: str) -> None:
    every = list(ARTICLES.values())
    pairs = zip(every, every[5:] + every[:5], strict=True)
    assert [
        (one.id, other.id)
        for one, other in pairs
        if not check(other.answer[language], given_of(one), language=language)
    ] == []


IDS = sorted(one.id for one in ARTICLES.values() if re.search(r"\d", one.answer.zh) and re.search(r"\d", one.answer.en))


@example("china-annual-survey", "en", 1, 11)  # "No. 11), …" is no sentence that begins with a mark of a list
@given(st.sampled_from(IDS), st.sampled_from(["zh", "en"]), st.integers(0, 30), st.integers(11, 9_999_983))
@settings(max_examples=150, deadline=None)
def test_any_number_changed_in_any_answer_is_found(key: str, language: str, place: int, other: int) -> None:
    one = ARTICLES[key]
    spots = list(re.finditer(r"\d+", one.answer[language]))
    spot = spots[place % len(spots)]
    changed = one.answer[language][: spot.start()] + str(other) + one.answer[language][spot.end() :]
    said = "\n".join(given_of(one))
    if str(other) in said or str(other) in {number.value for number in claims.of(said).numbers}:
        return  # it stands there too, perhaps in Chinese
    assert check(changed, given_of(one), language=language) is not None


@given(
    st.sampled_from(IDS),
    st.sampled_from(["zh", "en"]),
    st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=9),
)
@settings(max_examples=60, deadline=None)
def test_any_name_put_into_any_answer_is_found(key: str, language: str, name: str) -> None:
    one, said = ARTICLES[key], {"zh": "由{}出具。", "en": " Ask {} for it."}[language]
    assert (
        check(one.answer[language] + said.format(name.replace("E", "Q")), given_of(one), language=language) is not None
    )
