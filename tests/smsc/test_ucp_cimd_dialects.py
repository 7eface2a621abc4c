"""UCP/EMI and CIMD2 as the session sees them: kinds, logins, replies, outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest

from sms_adapters.results import Reason
from sms_adapters.smsc import cimd, ucp
from sms_adapters.smsc.cimd.codes import ERRORS as CIMD_ERRORS
from sms_adapters.smsc.cimd.dialect import CIMD2, CimdDialect
from sms_adapters.smsc.cimd.packets import OPERATIONS as CIMD_OPERATIONS
from sms_adapters.smsc.dialects import BindMode, Dialect, Kind, Reply, Verdict
from sms_adapters.smsc.errors import FrameError
from sms_adapters.smsc.ucp.dialect import UCP
from sms_adapters.smsc.ucp.operations import OPERATIONS as UCP_OPERATIONS


@dataclass
class Account:
    username: str = "6543"
    password: str = "secret"
    fields: dict[str, Any] = field(default_factory=dict)


KINDS = [
    (UCP, ucp.Session(styp="1"), Kind.LOGIN),
    (UCP, ucp.Session(styp="4"), Kind.LOGIN),
    (UCP, ucp.Session(styp="3"), Kind.SUBMIT),
    (UCP, ucp.Submit(), Kind.SUBMIT),
    (UCP, ucp.CallInput(), Kind.SUBMIT),
    (UCP, ucp.MessageTransfer(), Kind.SUBMIT),
    (UCP, ucp.Inquiry(), Kind.SUBMIT),
    (UCP, ucp.ListManagement(), Kind.SUBMIT),
    (UCP, ucp.Deliver(), Kind.DELIVER),
    (UCP, ucp.Notification(), Kind.DELIVER),
    (UCP, ucp.InquiryOutcome(), Kind.DELIVER),
    (UCP, ucp.Alert(), Kind.KEEP_ALIVE),
    (UCP, ucp.Ack(ot=51), Kind.RESPONSE),
    (UCP, ucp.Nack(ot=99), Kind.RESPONSE),
    (UCP, ucp.UnknownOperation(ot=7), Kind.UNKNOWN),
    (CIMD2, cimd.Login(), Kind.LOGIN),
    (CIMD2, cimd.Logout(), Kind.LOGOUT),
    (CIMD2, cimd.Submit(), Kind.SUBMIT),
    (CIMD2, cimd.Enquiry(), Kind.SUBMIT),
    (CIMD2, cimd.Set(), Kind.SUBMIT),
    (CIMD2, cimd.Deliver(), Kind.DELIVER),
    (CIMD2, cimd.StatusReport(), Kind.DELIVER),
    (CIMD2, cimd.Alive(), Kind.KEEP_ALIVE),
    (CIMD2, cimd.SubmitResponse(), Kind.RESPONSE),
    (CIMD2, cimd.Nack(), Kind.RESPONSE),
    (CIMD2, cimd.GeneralError(), Kind.RESPONSE),
    (CIMD2, cimd.UnknownPacket(operation=57), Kind.RESPONSE),
    (CIMD2, cimd.UnknownPacket(operation=7), Kind.UNKNOWN),
]


@pytest.mark.parametrize(("dialect", "frame", "kind"), KINDS)
def test_kinds(dialect: Dialect, frame: Any, kind: Kind) -> None:
    assert dialect.kind(frame) is kind


def test_every_operation_has_a_kind() -> None:
    assert not [kind for kind in UCP_OPERATIONS.values() if UCP.kind(kind()) is Kind.UNKNOWN]
    assert not [kind for kind in CIMD_OPERATIONS.values() if CIMD2.kind(kind()) is Kind.UNKNOWN]


def test_numbers_of_both_sides() -> None:
    assert list(islice(UCP.sequences(), 102))[-3:] == [99, 0, 1]
    assert list(islice(UCP.peer_sequences(), 2)) == [0, 1]
    assert list(islice(CIMD2.sequences(), 129))[:2] == [1, 3]
    assert list(islice(CIMD2.sequences(), 129))[-2:] == [255, 1]
    assert list(islice(CIMD2.peer_sequences(), 129))[-2:] == [254, 0]
    assert (UCP.window_limit, CIMD2.window_limit) == (100, 128)
    assert (UCP.gapless, CIMD2.gapless) == (False, True)


ANSWERS = [
    (UCP, ucp.Session(), ucp.Ack(ot=60), True),
    (UCP, ucp.Session(), ucp.Nack("07", ot=60), True),
    (UCP, ucp.Session(), ucp.Ack(ot=31), False),
    (UCP, ucp.Submit("447700900002"), ucp.Ack(sm="447700900002:231126051000", ot=51), True),
    (UCP, ucp.Submit("00447700900002"), ucp.Ack(sm="07700900002:231126051000", ot=51), True),
    (UCP, ucp.Submit("447700900002"), ucp.Ack(ot=51), True),
    (UCP, ucp.Submit("447700900002"), ucp.Ack(sm="447700900003:231126051000", ot=51), False),
    (UCP, ucp.MessageTransfer("447700900002"), ucp.Ack(mvp="447700900003:231126051000", ot=30), False),
    (UCP, ucp.Submit("012345"), ucp.Ack(sm="012234:090996101010", ot=51), True),  # the specification's own example
    (CIMD2, cimd.Login(), cimd.LoginResponse(), True),
    (CIMD2, cimd.Login(), cimd.AliveResponse(), False),
    (CIMD2, cimd.Login(), cimd.Nack(), True),
    (CIMD2, cimd.Login(), cimd.GeneralError(error="1"), True),
    (CIMD2, cimd.Login(), cimd.GeneralError(), False),
    (CIMD2, cimd.Submit(destination="+447700900002"), cimd.SubmitResponse(destination="447700900002"), True),
    (CIMD2, cimd.Submit(destination="447700900002"), cimd.SubmitResponse(), True),
    (CIMD2, cimd.Submit(destination="447700900002"), cimd.SubmitResponse(destination="447700900003"), False),
    (CIMD2, cimd.Enquiry(destination="447700900002"), cimd.EnquiryResponse(destination="447700900003"), False),
]


@pytest.mark.parametrize(("dialect", "request_", "response", "wanted"), ANSWERS)
def test_which_response_answers_which_request(dialect: Dialect, request_: Any, response: Any, wanted: bool) -> None:
    assert dialect.answers(request_, response) is wanted


@pytest.mark.parametrize("error", ["104", "105"])
def test_a_window_that_the_centre_does_not_allow_is_no_question_of_credentials(error: str) -> None:
    outcome = CIMD2.outcome(cimd.LoginResponse(error=error))
    assert outcome.verdict is Verdict.DEFECT
    assert "window" in outcome.text


def test_the_login_of_ucp() -> None:
    frame = UCP.login(Account(), BindMode.TRANSCEIVER)
    assert UCP.encode(frame, 0) == b"\x0200/00051/O/60/6543/6/5/1/736563726574//0100//////A7\x03"
    given = UCP.login(Account(fields={"oton": "1", "onpi": "1", "opid": "39"}), BindMode.TRANSMITTER)
    assert (given.oton, given.onpi, given.opid) == ("1", "1", "39")
    assert UCP.login(Account(fields={"login": False}), BindMode.TRANSCEIVER) is None
    assert UCP.logout() is None
    with pytest.raises(FrameError, match="password"):
        UCP.login(Account(password="пароль"), BindMode.TRANSCEIVER)


def test_the_login_of_cimd2() -> None:
    account = Account("cimduser", fields={"window": 10})
    assert CIMD2.encode(CIMD2.login(account, BindMode.TRANSCEIVER), 1) == (
        b"\x0201:001\t010:cimduser\t011:secret\t019:10\t00\x03"
    )
    frame = CIMD2.login(Account(fields={"window": 1, "subaddress": 3}), BindMode.TRANSCEIVER)
    assert (frame.window, frame.subaddress) == (None, "3")
    assert CimdDialect(checksum=False).encode(cimd.Alive(), 23) == b"\x0240:023\t\x03"
    assert CIMD2.encode(CIMD2.logout(), 21) == b"\x0202:021\t3A\x03"


REPLIES = [
    (UCP, ucp.Deliver("12345", scts="231126051105"), Reply.ACCEPTED, ucp.Ack(sm="12345:231126051105", ot=52)),
    (UCP, ucp.Deliver("12345"), Reply.RETRY_LATER, ucp.Nack("04", ot=52)),
    (UCP, ucp.Deliver("12345"), Reply.REFUSED, ucp.Nack("02", ot=52)),
    (UCP, ucp.Submit("447700900002"), Reply.REFUSED, ucp.Nack("04", ot=51)),
    (CIMD2, cimd.Submit(destination="447700900002"), Reply.REFUSED, cimd.SubmitResponse(error="1")),
    (CIMD2, cimd.Submit(destination="447700900002"), Reply.RETRY_LATER, cimd.SubmitResponse(error="10")),
    (UCP, ucp.Notification(scts="231126051000"), Reply.ACCEPTED, ucp.Ack(sm="231126051000", ot=53)),
    (UCP, ucp.Alert("6543"), Reply.ACCEPTED, ucp.Ack(sm="0000", ot=31)),
    (UCP, ucp.UnknownOperation(ot=7), Reply.ACCEPTED, ucp.Nack("03", ot=7)),
    (UCP, ucp.Ack(ot=51), Reply.ACCEPTED, None),
    (CIMD2, cimd.Deliver(), Reply.ACCEPTED, cimd.DeliverResponse()),
    (CIMD2, cimd.Deliver(), Reply.RETRY_LATER, cimd.DeliverResponse(error="710")),
    (CIMD2, cimd.Deliver(), Reply.REFUSED, cimd.DeliverResponse(error="711")),
    (CIMD2, cimd.StatusReport(), Reply.ACCEPTED, cimd.StatusReportResponse()),
    (CIMD2, cimd.Alive(), Reply.ACCEPTED, cimd.AliveResponse()),
    (CIMD2, cimd.Logout(), Reply.ACCEPTED, cimd.LogoutResponse()),
    (CIMD2, cimd.SubmitResponse(), Reply.ACCEPTED, None),
    (CIMD2, cimd.UnknownPacket(operation=57, number=3), Reply.ACCEPTED, None),
    (CIMD2, cimd.UnknownPacket(operation=24, number=2), Reply.ACCEPTED, None),
    (CIMD2, cimd.UnknownPacket(operation=7, number=3), Reply.ACCEPTED, cimd.GeneralError(error="1")),
]


@pytest.mark.parametrize(("dialect", "frame", "reply", "answer"), REPLIES)
def test_what_the_peer_asks_is_answered(dialect: Dialect, frame: Any, reply: Reply, answer: Any) -> None:
    assert dialect.reply_to(frame, reply) == answer


@pytest.mark.parametrize(
    ("dialect", "octets", "answer"),
    [
        (UCP, b"\x0201/00026/O/31/6543/0539/00\x03", ucp.Nack("01", ot=31)),
        (UCP, b"\x0201/00099/O/31/6543/0539/C9\x03", ucp.Nack("02", ot=31)),
        (UCP, b"\x0201/00026/R/31/6543/0539/00\x03", None),
        (UCP, b"\x02rubbish\x03", None),
        (CIMD2, b"\x0220:002\t033:x\t00\x03", cimd.Nack()),
        (CIMD2, b"\x0220:002\tx\t\x03", cimd.Nack()),
        (CIMD2, b"\x0253:003\t060:x\t00\x03", None),
        (CIMD2, b"\x0220:300\tx\t\x03", None),
        (CIMD2, b"\x02rubbish\x03", None),
    ],
)
def test_garbage_is_answered_where_its_number_could_be_read(dialect: Dialect, octets: bytes, answer: Any) -> None:
    [(error, raw)] = dialect.reader().feed(octets)
    assert isinstance(error, FrameError)
    assert raw == octets
    assert dialect.garbled(error) == answer


UNKNOWN = cimd.UnknownPacket(operation=57, extra=((900, "9"),))

OUTCOMES = [
    (UCP, ucp.Ack(sm="x", ot=51), Verdict.OK, "", "x", Reason.UNKNOWN),
    (UCP, ucp.Nack("06", "", ot=51), Verdict.REFUSED, "06", "AdC invalid", Reason.INVALID_RECIPIENT),
    (
        UCP,
        ucp.Nack("07", "AUTHENTICATION FAILURE", ot=60),
        Verdict.AUTH,
        "07",
        "AUTHENTICATION FAILURE",
        Reason.UNKNOWN,
    ),
    (UCP, ucp.Nack("04", "TOO MANY MESSAGES", ot=51), Verdict.THROTTLED, "04", "TOO MANY MESSAGES", Reason.UNKNOWN),
    (UCP, ucp.Nack("04", "not logged in", ot=51), Verdict.SESSION, "04", "not logged in", Reason.UNKNOWN),
    (UCP, ucp.Nack("04", "", ot=51), Verdict.REFUSED, "04", "operation not allowed", Reason.UNKNOWN),
    (UCP, ucp.Nack("04", "corporate account", ot=51), Verdict.REFUSED, "04", "corporate account", Reason.UNKNOWN),
    (UCP, ucp.Nack("01", "", ot=51), Verdict.DEFECT, "01", "checksum error", Reason.UNKNOWN),
    (UCP, ucp.Nack("55", "", ot=51), Verdict.TEMPORARY, "55", "system error", Reason.UNKNOWN),
    (UCP, ucp.Nack("91", "QUEUE FULL", ot=51), Verdict.THROTTLED, "91", "QUEUE FULL", Reason.UNKNOWN),
    (UCP, ucp.Nack("77", "a", ot=51, extra=("b", "")), Verdict.REFUSED, "77", "a/b", Reason.UNKNOWN),
    (CIMD2, cimd.SubmitResponse(stamp="1"), Verdict.OK, "", "", Reason.UNKNOWN),
    (CIMD2, cimd.SubmitResponse(error="000"), Verdict.OK, "", "", Reason.UNKNOWN),
    (CIMD2, cimd.SubmitResponse(error="0300"), Verdict.REFUSED, "300", CIMD_ERRORS[300][1], Reason.INVALID_RECIPIENT),
    (CIMD2, cimd.SubmitResponse(error="10", error_text="busy"), Verdict.THROTTLED, "10", "busy", Reason.UNKNOWN),
    (CIMD2, cimd.LoginResponse(error="100"), Verdict.AUTH, "100", "invalid login", Reason.UNKNOWN),
    (CIMD2, cimd.SubmitResponse(error="777"), Verdict.REFUSED, "777", "", Reason.UNKNOWN),
    (CIMD2, cimd.SubmitResponse(error="x"), Verdict.REFUSED, "x", "", Reason.UNKNOWN),
    (CIMD2, cimd.GeneralError(error="1"), Verdict.SESSION, "1", "unexpected operation", Reason.UNKNOWN),
    (
        CIMD2,
        cimd.UnknownPacket(operation=57, extra=((900, "9"),)),
        Verdict.REFUSED,
        "9",
        CIMD_ERRORS[9][1],
        Reason.UNKNOWN,
    ),
]


@pytest.mark.parametrize(("dialect", "frame", "verdict", "code", "text", "reason"), OUTCOMES)
def test_outcomes(dialect: Dialect, frame: Any, verdict: Verdict, code: str, text: str, reason: Reason) -> None:
    found = dialect.outcome(frame)
    assert (found.verdict, found.code, found.text, found.reason) == (verdict, code, text, reason)


def test_a_nack_of_cimd2_accepted_nothing() -> None:
    assert CIMD2.outcome(cimd.Nack(number=3)).verdict is Verdict.OUT_OF_STEP


SECRETS = [
    (UCP, ucp.Session("6543", pwd="736563726574", npwd="6E6577", trn=3), "736563726574"),
    (UCP, ucp.ListManagement("6543", pwd="736563726574"), "736563726574"),
    (UCP, ucp.Submit("447700900002", ac="736563726574"), "736563726574"),
    (CIMD2, cimd.Login(user="a", password="topsecret"), "topsecret"),
    (CIMD2, cimd.Set(password="topsecret"), "topsecret"),
    (CIMD2, cimd.Login(user="a", extra=((11, "topsecret"),)), "topsecret"),
    (CIMD2, cimd.UnknownPacket(operation=10, extra=((11, "topsecret"),)), "topsecret"),
]


@pytest.mark.parametrize(("dialect", "frame", "secret"), SECRETS)
def test_passwords_are_blanked(dialect: Dialect, frame: Any, secret: str) -> None:
    blank = dialect.without_secrets(frame)
    assert secret.encode() in dialect.encode(frame, 1)
    assert secret.encode() not in dialect.encode(blank, 1)
    assert len(dialect.encode(blank, 1)) == len(dialect.encode(frame, 1))
    assert secret not in f"{dialect.describe(frame)} {blank!r}"


def test_a_frame_without_a_password_is_the_same() -> None:
    for dialect, frame in ((UCP, ucp.Submit("447700900002")), (CIMD2, cimd.Submit(destination="447700900002"))):
        assert dialect.without_secrets(frame) is frame


def test_descriptions_have_the_protocols_names() -> None:
    assert UCP.describe(ucp.Submit("447700900002", oadc="12345", nrq="1", mt="3", msg="48", trn=4)) == {
        "operation": "Submit",
        "TRN": "04",
        "OT": "51",
        "AdC": "447700900002",
        "OAdC": "12345",
        "NRq": "1",
        "MT": "3",
        "Msg": "48",
    }
    assert UCP.describe(ucp.CallInputToMany(recipients=("1", "2")))["AdC"] == ["1", "2"]
    assert UCP.describe(ucp.Nack("04", "a", ot=51, extra=("b",)))["more"] == ["b"]
    told = CIMD2.describe(cimd.Submit(destination="1", extra=((21, "2"), (777, "new")), number=3))
    assert told == {"operation": "03 Submit", "number": "003", "destination": ["1", "2"], "777": "new"}
