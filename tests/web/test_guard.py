"""Who may use the machine API, and which page may post."""

import pytest

from bot.settings import Settings, load
from bot.web.guard import may_use_api, same_origin
from tests.web.requests import request

OPEN = Settings()
WITH_TOKEN = load(environ={"FENGSUI_API_TOKEN": "s3cret"})
PUBLIC = load(environ={"FENGSUI_WEB__PUBLIC_URL": "https://bot.example"})


# --- the machine API, without a token ----------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "[::1]"])
def test_this_machine_by_its_own_name_may(host: str) -> None:
    assert may_use_api(request(host=host), OPEN)


def test_over_the_other_loopback_too() -> None:
    assert may_use_api(request(client="::1"), OPEN)


@pytest.mark.parametrize("client", ["192.168.1.5", "10.0.0.1", "8.8.8.8", "fe80::1", "", "testclient", None])
def test_another_machine_may_not(client: str | None) -> None:
    assert not may_use_api(request(client=client), OPEN)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:127", "192.168.1.5:8000", "",
     "localhost@evil.example", "[::1", "0.0.0.0", "x" * 5000],
)  # fmt: skip
def test_a_name_that_was_bent_to_this_machine_may_not(host: str) -> None:
    """DNS rebinding: a page of another site reaches loopback under that site's own name."""
    assert not may_use_api(request(host=host), OPEN)


@pytest.mark.parametrize(
    "header", ["forwarded", "x_forwarded_for", "x_forwarded_host", "x_forwarded_proto", "x_real_ip", "via"]
)
def test_through_a_proxy_everybody_looks_local_so_nobody_may(header: str) -> None:
    assert not may_use_api(request(**{header: "127.0.0.1"}), OPEN)


def test_with_a_public_address_nobody_may_without_a_token() -> None:
    assert not may_use_api(request(), PUBLIC)


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"},
     {"sec_fetch_site": "same-site"}],
)  # fmt: skip
def test_a_page_of_another_site_in_this_machines_browser_may_not(headers: dict[str, str]) -> None:
    assert not may_use_api(request(**headers), OPEN)


# --- the machine API, with a token -------------------------------------------------------------------


@pytest.mark.parametrize("client", ["127.0.0.1", "203.0.113.9"])
def test_whoever_has_the_token_may(client: str) -> None:
    assert may_use_api(request(client=client, authorization="Bearer s3cret"), WITH_TOKEN)
    assert may_use_api(request(client=client, authorization="bearer s3cret"), WITH_TOKEN)
    assert may_use_api(request(client=client, query="token=s3cret"), WITH_TOKEN)


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, ""),
        ({"authorization": "Bearer"}, ""),
        ({"authorization": "Bearer "}, ""),
        ({"authorization": "Bearer s3cre"}, ""),
        ({"authorization": "Bearer s3cret "}, "token=wrong"),
        ({"authorization": "Bearer s3cr\u00e9t"}, ""),
        ({"authorization": "Basic s3cret"}, ""),
        ({}, "token="),
        ({}, "token=S3CRET"),
    ],
)
def test_whoever_has_not_may_not_even_on_this_machine(headers: dict[str, str], query: str) -> None:
    allowed = may_use_api(request(query=query, **headers), WITH_TOKEN)
    assert allowed == (headers.get("authorization") == "Bearer s3cret")


def test_a_wrong_bearer_is_not_saved_by_a_token_in_the_address() -> None:
    assert not may_use_api(request(query="token=s3cret", authorization="Bearer wrong"), WITH_TOKEN)


# --- the page's own posts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "http://localhost:8000"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "http://localhost:8000"}, False),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"origin": "http://localhost:8000"}, True),
        ({"origin": "http://localhost:9000"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://[::1"}, False),
        ({}, False),
    ],
)
def test_only_our_own_page_may_post(headers: dict[str, str], own: bool) -> None:
    assert same_origin(request(**headers), OPEN) == own


def test_behind_a_proxy_the_public_address_is_our_own_too() -> None:
    assert same_origin(request(origin="https://bot.example", host="internal:8000"), PUBLIC)
    assert not same_origin(request(origin="https://bot.example.evil", host="internal:8000"), PUBLIC)
