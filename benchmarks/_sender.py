"""A delivery worker as a process of its own, whose channel is a file: python benchmarks/_sender.py URL FILE LEASE."""

import asyncio
import os
import sys
from dataclasses import dataclass

from _service import ROOT

sys.path.insert(0, str(ROOT))  # a script's own folder is all that Python looks into

from bot import app, i18n, log, services
from bot.advice import CurrentAdvice
from bot.clock import SystemClock
from bot.db.engine import Database
from bot.messages import Recipient, Reply
from bot.ports import Outcome, Sent
from bot.search import Search
from bot.settings import Delivery, Log, Settings
from bot.worker import Worker

CHANNEL = "sink"


@dataclass(slots=True)
class Sink:
    """Writes a line for each message: what is in the file has reached its reader, whatever becomes of us."""

    file: int
    name: str = CHANNEL

    async def send(self, to: Recipient, reply: Reply, *, key: str) -> Outcome:
        number = reply.text.rpartition("A-")[2][:6]
        os.write(self.file, f"{to.address} {key} A-{number}\n".encode())
        return Sent(key)


def main(url: str, path: str, lease: str) -> None:
    log.configure(Log(level="warning"))
    db, settings = Database(url, threads=4), Settings(delivery=Delivery(lease_seconds=float(lease)))
    advice = CurrentAdvice(lambda: app.load_advice(settings.data), settings.data)
    built = services.Services(settings, SystemClock(), db, i18n.load(), advice, Search())
    sink = Sink(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT))
    worker = Worker(db, built.clock, {CHANNEL: sink}, app.renderers(built), settings.delivery)
    print("ready", flush=True)
    asyncio.run(worker.run())


if __name__ == "__main__":
    main(*sys.argv[1:])
