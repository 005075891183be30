"""Where recalls and refusals come from: each source's shape made into records, files told apart, interfaces asked."""
