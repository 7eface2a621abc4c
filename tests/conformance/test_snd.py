"""Each check of sending lets a good adapter pass, and catches those that do not send what they were given."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import ADAPTER, CLASS, MANIFEST, SIMULATOR, Broken, Edit, broken, ids_of, made, rows, with_method, with_send
from mutants import catches, good, opened, passes
from shapes import EVERYTHING

from sms_adapters import outbound
from sms_adapters.conformance.attempts import Line, message
from sms_adapters.conformance.subject import Subject

TEXT = '"text": part.text,'
SENDER = "channel.sender_of(message)"
ID = 'PartResult(values["id"],'
WRONG_FORM = Edit(MANIFEST, 'recipient = "digits"', 'recipient = "plus"')
KEY = 'f"{message.id}/{part.number}"'
LAST = Edit(
    ADAPTER, CLASS, f"{CLASS}    seen = [None]\n    last = lambda self, to: self.seen.append(to) or self.seen.pop(0)\n"
)
MEMORY = Edit(ADAPTER, CLASS, f"{CLASS}    seen = []\n")

PLAIN: tuple[Broken, ...] = (
    broken("SND001", "another text", "arrived as 'muraho'", TEXT, '"text": part.text.lower(),'),
    broken("SND001", "another recipient", "submitted for", "channel.recipient_of(message)", '"12025550199"'),
    with_method(
        "SND001", "twice", "simulator took 2", "    split = lambda self, channel, message: [Part('Muraho')] * 2\n"
    ),
    with_send("SND001", "no request", "accepted nothing", "accepted.append(PartResult('a-1'))\nyield from ()"),
    broken("SND002", "no id", "but the part has none", ID, "PartResult(None,"),
    broken("SND002", "another id", "the part has 'A-000001'", ID, 'PartResult(values["id"].upper(),'),
    broken(
        "SND002", "the first id", "'a-000002', but the part has none", ID, f"{ID[:-1]} if part.number == 1 else None,"
    ),
    broken("SND003", "a plus sign", "has plus: +12025550123", "channel.recipient_of(message)", "message.to"),
    broken("SND003", "a sender with one", "has plus: +12025550100", SENDER, "(message.sender or channel.address)"),
    broken("SND003", "a wrong manifest", "'plus', but", "channel.recipient_of(message)", "message.to[1:]", WRONG_FORM),
    broken("SND004", "chance", "body of request 1", "message.id,", '__import__("uuid").uuid4().hex,'),
    broken("SND004", "a clock", "body of request 1", "message.id,", '__import__("time").time_ns(),'),
    broken("SND004", "a memory", "body", TEXT, f'{TEXT} "n": self.seen.append(1) or len(self.seen),', MEMORY),
    broken("SND004", "the last recipient", "after another", TEXT, f'{TEXT} "n": self.last(message.sender),', LAST),
    broken("SND005", "the channel's sender", "saw +12025550100", SENDER, 'channel.wire(channel.address, "digits")'),
    broken("SND007", "capitals", "saw 'MURAHO24'", SENDER, f"{SENDER}.upper()"),
    broken("SND007", "digits only", "saw '24'", SENDER, f'"".join(filter(str.isdigit, {SENDER}))'),
    broken("SND008", "no query", "1 are not in the request", "[item.url for", '[item.url.partition("?")[0] for'),
    broken("SND008", "one of two", "1 are not in the request", "item in message.media]", "item in message.media[:1]]"),
    broken("SND008", "the other way round", "another order", "item in message.media]", "item in message.media[::-1]]"),
    broken("SND008", "no text", "beside the media", TEXT, '"text": "" if message.media else part.text,'),
    broken("SND009", "none", "nothing of it and validity 2:00:00", "if message.validity is not None:", "if False:"),
    broken("SND009", "always one hour", "validity 3:00:00", "int(message.validity.total_seconds())", "3600"),
    broken("SND015", "always", "names the URL", "if message.report and channel.public_url:", "if channel.public_url:"),
    with_send(
        "SND016",
        "no partial",
        "partial has no parts",
        """
        for part in self.split(channel, message):
            response = yield self.build_request(channel, message, part)
            accepted.append(self.read_response(channel, part, response))
        """,
    ),
    with_send(
        "SND016",
        "later parts all the same",
        "others were submitted all the same",
        """
        failure = None
        for part in self.split(channel, message):
            try:
                response = yield self.build_request(channel, message, part)
                accepted.append(self.read_response(channel, part, response))
            except SmsError as error:
                failure = error
        if failure:
            failure.partial = SendResult(tuple(accepted))
            raise failure
        """,
    ),
)
OFFERING: tuple[Broken, ...] = (
    broken("SND010", "the zone is dropped", "made another request", ".astimezone(UTC)", ".replace(tzinfo=UTC)"),
    broken("SND010", "the zone is kept", "made another request", ".astimezone(UTC)", ""),
    broken("SND010", "no time", "send_at makes no difference", "if message.send_at is not None:", "if False:"),
    broken("SND011", "as text", "the data 00010d0a", "part.data.hex()", 'part.data.decode("latin-1").encode().hex()'),
    broken("SND011", "no header", "data makes no difference", "part.udh.hex()", '""'),
    broken("SND012", "not asked for", "flash makes no difference", 'values["class"] = 0', "pass"),
    broken(
        "SND012", "no text", "arrived as 'Flash'", 'values["class"] = 0', 'values["class"], values["text"] = 0, "Flash"'
    ),
    broken("SND013", "joined", "it has []", "list(message.quick_replies)", '",".join(message.quick_replies)'),
    broken("SND013", "sorted", "['Oya, reka', 'Yego']", "list(message.quick_replies)", "sorted(message.quick_replies)"),
    broken("SND014", "a key of chance", "a second time", KEY, '__import__("uuid").uuid4().hex'),
    broken("SND014", "a key of the text", "taken for the first one", KEY, "part.text"),
)
OWN_TESTS = {"SND006"}


@pytest.mark.parametrize("row", rows(PLAIN))
def test_a_check_catches(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, made(tmp_path, *row.edits))


@pytest.mark.parametrize("row", rows(OFFERING))
def test_a_check_of_a_capability_catches(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, made(tmp_path, *EVERYTHING, *row.edits))


@pytest.mark.parametrize("check", [name for name in ids_of("SND") if name not in {row.check for row in OFFERING}])
def test_the_specimen_passes(check: str) -> None:
    passes(check, good())


@pytest.mark.parametrize("check", [name for name in ids_of("SND") if name not in OWN_TESTS])
def test_an_adapter_that_offers_everything_passes(check: str, tmp_path: Path) -> None:
    passes(check, made(tmp_path, *EVERYTHING))


REFUSED_TWICE = (
    Edit(
        SIMULATOR,
        'return WebhookResponse.json({"id": known.id, "status": "queued", "segments": 1}, 202)',
        'return _error(409, "id.known", "this message was sent already")',
    ),
    Edit(ADAPTER, '(Throttled, "rate.exceeded"),', '(Throttled, "rate.exceeded"), (Reason.DUPLICATE, "id.known"),'),
)


def test_with_partial_support_the_second_may_be_refused_as_a_duplicate(tmp_path: Path) -> None:
    partial = Edit(MANIFEST, 'idempotency = "full"', 'idempotency = { support = "partial", note = "refused" }')
    passes("SND014", made(tmp_path, *EVERYTHING, *REFUSED_TWICE, partial))
    assert "ended in" in catches("SND014", made(tmp_path, *EVERYTHING, *REFUSED_TWICE))
    unknown = Edit(ADAPTER, "(Reason.DUPLICATE, ", "(Reason.UNKNOWN, ")
    assert "ended in" in catches("SND014", made(tmp_path, *EVERYTHING, *REFUSED_TWICE, partial, unknown))


def test_every_check_has_a_broken_adapter() -> None:
    assert {row.check for row in (*PLAIN, *OFFERING)} | OWN_TESTS == set(ids_of("SND"))


def test_snd006_catches_what_is_dropped_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter cannot break this by itself: the engine refuses before it asks the adapter, unless it is broken."""
    passes("SND006", good())
    monkeypatch.setattr(outbound, "ASKED", ())
    assert "binary" in catches("SND006", good())


def test_snd006_catches_a_sender_that_is_not_offered(tmp_path: Path) -> None:
    subject = made(tmp_path, Edit(MANIFEST, 'alphanumeric_sender = "full"', 'alphanumeric_sender = "none"'))
    assert _refuses_names(subject) or "alphanumeric_sender" in catches("SND006", subject)


def _refuses_names(subject: Subject) -> bool:
    return Line(subject.session()).send(message(sender="Muraho24")).error is not None


NEEDS_POOL = (
    Edit(ADAPTER, "    api_key: SecretStr", '    pool: str = ""\n    api_key: SecretStr'),
    Edit(
        ADAPTER,
        "        if message.send_at is not None:\n",
        """        if message.send_at is not None and not channel.config.pool:
            raise ConfigError("scheduling needs a pool")
        if message.send_at is not None:
""",
    ),
    Edit(ADAPTER, "    ProtocolError,\n", "    ProtocolError,\n    ConfigError,\n"),
)
SCHEDULED = """
[source]
evidence = "documented"
title = "Acme API, version 3"
date = 2026-11-01
[channel.config]
pool = "P1"
[message]
to = "+12025550123"
text = "Muraho"
send_at = 2026-11-24T09:30:00+00:00
[expect]
type = "SendResult"
"""


def test_what_a_capability_needs_is_taken_from_an_exchange(tmp_path: Path) -> None:
    subject = made(tmp_path, *EVERYTHING, *NEEDS_POOL)
    assert "no configuration for it is known: scheduling needs a pool" in catches("SND010", subject)
    for ending, text in (("toml", SCHEDULED), ("yaml", "interactions: []\n")):
        (subject.folder / "exchanges" / f"scheduled.{ending}").write_text(text, encoding="utf-8")
    passes("SND010", opened(subject.folder))
