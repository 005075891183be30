"""What the assistant does, written with rasa-sdk: slots in, a service call, an utterance out."""
