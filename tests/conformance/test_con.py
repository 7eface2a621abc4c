"""Each check of concurrency lets a good adapter pass, and catches those that keep something to themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import ADAPTER, CLASS, SIMULATOR, Broken, Edit, broken, ids_of, made, rows, with_send
from mutants import catches, good, passes

TEXT = '"text": part.text,'
TO = '"to": channel.recipient_of(message),'
KEY = 'return HeaderAuth("X-Api-Key", channel.config.api_key.get_secret_value())'
IN_A_LOOP = '__import__("asyncio")._get_running_loop() is not None'
EVENT_TEXT = '_text(item, "text"),'
FIRST_KEY = """cached = getattr(Acme, "cached", None)
        if cached is None:
            cached = Acme.cached = HeaderAuth("X-Api-Key", channel.config.api_key.get_secret_value())
        return cached"""

TABLE: tuple[Broken, ...] = (
    broken("CON001", "another request", "requests, number 1, differ", TEXT, f'{TEXT} "loop": {IN_A_LOOP},'),
    broken(
        "CON001",
        "another result",
        "outcomes, number 1, differ",
        "_segments(values),",
        f"_segments(values) + ({IN_A_LOOP}),",
    ),
    broken(
        "CON001", "another event", "events, number 1, differ", EVENT_TEXT, f"{EVENT_TEXT[:-1]} * (1 + ({IN_A_LOOP})),"
    ),
    with_send(
        "CON002",
        "results on the adapter",
        "of 50 messages at once",
        """
        self.accepted = []
        for part in self.split(channel, message):
            response = yield self.build_request(channel, message, part)
            self.accepted.append(self.read_response(channel, part, response))
        accepted = self.accepted
        """,
    ),
    with_send(
        "CON002",
        "the message on the adapter",
        "of 50 messages at once",
        """
        self.message = message
        for part in self.split(channel, message):
            response = yield self.build_request(channel, self.message, part)
            accepted.append(self.read_response(channel, part, response))
        """,
    ),
    with_send(
        "CON002",
        "the last answer on the adapter",
        "has the id",
        """
        for part in self.split(channel, message):
            self.part = part
            request = self.build_request(channel, message, part)
            response = yield request
            accepted.append(self.read_response(channel, part, response))
            self.first = getattr(self, "first", accepted[0])
            accepted[-1] = self.first
        """,
    ),
    broken("CON003", "the first key for all", "credentials", KEY, FIRST_KEY),
    Broken(
        "CON003",
        "any key will do",
        "with those of its neighbour",
        (Edit(SIMULATOR, 'request.headers.get("x-api-key") != KEY', "False"),),
    ),
    broken("CON004", "an attribute", "the adapter's last", TO, f'{TO} **(setattr(self, "last", message.to) or {{}}),'),
    broken(
        "CON004",
        "a list of its class",
        "Acme's seen",
        TO,
        f"{TO} **(self.seen.append(message.to) or {{}}),",
        Edit(ADAPTER, CLASS, f"{CLASS}    seen = []\n"),
    ),
    broken(
        "CON004",
        "a table of its module",
        "the module's STATUSES",
        TO,
        f"{TO} **(STATUSES.setdefault(message.to) or {{}}),",
    ),
    broken(
        "CON004",
        "by a webhook",
        "the module's KINDS",
        "        try:\n            kind",
        "        KINDS['x'] = None\n        try:\n            kind",
    ),
)


@pytest.mark.parametrize("row", rows(TABLE))
def test_a_check_catches(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, made(tmp_path, *row.edits))


@pytest.mark.parametrize("check", ids_of("CON"))
def test_the_specimen_passes(check: str) -> None:
    passes(check, good())


def test_every_check_has_a_broken_adapter() -> None:
    assert {row.check for row in TABLE} == set(ids_of("CON"))
