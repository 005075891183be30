"""The embedded dialogue engine: an interpreter of the part of a Rasa project that this assistant uses."""
