"""Perennial: always-on lifecycle marketing. See docs/ARCHITECTURE.md for the rooms and their laws."""
