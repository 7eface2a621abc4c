"""The states of a session, as a table that can be checked by eye, and what it tells its driver."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from .dialects import BindMode, Frame, Kind, Reply, Verdict

__all__ = ["ANEW", "LOGGED_IN", "REPLIES", "TABLE", "TAKING"]
__all__ += ["Connect", "Delivery", "Disconnect", "Event", "Happening", "Health", "State"]


class State(StrEnum):
    """Where a session is."""

    CLOSED = "closed"  # no connection, and none wanted
    CONNECTING = "connecting"
    BINDING = "binding"  # connected, the login is not answered yet
    BOUND = "bound"
    THROTTLED = "throttled"  # bound, and pausing because the SMSC said that it is too much
    LOST = "lost"  # no connection, another attempt follows
    CLOSING = "closing"  # bound, waiting for the last responses, then logging out


class Event(StrEnum):
    """What moves a session from one state to another."""

    OPEN = "open"
    CONNECTED = "connected"
    ADMITTED = "admitted"
    THROTTLE = "throttle"
    RESUME = "resume"
    CUT = "cut"
    CLOSE = "close"
    DONE = "done"


TABLE: Mapping[State, Mapping[Event, State]] = {
    State.CLOSED: {Event.OPEN: State.CONNECTING},
    State.CONNECTING: {Event.CONNECTED: State.BINDING, Event.CUT: State.LOST, Event.CLOSE: State.CLOSED},
    State.BINDING: {Event.ADMITTED: State.BOUND, Event.CUT: State.LOST, Event.CLOSE: State.CLOSED},
    State.BOUND: {Event.THROTTLE: State.THROTTLED, Event.CUT: State.LOST, Event.CLOSE: State.CLOSING},
    State.THROTTLED: {Event.RESUME: State.BOUND, Event.CUT: State.LOST, Event.CLOSE: State.CLOSING},
    State.LOST: {Event.OPEN: State.CONNECTING, Event.CLOSE: State.CLOSED},
    State.CLOSING: {Event.DONE: State.CLOSED, Event.CUT: State.CLOSED},
}
"""No other step is possible; an event without an entry is a defect of ours and raises `KeyError`."""

LOGGED_IN = (State.BOUND, State.THROTTLED, State.CLOSING)
TAKING = (State.BOUND, State.THROTTLED)

REPLIES: Mapping[Kind, Reply] = {
    **dict.fromkeys((Kind.KEEP_ALIVE, Kind.LOGOUT, Kind.NOTICE), Reply.ACCEPTED),
    Kind.DELIVER: Reply.RETRY_LATER,
}
"""What a request of the SMSC is answered with, a delivery as long as the login is not; others are refused."""

ANEW: Mapping[Verdict, str] = {
    Verdict.SESSION: "the SMSC says that the session is not bound",
    Verdict.OUT_OF_STEP: "the SMSC expected another number, or could not read the request",
}
"""What only a new login mends."""


class Health(NamedTuple):
    """Something that whoever watches a connection wants to know: each change of state, and what went wrong within one.

    `number` counts the binds of a channel from 0; `at` is the clock of the session, in seconds.
    """

    number: int
    mode: BindMode
    state: State
    reason: str
    at: float


class Connect(NamedTuple):
    """The driver is asked to connect."""


class Disconnect(NamedTuple):
    """The driver is asked to close the connection once everything is written."""


class Delivery(NamedTuple):
    """A message or report; `connection` is the one it came on, so that no other is answered in its place."""

    frame: Frame
    raw: bytes
    connection: int


Happening: TypeAlias = Connect | Disconnect | Delivery | Health
