"""What is asked of the store, and written to it: each function is a job, or words its result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ..http import WebhookResponse
from .records import Exchange, Message, Place, columns, insert, message_values
from .store import TABLES

if TYPE_CHECKING:
    import sqlite3


__all__ = ["Ids", "Wanted"]

EQUAL = ("adapter", "direction", "handset", "number", "status", "provider_id", "fate")


@dataclass(slots=True)
class Ids:
    """The numbers given last."""

    last_message: int = 0
    last_exchange: int = 0

    def message(self) -> int:
        """A number for a message."""
        self.last_message += 1
        return self.last_message

    def exchange(self) -> int:
        """A number for an exchange."""
        self.last_exchange += 1
        return self.last_exchange


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages: `equal` by column, `text` anywhere in the text or the handset's number."""

    equal: Mapping[str, str]
    text: str | None = None
    before: int | None = None
    after: int | None = None
    limit: int = 50
    ascending: bool = False

    def where(self) -> tuple[str, list[Any]]:
        """The condition and its values; column names are never input."""
        values: list[Any]
        named = [name for name in EQUAL if name in self.equal]
        terms, values = [f"{name} = ?" for name in named], [*map(self.equal.__getitem__, named)]
        if self.text:
            terms.append("(instr(lower(text), lower(?)) > 0 OR instr(handset, ?) > 0)")
            values += [self.text, self.text]
        for sign, bound in (("<", self.before), (">", self.after)):
            if bound is not None:
                terms.append(f"id {sign} ?")
                values.append(bound)
        return " AND ".join(terms) or "1", values


def last_ids(database: sqlite3.Connection) -> Ids:
    """Where numbering goes on."""
    rows = (database.execute(f"SELECT coalesce(max(id), 0) FROM {table}") for table in ("messages", "exchanges"))  # noqa: S608
    return Ids(*(row.fetchone()[0] for row in rows))


def taken_before(database: sqlite3.Connection) -> tuple[dict[str, int], list[Message]]:
    """The serials given by each simulator, and the messages it accepted."""
    serials = dict(database.execute("SELECT adapter, serial FROM serials").fetchall())
    rows = database.execute("SELECT * FROM messages WHERE direction = 'mt' ORDER BY id")
    return serials, [Message(*row) for row in rows]


def erase(database: sqlite3.Connection) -> None:
    """Forget everything."""
    for table in TABLES:
        database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own


def take(
    database: sqlite3.Connection, exchanges: Sequence[Exchange], rows: Sequence[Message], serials: Mapping[str, int]
) -> None:
    """Requests, and the messages that they brought; `serials` for the simulators that are to go on from there."""
    insert(database, exchanges)
    insert(database, rows)
    if serials:
        database.executemany("INSERT OR REPLACE INTO serials VALUES (?, ?)", serials.items())


def give(database: sqlite3.Connection, message: Message, serial: int) -> None:
    """A handset's message."""
    take(database, (), (message,), {message.adapter: serial})


def update(database: sqlite3.Connection, *changed: Message) -> None:
    """What became of messages."""
    database.executemany(
        "UPDATE messages SET status = ?, history = ?, fate = ?, done = ? WHERE id = ?",
        [(row.status, row.history, row.fate, row.done, row.id) for row in changed],
    )


def attempt(database: sqlite3.Connection, exchange: Exchange, messages: Iterable[int]) -> None:
    """An attempt of a webhook."""
    insert(database, (exchange,))
    database.executemany("INSERT INTO links VALUES (?, ?)", [(number, exchange.id) for number in messages])


def message(database: sqlite3.Connection, number: int) -> Message | None:
    """A message."""
    row = database.execute("SELECT * FROM messages WHERE id = ?", (number,)).fetchone()
    return Message(*row) if row else None


def messages(database: sqlite3.Connection, wanted: Wanted) -> list[dict[str, Any]]:
    """Messages, one more than wanted if there are more."""
    where, values = wanted.where()
    order = "ASC" if wanted.ascending else "DESC"
    statement = f"SELECT * FROM messages WHERE {where} ORDER BY id {order} LIMIT ?"  # noqa: S608 - see Wanted.where
    return [message_values(row) for row in database.execute(statement, [*values, wanted.limit + 1])]


def conversations(database: sqlite3.Connection, wanted: Wanted) -> list[dict[str, Any]]:
    """Conversations by their last message, one more than wanted if there are more."""
    where, values = Wanted(wanted.equal, wanted.text).where()
    having = "HAVING max(id) < ?" if wanted.before is not None else ""
    statement = (
        f"SELECT count, messages.* FROM messages JOIN (SELECT max(id) AS last, count(*) AS count FROM messages"  # noqa: S608
        f" WHERE {where} GROUP BY adapter, handset, number {having} ORDER BY last DESC LIMIT ?) ON id = last"
        " ORDER BY id DESC"
    )
    bounds = [wanted.before] if wanted.before is not None else []
    found = database.execute(statement, [*values, *bounds, wanted.limit + 1])
    return [_conversation(count, message_values(row)) for count, *row in found]


def _conversation(count: int, last: dict[str, Any]) -> dict[str, Any]:
    return {**{name: last[name] for name in ("adapter", "handset", "number")}, "count": count, "last": last}


Found: TypeAlias = "tuple[Exchange, list[int]]"
"""An exchange as it is kept, and the messages that it brought or reports on."""


def exchanges(database: sqlite3.Connection, adapter: str | None, before: int | None, limit: int) -> list[Found]:
    """Exchanges, the newest first, one more than wanted if there are more."""
    found = database.execute(
        "SELECT * FROM exchanges WHERE (?1 IS NULL OR adapter = ?1) AND (?2 IS NULL OR id < ?2)"
        " ORDER BY id DESC LIMIT ?3",
        (adapter, before, limit + 1),
    )
    return [_exchange(database, row) for row in found.fetchall()]


def exchange(database: sqlite3.Connection, number: int) -> Found | None:
    """An exchange."""
    row = database.execute("SELECT * FROM exchanges WHERE id = ?", (number,)).fetchone()
    return _exchange(database, row) if row else None


def exchanges_of(database: sqlite3.Connection, number: int) -> list[Found]:
    """The exchanges that brought a message or report on it, the oldest first."""
    statement = (
        "SELECT * FROM exchanges WHERE id IN (SELECT exchange FROM links WHERE message = ?1"
        " UNION SELECT submission FROM messages WHERE id = ?1) ORDER BY id"
    )
    return [_exchange(database, row) for row in database.execute(statement, (number,)).fetchall()]


def _exchange(database: sqlite3.Connection, row: Sequence[Any]) -> Found:
    made = Exchange(*row)
    brought = (
        "SELECT id FROM messages WHERE submission = ?1 UNION SELECT message FROM links WHERE exchange = ?1 ORDER BY 1"
    )
    found = database.execute(brought, (made.id,))
    return made, [number for (number,) in found]


def count(database: sqlite3.Connection) -> int:
    """How many messages there are."""
    found: int = database.execute("SELECT count(*) FROM messages").fetchone()[0]
    return found


def values_of(message: Message) -> dict[str, Any]:
    """A message of the API."""
    return message_values(columns(message))


def brief(
    place: Place, protocol: str, status: int | None, error: str | None, messages: Sequence[int]
) -> dict[str, Any]:
    """What the stream tells of an exchange."""
    shown = {name: getattr(place, name) for name in ("id", "adapter", "direction", "at", "attempt")}
    return {**shown, "messages": list(messages), "protocol": protocol, "status": status, "error": error}


def failed(adapter: str, error: Exception) -> WebhookResponse:
    """The answer in place of a simulator that raised; the type says enough, and no value is shown."""
    said = {"error": f"the simulator of {adapter} failed with {type(error).__name__}"}
    return WebhookResponse(500, body=json.dumps(said).encode())
