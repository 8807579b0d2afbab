"""Definitions as files: settings, templates, journeys in a folder that belongs into git."""
