"""Answers added up, with their money, by everything that a report is broken down by."""

from datetime import UTC, date, datetime
from typing import Any

from bot.results import About, Amount, Answer, By, Name, Rate, Rates, summarise, tally

COUNTY, OTHER = Name(1, "甲县", "County A"), Name(2, "乙县", "County B")
EURO = Rate("EUR", date(2026, 11, 20), 1.25, "ECB")


def answer(number: int, **more: Any) -> Answer:
    values: dict[str, Any] = {
        "id": number, "who": f"o{number}", "at": datetime(2026, 11, 22, tzinfo=UTC), "symbol": "G/TBT/N/EU/1",
        "subject": None, "markets": ("EU",), "product": "toys", "affected": "serious", "measures": ("label",),
        "amounts": {}, "texts": {}, "more": {}, "consent": "aggregate", "language": "zh", "enterprise": None,
        "county": COUNTY,
    }  # fmt: skip
    return Answer(**{**values, **more})


def usd(value: float) -> dict[str, Amount]:
    return {"estimated_loss": Amount(value, "USD")}


def cells(table: Any, key: str) -> dict[str, Any]:
    from bot.results import COLUMNS

    line = next(one for one in (*table.lines, table.total) if one.key == key)
    return {name: "hidden" if c.hidden else c.value for name, c in zip(COLUMNS, line.cells, strict=True)}


def test_each_enterprise_counts_in_its_line_and_in_the_total() -> None:
    many = [answer(n, amounts=usd(10)) for n in range(6)]
    others = [answer(10 + n, county=OTHER, affected="none", amounts=usd(1)) for n in range(5)]
    table = tally([*many, *others], By.COUNTY, Rates())
    assert cells(table, "1")["answers"] == 6
    assert cells(table, "1")["affected"] == 6
    assert cells(table, "2")["affected"] == 0
    assert table.total.cells[0].value == 11
    assert cells(table, "1")["estimated_loss"] == 60.0


def test_few_enterprises_are_hidden_with_a_second_cell() -> None:
    given = [*(answer(n) for n in range(3)), *(answer(10 + n, county=OTHER) for n in range(8))]
    table = tally(given, By.COUNTY, Rates())
    assert cells(table, "1")["answers"] == cells(table, "2")["answers"] == "hidden"
    assert table.total.cells[0].value == 11
    assert table.has_hidden


def test_an_amount_of_few_is_hidden_though_many_answered() -> None:
    given = [answer(n, amounts=usd(1) if n < 2 else {}) for n in range(20)]
    assert cells(tally(given, By.COUNTY, Rates()), "1")["answers"] == 20
    assert cells(tally(given, By.COUNTY, Rates()), "1")["estimated_loss"] == "hidden"


def test_one_enterprise_that_answers_five_times_is_one() -> None:
    given = [answer(n, who="o1") for n in range(5)]
    assert tally(given, By.MARKET, Rates()).total.cells[0].hidden


def test_money_is_converted_at_the_rate_or_left_out_and_said() -> None:
    euros = {"estimated_loss": Amount(100.0, "EUR")}
    pesos = {"estimated_loss": Amount(100.0, "ARS")}
    given = [*(answer(n, amounts=euros) for n in range(5)), *(answer(10 + n, amounts=pesos) for n in range(5))]
    found = summarise(About("题", "Title"), given, Rates({"EUR": EURO}), now=datetime(2026, 11, 22, tzinfo=UTC))
    assert [(one.currency, one.value.value, one.usd.value, one.rate) for one in found.sums] == [
        ("EUR", 500.0, 625.0, EURO), ("ARS", 500.0, None, None),
    ]  # fmt: skip
    assert (found.rates, found.missing) == ((EURO,), ("ARS",))
    loss = next(one for one in found.tables if one.by is By.MARKET).total.cells[3]
    assert loss.value == 625.0


def test_whoever_did_not_say_stands_in_the_last_line() -> None:
    given = [*(answer(n, product=None) for n in range(6)), *(answer(10 + n) for n in range(5))]
    assert [line.key for line in tally(given, By.PRODUCT, Rates()).lines] == ["toys", ""]


def test_products_are_the_same_whatever_their_case() -> None:
    given = [answer(n, product="LED Lamps" if n % 2 else " led  lamps") for n in range(6)]
    assert [line.key for line in tally(given, By.PRODUCT, Rates()).lines] == ["led lamps"]
