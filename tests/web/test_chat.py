"""The chat over HTTP: taken once, answered over the stream, resumed without loss, and nobody else's to read."""

import json
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete, func, select, text

from bot.channels import rows
from bot.db.models import chat_messages, inbox, web_sessions
from bot.web import guard
from tests.service import Service
from tests.web.site import Site, Visitor, listening

QUESTION = "TBT通报的评议期是多久？"
NAUGHTY = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "entities": "&lt;b&gt; &amp; &#x27;",
    "attribute": '" onmouseover="alert(1)" \'; --',
    "template": "{{ 7*7 }} ${7*7} {product} %s %(x)s",
    "sql": "Robert'); DROP TABLE members;--",
    "lines": "one\r\ntwo\nthree\rfour\tfive",
    "separators": "a\u2028b\u2029c\u0085d",
    "stream": "data: x\n\nevent: message\nid: 999999\ndata: {}",
    "right to left": "abc\u202edef\u202c \u05e9\u05dc\u05d5\u05dd",
    "emoji": "👩‍👩‍👧‍👦 🇨🇳 é ﷽ 𠮷",
    "controls": "bell\x07 escape\x1b[31m",
    "backslashes": "\\u0000 \\x00 \\\\ /",
}


def add(site: Site, visitor: Visitor, number: int) -> None:
    """Messages of ours, written by another process."""
    with site.service.db.engine.begin() as tx:
        who = tx.execute(select(web_sessions.c.visitor)).scalar_one()
        for place in range(number):
            said = {"text": f"number {place}"}
            rows.put(tx, "web", who, key=f"k{place}", body=said, mine=False, now=site.service.clock.now())


# --- asked and answered ----------------------------------------------------------------------------


def test_a_message_is_taken_at_once_and_answered_over_the_stream(site: Site, visitor: Visitor) -> None:
    taken = visitor.post(QUESTION)
    assert taken.status_code == 202
    with visitor.listen() as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        found = stream.take(2)
    assert [message["mine"] for message in found] == [True, False]
    assert found[0]["row"] == taken.json()["row"] < found[1]["row"]
    assert found[0]["text"] == QUESTION
    assert "60" in found[1]["text"]
    assert found[1]["buttons"]


def test_what_is_answered_202_is_in_the_inbox(site: Site, visitor: Visitor) -> None:
    visitor.post(QUESTION, key="in-the-box")
    stored = site.service.look(lambda tx: tx.execute(select(inbox.c.key, inbox.c.message)).one())
    assert (stored.key, stored.message["text"]) == ("in-the-box", QUESTION)


def test_the_same_id_is_one_message(site: Site, visitor: Visitor) -> None:
    numbers = {visitor.post(QUESTION, key="the-same-id").json()["row"] for _ in range(3)}
    assert len(numbers) == 1
    visitor.ask("谢谢")  # turns are taken one after the other: what a double had started would be there
    said = [message["text"] for message in visitor.history()]
    assert said.count(QUESTION) == 1
    assert sum("60" in text and "评议" in text for text in said) == 1
    assert site.service.look(lambda tx: tx.execute(select(func.count()).select_from(inbox)).scalar()) == 2


def test_the_same_id_of_another_visitor_is_another_message(site: Site) -> None:
    first, second = site.visitor(), site.visitor()
    first.post("您好", key="our-common-id")
    second.post("谢谢", key="our-common-id")
    assert [m["text"] for m in first.history() if m["mine"]] == ["您好"]
    assert [m["text"] for m in second.history() if m["mine"]] == ["谢谢"]


def test_a_pressed_button_shows_its_title(visitor: Visitor) -> None:
    visitor.post('/show_notification{"symbol": "G/TBT/N/EU/9901"}', shown="G/TBT/N/EU/9901")
    assert visitor.history()[0]["text"] == "G/TBT/N/EU/9901"


# --- the stream ------------------------------------------------------------------------------------


@pytest.mark.parametrize("resumed", [True, False])
def test_a_stream_goes_on_where_it_stopped(site: Site, visitor: Visitor, resumed: bool) -> None:
    add(site, visitor, 10)
    with visitor.listen() as stream:
        before = stream.take(4)
    with visitor.listen(after=before[-1]["row"], resumed=resumed) as stream:
        after = stream.take(6)
    assert [m["text"] for m in before + after] == [f"number {place}" for place in range(10)]


def test_a_long_absence_is_made_up_for(site: Site, visitor: Visitor) -> None:
    add(site, visitor, 450)
    with visitor.listen() as stream:
        assert [m["text"] for m in stream.take(450)] == [f"number {place}" for place in range(450)]


def test_what_another_process_writes_arrives(site: Site, visitor: Visitor) -> None:
    with visitor.listen() as stream:
        add(site, visitor, 1)
        assert stream.take(1)[0]["text"] == "number 0"


def test_two_tabs_see_the_same(site: Site, visitor: Visitor) -> None:
    with visitor.listen() as one, visitor.listen() as other:
        visitor.post(QUESTION)
        assert one.take(2) == other.take(2)


def test_history_is_what_the_stream_showed(visitor: Visitor) -> None:
    with visitor.listen() as stream:
        visitor.post(QUESTION)
        assert stream.take(3) == visitor.history()


def test_history_comes_in_pages(site: Site, visitor: Visitor) -> None:
    add(site, visitor, 120)
    pages = [visitor.history()]
    while len(pages[0]) == 50:
        pages.insert(0, visitor.history(before=pages[0][0]["row"]))
    assert [m["text"] for page in pages for m in page] == [f"number {place}" for place in range(120)]


@pytest.mark.parametrize("rubbish", ["9" * 40, "-1", "abc", "٣", "1.5", "' or 1=1"])
def test_rubbish_for_a_row_is_no_row(site: Site, visitor: Visitor, rubbish: str) -> None:
    add(site, visitor, 2)
    assert len(visitor.history(before=rubbish)) == 2
    with Visitor(visitor.client).client.stream("GET", "/chat/events", params={"after": rubbish}) as answer:
        assert answer.status_code == 200


# --- whose it is -----------------------------------------------------------------------------------


def test_visitors_never_see_each_other(site: Site) -> None:
    first, second = site.visitor(), site.visitor()
    mine, yours = first.ask("您好"), second.ask("谢谢")
    assert not {m["row"] for m in mine} & {m["row"] for m in yours}
    assert not {m["row"] for m in first.history()} & {m["row"] for m in second.history()}
    with second.listen() as stream:
        first.post("再见")
        add_to_second = second.post("再见").json()["row"]
        assert {m["row"] for m in stream.until(lambda m: m["row"] == add_to_second)} & {m["row"] for m in mine} == set()


def _cookie(site: Site, how: str) -> str:
    token, expires, signature = site.visitor().client.cookies["fengsui"].split(".")
    return {
        "none": "",
        "rubbish": "rubbish",
        "not signed": f"{token}.{expires}.",
        "another token": f"{token[:-1]}A.{expires}.{signature}",
        "a longer life": f"{token}.{int(expires) + 86400}.{signature}",
        "not a number": f"{token}.{'٣' * 10}.{signature}",
        "another signature": f"{token}.{expires}.{signature[::-1]}",
    }[how]


@pytest.mark.parametrize(
    "how", ["none", "rubbish", "not signed", "another token", "a longer life", "not a number", "another signature"]
)
def test_a_cookie_that_is_not_ours_opens_nothing(site: Site, how: str) -> None:
    headers = {"Origin": site.url, "Cookie": f"fengsui={_cookie(site, how)}".encode()}
    assert _statuses(site.client(headers=headers)) == {401}


def _statuses(client: httpx.Client) -> set[int]:
    body = {"id": "message-one", "text": "您好"}
    answers = [client.get("/chat/history"), client.get("/chat/events"), client.post("/chat/messages", json=body)]
    return {answer.status_code for answer in answers}


def test_an_expired_session_is_over(site: Site, visitor: Visitor) -> None:
    site.service.clock.move(days=31)
    assert _statuses(visitor.client) == {401}
    assert "过期" in visitor.client.get("/chat/history").json()["error"]


def test_a_revoked_session_is_over_and_its_stream_ends(site: Site, visitor: Visitor) -> None:
    with visitor.listen() as stream:
        visitor.post("您好")
        assert stream.take(1)
        site.service.run(lambda tx: tx.execute(delete(web_sessions)))
        site.visitor().post("您好")  # anything that happens wakes the stream
        list(stream.messages())  # ends
    assert _statuses(visitor.client) == {401}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "SITE"},
        {},
    ],
    ids=str,
)
def test_another_site_cannot_speak_for_the_visitor(site: Site, visitor: Visitor, headers: dict[str, str]) -> None:
    sent = {name: value.replace("SITE", site.url) for name, value in headers.items()}
    answer = site.client(cookies=visitor.client.cookies, headers=sent).post(
        "/chat/messages", json={"id": "message-one", "text": "您好"}
    )
    assert answer.status_code == 403
    assert visitor.history() == []


# --- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": "message-one"}',
        b'{"text": "x"}',
        b'{"id": "short", "text": "x"}',
        b'{"id": "' + b"x" * 65 + b'", "text": "x"}',
        b'{"id": 12345678, "text": "x"}',
        b'{"id": "message-one", "text": 5}',
        b'{"id": "message-one", "text": ["x"]}',
    ],
    ids=lambda body: body[:24],
)
def test_what_is_no_message_is_refused_in_words(visitor: Visitor, body: bytes) -> None:
    answer = visitor.client.post("/chat/messages", content=body, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert visitor.history() == []


@pytest.mark.parametrize("said", ["", "   ", "\n\t", "\x00", "\u3000"])
def test_an_empty_message_is_told_so(visitor: Visitor, said: str) -> None:
    answer = visitor.post(said)
    assert (answer.status_code, answer.json()["error"]) == (400, "消息是空的，请写点内容再发送。")


def test_a_message_may_be_long_but_not_too_long(visitor: Visitor) -> None:
    longest = "评" * 20_000
    assert visitor.post(longest).status_code == 202
    assert visitor.history()[0]["text"] == longest
    refused = visitor.post(longest + "议")
    assert refused.status_code == 400
    assert "20000" in refused.json()["error"].replace(",", "")


def test_a_body_may_not_weigh_too_much(visitor: Visitor) -> None:
    heavy = json.dumps({"id": "message-one", "text": "x" * 1_000_000}).encode()
    pieces = (heavy[at : at + 65536] for at in range(0, len(heavy), 65536))
    for content in (heavy, pieces):  # with a Content-Length, and in chunks without
        answer = visitor.client.post("/chat/messages", content=content)
        assert answer.status_code == 413
        assert answer.headers["content-security-policy"] == guard.CSP
    assert visitor.history() == []


def test_too_fast_is_told_when_to_go_on(service: Service) -> None:
    with listening(service, limits={"burst": 3, "per_second": 0.5}) as site:
        visitor, other = site.visitor(), site.visitor()
        statuses = [visitor.post("您好").status_code for _ in range(4)]
        last = visitor.post("您好")
        assert statuses == [202, 202, 202, 429]
        assert last.status_code == 429
        assert 1 <= int(last.headers["retry-after"]) <= 3
        assert other.post("您好").status_code == 202


# --- what is said comes back as it was said --------------------------------------------------------


@pytest.mark.parametrize("said", NAUGHTY.values(), ids=NAUGHTY)
def test_a_naughty_text_comes_back_unchanged_and_never_as_markup(visitor: Visitor, said: str) -> None:
    shown = visitor.ask(said)
    assert shown[0]["text"] == said
    assert visitor.history()[0]["text"] == said
    assert visitor.client.get("/chat/history").headers["content-type"] == "application/json"
    assert said not in visitor.client.get("/").text


@pytest.mark.parametrize(("sent", "stored"), [("a\\u0000b", "ab"), ("a\\ud800b", "a\ufffdb"), ("\\ud83d\\ude00", "😀")])
def test_what_no_database_can_store_is_replaced(visitor: Visitor, sent: str, stored: str) -> None:
    body = f'{{"id": "message-{len(sent)}", "text": "{sent}", "shown": "{sent}"}}'
    assert visitor.client.post("/chat/messages", content=body).status_code == 202
    assert visitor.history()[0]["text"] == stored


# --- around every answer ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/static/chat.js", 200),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/nothing", 404),
        ("GET", "/chat/history", 401),
        ("DELETE", "/chat/history", 405),
        ("GET", "/files/x", 403),
        ("GET", "/enter/x", 200),
        ("POST", "/enter/x", 403),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/status", 200),
    ],
)
def test_every_answer_carries_the_headers(site: Site, method: str, path: str, status: int) -> None:
    answer = site.client().request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in guard.HEADERS} == guard.HEADERS
    assert answer.headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert "server" not in answer.headers or "python" not in answer.headers["server"].lower()


def test_even_a_crash_of_ours_carries_the_headers(site: Site, visitor: Visitor) -> None:
    site.service.run(lambda tx: tx.execute(text("ALTER TABLE chat_messages RENAME TO gone")))
    answer = visitor.client.get("/chat/history")
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == guard.CSP
    assert "chat_messages" not in answer.text
    assert chat_messages.name not in answer.text


def test_the_pages_need_nothing_that_the_policy_forbids(site: Site) -> None:
    for path in ("/", "/enter/x"):
        page = site.client().get(path).text
        assert "style=" not in page
        assert "<style" not in page
        assert "onclick" not in page
        assert page.count("<script") == page.count("<script src=") + page.count('<script type="application/json"')
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "https://" not in page


def test_over_http_the_cookie_is_plain(site: Site) -> None:
    (found,) = [c for c in site.client().get("/").headers.get_list("set-cookie") if c.startswith("fengsui=")]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(found.split("; "))
    assert "Secure" not in found


def test_over_https_the_cookie_is_bound_to_the_host(service: Service) -> None:
    with listening(service, web={"public_url": "https://fengsui.example"}) as site:
        answer = site.client().get("/")
        (found,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-fengsui=")]
        assert {"HttpOnly", "Path=/", "Secure"} <= set(found.split("; "))
        assert "Domain" not in found
        value = found.split(";")[0]
        said = {"id": "message-one", "text": "您好"}
        ours = {"Cookie": value, "Origin": "https://fengsui.example"}
        assert site.client().post("/chat/messages", json=said, headers=ours).status_code == 202
        plain = {**ours, "Cookie": value.removeprefix("__Host-")}
        assert site.client().post("/chat/messages", json=said, headers=plain).status_code == 401


@pytest.mark.parametrize(
    ("headers", "query", "language"),
    [
        ({"Accept-Language": "en-GB,en;q=0.9"}, "", "en"),
        ({"Accept-Language": "zh-TW"}, "", "zh"),
        ({"Accept-Language": "fr-FR, en;q=0.5"}, "", "en"),
        ({}, "", "zh"),
        ({"Accept-Language": "zh"}, "?language=en", "en"),
        ({"Accept-Language": "zh"}, "?language=<script>", "zh"),
    ],
)
def test_the_page_speaks_the_visitors_language(site: Site, headers: dict[str, str], query: str, language: str) -> None:
    client = site.client()
    page = client.get(f"/{query}", headers={"Accept-Language": "", **headers})
    assert f'lang="{ {"zh": "zh-CN", "en": "en-GB"}[language] }"' in page.text
    assert client.cookies["fengsui_language"] == language


def test_looking_only_makes_no_session(site: Site) -> None:
    site.client().head("/")
    assert site.service.look(lambda tx: tx.execute(select(func.count()).select_from(web_sessions)).scalar()) == 0


def test_the_secret_is_its_owners_alone(site: Site) -> None:
    secret: Path = site.service.app.services.settings.data / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert len(secret.read_text()) == 64
