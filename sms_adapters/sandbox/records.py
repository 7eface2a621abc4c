"""What the sandbox keeps: messages and raw exchanges, as rows and as JSON-ready values."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ..http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from ..simulation import SimulatedMessage

if TYPE_CHECKING:
    import sqlite3

__all__ = [
    "UNTOLD",
    "Exchange",
    "Message",
    "Place",
    "Traffic",
    "as_it_was",
    "columns",
    "exchange_values",
    "insert",
    "message_values",
]

HTTP = "http"
UNTOLD = "[]"
"""The history of a message that has none yet."""
LARGEST_KEPT = 64 << 10
"""Octets of a body that are kept; a larger one is only measured."""


@dataclass(slots=True)
class Message:
    """A message between a handset and a host; the columns of a row in this order.

    `direction` is "mt" or "mo". `number` is the host's. `data` is hex. `submission` is the exchange that brought it.
    `submitted` is what the simulator keeps of it, as JSON; `history` the statuses with their times.
    """

    id: int
    adapter: str
    direction: str
    provider_id: str | None
    handset: str
    number: str
    text: str
    data: str | None
    encoding: str
    segments: int
    status: str
    fate: str
    at: str
    submission: int | None = None
    callback: str | None = None
    submitted: str = "{}"
    history: str = UNTOLD
    done: int = 0

    @property
    def now(self) -> tuple[Message, str, str, str]:
        """What `as_it_was` needs to show it later as it is now."""
        return self, self.status, self.fate, self.history

    def entered(self, status: str, at: str) -> None:
        """Add a status to the history, which is JSON."""
        joint = "]" if self.history == UNTOLD else ", ]"
        entry = f'{{"status": "{status}", "at": "{at}"}}'
        self.history = f"{self.history[:-1]}{joint[:-1]}{entry}]"

    def simulated(self) -> SimulatedMessage:
        """The submission as its simulator made it."""
        data = bytes.fromhex(self.data) if self.data is not None else None
        values = json.loads(self.submitted)
        return SimulatedMessage(
            self.provider_id or "", self.handset, self.number, self.text, self.callback, data, values
        )


@dataclass(slots=True)
class Exchange:
    """A request and its answer; the columns of a row in this order.

    `direction` is "to_aggregator" or "to_host". `duration` is in seconds. `status` is None where there was no answer,
    and `error` says why. Of a frame `method` is the operation, a header its octets, and 0 the status of success.
    """

    id: int
    adapter: str
    direction: str
    at: str
    duration: float
    attempt: int
    method: str
    url: str
    request_headers: str
    request_body: bytes
    status: int | None = None
    response_headers: str = "[]"
    response_body: bytes = b""
    error: str | None = None


_ROWS: Mapping[type, tuple[str, attrgetter[Any]]] = {
    kind: (
        f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(fields(kind)))})",  # noqa: S608 - no input in it
        attrgetter(*(item.name for item in fields(kind))),
    )
    for kind, table in ((Message, "messages"), (Exchange, "exchanges"))
}


def insert(connection: sqlite3.Connection, rows: Sequence[Message | Exchange]) -> None:
    """Write rows of one kind, each in place of one with the same id."""
    if rows:
        statement, values = _ROWS[type(rows[0])]
        connection.executemany(statement, map(values, rows))


@dataclass(slots=True)
class Place:
    """Where and when: the first columns of `Exchange`. What is not known at once is filled in later."""

    direction: str
    at: str
    attempt: int = 1
    id: int = 0
    adapter: str = ""
    duration: float = 0.0

    def row(self, method: str, url: str, headers: str, body: bytes, error: str | None) -> Exchange:
        """The row of a request here, still without its answer."""
        known = (self.id, self.adapter, self.direction, self.at, self.duration, self.attempt)
        return Exchange(*known, method, url, headers, body, error=error)


@dataclass(slots=True)
class Traffic:
    """A request and its answer as they went over the wire; `answer` is None if there was none, and `error` says why.

    `url` is the request's own, with the place of the aggregator in it.
    """

    request: HttpRequest | WebhookRequest
    url: str
    answer: HttpResponse | WebhookResponse | None
    error: str | None
    place: Place

    @property
    def status(self) -> int | None:
        """The status of the answer."""
        return None if self.answer is None else self.answer.status

    @property
    def failed(self) -> bool:
        """Whether it went wrong on the wire."""
        return self.status is None or self.status >= 400

    @property
    def protocol(self) -> str:
        """HTTP."""
        return HTTP

    @property
    def told(self) -> tuple[Place, str, int | None, str | None]:
        """What `ledger.brief` words: the stream keeps it, and not the bodies."""
        return self.place, self.protocol, self.status, self.error

    def kept(self) -> Exchange:
        """The row, secrets and all: see `hide`."""
        sent = self.request
        headers, body = _listed(sent.headers.items()), _measured(sent.body)
        row = self.place.row(sent.method, self.url, headers, body, self.error)
        if self.answer is not None:
            row.status, row.response_body = self.answer.status, _measured(self.answer.body)
            row.response_headers = _listed(self.answer.headers.items())
        return row


@lru_cache(maxsize=256)
def _listed(headers: tuple[tuple[str, str], ...]) -> str:
    """Headers as JSON; clients send the same ones again and again."""
    return json.dumps(headers)


def _measured(body: bytes) -> bytes:
    """The body, or the size of a large one."""
    return body if len(body) <= LARGEST_KEPT else f"({len(body)} octets, not kept)".encode()


_COLUMNS = tuple(item.name for item in fields(Message))
_INTERNAL = frozenset({"callback", "submitted", "done"})


def message_values(row: Iterable[Any]) -> dict[str, Any]:
    """A message of the API from its row."""
    values = {name: value for name, value in zip(_COLUMNS, row, strict=True) if name not in _INTERNAL}
    values["history"] = json.loads(values["history"])
    return values


def as_it_was(message: Message, status: str, fate: str, history: str) -> dict[str, Any]:
    """A message of the API with an earlier status, fate and history; nothing else of it changes."""
    changed = {"status": status, "fate": fate, "history": json.loads(history)}
    return message_values(columns(message)) | changed


def columns(message: Message) -> tuple[Any, ...]:
    """The row of a message as it is now."""
    found: tuple[Any, ...] = _ROWS[Message][1](message)
    return found


def exchange_values(made: Exchange, messages: Iterable[int]) -> dict[str, Any]:
    """An exchange of the API from its row."""
    sent, received = json.loads(made.request_headers), json.loads(made.response_headers)
    answer = {"status": made.status, "headers": received, **_shown(made.response_body)}
    protocol = HTTP if made.url.startswith(HTTP) else made.url.partition(":")[0]
    return {
        "id": made.id,
        "adapter": made.adapter,
        "protocol": protocol,
        "direction": made.direction,
        "at": made.at,
        "duration": made.duration,
        "attempt": made.attempt,
        "messages": list(messages),
        "request": {"method": made.method, "url": made.url, "headers": sent, **_shown(made.request_body)},
        "response": answer if made.status is not None else None,
        "error": made.error,
        "curl": _curl(made, sent) if protocol == HTTP else None,
    }


def _shown(body: bytes) -> dict[str, Any]:
    try:
        return {"body": body.decode(), "encoding": "utf-8"}
    except UnicodeDecodeError:
        return {"body": body.hex(), "encoding": "hex"}


SET_BY_CURL = frozenset({"host", "content-length", "connection", "accept-encoding"})


def _curl(exchange: Exchange, headers: list[list[str]]) -> str:
    """The request as a command for a shell; secrets are masked in it as elsewhere."""
    words = ["curl", "-X", exchange.method, exchange.url]
    for name, value in headers:
        words += [] if name.lower() in SET_BY_CURL else ["-H", f"{name}: {value}"]
    if exchange.request_body:
        shown = _shown(exchange.request_body)
        words += ["--data-binary", shown["body"] if shown["encoding"] == "utf-8" else "@body.bin"]
    return shlex.join(words)
