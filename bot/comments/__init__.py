"""The centre's draft comment on a notification."""
