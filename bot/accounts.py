"""With which login and password staff enter the console."""
