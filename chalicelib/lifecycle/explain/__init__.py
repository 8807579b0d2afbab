"""Explanation: why a stage, what will change it, and how else it may be seen, in the reader's language. Pure.

language.py     what a language must have               languages/*.py   one file for each
voice.py        a language speaking                     words.py         reasons, outlooks, trust
acts.py         what could happen                       whatif.py        what that would change, and until when
figures.py      figures as they are shown               scores.py        scores with their inputs
statements.py   what-ifs, dates and history in words    explanation.py   all of it together
"""

from __future__ import annotations

from chalicelib.lifecycle.explain.words import of_trust, outlook, sentence

__all__ = ["of_trust", "outlook", "sentence"]
