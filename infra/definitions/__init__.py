"""Definitions as files: settings, segments, templates, journeys and the rest in a folder that belongs into git."""
