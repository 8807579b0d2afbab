"""Explanation: why a stage, what will change it, and how else it may be seen, in the reader's language. Pure.

language.py     what a language must have        languages/*.py   one file for each
voice.py        a language speaking              words.py         reasons and outlooks
"""

from __future__ import annotations

from chalicelib.lifecycle.explain.words import outlook, sentence

__all__ = ["outlook", "sentence"]
