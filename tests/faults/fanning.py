"""A fan-out that dies in mid-write, or a scheduler: python -m tests.faults.fanning URL PARTS."""

import os
import signal
import sys
from typing import Any

from bot import alerts, intake
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.settings import Alerts, Settings
from tests.conftest import NOW

CHUNK = 40
SETTINGS = Settings(alerts=Alerts(chunk=CHUNK))


def main(url: str, parts: str) -> None:
    left = int(parts)

    def write(*args: Any, real: Any = alerts.write, **kwargs: Any) -> Any:
        nonlocal left
        done = real(*args, **kwargs)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)  # written, not committed
        left -= 1
        return done

    alerts.write = write
    intake.fan_out(Database(url, threads=2), FixedClock(NOW), SETTINGS)


if __name__ == "__main__":
    main(*sys.argv[1:])
