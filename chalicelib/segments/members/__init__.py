"""Who is in a segment."""
