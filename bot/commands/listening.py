"""Where the service of a data folder listens, left there while it runs: other commands make links that open it."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bot.settings import Settings

FILE = "listening"
SECONDS = 0.5


def url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def left(data: Path, url: str) -> Iterator[None]:
    """The address in the data folder until the block ends. A disk that is full costs links their port, no more."""
    path = data / FILE
    with contextlib.suppress(OSError):
        path.write_text(url, "utf-8")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def base(settings: Settings) -> str:
    """What a link begins with: the public address, that of the service which runs, or what the settings say."""
    web = settings.web
    return web.public_url or _running(settings.data / FILE) or url_of(web.host, web.port)


def _running(path: Path) -> str | None:
    """The address that a service left, if something answers there: one that was killed leaves it too."""
    try:
        url = path.read_text("utf-8").strip()
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=SECONDS):
            return url
    except (OSError, ValueError):
        return None
