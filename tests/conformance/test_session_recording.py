"""A session recorded as frames: passwords blanked, numbers mapped, and lengths and checksums right."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sms_adapters import Client, DeliveryReport, InboundMessage, OutboundMessage, Registry
from sms_adapters.conformance.accounts import Account, mistaken
from sms_adapters.conformance.cases import Evidence, Source, exchange_cases, inbound_cases
from sms_adapters.conformance.frames import dialect_of
from sms_adapters.conformance.playing import case_channel, play, receive_case
from sms_adapters.conformance.recorder import record_case
from sms_adapters.conformance.scrub import ScrubRefused
from sms_adapters.conformance.subject import Subject
from sms_adapters.conformance.tape import Tape
from sms_adapters.smsc.serving import SmscServer, serving
from sms_adapters.transports.frames import read_frame
from sms_adapters.transports.replay import ReplayMismatch, ReplayTransport, read_cassette, recorded_answer

REAL, PUBLIC = "+447700900123", "+12025550123"
OWN, SHOWN = "+447700900999", "+12025550100"
PROTOCOLS = ("smpp", "ucp_emi", "cimd2")
SOURCE = Source(Evidence.SIMULATED, "a simulated SMSC", date(2026, 11, 29))


@pytest.fixture(params=PROTOCOLS)
def subject(request: pytest.FixtureRequest) -> Subject:
    return Subject(request.param, Registry(installed=False))


@pytest.fixture
def server(subject: Subject) -> Iterator[SmscServer]:
    with serving(subject.simulator()) as server:
        yield server


def account(subject: Subject, server: SmscServer) -> Account:
    config = server.simulator.config(server.url)
    published = {**config, "password": "published", "base_url": server.url.replace("127.0.0.1", "smsc.example.com")}
    live = {"id": "8eb23e93", "address": OWN, "country": "GB", "config": config}
    return Account(live, {"address": SHOWN, "country": "US", "config": published}, numbers={REAL: PUBLIC})


def record(subject: Subject, folder: Path, server: SmscServer, **options: Any) -> Any:
    given = {"account": account(subject, server), "message": OutboundMessage(REAL, "Muraho", id="m-1"), **options}
    return record_case(folder, "case", subject=subject, source=SOURCE, **given)


def test_a_send_its_report_and_an_answer_are_recorded_and_play(subject: Subject, server: SmscServer, tmp_path: Path):
    def until(tape: Tape) -> None:
        server.soon(server.inbound, REAL, OWN, "Yego €")
        assert tape.wait(lambda tape: {DeliveryReport, InboundMessage} <= set(map(type, tape.events)), 10)

    record(subject, tmp_path, server, tape=Tape(), until=until)
    [case] = exchange_cases(tmp_path)
    assert play(subject, case).ids == tuple(part["id"] for part in case.expect["parts"])
    [login, submit] = read_cassette(case.cassette)
    assert (login["request"]["method"], submit["request"]["method"]) == ("LOGIN", "SUBMIT")
    dialect = dialect_of(case_channel(subject, case))
    assert (
        read_frame(dialect, recorded_answer(submit).body) is not None
    )  # lengths and checksums are those of what is kept
    octets = b"".join(path.read_bytes() for path in tmp_path.rglob("*.*"))
    for private in (REAL[1:], OWN[1:], server.simulator.config("")["password"]):
        assert private.encode() not in octets
    events = [event for example in inbound_cases(tmp_path) for event in receive_case(subject, example).events]
    assert {type(event) for event in events} == {DeliveryReport, InboundMessage}
    assert [event.sender for event in events if isinstance(event, InboundMessage)] == [PUBLIC]


def test_the_password_of_a_refused_login_is_blanked(subject: Subject, server: SmscServer, tmp_path: Path):
    wrong = mistaken(subject, account(subject, server))
    record(subject, tmp_path, server, account=wrong, hook="check_account", message=None, expects="AuthError")
    [case] = exchange_cases(tmp_path)
    assert case.expect["error"] == "AuthError"
    [login] = read_cassette(case.cassette)
    assert re.search(r"\*{8}|(2A){8}", str(login["request"]["body"]))
    assert "published" not in case.cassette.read_text()


def test_another_message_is_no_replay(subject: Subject, tmp_path: Path):
    shutil.copytree(subject.folder / "exchanges", tmp_path / "exchanges")
    case = next(case for case in exchange_cases(tmp_path) if case.name == "text")
    with Client(transport=ReplayTransport(case.cassette)) as client, pytest.raises(ReplayMismatch, match="body"):
        client.send(case_channel(subject, case), OutboundMessage(PUBLIC, "another text"))


def test_a_number_that_is_not_mapped_is_not_saved(subject: Subject, server: SmscServer, tmp_path: Path):
    stranger = OutboundMessage(REAL, "call +250 788 123 999", id="m-1")
    with pytest.raises(ScrubRefused, match="phone number"):
        record(subject, tmp_path, server, message=stranger)
    assert list(tmp_path.rglob("*.*")) == []
