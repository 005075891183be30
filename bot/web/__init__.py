"""The web app: chat page, Rasa-compatible API, health and metrics."""
