"""`python -m bot` is `fengsui`."""

from bot.cli import main

main()
