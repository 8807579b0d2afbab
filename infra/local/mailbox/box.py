"""Everything the mailbox keeps, in one SQLite file: messages whole, the events that follow from them,
identities, suppressions.

A message and its events are written in one transaction, and an event is marked only after the topic took
it: a stopped mailbox publishes the rest when it starts again.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.mailbox import events
from infra.local.mailbox.fate import Happening
from infra.local.mailbox.mail import Mail
from infra.local.mailbox.rows import LATER, SCHEMA, as_json, described, mail_of, matching, time_of


@dataclass(frozen=True)
class Pending:
    """An event whose time has come and that the topic has not taken yet."""

    seq: int
    kind: str
    configuration_set: str | None
    record: str


class Box:
    """Thread-safe. `path` may be ":memory:"."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        for change in LATER:
            with suppress(sqlite3.OperationalError):
                self._db.execute(change)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    # --- messages ---

    def keep(self, mail: Mail, happenings: Sequence[Happening], *, acknowledged: bool) -> None:
        """Keep a message and the events that follow from it. `acknowledged`: whether the sender will be
        told."""
        with self._transaction() as db:
            row = (
                *(
                    mail.id,
                    mail.at.timestamp(),
                    acknowledged,
                    mail.source,
                    as_json(mail.recipients),
                    mail.subject,
                    mail.html,
                    mail.text,
                ),
                *(as_json(mail.headers), as_json(mail.tags), mail.configuration_set, as_json(mail.request)),
                mail.channel,
            )
            columns = "id,at,acknowledged,source,recipients,subject,html,text,headers,tags,configuration_set,request"
            columns += ",channel"
            seq = db.execute(f"INSERT INTO messages ({columns}) VALUES ({','.join('?' * len(row))})", row).lastrowid
            db.executemany("INSERT OR IGNORE INTO recipients VALUES (?,?)", [(r.lower(), seq) for r in mail.recipients])
            db.executemany("INSERT INTO tags VALUES (?,?,?)", [(name, value, seq) for name, value in mail.tags.items()])
            self._add_events(db, mail, happenings)

    def add_events(self, mail: Mail, happenings: Sequence[Happening]) -> None:
        """Let more happen to a kept message."""
        with self._transaction() as db:
            self._add_events(db, mail, happenings)

    def _add_events(self, db: sqlite3.Connection, mail: Mail, happenings: Sequence[Happening]) -> None:
        rows = [
            (
                mail.id,
                h.kind,
                h.at.timestamp(),
                mail.configuration_set,
                as_json(events.record(h.kind, mail, h.at, h.detail)),
            )
            for h in happenings
        ]
        db.executemany("INSERT INTO events (message_id,kind,due,configuration_set,record) VALUES (?,?,?,?,?)", rows)

    def mail(self, id: str) -> Mail | None:
        """The kept message of that id."""
        row = self._one("SELECT * FROM messages WHERE id = ?", id)
        return mail_of(row) if row else None

    def message(self, id: str) -> dict[str, Any] | None:
        """Everything about one message, as JSON: the message, its request and its events."""
        row = self._one("SELECT * FROM messages WHERE id = ?", id)
        return {**described(row), "events": self.events(id)} if row else None

    def messages(
        self,
        *,
        to: str | None,
        tag: str | None,
        text: str | None,
        before: int | None,
        limit: int,
        channel: str | None = None,
    ) -> list[dict[str, Any]]:
        """Messages, newest first, older than sequence number `before`. `tag` is "name" or "name:value";
        `text` looks in subject and recipients."""
        clauses, values = matching(to, tag, text, channel)
        if before is not None:
            clauses.append("seq < ?")
            values.append(before)
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        rows = self._all(f"SELECT * FROM messages {where} ORDER BY seq DESC LIMIT ?", *values, limit)
        return [described(row) for row in rows]

    def count(
        self, *, to: str | None = None, tag: str | None = None, text: str | None = None, channel: str | None = None
    ) -> int:
        """How many messages there are."""
        clauses, values = matching(to, tag, text, channel)
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        row = self._one(f"SELECT COUNT(*) AS n FROM messages {where}", *values)
        return int(row["n"]) if row else 0

    def sent_since(self, since: datetime) -> int:
        """How many recipients were written to since then, as SES's daily quota counts."""
        query = "SELECT COUNT(*) AS n FROM recipients JOIN messages USING (seq) WHERE at >= ? AND channel = 'email'"
        row = self._one(query, since.timestamp())
        return int(row["n"]) if row else 0

    def clear(self) -> int:
        """Forget all messages and their events (identities and suppressions stay). The number of messages
        forgotten."""
        with self._transaction() as db:
            forgotten = db.execute("DELETE FROM messages").rowcount
            for table in ("recipients", "tags", "events"):
                db.execute(f"DELETE FROM {table}")
        return forgotten

    # --- events ---

    def events(self, message_id: str) -> list[dict[str, Any]]:
        """The events of a message in their order of time, also those to come."""
        rows = self._all("SELECT * FROM events WHERE message_id = ? ORDER BY due, seq", message_id)
        return [
            {"kind": row["kind"], "at": time_of(row["due"]), "state": row["state"], "record": json.loads(row["record"])}
            for row in rows
        ]

    def pending(self, now: datetime, limit: int) -> list[Pending]:
        """Events whose time has come, oldest first."""
        query = "SELECT * FROM events WHERE state = 'waiting' AND due <= ? ORDER BY due, seq LIMIT ?"
        rows = self._all(query, now.timestamp(), limit)
        return [Pending(row["seq"], row["kind"], row["configuration_set"], row["record"]) for row in rows]

    def next_due(self) -> float | None:
        """The time (epoch seconds) of the next waiting event."""
        row = self._one("SELECT MIN(due) AS due FROM events WHERE state = 'waiting'")
        return row["due"] if row else None

    def mark(self, seqs: Sequence[int], state: str) -> None:
        """Say what became of events: published, lost, or nobody asked for them (unwanted)."""
        with self._transaction() as db:
            db.executemany("UPDATE events SET state = ? WHERE seq = ?", [(state, seq) for seq in seqs])

    # --- identities and suppressions ---

    def add_identity(self, name: str, now: datetime) -> bool:
        """Verify an address or domain; False if it was there."""
        with self._transaction() as db:
            return (
                db.execute("INSERT OR IGNORE INTO identities VALUES (?,?)", (name.lower(), now.timestamp())).rowcount
                > 0
            )

    def has_identity(self, name: str) -> bool:
        """Whether exactly that address or domain is verified."""
        return self._one("SELECT 1 FROM identities WHERE name = ?", name.lower()) is not None

    def may_send_as(self, address: str) -> bool:
        """Whether the address, its domain or a domain above it is verified."""
        domain = address.lower().rpartition("@")[2].split(".")
        names = [address.lower(), *(".".join(domain[i:]) for i in range(len(domain) - 1))]
        return any(self.has_identity(name) for name in names)

    def suppress(self, address: str, reason: str, now: datetime) -> None:
        """Put an address on the account's suppression list."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO suppressions VALUES (?,?,?)", (address.lower(), reason, now.timestamp()))

    def unsuppress(self, address: str) -> bool:
        """Take it off; False if it was not there."""
        with self._transaction() as db:
            return db.execute("DELETE FROM suppressions WHERE address = ?", (address.lower(),)).rowcount > 0

    def suppressions(self, address: str | None = None) -> list[tuple[str, str, float]]:
        """(address, reason, epoch seconds) of all, or of one."""
        where, values = ("WHERE address = ?", (address.lower(),)) if address else ("", ())
        return [tuple(row) for row in self._all(f"SELECT * FROM suppressions {where} ORDER BY at", *values)]

    def suppressed(self, addresses: Sequence[str]) -> set[str]:
        """Those of the addresses that are on the suppression list, in lower case."""
        marks = ",".join("?" * len(addresses))
        rows = self._all(
            f"SELECT address FROM suppressions WHERE address IN ({marks})", *(a.lower() for a in addresses)
        )
        return {row["address"] for row in rows}

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
            return row

    def _all(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()
