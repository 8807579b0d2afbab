"""The JSON schema of a rule, as the API's description shows it. A rule holds rules, so it is said here once by hand."""

from __future__ import annotations

from typing import Any, Final

_EXAMPLES: Final[list[dict[str, Any]]] = [
    {"all": [{"stage": ["repeat"]}, {"not": {"trait": "country", "in": ["IT", "RO"]}}]},
    {"any": [{"phase": "race", "in": ["engage"]}, {"segment": "vip"}]},
    {"fact": "days_since_last_order", "at_least": 30},
    {"trait": "birthday", "anniversary": {"within_next": "P7D"}},
    {"account": "traits.plan", "equals": "pro"},
    {"consent": "email", "topic": "newsletter", "is": "granted"},
    {"event": "Order Completed", "where": [{"property": "total", "at_least": 50}], "within": "P90D"},
    {"message": "clicked", "journey": "welcome", "within": "P30D"},
]

RULE: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Rule",
    "description": "Exactly one of all, any, not, stage, phase, trait, fact, account, consent, event, message, "
    "segment, with its conditions beside it.",
    "examples": _EXAMPLES,
}
