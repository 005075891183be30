"""The running service: one flat module for each word of the glossary."""
