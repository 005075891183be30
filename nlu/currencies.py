"""Currency words and signs in Chinese and English, and the ISO 4217 code of each."""
