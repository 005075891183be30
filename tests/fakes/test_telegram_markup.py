"""HTML as the real server reads it: entities in UTF-16 units, the reason of every refusal, what cleaning does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.telegram import markup
from tests.fakes.telegram.errors import ApiError


def shown(source: str) -> tuple[str, list[tuple[str, int, int]]]:
    text, entities = markup.read(source, "HTML")
    return text, [(one["type"], one["offset"], one["length"]) for one in entities]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>x</b> y", "x y", [("bold", 0, 1)]),
        ("<STRONG>x</strong>", "x", [("bold", 0, 1)]),
        ("<b>x</>", "x", [("bold", 0, 1)]),
        ("𝄞<i>烽燧</i>", "𝄞烽燧", [("italic", 2, 2)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<b></b>x", "x", []),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &quot;q&quot;", '1 < 2 && 3 > 2 "q"', []),
        ("&#60;&#x3C; &lt 1", "<< < 1", []),
        ("&nbsp; &apos; & &; &#0;", "&nbsp; &apos; & &; &#0;", []),
        ("a > b", "a > b", []),
        ("<pre>x</pre>", "x", [("pre", 0, 1)]),
        ('<pre><code class="language-python">x</code></pre>', "x", [("pre", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<s>a</s><u>b</u><del>c</del><ins>d</ins>", "abcd",
         [("strikethrough", 0, 1), ("underline", 1, 1), ("strikethrough", 2, 1), ("underline", 3, 1)]),
        ("<code>/help</code> /help", "/help /help", [("code", 0, 5), ("bot_command", 6, 5)]),
        ("见 https://www.wto.org/x。", "见 https://www.wto.org/x。", [("url", 2, 21)]),
        ("问 @fengsui_bot 或 a@b.org", "问 @fengsui_bot 或 a@b.org", [("mention", 2, 12), ("email", 17, 7)]),
        ("  <b> x </b> ", " x", [("bold", 0, 2)]),
        ("<b>x\n</b>\n", "x", [("bold", 0, 1)]),
    ],
)  # fmt: skip
def test_what_is_shown(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    assert shown(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ('<a href="https://www.wto.org/?a=1&amp;b=2">x</a>', "https://www.wto.org/?a=1&b=2"),
        ("<a href='tg://user?id=1'>x</a>", "tg://user?id=1"),
        ('<a href="wto.org">x</a>', "http://wto.org/"),
        ("<a>wto.org</a>", "http://wto.org/"),
        ('<a href="javascript:alert(1)">x</a>', None),
        ('<a href="">x</a>', None),
    ],
)
def test_links(source: str, url: str | None) -> None:
    links = [one for one in markup.read(source, "HTML")[1] if one["type"] == "text_link"]
    assert [one["url"] for one in links] == ([url] if url else [])


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("烽<br>", 'Unsupported start tag "br" at byte offset 3'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a href=x\"y>z</a>", "Unexpected end of name token at byte offset 8"),
        ('<a href="x>z</a>', "Unclosed start tag at byte offset 0"),
        ("<b =x>y</b>", 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<!-- x -->", 'Unsupported start tag "!--" at byte offset 0'),
    ],
)  # fmt: skip
def test_refusals(source: str, why: str) -> None:
    with pytest.raises(ApiError) as caught:
        markup.parse_html(source)
    assert (caught.value.code, caught.value.description) == (400, f"Bad Request: can't parse entities: {why}")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a\tb\x00c\x1fd", "a b c d"),
        ("a\r\nb", "a\nb"),
        ("a\u202eb\u2028c", "abc"),
        ("a\u200e\u200e\u200fb", "a\u200c\u200c\u200fb"),
        ("e\u0301 é 👩‍👩‍👧 \u3000x", "e\u0301 é 👩‍👩‍👧 \u3000x"),
        ("\n\n a  b \n", "a  b"),
    ],
)
def test_cleaning(source: str, text: str) -> None:
    assert markup.read(source, "")[0] == text


def test_entities_follow_what_cleaning_removes() -> None:
    assert shown(" \u202ea<b>b\r\nc</b>\u202e<i>d</i>") == ("ab\ncd", [("bold", 1, 3), ("italic", 4, 1)])


def test_only_html_is_spoken_here() -> None:
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        markup.read("*x*", "MarkdownV2")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_escaped_text_comes_out_as_plain_text_does(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    try:
        plain = markup.read(text, "")
    except ApiError as refusal:
        with pytest.raises(ApiError, match=str(refusal)):
            markup.read(escaped, "HTML")
    else:
        assert markup.read(escaped, "HTML") == plain
