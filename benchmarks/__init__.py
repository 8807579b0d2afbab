"""What a thousand events, and a thousand mails, cost: counted, not guessed."""
