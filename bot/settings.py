"""Settings: config.yml (which is also the Rasa project's) and FENGSUI_* variables; an unknown key is an error."""

import difflib
import os
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import Field, SecretStr, ValidationError, field_validator

from bot import workdays
from bot.channel_settings import Apprise, Email, Links, Robots, Webhook, Wecom, Writer
from bot.errors import SettingsError
from bot.sections import Listed, Section
from bot.timing import Rhythm
from nlu import markets

PREFIX = "FENGSUI_"
# Keys of config.yml that belong to Rasa: the dialogue engine reads them, these settings do not.
RASA_KEYS = frozenset({"recipe", "assistant_id", "language", "pipeline", "policies", "version"})


EPING_URL = "https://api.wto.org/eping/notifications/search"
SAFETY_GATE_URL = "https://public.opendatasoft.com/api/explore/v2.1/catalog/datasets/healthref-europe-rapex-en/records"


class Web(Section):
    """Where the service listens. Anything but a loopback host must be asked for."""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str | None = None
    session_days: int = Field(30, ge=1, le=365)


class Alerts(Section):
    """What is news: open for comment, or distributed at most `recent_days` ago. Older things are history.

    When digests come, where the reader is, and how few days are left for comments of what does not wait for one.
    `remind_before`: so many working days before comments close, where no survey reminds.
    """

    recent_days: int = Field(14, ge=0)
    chunk: int = Field(500, ge=1)
    digest_hour: int = Field(8, ge=0, le=23)
    digest_weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    urgent_days: int = Field(7, ge=0)
    remind_before: Listed[Annotated[int, Field(ge=0)]] = (7, 2)

    @property
    def rhythm(self) -> Rhythm:
        """When digests come, of those who did not choose themselves."""
        days = get_args(Alerts.model_fields["digest_weekday"].annotation)
        return Rhythm(at=time(self.digest_hour), weekday=days.index(self.digest_weekday))


class Delivery(Section):
    """The outbox: how long a lease lasts, how often a message is tried, how fast an idle worker looks again."""

    lease_seconds: float = Field(60, gt=0)
    max_attempts: int = Field(8, ge=1)
    poll_seconds: float = Field(0.5, gt=0)
    batch: int = Field(50, ge=1)


class Limits(Section):
    """Guards against a flood: one sender's messages in a row, and sizes in characters and bytes."""

    message_chars: int = Field(20_000, ge=100)
    body_bytes: int = Field(1_000_000, ge=1000)
    upload_bytes: int = Field(10_000_000, ge=1000)
    burst: int = Field(60, ge=1)
    per_second: float = Field(20, gt=0)
    inbox_attempts: int = Field(3, ge=1)


class Desk(Section):
    """The people behind the bot: who answers tickets, when, and how they are reached."""

    name_zh: str = "通报咨询中心"
    name_en: str = "the enquiry centre"
    phone: str | None = None
    email: str | None = None
    time_zone: str = "Asia/Shanghai"
    opens: str = "09:00"
    closes: str = "17:00"
    answer_hours: int = Field(16, ge=1)
    on_duty: Listed[int] = ()  # members who are told of tickets; none: everyone at the centre who may answer them


class Nlu(Section):
    """Understanding: the folder of a sentence encoder that has a say in English messages; none: nobody is asked."""

    encoder: Path | None = None


class Rasa(Section):
    """The Rasa server that runs the dialogue when `engine` is rasa."""

    url: str = "http://127.0.0.1:5005"
    token: SecretStr | None = None
    timeout: float = Field(30, gt=0)


class Reports(Section):
    """Files of results: the font of PDFs, and of how many enterprises a figure must be to be shown."""

    font: Path | None = None
    small_cell: int = Field(5, ge=1)


class Console(Section):
    """The staff console: how long a session lasts, what a password must be, when an account is locked for a while."""

    idle_minutes: int = Field(60, ge=1)
    session_hours: int = Field(12, ge=1)
    password_length: int = Field(10, ge=8, le=200)
    tries: int = Field(5, ge=1)
    lock_minutes: int = Field(15, ge=1)


class Telegram(Section):
    """The Telegram bot; without a token there is none. Rates are a little below what Telegram allows."""

    token: SecretStr | None = None
    mode: Literal["polling", "webhook"] = "polling"
    api_url: str = "https://api.telegram.org"
    proxy: SecretStr | None = None  # http://, socks5://; it may carry a password
    webhook_secret: SecretStr | None = None
    poll_seconds: int = Field(25, ge=0, le=50)
    timeout_seconds: float = Field(15, gt=0)
    per_second: float = Field(29.9, gt=0, le=1000)
    chat_seconds: float = Field(1.02, ge=0)
    chat_burst: int = Field(4, ge=1)
    group_per_minute: int = Field(20, ge=2)
    in_flight: int = Field(24, ge=1, le=200)
    house_seconds: float = Field(20, gt=0, le=300)


class Eping(Section):
    """The WTO's ePing, asked for what is new; without a key (or an address of your own) it is not.

    `overlap_days`: so far back before the last success it is asked again, because not everything is in the order of
    its days; `first_days`: how far back the first time.
    """

    key: SecretStr | None = Field(None, min_length=1)
    url: str = EPING_URL
    every_minutes: int = Field(60, ge=1)
    overlap_days: int = Field(3, ge=0)
    first_days: int = Field(14, ge=0)
    page_size: int = Field(100, ge=1, le=1000)
    pause_seconds: float = Field(1.0, ge=0)

    @property
    def wanted(self) -> bool:
        return self.key is not None or self.url != EPING_URL


class RecallFeeds(Section):
    """Foreign authorities that are asked for recalls and refusals: which ones, where, how often.

    `overlap_days`: so far back before the last success they are asked again, since records change after their day.
    """

    wanted: Listed[Literal["safety_gate", "cpsc", "fda_refusals", "openfda"]] = ()
    safety_gate_url: str = SAFETY_GATE_URL
    cpsc_url: str = "https://www.saferproducts.gov/RestWebServices/Recall"
    fda_refusals_url: str = "https://api-datadashboard.fda.gov/v1/import_refusals"
    fda_user: str | None = Field(None, min_length=1)
    fda_key: SecretStr | None = Field(None, min_length=1)
    openfda_url: str = "https://api.fda.gov/food/enforcement.json"
    every_minutes: int = Field(360, ge=1)
    first_days: int = Field(30, ge=0)
    overlap_days: int = Field(7, ge=0)
    page_size: int = Field(100, ge=1, le=1000)
    pause_seconds: float = Field(1.0, ge=0)


class Feeds(Section):
    """Where notifications are fetched from, and how: a way around, how long to wait, how much to take at most."""

    proxy: SecretStr | None = None  # http://, socks5://; it may carry a password
    timeout_seconds: float = Field(30, gt=0)
    bytes_limit: int = Field(20_000_000, ge=1000)
    rss: Listed[str] = ()
    rss_minutes: int = Field(60, ge=1)
    folder: Path | None = None
    eping: Eping = Eping()
    recalls: RecallFeeds = RecallFeeds()


class Recalls(Section):
    """Of which goods members hear that they were recalled or refused: those of `home`, and those of unknown origin.

    What is older than `recent_days` is stored as history. A refusal of goods from home is told at once, at most
    `instant_a_day` to a member; the rest comes in digests.
    """

    home: str = "CN"
    other_origins: bool = False
    recent_days: int = Field(30, ge=0)
    instant_a_day: int = Field(3, ge=0)

    @field_validator("home")
    @classmethod
    def _known(cls, value: str) -> str:
        if (code := markets.from_wto_member(value)) is None:
            raise ValueError(f"{value!r} is no market: a code such as CN")
        return code


class Calendar(Section):
    """Public holidays and worked weekends, where the built-in calendar does not reach or is wrong."""

    holidays: Listed[date] = ()
    worked: Listed[date] = ()

    @property
    def workdays(self) -> workdays.Calendar:
        return workdays.Calendar.of(self.holidays, self.worked)


class Auto(Section):
    """A notification of these markets and HS codes (prefixes) gets a survey by itself; without both there is none."""

    markets: Listed[str] = ()
    hs: Listed[str] = ()


class Surveys(Section):
    """When the tiers answer, counted back from the close of comments, and when the silent ones are reminded.

    The spans are days; the reminders count working days before (or after) the deadline.
    """

    enterprise_days: int = Field(3, ge=0)
    county_days: int = Field(5, ge=0)
    centre_days: int = Field(7, ge=0)
    national_days: int = Field(21, ge=0)
    least_days: int = Field(5, ge=1)
    margin_days: int = Field(3, ge=0)
    open_days: int = Field(14, ge=1)
    remind_before: Listed[Annotated[int, Field(ge=0)]] = (5, 1)
    remind_after: Listed[Annotated[int, Field(ge=1)]] = (1,)
    county_remind_before: Listed[Annotated[int, Field(ge=0)]] = (1,)
    county_remind_after: Listed[Annotated[int, Field(ge=1)]] = (1,)
    chunk: int = Field(150, ge=1)
    auto: Auto = Auto()


class Retention(Section):
    """Days that things are kept; none: for ever."""

    conversations: int | None = Field(1095, ge=1)
    inbox: int | None = Field(365, ge=1)
    files: int | None = Field(1095, ge=1)
    pictures: int | None = Field(90, ge=1)
    deliveries: int | None = Field(1095, ge=1)
    audit: int | None = Field(None, ge=1)


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(Section):
    """All settings of the service; values never change after the start."""

    data: Path = Path("var")
    database_url: str | None = None
    clock: datetime | None = None
    api_token: SecretStr | None = Field(None, min_length=1)  # an empty file must not open the door to everyone
    secret: SecretStr | None = Field(None, min_length=1)
    engine: Literal["embedded", "rasa"] = "embedded"
    default_language: Literal["zh", "en"] = "zh"
    web: Web = Web()
    alerts: Alerts = Alerts()
    delivery: Delivery = Delivery()
    limits: Limits = Limits()
    desk: Desk = Desk()
    nlu: Nlu = Nlu()
    rasa: Rasa = Rasa()
    reports: Reports = Reports()
    console: Console = Console()
    telegram: Telegram = Telegram()
    links: Links = Links()
    feeds: Feeds = Feeds()
    recalls: Recalls = Recalls()
    dingtalk: Robots = Robots()
    feishu: Robots = Robots()
    wecom: Wecom = Wecom()
    email: Email = Email()
    webhook: Webhook = Webhook()
    apprise: Apprise = Apprise()
    calendar: Calendar = Calendar()
    surveys: Surveys = Surveys()
    retention: Retention = Retention()
    writer: Writer = Writer()
    log: Log = Log()

    @property
    def url(self) -> str:
        """The database's address: SQLite in the data folder unless one is set."""
        return self.database_url or f"sqlite:///{(self.data / 'fengsui.db').resolve()}"


def load(config: Path | None = None, environ: dict[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from file, environment, command line, in this order. Raises SettingsError with the nearest known key."""
    values = _from_file(config) if config else {}
    _merge(values, _from_environment(os.environ if environ is None else environ))
    _merge(values, {key: value for key, value in overrides.items() if value is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _explain(error) from error


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise SettingsError("settings.no_file", path=str(path))
    try:
        loaded = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError("settings.bad_file", path=str(path), problem=str(error)) from error
    if not isinstance(loaded, dict):
        raise SettingsError("settings.bad_file", path=str(path), problem="a list of `key: value` is expected")
    return {key: value for key, value in loaded.items() if key not in RASA_KEYS}


def _from_environment(environ: Any) -> dict[str, Any]:
    """FENGSUI_WEB__PORT=9000 sets web.port; FENGSUI_SECRET_FILE=path reads a secret from a file."""
    values: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or value == "":
            continue
        path = name.removeprefix(PREFIX).lower().split("__")
        if path[-1].endswith("_file"):
            path[-1] = path[-1].removesuffix("_file")
            value = _secret_file(name, value)
        _merge(values, _nested(path, value))
    return values


def _secret_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError("settings.no_secret_file", name=name, path=path) from error


def _nested(path: list[str], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value  # type: ignore[no-any-return]  # the loop always wraps it at least once


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _explain(error: ValidationError) -> SettingsError:
    problem = error.errors(include_url=False)[0]
    path = [str(part) for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        return SettingsError("settings.unknown_key", key=".".join(path), nearest=_nearest(path))
    return SettingsError("settings.bad_value", key=".".join(path), problem=problem["msg"])


def known_keys() -> list[str]:
    """Every key that may be set, dotted."""
    return list(_keys(Settings, ""))


def _keys(section: type[Section], prefix: str) -> Iterator[str]:
    for name, info in section.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from _keys(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _nearest(path: list[str]) -> str:
    known = known_keys()
    dotted = ".".join(path)
    close = difflib.get_close_matches(dotted, known, n=1, cutoff=0.0)
    return close[0] if close else known[0]
