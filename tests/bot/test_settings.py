"""Settings come from the file, the environment and the command line; what is not understood is refused, helpfully."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import settings
from bot.errors import SettingsError
from bot.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]


def _file(folder: Path, text: str) -> Path:
    path = folder / "config.yml"
    path.write_text(text, "utf-8")
    return path


def test_nothing_set_gives_a_service_for_this_machine_only() -> None:
    assert load(environ={}) == Settings()
    assert load(environ={}).web.host == "127.0.0.1"
    assert load(environ={}).api_token is None


def test_the_projects_own_file_is_valid_and_keeps_rasas_keys_out() -> None:
    loaded = load(ROOT / "config.yml", environ={})
    assert loaded.desk.time_zone == "Asia/Shanghai"
    assert not settings.RASA_KEYS & set(Settings.model_fields)


def test_later_sources_win_and_leave_their_neighbours_alone(tmp_path: Path) -> None:
    config = _file(tmp_path, "web: {port: 8100, session_days: 7}\nlanguage: zh\n")
    loaded = load(config, {"FENGSUI_WEB__PORT": "8200"}, default_language="en")
    assert (loaded.web.port, loaded.web.session_days, loaded.default_language) == (8200, 7, "en")
    assert load(config, {"FENGSUI_WEB__PORT": "8200"}, web={"port": 8300}).web.port == 8300


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("webb: {}", "webb", "web.port"),
        ("web: {prot: 1}", "web.prot", "web.port"),
        ("alerts: {recent_day: 3}", "alerts.recent_day", "alerts.recent_days"),
        ("defualt_language: en", "defualt_language", "default_language"),
        ("desk: {open: '8:00'}", "desk.open", "desk.opens"),
    ],
)
def test_an_unknown_key_names_the_nearest_one(tmp_path: Path, text: str, key: str, nearest: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(_file(tmp_path, text), {})
    assert caught.value.key == "settings.unknown_key"
    assert caught.value.values["key"] == key
    assert caught.value.values["nearest"].split(".")[0] == nearest.split(".")[0]
    if "." in key:
        assert caught.value.values["nearest"] == nearest


def test_an_unknown_variable_is_an_unknown_key() -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ={"FENGSUI_WEB__HOTS": "::1"})
    assert caught.value.values == {"key": "web.hots", "nearest": "web.host"}


@pytest.mark.parametrize(
    ("variable", "value", "key"),
    [
        ("FENGSUI_WEB__PORT", "eighty", "web.port"),
        ("FENGSUI_WEB__PORT", "70000", "web.port"),
        ("FENGSUI_DEFAULT_LANGUAGE", "fr", "default_language"),
        ("FENGSUI_DELIVERY__MAX_ATTEMPTS", "0", "delivery.max_attempts"),
        ("FENGSUI_ENGINE", "magic", "engine"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ={variable: value})
    assert (caught.value.key, caught.value.values["key"]) == ("settings.bad_value", key)


def test_other_programs_variables_and_empty_ones_are_left_alone() -> None:
    assert load(environ={"PATH": "/bin", "FENGSUI_SECRET": "", "NOT_FENGSUI_WEB__PORT": "1"}) == Settings()


def test_a_secret_is_read_from_a_file_and_never_printed(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n", "utf-8")
    loaded = load(environ={"FENGSUI_API_TOKEN_FILE": str(tmp_path / "token")})
    assert loaded.api_token is not None
    assert loaded.api_token.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(loaded)


def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ={"FENGSUI_SECRET_FILE": str(tmp_path / "none")})
    assert caught.value.values == {"name": "FENGSUI_SECRET_FILE", "path": str(tmp_path / "none")}


@pytest.mark.parametrize("name", ["API_TOKEN", "SECRET"])
def test_an_empty_secret_file_opens_no_door(tmp_path: Path, name: str) -> None:
    """A token of no characters would let in everyone who sends none."""
    (tmp_path / "empty").write_text("\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(environ={f"FENGSUI_{name}_FILE": str(tmp_path / "empty")})
    assert caught.value.values["key"] == name.lower()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "none.yml", {})
    assert caught.value.key == "settings.no_file"


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n", "a: [\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError):
        load(_file(tmp_path, text), {})


def test_a_section_given_as_one_value_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ={"FENGSUI_WEB": "8000"})
    assert caught.value.values["key"] == "web"


def test_the_clock_and_the_database_address(tmp_path: Path) -> None:
    loaded = load(environ={"FENGSUI_CLOCK": "2026-11-22T09:00:00Z", "FENGSUI_DATA": str(tmp_path)})
    assert loaded.clock == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert loaded.url == f"sqlite:///{tmp_path}/fengsui.db"
    assert load(environ={"FENGSUI_DATABASE_URL": "postgresql:///fengsui"}).url == "postgresql:///fengsui"


def test_every_setting_is_documented() -> None:
    """And nothing is documented that cannot be set."""
    text = (ROOT / "docs" / "operators.md").read_text("utf-8")
    rows = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert rows == set(settings.known_keys())


def test_errors_are_sentences_in_both_languages(texts: object) -> None:
    for key in ("settings.unknown_key", "settings.bad_value", "settings.no_file", "settings.no_secret_file"):
        assert texts.has(key), f"bot/texts/*/settings.yml lacks {key}"  # type: ignore[attr-defined]
