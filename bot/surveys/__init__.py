"""Who is asked about a notification, by when, and who has answered."""
