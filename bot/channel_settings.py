"""The settings of what is spoken to over the network: mail, robots, webhooks, what Apprise knows, the writer."""

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from bot.sections import Name, Section


class Links(Section):
    """Links to answer with, where nobody can press a button; they need `web.public_url`."""

    days: int = Field(60, ge=1, le=365)


class Robot(Section):
    """The robot of one group: its address holds a key, so it is a secret itself."""

    url: SecretStr
    secret: SecretStr | None = None


class Robots(Section):
    """Group robots of one provider, by the name that members' addresses use."""

    robots: dict[Name, Robot] = Field(default_factory=dict)
    timeout_seconds: float = Field(15, gt=0)


class Wecom(Robots):
    """WeCom's group robots, and the app that writes to single persons."""

    corp_id: str | None = None
    agent_id: int | None = None
    secret: SecretStr | None = None
    api_url: str = "https://qyapi.weixin.qq.com"

    @property
    def has_app(self) -> bool:
        return None not in (self.corp_id, self.agent_id, self.secret)


class Email(Section):
    """The mail server that takes our mails; without a host there is no e-mail."""

    host: str | None = None
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: str = ""
    reply_to: str | None = None
    ca_file: Path | None = None
    per_minute: int = Field(60, ge=2)
    timeout_seconds: float = Field(30, gt=0)

    @model_validator(mode="after")
    def _with_sender(self) -> "Email":
        if self.host and "@" not in self.sender:
            raise ValueError("email.sender must be the address from which mails come")
        return self


class Endpoint(Section):
    """Where signed messages are posted to."""

    url: SecretStr
    secret: SecretStr


class Webhook(Section):
    """Other systems that take our messages; into private networks only when that is allowed."""

    endpoints: dict[Name, Endpoint] = Field(default_factory=dict)
    allow_private: bool = False
    timeout_seconds: float = Field(15, gt=0)


class Apprise(Section):
    """Addresses as the library Apprise writes them; each may hold a password."""

    urls: dict[Name, SecretStr] = Field(default_factory=dict)


class Writer(Section):
    """An endpoint of the OpenAI kind that may put entries of the base together; without an address there is none."""

    url: str | None = None  # up to and without /chat/completions
    key: SecretStr | None = Field(None, min_length=1)
    model: str = ""
    seconds: float = Field(8.0, gt=0, le=30)

    @model_validator(mode="after")
    def _safe(self) -> "Writer":
        if self.url is None:
            return self
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ValueError("writer.url must begin with https://; http:// is for this machine only")
        if parts.username or parts.password or not parts.hostname:
            raise ValueError("writer.url must be an address without a name and password; the key is writer.key")
        if not self.model:
            raise ValueError("writer.model must name the model")
        return self


def is_loopback(name: str) -> bool:
    """Whether a host's name or number means this machine."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
