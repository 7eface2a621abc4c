"""Each check of recordings lets a good adapter pass, and catches evidence that is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from broken import ids_of
from mutants import TODAY, catches, copied, edit, good, opened, passes

from sms_adapters.conformance.check import CHECKS

Act = Callable[[Path], None]
DOCUMENTED, SIMULATED = 'evidence = "documented"', 'evidence = "simulated"'
DATE = f"date = {TODAY}"


class Broken(NamedTuple):
    """A folder that a check has to catch: what is done to it, and what the check says."""

    check: str
    what: str
    says: str
    acts: tuple[Act, ...]


def change(file: str, before: str, after: str) -> Act:
    """`after` for every `before` in a file."""
    return lambda folder: edit(folder, file, before, after)


def delete(*patterns: str) -> Act:
    """Delete files; each pattern has to find some."""

    def act(folder: Path) -> None:
        for pattern in patterns:
            found = list(folder.glob(pattern))
            assert found, pattern
            for path in found:
                path.unlink()

    return act


def write(file: str, text: str) -> Act:
    """Write a file."""
    return lambda folder: (folder / file).write_text(text, encoding="utf-8") and None


def each(pattern: str, before: str, after: str) -> Act:
    """`after` for `before` in the files that have it; one has to."""

    def act(folder: Path) -> None:
        found = [path for path in folder.glob(pattern) if before in path.read_text(encoding="utf-8")]
        assert found, pattern
        for path in found:
            path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")

    return act


def row(check: str, what: str, says: str, *acts: Act) -> Broken:
    """A row of the table."""
    return Broken(check, what, says, acts)


def guessed(*patterns: str) -> tuple[Act, ...]:
    """These documented cases are simulated."""
    return tuple(each(f"{pattern}.toml", DOCUMENTED, SIMULATED) for pattern in patterns)


def unlived(*names: str) -> tuple[Act, ...]:
    """These live cases are documented only."""
    return tuple(each(f"{name}.toml", 'evidence = "live"', DOCUMENTED) for name in names)


def exemption(
    check: str = "SIG003", reason: str = "the older v0 stands beside it", until: object = "2027-01-31"
) -> str:
    """A conformance.toml."""
    return f'[[exempt]]\ncheck = "{check}"\nreason = "{reason}"\nuntil = {until}\n'


def exempt(what: str, says: str, text: str) -> Broken:
    """A row with a conformance.toml."""
    return row("REC007", what, says, write("conformance.toml", text))


PARTS = 'parts = [{ id = "a-48213077", status = "queued", word = "queued", segments = 1 }]\n'
REASON = 'reason = "invalid_recipient"\nprovider_code = "to.invalid"\n'
STALE = f"date = {TODAY - timedelta(days=181)}"

TABLE = [
    row(
        "REC001",
        "a body octet",
        "body b'",
        change("adapter.py", '"reference": message.id,', '"reference": message.id + " ",'),
    ),
    row(
        "REC001",
        "a URI octet",
        "URI '.acme.example/v3/account/', recorded",
        change("adapter.py", "/v3/account", "/v3/account/"),
    ),
    row(
        "REC001",
        "a method",
        "method PUT",
        change("adapter.py", '/v3/messages", values)', '/v3/messages", values, method="PUT")'),
    ),
    row(
        "REC001",
        "a header",
        "header X-Api-Key",
        change("adapter.py", 'HeaderAuth("X-Api-Key", channel', 'HeaderAuth("X-Api-Key", "Key " + channel'),
    ),
    row(
        "REC001",
        "a reason",
        "reason is 'invalid_sender', where 'invalid_recipient'",
        change("adapter.py", '(Reason.INVALID_RECIPIENT, "to', '(Reason.INVALID_SENDER, "to'),
    ),
    row("REC001", "no exchange", "there is no exchange", delete("exchanges/*")),
    row("REC001", "unreadable", "the exchanges cannot be read", change("exchanges/text.toml", "[source]", "[sauce]")),
    row("REC002", "a keyword", "keyword is None", change("adapter.py", "keyword=keyword,", "keyword=None,")),
    row(
        "REC002",
        "an event more",
        "brings 4 events, not 3",
        change("adapter.py", "for item in items]", "for item in items + items[3:] + items[2:3]]"),
    ),
    row("REC002", "refused", "was refused", change("inbound/opt_out.http", "v1=", "v1=0")),
    row(
        "REC002",
        "a field that is not expected",
        "word is 'sent', where None",
        change("inbound/report_sent.json", '    "word": "sent",\n', ""),
    ),
    row(
        "REC003",
        "nothing",
        "expects neither a type nor an error",
        change("exchanges/text.toml", 'type = "SendResult"\n', ""),
    ),
    row("REC003", "no parts", "expects SendResult, but none of parts", change("exchanges/text.toml", PARTS, "")),
    row(
        "REC003",
        "no reason",
        "expects Rejected, but none of reason",
        change("exchanges/refused_recipient.toml", REASON, ""),
    ),
    row(
        "REC003",
        "an untyped event",
        "has an event without a type",
        change("inbound/opt_out.json", '"type": "OptOut",\n    ', ""),
    ),
    row(
        "REC004",
        "no URL",
        "is documented, but has no URL",
        change("exchanges/options.toml", 'url = "https://acme.example/docs/v3"\n', ""),
    ),
    row(
        "REC004",
        "no software",
        "is live, but names no software",
        change("inbound/message.toml", 'software = "Acme API 3.14"\n', ""),
    ),
    row(
        "REC004",
        "no title",
        "has no title",
        each("exchanges/truncated.toml", 'title = "an answer that breaks off"', 'title = " "'),
    ),
    row(
        "REC004",
        "tomorrow",
        "which is in the future",
        each("inbound/message.toml", DATE, f"date = {TODAY + timedelta(days=1)}"),
    ),
    row("REC004", "a date in quotes", "without quotes", each("inbound/message.toml", DATE, f'date = "{TODAY}"')),
    row("REC004", "no date", "cannot be read: TypeError", each("inbound/message.toml", DATE, "")),
    row(
        "REC004", "no such evidence", "cannot be read: ValueError", each("inbound/message.toml", '"live"', '"hearsay"')
    ),
    row("REC005", "table", "exchanges/ lacks text.toml", delete("exchanges/text.toml")),
    row("REC005", "cassette", "exchanges/ lacks text.yaml", delete("exchanges/text.yaml")),
    row("REC005", "events", "inbound/ lacks message.json", delete("inbound/message.json")),
    row("REC005", "something else", "what belongs to no case: notes.md", write("inbound/notes.md", "to do")),
    row(
        "REC006",
        "no safe YAML",
        "cannot be read: ConstructorError",
        change("exchanges/text.yaml", "method: POST", "method: !!python/name:str ''"),
    ),
    row(
        "REC006",
        "no interactions",
        "cannot be read: KeyError",
        change("exchanges/text.yaml", "interactions:", "exchanges:"),
    ),
    row("REC006", "empty", "has no request", write("exchanges/text.yaml", "interactions: []\nversion: 1\n")),
    row("REC006", "old format", "cannot be read", write("exchanges/text.yaml", "- request: {}\n  response: {}\n")),
    exempt("no reason", "say what is missing and why", exemption(reason="later")),
    exempt("too long", "later than in 180 days", exemption(until="2027-05-23")),
    exempt("no date", "without quotes and time", exemption(until='"2027-01-31"')),
    exempt("no check", "does not exist", exemption("SIG999")),
    exempt("no exemption", "knows no exemption", exemption("REC012")),
    exempt("no end", "cannot be read: TypeError", exemption().replace("until = 2027-01-31\n", "")),
    row(
        "REC008",
        "send",
        "a message that is accepted is not shown",
        *unlived("exchanges/text"),
        *guessed("exchanges/text*", "exchanges/options"),
    ),
    row(
        "REC008",
        "refusal",
        "a message that is refused is not",
        *guessed("exchanges/refused_*", "exchanges/status_unknown"),
    ),
    row(
        "REC008",
        "login",
        "credentials that are refused is not",
        *guessed("exchanges/login_refused", "exchanges/account_refused"),
    ),
    row(
        "REC008",
        "later",
        "an answer to come back later is not",
        *guessed("exchanges/throttled", "exchanges/unavailable"),
    ),
    row(
        "REC009",
        "delivered",
        "that was delivered is not",
        *unlived("inbound/report_delivered"),
        *guessed("inbound/report_delivered"),
    ),
    row("REC009", "failed", "that was not delivered is not", *guessed("inbound/report_*")),
    row(
        "REC010",
        "message",
        "an incoming message is not",
        *unlived("inbound/message"),
        *guessed("inbound/message*", "inbound/batch"),
    ),
    row("REC011", "hook", "offers query_status, but no exchange", delete("exchanges/status*")),
    row(
        "REC011",
        "webhook",
        "has the webhook 'status', but no",
        change(
            "manifest.toml", "[[limits]]\nvalue = 1000", '[[webhooks]]\naction = "status"\n\n[[limits]]\nvalue = 1000'
        ),
    ),
    row("REC011", "opt-outs", "offers opt_out_events; no case", delete("inbound/opt_out.*", "inbound/batch.*")),
    row("REC011", "media", "offers inbound_media; no case", delete("inbound/message_media.*")),
    row("REC012", "send", "no recording of a message that is accepted is live", *unlived("exchanges/text")),
    row("REC012", "report", "no recording of a delivery report is live", *unlived("inbound/report_delivered")),
    row("REC012", "message", "no recording of an incoming message is live", *unlived("inbound/message")),
    row("REC012", "old", "more than 180 days ago", change("exchanges/text.toml", DATE, STALE)),
]


def broken_folder(tmp_path: Path, acts: Iterable[Act]) -> Path:
    """A copy of the specimen after some acts."""
    folder = copied(tmp_path)
    for act in acts:
        act(folder)
    return folder


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.check}-{row.what}") for row in TABLE])
def test_a_broken_recording_is_caught(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, opened(broken_folder(tmp_path, row.acts)))


@pytest.mark.parametrize("check", ids_of("REC"))
def test_a_good_adapter_passes(check: str) -> None:
    passes(check, good())


def test_every_check_has_a_broken_recording() -> None:
    assert sorted({row.check for row in TABLE}) == ids_of("REC")


def test_an_exemption_with_reason_and_end_is_one(tmp_path: Path) -> None:
    folder = broken_folder(tmp_path, [write("conformance.toml", exemption())])
    assert opened(folder).exemptions["SIG003"].check in CHECKS
    passes("REC007", opened(folder))


def test_a_recording_of_180_days_is_new_enough(tmp_path: Path) -> None:
    oldest = f"date = {TODAY - timedelta(days=180)}"
    passes("REC012", opened(broken_folder(tmp_path, [change("exchanges/text.toml", DATE, oldest)])))


def test_a_cassette_with_a_request_too_many_does_not_replay(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "exchanges" / "account.yaml"
    head, interactions, version = path.read_text(encoding="utf-8").partition("- request:")[0], "", "version: 1\n"
    interactions = path.read_text(encoding="utf-8").removeprefix(head).removesuffix(version)
    path.write_text(head + interactions * 2 + version, encoding="utf-8")
    assert "1 recorded requests were not made" in catches("REC001", opened(folder))


def test_a_recording_that_waits_beside_the_old_one_is_not_left_over(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    for ending in ("yaml", "toml"):
        path = folder / "exchanges" / f"text.{ending}"
        path.with_name(f"text.new.{ending}").write_bytes(path.read_bytes())
    passes("REC005", opened(folder))
