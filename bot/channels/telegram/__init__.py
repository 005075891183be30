"""Telegram: updates are committed before they are confirmed, and nothing is sent faster than it may be."""
