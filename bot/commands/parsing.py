"""`fengsui parse`: what the assistant understands of a text."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot import clock
from bot.settings import Settings
from bot.training import ensure_model
from nlu.interpreter import Context, Interpreter


def parser(settings: Settings) -> Callable[[str], dict[str, object]]:
    """A function from a text to Rasa's parse data."""
    understand = Interpreter.load(ensure_model(settings.data))
    now = clock.from_setting(settings.clock)
    zone = ZoneInfo(settings.desk.time_zone)
    return lambda text: understand.parse(text, Context(now=now.now().astimezone(zone))).to_rasa()
