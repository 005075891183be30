"""A second opinion on English sentences in doubt, by their meaning; optional, needs the weights of an encoder."""
