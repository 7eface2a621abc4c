"""What the session is told of SMPP."""

from __future__ import annotations

from dataclasses import fields
from itertools import islice
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from smpp_pdus import ANY_PDU

from sms_adapters.smsc.dialects import BindMode, Kind, Reply, Verdict, outcome_for
from sms_adapters.smsc.errors import FrameError
from sms_adapters.smsc.smpp import PDUS, OtherPdu, Pdu, SmppError, decode, make_tlvs
from sms_adapters.smsc.smpp import pdus as p
from sms_adapters.smsc.smpp.dialect import DIALECT, SmppDialect

KINDS = [
    (p.SubmitSm(), Kind.SUBMIT), (p.SubmitMulti(), Kind.SUBMIT), (p.QuerySm(), Kind.SUBMIT),
    (p.BroadcastSm(), Kind.SUBMIT), (p.DeliverSm(), Kind.DELIVER), (p.DataSm(), Kind.DELIVER),
    (p.EnquireLink(), Kind.KEEP_ALIVE), (p.Unbind(), Kind.LOGOUT), (p.BindReceiver(), Kind.LOGIN),
    (p.BindTransmitter(), Kind.LOGIN), (p.BindTransceiver(), Kind.LOGIN), (p.Outbind(), Kind.NOTICE),
    (p.AlertNotification(), Kind.NOTICE), (p.SubmitSmResp(), Kind.RESPONSE), (p.GenericNack(), Kind.RESPONSE),
    (p.EnquireLinkResp(), Kind.RESPONSE), (OtherPdu(code=0x10200), Kind.UNKNOWN),
    (OtherPdu(code=0x80010200), Kind.RESPONSE),
]  # fmt: skip


@pytest.mark.parametrize(("pdu", "kind"), KINDS, ids=lambda value: type(value).__name__)
def test_a_pdu_has_its_kind(pdu: Pdu, kind: Kind) -> None:
    assert DIALECT.kind(pdu) is kind


def test_to_an_smsc_data_sm_is_a_submission() -> None:
    smsc = SmppDialect(smsc=True)
    assert (smsc.kind(p.DataSm()), smsc.kind(p.DeliverSm())) == (Kind.SUBMIT, Kind.DELIVER)


REPLIES = [
    (p.DeliverSm(), Reply.ACCEPTED, p.DeliverSmResp()),
    (p.DeliverSm(), Reply.RETRY_LATER, p.DeliverSmResp(status=0x64)),
    (p.DeliverSm(), Reply.REFUSED, p.DeliverSmResp(status=0x66)),
    (p.DataSm(), Reply.ACCEPTED, p.DataSmResp()),
    (p.DataSm(), Reply.RETRY_LATER, p.DataSmResp(status=0x64, message_id=None)),
    (p.EnquireLink(), Reply.ACCEPTED, p.EnquireLinkResp()),
    (p.Unbind(), Reply.ACCEPTED, p.UnbindResp()),
    (p.SubmitSm(), Reply.REFUSED, p.GenericNack(status=0x03)),
    (OtherPdu(code=0x10200), Reply.REFUSED, p.GenericNack(status=0x03)),
    (p.AlertNotification(), Reply.ACCEPTED, None),
    (p.Outbind(), Reply.ACCEPTED, None),
    (p.SubmitSmResp(), Reply.ACCEPTED, None),
    (OtherPdu(code=0x80010200), Reply.REFUSED, None),
]


@pytest.mark.parametrize(("pdu", "reply", "answer"), REPLIES)
def test_a_request_of_the_peer_is_answered_in_its_kind(pdu: Pdu, reply: Reply, answer: Pdu | None) -> None:
    assert DIALECT.reply_to(pdu, reply) == answer


@given(ANY_PDU)
def test_every_pdu_can_be_answered_and_told(pdu: Pdu) -> None:
    answer = DIALECT.reply_to(pdu, Reply.ACCEPTED)
    assert answer is None or decode(DIALECT.encode(answer, 5)).is_response
    told = DIALECT.describe(pdu)
    assert told["command_id"] == f"0x{pdu.command_id:08X}"
    assert set(told) >= {each.name for each in fields(pdu)} - {"tlvs"}
    assert DIALECT.sequence_of(pdu) == pdu.sequence


def broken(octets: bytes) -> FrameError:
    with pytest.raises(SmppError) as caught:
        decode(octets)
    return caught.value


def test_what_is_garbled_is_answered_with_its_fault_unless_it_was_an_answer() -> None:
    request, response = (
        bytes.fromhex("00000014 00000005 00000000 00000007 31323334"),
        bytes.fromhex("00000014 80000009 00000000 00000007 31323334"),
    )
    assert DIALECT.garbled(broken(request)) == p.GenericNack(status=0x02)
    assert DIALECT.garbled(broken(response)) is None
    assert DIALECT.garbled(broken(b"\0\0\0\4")) == p.GenericNack(status=0x02)
    assert DIALECT.garbled(broken(request[:3] + b"\x15" + request[4:] + b"\xff")) == p.GenericNack(status=0x02)


@pytest.mark.parametrize("kind", [p.BindReceiver, p.BindTransceiver, p.BindTransmitter, p.Outbind])
def test_a_password_is_blanked_wherever_a_pdu_is_shown(kind: Any) -> None:
    pdu = kind(system_id="esme", password="s3cret-7")
    assert DIALECT.without_secrets(pdu) == kind(system_id="esme", password="********")
    assert "s3cret-7" not in str(DIALECT.describe(pdu))
    assert pdu.password == "s3cret-7"


def test_a_pdu_without_a_password_stays_the_same_object() -> None:
    pdu = p.SubmitSm()
    assert DIALECT.without_secrets(pdu) is pdu


def test_a_pdu_is_told_by_names() -> None:
    pdu = p.SubmitMulti(
        sequence=3,
        dest_address=(p.Destination(1, 1, "44"), p.Destination(list_name="all")),
        short_message=b"\0hi",
        tlvs=(*make_tlvs(message_state=2), (0x1400, b"x")),
    )
    told = DIALECT.describe(pdu)
    assert (told["operation"], told["command_id"], told["sequence"]) == ("SubmitMulti", "0x00000021", 3)
    assert told["short_message"] == "006869"
    assert told["tlvs"] == [["message_state", "02"], ["0x1400", "78"]]
    assert told["dest_address"][1] == {"ton": 0, "npi": 0, "address": "", "list_name": "all"}


class Account:
    """Credentials."""

    username, password = "esme", "secret"
    fields = MappingProxyType({"system_type": "VMA"})


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (BindMode.TRANSCEIVER, p.BindTransceiver),
        (BindMode.TRANSMITTER, p.BindTransmitter),
        (BindMode.RECEIVER, p.BindReceiver),
    ],
)
def test_a_login_is_the_bind_of_its_mode(mode: BindMode, kind: Any) -> None:
    wanted = kind(system_id="esme", password="secret", system_type="VMA", interface_version=0x50)
    assert SmppDialect(0x50).login(Account, mode) == wanted
    assert SmppDialect().login(Account, mode).interface_version == 0x34


def test_only_the_response_of_a_bind_answers_a_bind():
    bind = p.BindTransceiver()
    assert DIALECT.answers(bind, p.BindTransceiverResp())
    assert DIALECT.answers(bind, p.GenericNack(status=3))
    others = (p.EnquireLinkResp(), p.UnbindResp(), p.BindReceiverResp(), p.GenericNack(), OtherPdu(code=0x80010200))
    assert not [pdu for pdu in others if DIALECT.answers(bind, pdu)]
    assert not DIALECT.outcome(p.GenericNack()).ok
    assert outcome_for(DIALECT, bind, p.BindTransceiverResp()).ok
    assert {outcome_for(DIALECT, bind, pdu).verdict for pdu in others} == {Verdict.DEFECT}
    assert outcome_for(DIALECT, p.SubmitSm(), p.EnquireLinkResp(status=0x58)).verdict is Verdict.DEFECT


def test_numbers_begin_at_one_and_the_rest_of_the_seam() -> None:
    assert list(islice(DIALECT.sequences(), 3)) == [1, 2, 3] == list(islice(DIALECT.peer_sequences(), 3))
    assert (DIALECT.name, DIALECT.port, DIALECT.gapless, DIALECT.window_limit) == ("smpp", 2775, False, 0x7FFFFFFF)
    assert (DIALECT.logout(), DIALECT.keep_alive(Account)) == (p.Unbind(), p.EnquireLink())
    assert len(PDUS) == 39
