"""SQLite: a job is done once it is committed.

A file has a thread of its own, since a commit waits for the disk, and jobs that wait together share a transaction.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

__all__ = ["Job", "Store", "StoreClosed"]

T = TypeVar("T")
Job: TypeAlias = Callable[[sqlite3.Connection], T]
MOST_TOGETHER = 500
"""Jobs in one transaction at most, so that the first of them does not wait long."""

BRIEFLY = 0.2
"""Seconds to wait for a file that another sandbox has."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, adapter TEXT, direction TEXT, provider_id TEXT, handset TEXT, number TEXT, text TEXT,
    data TEXT, encoding TEXT, segments INTEGER, status TEXT, fate TEXT, at TEXT, submission INTEGER, callback TEXT,
    submitted TEXT, history TEXT, done INTEGER
);
CREATE INDEX IF NOT EXISTS messages_by_handset ON messages (handset, id);
CREATE INDEX IF NOT EXISTS messages_by_submission ON messages (submission);
CREATE TABLE IF NOT EXISTS exchanges (
    id INTEGER PRIMARY KEY, adapter TEXT, direction TEXT, at TEXT, duration REAL, attempt INTEGER, method TEXT,
    url TEXT, request_headers TEXT, request_body BLOB, status INTEGER, response_headers TEXT, response_body BLOB,
    error TEXT
);
CREATE TABLE IF NOT EXISTS links (message INTEGER, exchange INTEGER, PRIMARY KEY (message, exchange)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_by_exchange ON links (exchange);
CREATE TABLE IF NOT EXISTS serials (adapter TEXT PRIMARY KEY, serial INTEGER) WITHOUT ROWID;
"""
OF_A_FILE = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL")
"""It belongs to one sandbox at a time, as two would give the same numbers."""
OF_MEMORY = ("page_size = 8192",)
"""There each commit visits all pages that there are, and copies those that change: neither many nor large ones."""
TABLES = ("messages", "exchanges", "links", "serials")


class StoreClosed(RuntimeError):
    """The store takes no job any more."""


class Store:
    """What happened, in memory or in a file; a file is as durable as SQLite's write-ahead log with full syncs.

    Whatever `run` raises, nothing of the job was kept. A job may be called twice, as one that shared its transaction
    failed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._jobs: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._memory: sqlite3.Connection | None = None
        self._thread: threading.Thread | None = None

    @property
    def lasting(self) -> bool:
        """Whether it is a file."""
        return self._path is not None

    def start(self) -> None:
        """Open the database; sqlite3.Error if it cannot be had."""
        connection = sqlite3.connect(
            self._path or ":memory:", timeout=BRIEFLY, check_same_thread=False, isolation_level=None
        )
        try:
            for pragma in OF_A_FILE if self._path else OF_MEMORY:
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        if self._path is None:
            self._memory = connection
            return
        self._thread = threading.Thread(target=self._serve, args=(connection,), name="sandbox-store", daemon=True)
        self._thread.start()

    async def run(self, job: Job[T]) -> T:
        """What `job` returns, once it is committed; in memory nothing has to be waited for."""
        if self._memory is not None:
            return _alone(self._memory, job)
        if self._thread is None:
            raise StoreClosed("the sandbox's store is closed")
        waiting = _Waiting(job, asyncio.get_running_loop())
        self._jobs.put(waiting)
        found: T = await waiting.future
        return found

    def close(self) -> None:
        """Do what waits, and close the database."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _serve(self, connection: sqlite3.Connection) -> None:
        with closing(connection):
            while (first := self._jobs.get()) is not None:
                together, ended = self._joined(first)
                _perform(connection, together)
                _tell(together)
                if ended:
                    return

    def _joined(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """The job and all that wait behind it; whether the end was asked for."""
        together = [first]
        while len(together) < MOST_TOGETHER:
            try:
                following = self._jobs.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return together, True
            together.append(following)
        return together, False


class _Waiting:
    """A job and whoever waits for it."""

    __slots__ = ("error", "future", "job", "loop", "result")

    def __init__(self, job: Job[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.job, self.loop = job, loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: Exception | None = None

    def settle(self) -> None:
        """Hand over the result; whoever waited may have left."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def _perform(connection: sqlite3.Connection, together: list[_Waiting]) -> None:
    """All jobs in one transaction; if one fails, each in its own, so that it takes back its own changes only."""
    try:
        _commit(connection, together)
    except Exception as error:  # noqa: BLE001 - it is handed to whoever asked for the job
        if len(together) == 1:
            together[0].error = error
            return
        for waiting in together:
            _perform(connection, [waiting])


def _commit(connection: sqlite3.Connection, together: list[_Waiting]) -> None:
    """Do the jobs, which may be done again, and commit; what one raises takes all of them back."""

    def all_of_them(database: sqlite3.Connection) -> None:
        for waiting in together:
            waiting.result = waiting.job(database)

    _alone(connection, all_of_them)


def _alone(connection: sqlite3.Connection, job: Job[T]) -> T:
    """Do a job in a transaction of its own."""
    connection.execute("BEGIN")
    try:
        found = job(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return found


def _tell(together: list[_Waiting]) -> None:
    """Settle the futures with one call for each event loop; a loop that is closed has nobody who waits."""
    loops = {waiting.loop for waiting in together}
    for loop in loops:
        mine = [waiting for waiting in together if waiting.loop is loop]
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, mine)


def _settle(together: list[_Waiting]) -> None:
    for waiting in together:
        waiting.settle()
