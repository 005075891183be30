"""E-mail: what a message looks like, how it is handed to the mail server, and the channel."""
