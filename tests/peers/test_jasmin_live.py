"""The jasmin adapter and a real Jasmin: what is sent reaches its SMSC, what a handset types comes in as events."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jasmin import INTERCEPTED, NOT_BOUND, NOT_ROUTED, PASSWORD, Gateway, Service, jasmin_gateway
from processes import Unavailable
from smsc import UDHI, Submitted

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    DeliveryReport,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    TransportError,
    WebhookRequest,
    WebhookResponse,
)
from sms_adapters.sandbox.server import serve
from sms_adapters.text import gsm7, parse_header

pytestmark = pytest.mark.peer

REGISTRY = Registry(installed=False)
LOOPBACK = NetworkPolicy(networks=("127.0.0.0/8",))
TO, HANDSET, ADDRESS = "+12025550123", "+447700900001", "+12025550100"
PATIENCE = 20.0
SECRET = "50% of ü"

CYRILLIC = "Съешь же ещё этих мягких французских булок, да выпей чаю. "
LONG_UNICODE = CYRILLIC * 4 + "👨‍👩‍👧 العربية עברית 😀"
LONG_GSM = "The quick brown fox jumps over the lazy dog: @£$ é ñ ü; " * 9


def until(found: Callable[[], Any], what: str) -> Any:
    """What `found` gives once it gives something."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")


class Host:
    """A client, and a webhook server that Jasmin can call; it keeps what came."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = ""
        self.channels: dict[str, Channel[Any]] = {}
        self.events: list[Any] = []
        self.answers: dict[str, list[WebhookResponse]] = {}
        self._lock = threading.Lock()

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Answer with what the adapter says, or first with what a test wants said in its place."""
        identity = request.url.split("/c/jasmin/")[1].split("/")[0]
        receipt = self.client.receive(self.channels[identity], request)
        with self._lock:
            self.events += receipt.events if receipt.error is None else [receipt.error]
            instead = self.answers.get(identity)
            return instead.pop(0) if instead else receipt.response

    def open(self, base_url: str, identity: str = "live", secret: str | None = SECRET, **config: Any) -> Channel[Any]:
        """A channel that reports to this server."""
        config = {"base_url": base_url, "username": "tester", "password": PASSWORD, **config}
        options = {"address": ADDRESS, "public_url": self.url, "callback_secret": secret}
        self.channels[identity] = REGISTRY.open("jasmin", id=identity, config=config, **options)
        return self.channels[identity]

    def reports(self, message: OutboundMessage) -> list[DeliveryReport]:
        """The reports of a message so far."""
        with self._lock:
            return [item for item in self.events if isinstance(item, DeliveryReport) and item.message_id == message.id]

    def messages(self, to: str) -> list[InboundMessage]:
        """The messages for a number so far."""
        with self._lock:
            return [item for item in self.events if isinstance(item, InboundMessage) and item.to == to]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Client(network=LOOPBACK) as client:
        made = Host(client)
        with serve(made.handle) as made.url:
            yield made


@contextmanager
def jasmin(state: Path, services: Sequence[Service] = (), **options: Any) -> Iterator[Gateway]:
    """A Jasmin; where there can be none the test is skipped, or fails if it has to run."""
    with ExitStack() as stack:
        try:
            gateway = stack.enter_context(jasmin_gateway(state, services, **options))
        except Unavailable as error:
            if os.environ.get("SMS_ADAPTERS_REQUIRE_PEERS") == "1":
                raise
            pytest.skip(str(error))
        yield gateway


@pytest.fixture(scope="module")
def gateway(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A Jasmin that hands on what comes by GET, and for the numbers 3... by POST."""
    asked, posted = (host.open("http://127.0.0.1:1", name) for name in ("asked", "posted"))
    services = [Service(asked.callback_url("receive")), Service(posted.callback_url("receive"), "3", "POST")]
    with jasmin(tmp_path_factory.mktemp("jasmin"), services) as made:
        yield made


def outgoing(gateway: Gateway, to: str, count: int = 1) -> list[Submitted]:
    """The messages for a number that the SMSC took, once there are as many."""

    def found() -> list[Submitted]:
        taken = [item for item in gateway.smsc.submits if item.destination == to.lstrip("+")]
        return taken if len(taken) >= count else []

    taken: list[Submitted] = until(found, f"{count} messages to {to}")
    assert len(taken) == count
    return taken


def shown(segment: Submitted) -> str:
    """What a handset makes of one segment by itself."""
    return gsm7.decode(segment.text) if segment.data_coding == 0 else segment.text.decode("utf-16-be")


def joined(segments: Sequence[Submitted]) -> str:
    """What a handset shows of a message's segments in the order of their headers, which have to agree."""
    headers = [parse_header(item.udh).concatenation for item in segments]
    places = [(item.reference, item.total, item.number) for item in headers if item]
    (reference,) = {place[0] for place in places}
    assert sorted(places) == [(reference, len(segments), number) for number in range(1, len(segments) + 1)]
    ordered = sorted(zip(places, segments, strict=True), key=lambda pair: pair[0])
    return "".join(shown(segment) for _, segment in ordered)


# out

GSM_TEXTS = ("Muraho", gsm7.decode(bytes(number for number in range(128) if number != 0x1B)), "10€ [a|b] {c} ~ ^ \\ \f")


@pytest.mark.parametrize("number", range(len(GSM_TEXTS)))
def test_a_gsm_text_arrives_as_typed(host: Host, gateway: Gateway, number: int) -> None:
    text, to = GSM_TEXTS[number], f"+1202555010{number}"
    result = host.client.send(host.open(gateway.url), OutboundMessage(to=to, text=text))
    assert [part.status for part in result.parts] == [Status.QUEUED]
    assert len(result.id or "") == 36
    (taken,) = outgoing(gateway, to)
    assert (taken.source, taken.data_coding, shown(taken)) == (ADDRESS[1:], 0, text)


def test_a_unicode_text_arrives_as_typed(host: Host, gateway: Gateway) -> None:
    text = "Привет\n😀 % & + العربية\0"
    host.client.send(host.open(gateway.url), OutboundMessage(to="+12025550120", text=text))
    (taken,) = outgoing(gateway, "+12025550120")
    assert (taken.data_coding, shown(taken)) == (8, text)


LONG = ((LONG_GSM, "+12025550121", 4), (CYRILLIC * 5, "+12025550122", 5))


@pytest.mark.parametrize(("text", "to", "segments"), LONG)
def test_a_long_text_arrives_whole_split_by_jasmin(
    host: Host, gateway: Gateway, text: str, to: str, segments: int
) -> None:
    result = host.client.send(host.open(gateway.url), OutboundMessage(to=to, text=text))
    assert len(result.parts) == 1
    assert joined(outgoing(gateway, to, segments)) == text


def test_a_text_beyond_max_parts_loses_nothing(host: Host, gateway: Gateway) -> None:
    text, to = "0123456789" * 100, "+12025550124"
    assert len(host.client.send(host.open(gateway.url), OutboundMessage(to=to, text=text)).parts) == 2
    taken = outgoing(gateway, to, 7)
    references = list(dict.fromkeys(item.udh[3] for item in taken))
    assert "".join(joined([item for item in taken if item.udh[3] == found]) for found in references) == text


def test_without_that_jasmin_cuts_a_text_and_still_says_success(host: Host, gateway: Gateway) -> None:
    text, to = "0123456789" * 100, "+12025550125"
    host.client.send(host.open(gateway.url, max_parts=20), OutboundMessage(to=to, text=text))
    assert joined(outgoing(gateway, to, 5)) == text[:765]


BORDERS = (("a" * 152 + "€" + "b" * 50, "+12025550126"), ("ж" * 66 + "😀" + "я" * 40, "+12025550127"))


@pytest.mark.parametrize(("text", "to"), BORDERS)
def test_a_character_across_a_border_of_segments_arrives(host: Host, gateway: Gateway, text: str, to: str) -> None:
    result = host.client.send(host.open(gateway.url), OutboundMessage(to=to, text=text))
    assert len(result.parts) == 2
    assert "".join(shown(item) for item in outgoing(gateway, to, 2)) == text


MANY = ((LONG_UNICODE + "😀" * 50, "+12025550128"), ("10€ [a|b] {c} ~ ^ \\ " * 40, "+12025550135"))


@pytest.mark.parametrize(("text", "to"), MANY)
def test_characters_of_two_units_all_through_a_text_arrive(host: Host, gateway: Gateway, text: str, to: str) -> None:
    host.client.send(host.open(gateway.url), OutboundMessage(to=to, text=text))
    until(lambda: "".join(shown(item) for item in gateway.smsc.submits if item.destination == to[1:]) == text, "it all")


def test_binary_data_arrive(host: Host, gateway: Gateway) -> None:
    data, to = bytes(range(140)), "+12025550129"
    host.client.send(host.open(gateway.url), OutboundMessage(to=to, data=data))
    (taken,) = outgoing(gateway, to)
    assert (taken.data_coding, taken.octets, taken.esm_class & UDHI) == (4, data, 0)


def test_every_option_reaches_the_smsc(host: Host, gateway: Gateway) -> None:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    message = OutboundMessage(to="+12025550130", text="a", sender="Acme", send_at=at, report=False)
    host.client.send(host.open(gateway.url, priority=3, tags="a,b-1"), message)
    (taken,) = outgoing(gateway, message.to)
    assert (taken.source, taken.priority, taken.registered) == ("Acme", 3, 0)
    assert taken.schedule == at.strftime("%y%m%d%H%M%S000+")


def test_messages_with_a_validity_period_get_lost_which_is_why_they_are_refused(host: Host, gateway: Gateway) -> None:
    """In the last tenth of a second "tenths of second must be one digit" ends up in Jasmin's log, and nowhere else."""
    to, count = "+12025550131", 100
    channel = host.open(gateway.url, validity="send")
    for number in range(count):
        host.client.send(channel, OutboundMessage(to=to, text=str(number), validity=timedelta(hours=1), report=False))
        time.sleep(0.017)
    host.client.send(channel, OutboundMessage(to="+12025550132", text="last"))
    outgoing(gateway, "+12025550132")
    taken = [item for item in gateway.smsc.submits if item.destination == to[1:]]
    log = (gateway.state / "log" / "messages.log").read_text()
    lost = log.count("tenths of second must be one digit")
    assert 0 < lost == count - len(taken) < count
    assert {len(item.validity) for item in taken} == {16}


# reports


def reported(host: Host, message: OutboundMessage, count: int) -> list[DeliveryReport]:
    found: list[DeliveryReport] = until(
        lambda: len(host.reports(message)) == count and host.reports(message), f"{count} reports"
    )
    return found


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_both_levels_are_reported_for_the_id_of_the_answer(host: Host, gateway: Gateway, method: str) -> None:
    message = OutboundMessage(to=TO, text="Muraho", id=f"50% & ü {method}")
    result = host.client.send(host.open(gateway.url, dlr_method=method), message)
    found = reported(host, message, 2)
    assert [(report.status, report.word) for report in found] == [
        (Status.SENT, "ESME_ROK"),
        (Status.DELIVERED, "DELIVRD"),
    ]
    assert {report.id for report in found} == {result.id}


@pytest.mark.parametrize(("level", "words"), [(1, ["ESME_ROK"]), (2, ["DELIVRD"])])
def test_a_level_brings_its_own_reports_only(host: Host, gateway: Gateway, level: int, words: list[str]) -> None:
    message = OutboundMessage(to=TO, text="Muraho")
    host.client.send(host.open(gateway.url, dlr_level=level), message)
    reported(host, message, 1)
    time.sleep(1.0)
    assert [report.word for report in host.reports(message)] == words


FATES = (
    ("92", Status.UNDELIVERABLE),
    ("93", Status.EXPIRED),
    ("94", Status.REJECTED),
    ("95", Status.FAILED),
    ("96", Status.SENT),
    ("97", Status.UNKNOWN),
)


@pytest.mark.parametrize(("tail", "status"), FATES)
def test_each_fate_is_reported(host: Host, gateway: Gateway, tail: str, status: Status) -> None:
    message = OutboundMessage(to=f"+120255501{tail}", text="Muraho")
    host.client.send(host.open(gateway.url), message)
    assert [report.status for report in reported(host, message, 2)] == [Status.SENT, status]


REFUSED = (
    ("10", Reason.INVALID_SENDER, "ESME_RINVSRCADR"),
    ("11", Reason.INVALID_RECIPIENT, "ESME_RINVDSTADR"),
    ("13", None, "ESME_RSUBMITFAIL"),
)


@pytest.mark.parametrize(("tail", "reason", "word"), REFUSED)
def test_a_refusal_by_the_smsc_is_reported(
    host: Host, gateway: Gateway, tail: str, reason: Reason | None, word: str
) -> None:
    message = OutboundMessage(to=f"+120255501{tail}", text="Muraho")
    host.client.send(host.open(gateway.url), message)
    (report,) = reported(host, message, 1)
    assert (report.status, report.reason, report.word) == (Status.REJECTED, reason, word)


def test_what_a_busy_smsc_refuses_is_sent_again_though_it_was_reported(host: Host, gateway: Gateway) -> None:
    message = OutboundMessage(to="+12025550112", text="Muraho")
    host.client.send(host.open(gateway.url), message)
    (report,) = reported(host, message, 1)
    assert (report.status, report.word) == (Status.QUEUED, "ESME_RTHROTTLED")
    assert shown(outgoing(gateway, message.to)[0]) == "Muraho"
    time.sleep(1.5)
    assert len(host.reports(message)) == 1


def test_a_long_text_is_reported_once_for_its_last_segment(host: Host, gateway: Gateway) -> None:
    message = OutboundMessage(to="+12025550133", text=LONG_GSM)
    host.client.send(host.open(gateway.url), message)
    assert [report.status for report in reported(host, message, 2)] == [Status.SENT, Status.DELIVERED]
    assert [item.registered for item in outgoing(gateway, message.to, 4)] == [0, 0, 0, 1]


def test_what_is_not_acknowledged_is_reported_again(host: Host, gateway: Gateway) -> None:
    channel = host.open(gateway.url, "unheard", dlr_level=1)
    host.answers["unheard"] = [WebhookResponse(), WebhookResponse.plain("ACK/Jasmin", 500), WebhookResponse.plain("OK")]
    message = OutboundMessage(to=TO, text="Muraho")
    host.client.send(channel, message)
    assert len({report.id for report in reported(host, message, 4)}) == 1
    time.sleep(2.0)
    assert len(host.reports(message)) == 4


# refusals


def refusal(host: Host, gateway: Gateway, to: str = TO, text: str = "Muraho", **config: Any) -> SmsError:
    with pytest.raises(SmsError) as caught:
        host.client.send(host.open(gateway.url, **config), OutboundMessage(to=to, text=text))
    return caught.value


def test_a_wrong_password_is_an_authentication_error(host: Host, gateway: Gateway) -> None:
    error = refusal(host, gateway, password="not-the-one")
    assert type(error) is AuthError
    assert (error.provider_code, error.provider_text) == ("403", "Authentication failure for username:tester")


def test_a_password_that_jasmin_quotes_back_is_scrubbed(host: Host, gateway: Gateway) -> None:
    error = refusal(host, gateway, password="éééééééééé")
    assert type(error) is AuthError
    assert error.provider_text == "Argument [password] has an invalid value: [***]."
    assert error.response is not None
    assert "é" not in error.response.text


RIGHTS = (
    ({"username": "mute"}, "Muraho", "Cannot send MT messages"),
    ({"username": "bare", "priority": 1}, "Muraho", "Setting priority not authorized"),
    ({"username": "bare"}, LONG_GSM, "Long content not authorized"),
    ({"username": "bare"}, "Привет", "Setting hex content not authorized"),
)


@pytest.mark.parametrize(("config", "text", "words"), RIGHTS)
def test_a_right_that_is_missing_is_an_authentication_error(
    host: Host, gateway: Gateway, config: dict[str, Any], text: str, words: str
) -> None:
    error = refusal(host, gateway, text=text, **config)
    assert (type(error), error.provider_code) == (AuthError, "400")
    assert words in (error.provider_text or "")


FILTERS = (
    ("+447700900001", "Muraho", Reason.INVALID_RECIPIENT),
    (TO, "hello", Reason.INVALID_CONTENT),
)


@pytest.mark.parametrize(("to", "text", "reason"), FILTERS)
def test_a_filter_tells_what_it_is_about(host: Host, gateway: Gateway, to: str, text: str, reason: Reason) -> None:
    error = refusal(host, gateway, to, text, username="filtered")
    assert (type(error), getattr(error, "reason", None)) == (Rejected, reason)


def test_a_number_without_a_route_is_refused(host: Host, gateway: Gateway) -> None:
    error = refusal(host, gateway, NOT_ROUTED)
    assert (type(error), getattr(error, "reason", None)) == (Rejected, Reason.NO_ROUTE)


def test_a_route_whose_connectors_are_down_is_a_temporary_failure(host: Host, gateway: Gateway) -> None:
    error = refusal(host, gateway, NOT_BOUND)
    assert (type(error), error.retryable) == (TemporaryFailure, True)


def test_too_fast_a_user_is_throttled(host: Host, gateway: Gateway) -> None:
    host.client.send(host.open(gateway.url, username="slow"), OutboundMessage(to=TO, text="first"))
    error = refusal(host, gateway, username="slow")
    assert (type(error), error.retryable, error.provider_code) == (Throttled, True, "403")


def test_a_user_without_credit_is_refused_and_what_went_out_before_is_told(host: Host, gateway: Gateway) -> None:
    assert getattr(refusal(host, gateway, username="spent"), "reason", None) is Reason.NO_CREDIT
    error = refusal(host, gateway, "+12025550134", "0123456789" * 80, username="counted")
    assert getattr(error, "reason", None) is Reason.NO_CREDIT
    assert error.partial is not None
    assert len(error.partial.ids) == 1
    assert len(outgoing(gateway, "+12025550134", 5)) == 5


MEANT = {202: Rejected, 403: Rejected, 429: Throttled, 503: TemporaryFailure, None: Rejected}


@pytest.mark.parametrize(("to", "status"), INTERCEPTED.items())
def test_what_an_operators_script_refuses_is_never_a_success(
    host: Host, gateway: Gateway, to: str, status: int | None
) -> None:
    error = refusal(host, gateway, to)
    assert (type(error), error.provider_code) == (MEANT[status], str(status or 400))


def test_the_balance_is_told(host: Host, gateway: Gateway) -> None:
    info = host.client.check_account(host.open(gateway.url, username="rated"))
    assert info.balance is not None
    assert (str(info.balance.amount), info.balance.currency) == ("12.5", "credits")
    assert host.client.check_account(host.open(gateway.url)).balance is None
    with pytest.raises(AuthError):
        host.client.check_account(host.open(gateway.url, password="not-the-one"))


# in

GSM = gsm7.encode("Muraho & 50% + {a} @€")
UCS2 = "Привет 😀\nшшш".encode("utf-16-be")
TYPED = (
    (GSM, 0, "Muraho & 50% + {a} @€", None),
    (UCS2, 8, "Привет 😀\nшшш", None),
    ("é@ü".encode("latin-1"), 3, "é@ü", None),
    (b"\x00\xff&+%\x80", 4, "", b"\x00\xff&+%\x80"),
    (gsm7.encode("é10€"), 0xF1, "é10€", None),
    (b"", 0, "", None),
)


@pytest.mark.parametrize("to", ["2001", "3001"])
def test_what_a_handset_types_arrives(host: Host, gateway: Gateway, to: str) -> None:
    for octets, coding, _, _ in TYPED:
        assert gateway.smsc.deliver(HANDSET, to, octets, coding) == 0
    found = until(lambda: len(host.messages(to)) == len(TYPED) and host.messages(to), "the messages")
    told = {(item.sender, item.text, item.data) for item in found}
    assert told == {(HANDSET, text, data) for _, _, text, data in TYPED}
    assert len({item.id for item in found}) == len(TYPED)


def test_a_message_for_the_channels_number_arrives(host: Host, gateway: Gateway) -> None:
    gateway.smsc.deliver("Acme", "+12025550142", b"hi")
    (found,) = until(lambda: host.messages("+12025550142"), "the message")
    assert (found.sender, found.text) == ("Acme", "hi")


def in_parts(gateway: Gateway, to: str, header: str, order: Sequence[int], text: str = "Muraho") -> None:
    halves = (text[: len(text) // 2], text[len(text) // 2 :])
    for number in order:
        udh = bytes.fromhex(header) + bytes((2, number))
        gateway.smsc.deliver(HANDSET, to, udh + halves[number - 1].encode("utf-16-be"), 8, UDHI)


def test_parts_of_a_message_are_joined_by_jasmin(host: Host, gateway: Gateway) -> None:
    in_parts(gateway, "2002", "0500032a", (1, 2))
    (found,) = until(lambda: host.messages("2002"), "the message")
    assert (found.text, found.part, found.udh) == ("Muraho", None, None)


def test_parts_with_a_reference_of_16_bits_which_jasmin_leaves_alone_are_joined_here(
    host: Host, gateway: Gateway
) -> None:
    in_parts(gateway, "2003", "060804012c", (2, 1))
    (found,) = until(lambda: host.messages("2003"), "the message")
    assert (found.text, found.part) == ("Muraho", None)


def test_jasmin_drops_a_message_whose_last_part_comes_first(host: Host, gateway: Gateway) -> None:
    in_parts(gateway, "2004", "0500032b", (2, 1))
    gateway.smsc.deliver(HANDSET, "2005", b"after")
    until(lambda: host.messages("2005"), "the message after it")
    time.sleep(1.0)
    assert host.messages("2004") == []


# Jasmins of their own


def test_a_jasmin_without_its_broker_takes_nothing_and_one_that_is_down_got_nothing(host: Host, tmp_path: Path) -> None:
    with jasmin(tmp_path) as gateway:
        channel = host.open(gateway.url, "down")
        gateway.programs.stop("interceptord")
        until(lambda: refusal(host, gateway, next(iter(INTERCEPTED))).provider_code == "503", "it noticing that")
        assert type(refusal(host, gateway, next(iter(INTERCEPTED)))) is TemporaryFailure
        gateway.programs.stop("rabbitmq")
        error = until(lambda: not_sent(host, channel), "it noticing that")
        assert (type(error), error.provider_code) == (TemporaryFailure, "500")
        gateway.programs.stop("jasmind")
        with pytest.raises(TransportError) as caught:
            host.client.send(channel, OutboundMessage(to=TO, text="a"))
        assert (caught.value.sent, caught.value.retryable) == (False, True)


def not_sent(host: Host, channel: Channel[Any]) -> SmsError | None:
    try:
        host.client.send(channel, OutboundMessage(to=TO, text="a", report=False))
    except SmsError as error:
        return error
    return None


def test_a_jasmin_of_one_segment_loses_nothing(host: Host, tmp_path: Path) -> None:
    with jasmin(tmp_path, max_parts=1) as gateway:
        message = OutboundMessage(to=TO, text=LONG_GSM)
        count = len(host.client.send(host.open(gateway.url, "single", max_parts=1), message).parts)
        taken = outgoing(gateway, TO, count)
        assert "".join(shown(item) for item in taken) == LONG_GSM
        assert not any(item.udh for item in taken)


def running(state: Path) -> set[int]:
    """Processes whose working directory is below `state`."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if link.readlink().is_relative_to(state):
                found.add(int(link.parent.name))
    return found


def listening(state: Path) -> set[str]:
    """The addresses, in hexadecimal as the kernel writes them, at which the programs take connections."""
    links = [link for pid in running(state) for link in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {str(link.readlink()) for link in links if link.is_symlink()}
    lines = [
        line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]
    ]
    return {line[1].partition(":")[0] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in sockets}


def test_everything_listens_on_loopback_alone(gateway: Gateway) -> None:
    assert {"0100007F"} <= listening(gateway.state) <= {"0100007F", f"{1 << 24:032X}"}  # 127.0.0.1 and ::1


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_gateway_started_by_hand_goes_with_the_program_that_started_it(
    gateway: Gateway, tmp_path: Path, ending: signal.Signals
) -> None:
    command = [sys.executable, str(Path(__file__).with_name("jasmin.py")), "start", "--state", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert b"online" in program.stdout.readline()
        assert len(running(tmp_path)) >= 5
        program.send_signal(ending)
        assert program.wait(PATIENCE) == (-ending if ending is signal.SIGKILL else 0)
    assert until(lambda: not running(tmp_path), "the programs to end")
    assert ending is signal.SIGKILL or not list(tmp_path.iterdir())
