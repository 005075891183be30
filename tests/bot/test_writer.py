"""The optional writer: what goes out, what each fault becomes, and where it may be reached at all."""

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from bot import writer
from bot.channel_settings import Writer as Settings
from bot.ports import Drafted, NotDrafted
from bot.writer import FAILURES, REST_SECONDS, HttpWriter
from tests.fakes.writer_server import KEY, Endpoint, endpoint


@pytest.fixture
def there() -> Iterator[Endpoint]:
    with endpoint() as here:
        yield here


class Clock:
    """Seconds that stand until they are moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def made(there: Endpoint, *, seconds: float = 5.0, clock: Clock | None = None) -> HttpWriter:
    settings = Settings(url=there.url, key=SecretStr(KEY), model="small", seconds=seconds)
    return HttpWriter(settings, now=clock or Clock())


def ask(one: HttpWriter) -> Drafted | NotDrafted:
    return asyncio.run(one.draft("the task", "the material"))


def test_what_goes_out_and_comes_back(there: Endpoint) -> None:
    there.says = " Normally 60 days. "
    assert ask(made(there)) == Drafted("Normally 60 days.")
    [(path, headers, body)] = there.calls
    assert (path, headers["authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert set(body) == {"model", "messages", "temperature", "max_tokens"}  # no tools
    assert [(one["role"], one["content"]) for one in body["messages"]] == [
        ("system", "the task"),
        ("user", "the material"),
    ]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 429}, "HTTP 429"),
        ({"status": 500}, "HTTP 500"),
        ({"status": 401}, "HTTP 401"),
        ({"status": 302}, "HTTP 302"),  # no redirect is followed
        ({"raw": b"{"}, "broken"),
        ({"raw": b"[]"}, "broken"),
        ({"raw": b'{"choices": []}'}, "broken"),
        ({"raw": b'{"choices": [7]}'}, "broken"),
        ({"raw": b'{"choices": [{"message": null}]}'}, "broken"),
        ({"raw": b"\xff\xfe"}, "broken"),
        ({"raw": b" " * (writer.MOST_BYTES + 1)}, "too_large"),
        ({"says": ""}, "broken"),
        ({"message": {"content": 7}}, "broken"),
        ({"message": {"tool_calls": [{"function": {"name": "delete"}}]}}, "tool_call"),
        ({"message": {"function_call": {"name": "delete"}}}, "tool_call"),
        ({"message": {"refusal": "I cannot"}}, "refused"),
        ({"finish": "content_filter"}, "refused"),
        ({"finish": "length"}, "cut_off"),
    ],
)
def test_each_fault_is_a_reason(there: Endpoint, fault: dict[str, object], reason: str) -> None:
    there.says = "Normally 60 days."
    for name, value in fault.items():
        setattr(there, name, value)
    found = ask(made(there))
    assert isinstance(found, NotDrafted)
    assert found.reason == reason


def test_a_slow_one_is_not_waited_for(there: Endpoint) -> None:
    there.hangs = True
    assert ask(made(there, seconds=0.2)) == NotDrafted("timeout", passing=True)


def test_nobody_there() -> None:
    found = ask(HttpWriter(Settings(url="http://127.0.0.1:1/v1", model="m")))
    assert isinstance(found, NotDrafted)
    assert (found.reason, found.passing) == ("unreachable: ConnectError", True)


def test_after_some_failures_it_is_left_alone_for_a_while(there: Endpoint) -> None:
    clock, there.status = Clock(), 500
    one = made(there, clock=clock)
    assert [ask(one) for _ in range(FAILURES + 1)][-1] == NotDrafted("resting")
    assert len(there.calls) == FAILURES
    clock.now, there.status, there.says = REST_SECONDS, 200, "Yes."
    assert ask(one) == Drafted("Yes.")


def test_a_success_forgets_the_failures_before(there: Endpoint) -> None:
    one = made(there)
    for status in (500, 500, 200, 500, 500):
        there.status, there.says = status, "Yes."
        ask(one)
    assert len(there.calls) == 5
    assert not isinstance(ask(one), Drafted)
    assert len(there.calls) == 6


def test_the_key_is_in_no_log(there: Endpoint) -> None:
    there.status = 500
    with capture_logs() as logs:
        one = made(there)
        for _ in range(FAILURES):
            ask(one)
    assert logs
    assert KEY not in str(logs) + repr(one.__dict__)


@pytest.mark.parametrize(
    "values",
    [
        {"url": "http://models.example.org/v1", "model": "m"},
        {"url": "http://127.0.0.1.example.org/v1", "model": "m"},
        {"url": "ftp://127.0.0.1/v1", "model": "m"},
        {"url": "https://user:pass@models.example.org/v1", "model": "m"},
        {"url": "https:///v1", "model": "m"},
        {"url": "https://models.example.org/v1"},
    ],
)
def test_tls_is_wanted_unless_it_is_this_machine(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["https://models.example.org/v1", "http://localhost:8080/v1", "http://[::1]:1/v1"])
def test_where_it_may_be(url: str) -> None:
    assert Settings(url=url, model="m").url == url


def test_it_is_off_by_default() -> None:
    assert Settings().url is None
