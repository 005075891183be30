"""The demonstration: made-up organisations, people, interests and notifications, put in and taken out as a whole."""

from bot.demo.arrivals import Arrivals, arriving, next_arrival
from bot.demo.loading import load, loaded
from bot.demo.removal import remove

__all__ = ["Arrivals", "arriving", "load", "loaded", "next_arrival", "remove"]
