"""The only words that channels and the core share: what came in, what goes out, and to whom."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a person sent or that we send: `path` is relative to the data folder's `files/`."""

    name: str
    media_type: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a reply: `title` is shown, `payload` comes back as the next message's text."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from outside. `key` is unique per channel and sender: the same key is the same message."""

    channel: str
    sender: str
    key: str
    text: str
    shown: str | None = None  # what the person saw when `text` is a button's payload
    metadata: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Inbound":
        files = tuple(Attachment(**item) for item in data.get("attachments", ()))
        return cls(**{**data, "attachments": files})


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to a person: plain text, buttons, and at most one picture or file."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    file: Attachment | None = None
    custom: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The message with only the parts that are set, keys as in Rasa's REST channel."""
        data: dict[str, Any] = {"text": self.text} if self.text else {}
        if self.buttons:
            data["buttons"] = [asdict(button) for button in self.buttons]
        if self.image:
            data["image"] = self.image
        if self.file:
            data["attachment"] = asdict(self.file)
        if self.custom:
            data["custom"] = self.custom
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Reply":
        return cls(
            text=str(data.get("text") or ""),
            buttons=tuple(_button(item) for item in data.get("buttons") or ()),
            image=data.get("image"),
            file=Attachment(**data["attachment"]) if isinstance(data.get("attachment"), dict) else None,
            custom=data.get("custom"),
        )


def _button(data: dict[str, Any]) -> Button:
    # Rasa allows further keys on a button; we carry the two that a person can see and press.
    return Button(title=str(data.get("title", "")), payload=str(data.get("payload", "")))


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes: an address on a channel, and the language it is to be written in."""

    channel: str
    address: str
    language: str = "zh"


def storable(text: str) -> str:
    """Without NUL and with U+FFFD for half characters: PostgreSQL and UTF-8 have no room for either."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
