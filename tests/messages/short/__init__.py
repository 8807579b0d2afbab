"""Text messages and push messages."""
