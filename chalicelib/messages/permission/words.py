"""What stands for what a message says, so that it is not said twice. Pure."""

from __future__ import annotations

import re
from typing import Final

from chalicelib import ids

LENGTH: Final = 12


def words_of(title: str, text: str, public_url: str) -> str:
    """Digits that stand for these words. The links that act for the recipient are signed anew for each message, so what
    leads to us does not count."""
    said = re.sub(re.escape(public_url) + r"/\S*", "", text) if public_url else text
    return ids.digest("words", title, said, length=LENGTH)
