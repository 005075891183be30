"""The ways to reach people, all behind the one port `bot.ports.Channel`."""
