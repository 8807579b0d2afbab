"""What a fold says when it cannot go on from what it has."""

from __future__ import annotations


class NeedsRebuild(Exception):
    """These facts cannot take these events: only all stored events can tell. The text says why."""
