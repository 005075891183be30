"""Language understanding: from a sentence in Chinese or English to an intent and entities; pure."""
