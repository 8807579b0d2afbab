"""The frames that come with the code: one file each; frame.py says what is in it, docs/LIFECYCLE.md shows them."""
