"""Document symbols as people write them."""

import pytest

from nlu import symbols

TYPED = {
    "TBT/USA/1234": "G/TBT/N/USA/1234",
    "g/tbt/n/usa1234": "G/TBT/N/USA/1234",
    "Ｇ／ＴＢＴ／Ｎ／USA／1234": "G/TBT/N/USA/1234",
    "G/TBT/N/USA/1234.Add1": "G/TBT/N/USA/1234/ADD.1",
    "G / TBT / N / USA / 1234 / Rev. 1 / Add. 2": "G/TBT/N/USA/1234/REV.1/ADD.2",
    "G/TBT/N/EU/1100 补遗2": "G/TBT/N/EU/1100/ADD.2",
    "G/TBT/N/EU/1100第2号补遗": "G/TBT/N/EU/1100/ADD.2",
    "G/TBT/N/USA/1234 修订1 补遗二": "G/TBT/N/USA/1234/REV.1/ADD.2",
    "G/TBT/N/BRA/366/Add.1/Corr.1": "G/TBT/N/BRA/366/ADD.1/CORR.1",
    "sps/n/jpn/22": "G/SPS/N/JPN/22",
    "G/TBT/N/TPKM/5": "G/TBT/N/TPKM/5",
    "tbt eu 1100 add 1": "G/TBT/N/EU/1100/ADD.1",
    "TBT-N-EU-1100": "G/TBT/N/EU/1100",
    "G/TBT/N/US/12": "G/TBT/N/USA/12",
    "G/TBT/N/CHN/1/Suppl.1": "G/TBT/N/CHN/1/SUPPL.1",
    "美国1234号通报": "G/TBT/N/USA/1234",
    "美国2026年第1234号通报": "G/TBT/N/USA/1234",
    "欧盟TBT通报第1100号": "G/TBT/N/EU/1100",
    "日本SPS通报88号补遗3": "G/SPS/N/JPN/88/ADD.3",
    "notification 1234 from the EU": "G/TBT/N/EU/1234",
    "GSPSNCRI347A1": "G/SPS/N/CRI/347/ADD.1",
    "TBTN25/USA2211": "G/TBT/N/USA/2211",
    "GTBTN25CHL710": "G/TBT/N/CHL/710",
    "BRA366A1C1": "G/TBT/N/BRA/366/ADD.1/CORR.1",
    "USA/1234/Add.2": "G/TBT/N/USA/1234/ADD.2",
    "EU/1045/补遗1": "G/TBT/N/EU/1045/ADD.1",
    "usa 1234 tbt": "G/TBT/N/USA/1234",
    "印度那个451号通报": "G/TBT/N/IND/451",
    "欧盟一千一百号通报": "G/TBT/N/EU/1100",
    "日本三百二十号卫生通报": "G/SPS/N/JPN/320",
    "the second addendum to G/TBT/N/EU/1100": "G/TBT/N/EU/1100/ADD.2",
    "3rd revision of tbt/jpn/22": "G/TBT/N/JPN/22/REV.3",
    "NJPN1345A1.docx": "G/SPS/N/JPN/1345/ADD.1",
}


@pytest.mark.parametrize(("typed", "canonical"), TYPED.items())
def test_parse(typed: str, canonical: str) -> None:
    assert str(symbols.parse(typed)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TBT协定",
        "美国1234号法令",
        "美国2026年通报",
        "EU 2023/1542",
        "sps in 2025",
        "G/TBT/W/123",
        "tbt",
        "玩具",
        "EU/2023/1542",
        "24/7 support",
        "美国一号文件",
    ],
)
def test_what_is_no_symbol(text: str) -> None:
    assert symbols.find(text) == []


def test_offsets_are_those_of_the_original() -> None:
    text = "请查Ｇ／ＴＢＴ／Ｎ／ＵＳＡ／１２３４是什么"
    [(start, end, symbol)] = symbols.find(text)
    assert text[start:end] == "Ｇ／ＴＢＴ／Ｎ／ＵＳＡ／１２３４"
    assert symbol.member == "USA"


def test_a_joint_list_gives_each_member() -> None:
    found = symbols.find("G/TBT/N/ARE/637, G/TBT/N/BHR/736, KWT/712和QAT/711")
    assert [str(symbol) for _, _, symbol in found] == [
        f"G/TBT/N/{one}" for one in ("ARE/637", "BHR/736", "KWT/712", "QAT/711")
    ]


def test_family() -> None:
    symbol = symbols.parse("G/TBT/N/USA/1234/Rev.1/Add.2")
    assert symbol is not None
    assert str(symbol.family) == "G/TBT/N/USA/1234"
