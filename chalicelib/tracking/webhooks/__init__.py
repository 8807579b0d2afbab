"""Taking in webhooks: which sources there are, whose orders they speak of, and the way from a request to events."""
