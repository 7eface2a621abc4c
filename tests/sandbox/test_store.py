"""The store: what is done is committed, in whatever company."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from sms_adapters.sandbox.store import Store, StoreClosed


@pytest.fixture(params=["memory", "file"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "store.db" if request.param == "file" else None


def serials(database: sqlite3.Connection) -> list[tuple[str, int]]:
    return database.execute("SELECT adapter, serial FROM serials ORDER BY serial").fetchall()


def test_a_job_that_fails_takes_back_its_own_changes_only(path: Path | None) -> None:
    async def run() -> list[tuple[str, int]]:
        store = Store(path)
        store.start()

        def put(number: int):
            def job(database: sqlite3.Connection) -> int:
                database.execute("INSERT INTO serials VALUES (?, ?)", (f"a{number}", number))
                if number % 3 == 0:
                    raise ValueError(number)
                return number

            return job

        found = await asyncio.gather(*(store.run(put(number)) for number in range(9)), return_exceptions=True)
        assert [item for item in found if isinstance(item, int)] == [1, 2, 4, 5, 7, 8]
        assert [str(item) for item in found if isinstance(item, ValueError)] == ["0", "3", "6"]
        kept = await store.run(serials)
        store.close()
        return kept

    assert [number for _, number in asyncio.run(run())] == [1, 2, 4, 5, 7, 8]


def test_a_job_that_spoils_the_transaction_is_told_so_and_spoils_nobody_elses(path: Path | None) -> None:
    async def run() -> None:
        store = Store(path)
        store.start()

        def put(database: sqlite3.Connection) -> None:
            database.execute("INSERT INTO serials VALUES ('a', 1)")

        def spoil(database: sqlite3.Connection) -> None:
            database.execute("INSERT INTO serials VALUES ('b', 2)")
            database.execute("ROLLBACK")

        good, bad = await asyncio.gather(store.run(put), store.run(spoil), return_exceptions=True)
        assert good is None
        assert isinstance(bad, sqlite3.Error)
        assert await store.run(serials) == [("a", 1)]
        store.close()

    asyncio.run(run())


def test_a_closed_store_takes_no_job(path: Path | None) -> None:
    async def run() -> None:
        store = Store(path)
        store.start()
        store.close()
        with pytest.raises(StoreClosed):
            await store.run(serials)

    asyncio.run(run())


def test_many_jobs_share_a_transaction(tmp_path: Path) -> None:
    async def run() -> int:
        store = Store(tmp_path / "store.db")
        store.start()
        begun: list[str] = []

        def trace(database: sqlite3.Connection) -> None:
            database.set_trace_callback(lambda text: begun.append(text) if text == "BEGIN" else None)

        await store.run(trace)
        await asyncio.gather(*(store.run(serials) for _ in range(200)))
        store.close()
        return len(begun)

    assert asyncio.run(run()) < 100
