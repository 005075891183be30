"""What the commands of bot/cli.py do."""
