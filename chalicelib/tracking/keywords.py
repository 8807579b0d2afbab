"""What people write back to a text message to leave, to come back, to confirm, or to ask who writes, in their
languages. Pure.

The whole message is one of the words, whatever its case, accents and punctuation. To leave, it is enough that a short
message begins with one of the plainest: nobody must be bound to a magic word. To come back takes exactly the word, and
"yes" is none: it may answer anything, and confirms only what was asked (messages/confirming.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, Literal

Keyword = Literal["stop", "start", "help", "confirm"]

SHORT: Final = 4
"""A message of at most so many words that begins with a plain word to leave is one."""

_SAID: Final[Mapping[Keyword, str]] = {
    "stop": (
        "stop, stopall, stop all, unsubscribe, cancel, end, quit, optout, opt out, revoke, remove, remove me, "  # en
        "ferma, basta, annulla, cancella, cancellami, disiscrivi, disiscrivimi, disiscrizione, rimuovi, "  # it
        "alto, baja, cancelar, parar, detener, darme de baja, dar de baja, "  # es
        "opreste, dezabonare, dezabonez, dezaboneaza, renunt, "  # ro
        "arret, arreter, arretez, desabonner, desabonnement, desinscrire, desinscription, resilier, "  # fr
        "stopp, abmelden, abbestellen, austragen, kundigen, kuendigen, ende, "  # de
        "sair, remover, descadastrar, stoppen, afmelden, uitschrijven, wypisz, rezygnuje, avsluta, afmeld"  # pt nl pl
    ),
    "start": (
        "start, unstop, subscribe, resume, optin, opt in, inizia, riprendi, iscrivi, iscrivimi, "
        "alta, empezar, iniciar, suscribir, suscribirme, abonare, abonez, aboneaza, incepe, porneste, "
        "reprendre, abonner, demarrer, starten, anmelden, comecar, retomar, aanmelden, zapisz"
    ),
    "help": "help, info, aiuto, ayuda, ajutor, aide, hilfe, ajuda, hulp, pomoc, hjalp",
    "confirm": (
        "yes, y, yes please, i agree, i confirm, "  # en
        "si, si grazie, confermo, conferma, "  # it
        "si por favor, confirmo, confirmar, acepto, "  # es
        "da, da va rog, confirm, confirma, sunt de acord"  # ro
    ),
}
_LEAVE: Final = frozenset(
    {"stop", "stopp", "unsubscribe", "optout", "disiscrivimi", "cancellami", "baja", "dezabonare", "arret", "abmelden"}
)
_LETTERS: Final = re.compile(r"[^\W_]+")

WORDS: Final[Mapping[Keyword, frozenset[str]]] = {kind: frozenset(said.split(", ")) for kind, said in _SAID.items()}
"""By what is meant, the words and phrases, in small letters without accents."""


def meant(text: str) -> Keyword | None:
    """What a message means, if it is one of the words."""
    said = bare(text)
    whole = " ".join(said)
    for kind, words in WORDS.items():
        if whole in words:
            return kind
    return "stop" if said and len(said) <= SHORT and said[0] in _LEAVE else None


def bare(text: str) -> list[str]:
    """The words of a text in small letters, without accents and punctuation; `S.T.O.P` is one."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    words = _LETTERS.findall(plain.casefold())
    return ["".join(words)] if len(words) > 1 and all(len(word) == 1 for word in words) else words


def names_way_out(text: str) -> bool:
    """Whether a text names a word by which to leave, in capitals, as such words are told: `Reply STOP`."""
    return any(meant(word) == "stop" for word in _capitals(text) if len(word) > 2)


def names_confirmation(text: str) -> bool:
    """Whether a text names a word by which to confirm, in the same way: `Reply YES`."""
    return any(meant(word) == "confirm" for word in _capitals(text))


def _capitals(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text) if word.isupper() and len(word) > 1}
