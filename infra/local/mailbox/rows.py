"""The mailbox's tables, and how a row becomes a message or JSON again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from infra.local.mailbox.events import stamp
from infra.local.mailbox.mail import Mail

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at REAL NOT NULL, acknowledged INTEGER NOT NULL,
  source TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL, html TEXT, text TEXT,
  headers TEXT NOT NULL, tags TEXT NOT NULL, configuration_set TEXT, request TEXT NOT NULL,
  channel TEXT NOT NULL DEFAULT 'email');
CREATE TABLE IF NOT EXISTS recipients (
  address TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (address, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
  name TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (name, value, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL, kind TEXT NOT NULL, due REAL NOT NULL,
  configuration_set TEXT, record TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting');
CREATE INDEX IF NOT EXISTS events_waiting ON events (due) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS events_of_message ON events (message_id);
CREATE TABLE IF NOT EXISTS identities (name TEXT PRIMARY KEY, created REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS suppressions (
  address TEXT PRIMARY KEY, reason TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
"""


LATER = ("ALTER TABLE messages ADD COLUMN channel TEXT NOT NULL DEFAULT 'email'",)
"""What a file of an earlier version lacks; an error says that it is there."""


def matching(
    to: str | None, tag: str | None, text: str | None, channel: str | None = None
) -> tuple[list[str], list[Any]]:
    """The WHERE clauses and their values for messages to, tagged, containing something, or of a channel."""
    clauses: list[str] = []
    values: list[Any] = []
    if channel:
        clauses.append("channel = ?")
        values.append(channel)
    if to:
        clauses.append("seq IN (SELECT seq FROM recipients WHERE address = ?)")
        values.append(to.lower())
    if tag:
        name, _, value = tag.partition(":")
        clauses.append("seq IN (SELECT seq FROM tags WHERE name = ? AND (? = '' OR value = ?))")
        values += [name, value, value]
    if text:
        said = "instr(lower(subject), ?) OR (channel != 'email' AND instr(lower(text), ?))"
        clauses.append(f"({said} OR seq IN (SELECT seq FROM recipients WHERE instr(address, ?)))")
        values += [text.lower()] * 3
    return clauses, values


def mail_of(row: sqlite3.Row) -> Mail:
    """The message in a row."""
    return Mail(
        id=row["id"],
        at=datetime.fromtimestamp(row["at"], UTC),
        source=row["source"],
        recipients=tuple(json.loads(row["recipients"])),
        subject=row["subject"],
        html=row["html"],
        text=row["text"],
        headers=tuple((name, value) for name, value in json.loads(row["headers"])),
        tags=json.loads(row["tags"]),
        configuration_set=row["configuration_set"],
        request=json.loads(row["request"]),
        channel=row["channel"],
    )


def described(row: sqlite3.Row) -> dict[str, Any]:
    """The message in a row as JSON, its request included."""
    mail = mail_of(row)
    return {
        "seq": row["seq"],
        "id": mail.id,
        "channel": mail.channel,
        "at": time_of(row["at"]),
        "acknowledged": bool(row["acknowledged"]),
        "from": mail.source,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "html": mail.html,
        "text": mail.text,
        "headers": [{"name": name, "value": value} for name, value in mail.headers],
        "tags": dict(mail.tags),
        "configuration_set": mail.configuration_set,
        "request": dict(mail.request),
    }


def time_of(epoch: float) -> str:
    """Epoch seconds as UTC text."""
    return stamp(datetime.fromtimestamp(epoch, UTC))


def as_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
