"""What is special about Kannel: templates of URLs, octets beside text, who splits, answers in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, quote_from_bytes, unquote_to_bytes, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import (
    AuthError,
    Client,
    ConfigError,
    DeliveryReport,
    DeliveryUncertain,
    HttpResponse,
    InboundMessage,
    InvalidMessage,
    InvalidSignature,
    MalformedInbound,
    NetworkPolicy,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    WebhookRequest,
    plan,
)
from sms_adapters.builtin.kannel.adapter import sms_service
from sms_adapters.builtin.kannel.simulator import KannelSimulator
from sms_adapters.text import parse_header

REGISTRY = Registry(installed=False)
CLOCK = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CONFIG = {"base_url": "http://10.0.0.5:13013", "username": "acme", "password": "not-a-secret-1"}
OPEN = NetworkPolicy(allow_http=True, allow_private=True)
TO = "+12025550123"


class Recorder:
    """A transport that keeps the requests and gives one answer."""

    def __init__(self, status: int = 202, body: bytes = b"0: Accepted for delivery") -> None:
        self.answer = HttpResponse(status, body=body)
        self.sent: list[dict[str, bytes]] = []

    def send(self, request: Any, policy: Any = None) -> HttpResponse:
        assert request.method == "GET"
        pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True, encoding="latin-1")
        assert len(dict(pairs)) == len(pairs), "a variable that is there twice"
        self.sent.append({name: value.encode("latin-1") for name, value in pairs})
        return self.answer

    def close(self) -> None:
        pass


def channel(config: dict[str, Any] | None = None, **options: Any) -> Any:
    values = {"id": "8eb23e93", "address": "+12025550100", "country": "US", "clock": lambda: CLOCK, **options}
    return REGISTRY.open("kannel", config={**CONFIG, **(config or {})}, **values)


def sent(message: OutboundMessage, where: Any = None, answer: Recorder | None = None) -> list[dict[str, bytes]]:
    transport = answer or Recorder()
    with Client(transport=transport) as client:
        client.send(where or channel(), message)
    return transport.sent


def received(url: str, where: Any = None, method: str = "GET", headers: Any = (), body: bytes = b"") -> Any:
    with Client(transport=Recorder(), joiner=None) as client:
        return client.receive(where or channel(), WebhookRequest(method, url, headers, body))


def filled(template: str, said: dict[str, str]) -> str:
    """Kannel's own way through a template (urltrans_fill_escape_codes): character by character, `%%` a percent sign."""
    made, rest = "", template
    while rest:
        head, sign, rest = rest.partition("%")
        made += head
        if sign and rest:
            made += "%" if rest[0] == "%" else quote(said[rest[0]], safe="") if rest[0] in said else "%" + rest[0]
            rest = rest[1:]
        else:
            made += sign
    return made


# what is told to Kannel


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=20))
@settings(max_examples=200, deadline=None)
def test_whatever_id_and_secret_are_the_report_comes_to_this_message(own: str, secret: str) -> None:
    try:
        (own + secret).encode()
    except UnicodeEncodeError:
        return
    own, secret = own.strip() or "x", secret
    where = channel(public_url="https://sms.example.org/hooks", callback_secret=secret)
    (values,) = sent(OutboundMessage(to=TO, text="Muraho", id=own), where)
    said = {"d": "2", "A": "stat:EXPIRED & more", "F": "f", "i": "s", "p": TO, "T": "1795420386"}
    url = filled(values["dlr-url"].decode("ascii"), said)
    receipt = received(url, where)
    receipt.raise_for_error()
    (report,) = receipt.events
    assert isinstance(report, DeliveryReport)
    assert (report.message_id, report.status) == (own, Status.EXPIRED)
    assert (report.recipient, report.at) == (TO, datetime(2026, 11, 23, 7, 53, 6, tzinfo=UTC))
    assert "key" not in report.raw


def test_no_report_is_asked_for_without_a_url_or_where_none_is_wanted() -> None:
    for message, where in (
        (OutboundMessage(to=TO, text="a"), channel()),
        (OutboundMessage(to=TO, text="a", report=False), channel(public_url="https://sms.example.org")),
    ):
        (values,) = sent(message, where)
        assert not {"dlr-url", "dlr-mask"} & set(values)


def test_the_group_for_smsbox_sends_nothing_back_and_quotes_percent_signs() -> None:
    where = channel(public_url="https://sms.example.org", callback_secret="50% ü")
    assert sms_service(where) == (
        "group = sms-service\nkeyword = default\ncatch-all = true\nmax-messages = 0\n"
        'get-url = "https://sms.example.org/c/kannel/8eb23e93/receive?key=50%%25+%%C3%%BC'
        '&id=%I&from=%p&to=%P&ts=%T&coding=%c&charset=%C&udh=%u&text=%b"\n'
    )


MINUTES = ((1, b"1"), (60, b"1"), (61, b"2"), (3600, b"60"), (0, None), (-5, None))


@pytest.mark.parametrize(("seconds", "minutes"), MINUTES)
def test_times_are_whole_minutes_rounded_up(seconds: int, minutes: bytes | None) -> None:
    span = timedelta(seconds=seconds)
    (values,) = sent(OutboundMessage(to=TO, text="a", validity=span, send_at=CLOCK + span))
    assert (values.get("validity"), values.get("deferred")) == (minutes, minutes)


def test_without_an_address_the_sender_is_left_to_kannel() -> None:
    (values,) = sent(OutboundMessage(to=TO, text="a"), channel(address=None))
    assert "from" not in values
    with pytest.raises(Rejected) as caught:
        sent(
            OutboundMessage(to=TO, text="a"),
            channel(address=None),
            Recorder(400, b"Sender missing and no global set, rejected"),
        )
    assert caught.value.reason is Reason.INVALID_SENDER


ENCODINGS = (
    ("auto", "café €", {"text": "café €", "coding": b"0", "charset": None}),
    ("auto", "ж", {"text": "ж", "coding": b"2", "charset": b"UTF-8"}),
    ("gsm", "“ş”", {"text": '"s"', "coding": b"0", "charset": None}),
    ("unicode", "plain", {"text": "plain", "coding": b"2", "charset": b"UTF-8"}),
)


@pytest.mark.parametrize(("policy", "text", "wanted"), ENCODINGS)
def test_the_encoding_follows_the_channels_policy(policy: str, text: str, wanted: dict[str, Any]) -> None:
    (values,) = sent(OutboundMessage(to=TO, text=text), channel({"encoding": policy}))
    assert {name: values.get(name) for name in wanted} == {**wanted, "text": wanted["text"].encode()}


def test_a_message_may_have_an_encoding_of_its_own() -> None:
    (values,) = sent(OutboundMessage(to=TO, text="plain", encoding="ucs2"), channel({"encoding": "gsm"}))
    assert values["coding"] == b"2"


def test_gsm_alone_refuses_what_it_cannot_hold() -> None:
    transport = Recorder()
    with pytest.raises(InvalidMessage) as caught:
        sent(OutboundMessage(to=TO, text="Привет"), channel({"encoding": "gsm"}), transport)
    assert caught.value.reason is Reason.INVALID_CONTENT
    assert transport.sent == []


LONG = st.text(st.sampled_from("aé€[ж😀 \n👨‍👩‍👧"), min_size=1, max_size=900)


@given(LONG, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_kannel_is_never_handed_more_segments_than_it_sends(text: str, most: int) -> None:
    requests = sent(OutboundMessage(to=TO, text=text), channel({"max_messages": most}))
    texts = [values["text"].decode() for values in requests]
    assert "".join(texts) == text
    assert all(not values.get("udh") for values in requests)
    encoding = plan(text).encoding
    assert all(plan(piece, encoding=encoding).count <= most for piece in texts)


@given(LONG)
@settings(max_examples=60, deadline=None)
def test_parts_made_here_carry_headers_that_join_them(text: str) -> None:
    requests = sent(OutboundMessage(to=TO, text=text, id="a"), channel({"splits": "udh"}))
    assert b"".join(values["text"] for values in requests).decode() == text
    if len(requests) == 1:
        assert "udh" not in requests[0]
        return
    headers = [parse_header(values["udh"]).concatenation for values in requests]
    assert [(part.reference, part.total, part.number) for part in headers if part] == [
        (97, len(requests), number) for number in range(1, len(requests) + 1)
    ]
    room = 153 if requests[0]["coding"] == b"0" else 67
    encoding = plan(text).encoding
    assert all(plan(values["text"].decode(), encoding=encoding).units <= room for values in requests)


DATA = (
    ("kannel", 10, 140, 0, True),
    ("kannel", 10, 133, 7, True),
    ("kannel", 10, 1340, 0, True),
    ("kannel", 10, 1341, 0, False),
    ("kannel", 2, 256, 7, True),
    ("kannel", 2, 257, 7, False),
    ("kannel", 1, 140, 0, True),
    ("kannel", 1, 141, 0, False),
    ("udh", 10, 140, 0, True),
    ("udh", 10, 141, 0, False),
    ("udh", 10, 134, 7, False),
)


@pytest.mark.parametrize(("splits", "most", "octets", "header", "passes"), DATA)
def test_data_that_kannel_would_cut_is_refused(splits: str, most: int, octets: int, header: int, passes: bool) -> None:
    udh = bytes([header - 1]) + bytes(header - 1) if header else None
    message = OutboundMessage(to=TO, data=b"\xff" * octets, udh=udh)
    transport, where = Recorder(), channel({"splits": splits, "max_messages": most})
    if not passes:
        with pytest.raises(InvalidMessage):
            sent(message, where, transport)
        assert transport.sent == []
        return
    (values,) = sent(message, where, transport)
    assert (values["text"], values.get("udh"), values["coding"]) == (message.data, udh, b"1")


def test_a_header_without_data_is_refused_rather_than_dropped() -> None:
    transport = Recorder()
    with pytest.raises(InvalidMessage):
        sent(OutboundMessage(to=TO, text="a", udh=b"\x01\x00"), answer=transport)
    assert transport.sent == []


@given(st.binary(min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_octets_go_out_as_they_are(octets: bytes) -> None:
    (values,) = sent(OutboundMessage(to=TO, data=octets, udh=b"\x01" + octets[:1]))
    assert (values["text"], values["udh"]) == (octets, b"\x01" + octets[:1])


# what Kannel answers

ANSWERS: tuple[tuple[int, str, type[SmsError], Reason | None], ...] = (
    (403, "Authorization failed for sendsms", AuthError, None),
    (403, "Not routable. Do not try again.", Rejected, Reason.NO_ROUTE),
    (400, "Number(s) has/have been denied by white- and/or black-lists.", Rejected, Reason.BLOCKED),
    (400, "Empty receiver number not allowed, rejected", Rejected, Reason.INVALID_RECIPIENT),
    (400, "Account field misformed or too long, rejected", Rejected, Reason.UNKNOWN),
    (404, "Unknown request.", Rejected, Reason.UNKNOWN),
    (500, "Sending failed.", TemporaryFailure, None),
    (503, "Temporal failure, try again later.", TemporaryFailure, None),
    (200, "Authorization failed for sendsms", AuthError, None),
    (202, "Sent. Denied receivers are: +12025550123", Rejected, Reason.BLOCKED),
    (502, "0: Accepted for delivery", DeliveryUncertain, None),
)


@pytest.mark.parametrize(("status", "body", "kind", "reason"), ANSWERS)
def test_the_body_says_what_went_wrong(status: int, body: str, kind: type[SmsError], reason: Reason | None) -> None:
    with pytest.raises(SmsError) as caught:
        sent(OutboundMessage(to=TO, text="a"), answer=Recorder(status, body.encode()))
    assert type(caught.value) is kind
    assert getattr(caught.value, "reason", None) is reason
    assert caught.value.provider_text == body
    assert caught.value.retryable == (kind is TemporaryFailure)


def test_an_error_shows_the_user_name_but_not_the_password() -> None:
    with pytest.raises(AuthError) as caught:
        sent(OutboundMessage(to=TO, text="a"), answer=Recorder(403, b"Authorization failed for sendsms"))
    assert caught.value.request is not None
    assert "username=acme&password=" in caught.value.request.url
    assert "not-a-secret-1" not in caught.value.request.url


def test_a_path_that_is_not_there_says_what_to_mend() -> None:
    with pytest.raises(Rejected, match="mend base_url or sendsms_path"):
        sent(OutboundMessage(to=TO, text="a"), answer=Recorder(404, b"Unknown request."))


# what Kannel calls


@given(st.text(max_size=80), st.sampled_from([("0", "UTF-8"), ("2", "UTF-16BE"), ("2", ""), ("", "")]))
@settings(max_examples=100, deadline=None)
def test_a_text_arrives_in_whatever_form_kannel_gives_it(text: str, form: tuple[str, str]) -> None:
    coding, charset = form
    codec = "utf-16-be" if coding == "2" else "utf-8"
    try:
        octets = text.encode(codec)
    except UnicodeEncodeError:
        return
    query = f"id=a&from={quote(TO)}&coding={coding}&charset={charset}&ts=1&text={quote_from_bytes(octets, safe='')}"
    by_get = received(f"http://h/c/kannel/8eb23e93/receive?{query}")
    headers = {"X-Kannel-From": TO, "X-Kannel-Coding": coding or "0", "Content-Type": f'text/plain; charset="{codec}"'}
    headers["Content-Type"] = headers["Content-Type"].replace("utf-16-be", "UTF-16BE")
    by_post = received("http://h/c/kannel/8eb23e93/receive", method="POST", headers=headers, body=octets)
    for receipt in (by_get, by_post):
        receipt.raise_for_error()
        assert [(event.sender, event.text) for event in receipt.events] == [(TO, text)]


@given(st.binary(max_size=200), st.binary(max_size=100), st.sampled_from(["receive", "status"]))
@settings(max_examples=200, deadline=None)
def test_no_octets_make_anything_but_events_or_a_typed_error(query: bytes, body: bytes, action: str) -> None:
    url = f"http://h/c/kannel/8eb23e93/{action}?from=1&text=&id=1&event=1&" + query.decode("latin-1")
    headers = {"X-Kannel-UDH": body.decode("latin-1"), "Content-Type": "text/plain; charset=" + body.decode("latin-1")}
    for method in ("GET", "POST"):
        receipt = received(url, method=method, headers=headers, body=body)
        assert receipt.error is None or type(receipt.error).__name__ in ("MalformedInbound", "NotForThisAdapter")
        assert bool(receipt.events) == (receipt.error is None)


LACKING = (
    ("receive", "text=a", "from=%p"),
    ("receive", "from=&text=a", "from=%p"),
    ("receive", "from=%2B12025550123", "text=%b"),
    ("receive", "from=1&text=a&charset=punycode", "PUNYCODE"),
    ("receive", "from=1&text=a&charset=zip", "ZIP"),
    *(
        ("receive", f"from=1&text=a&charset={quote(name)}", name)
        for name in ("ISO-8859-12", "ISO-8859-0", "ISO-8859-19", "WINDOWS-1259", "CP1259", "GB", "ISO-8859-\u0661")
    ),
    ("status", "id=1", "event=%d"),
    ("status", "event=1", "id=..."),
)


@pytest.mark.parametrize(("action", "query", "mend"), LACKING)
def test_what_a_template_lacks_is_said(action: str, query: str, mend: str) -> None:
    receipt = received(f"http://h/c/kannel/8eb23e93/{action}?{query}")
    assert type(receipt.error) is MalformedInbound
    assert mend in str(receipt.error)
    assert receipt.response.status == 400


@pytest.mark.parametrize("kind", ["text/xml", "application/x-www-form-urlencoded", "application/json"])
def test_a_body_of_another_kind_is_no_text(kind: str) -> None:
    headers = {"Content-Type": kind, "X-Kannel-From": TO}
    receipt = received("http://h/c/kannel/8eb23e93/receive", method="POST", headers=headers, body=b"<message/>")
    assert type(receipt.error) is MalformedInbound


@pytest.mark.parametrize(
    "url",
    [
        "http://h/c/kannel/8eb23e93/receive?from=%2B12025550123&text=Muraho",
        "http://h/c/kannel/8eb23e93/status?id=1&event=8",
    ],
)
def test_the_answer_is_an_empty_200_since_a_body_goes_to_the_handset_and_204_counts_as_failure(url: str) -> None:
    receipt = received(url)
    assert (receipt.response.status, receipt.response.body) == (200, b"")


def test_the_secret_is_asked_for_whatever_octets_stand_beside_it() -> None:
    where = channel(public_url="https://sms.example.org", callback_secret="ü-secret")
    url = where.callback_url("receive") + "&from=%2B12025550123&coding=2&charset=UTF-16BE&text=%D8%3D%DE%00"
    receipt = received(url, where)
    receipt.raise_for_error()
    assert receipt.events[0].text == "😀"
    assert "secret" not in str(receipt.events[0].raw)
    for wrong in (url.replace("key=", "key=x"), url.replace("key=", "k=")):
        assert type(received(wrong, where).error) is InvalidSignature


def test_octets_are_kept_in_raw_as_they_came() -> None:
    url = "http://h/c/kannel/8eb23e93/receive?from=%2B12025550123&coding=1&text=%00%FF&udh=%01%C3"
    (event,) = received(url).events
    assert (event.data, event.udh) == (b"\x00\xff", b"\x01\xc3")
    assert unquote_to_bytes(event.raw["text"]) == b"\x00\xff"
    assert unquote_to_bytes(event.raw["udh"]) == b"\x01\xc3"


@pytest.mark.parametrize("udh", ["%05%00%03%2A%02%01", "0500032a0201"])
def test_a_posted_header_is_read_percent_encoded_or_in_hexadecimal(udh: str) -> None:
    headers = {"X-Kannel-From": TO, "X-Kannel-UDH": udh, "Content-Type": "text/plain"}
    (event,) = received("http://h/c/kannel/8eb23e93/receive", method="POST", headers=headers, body=b"a").events
    assert event.udh == bytes.fromhex("0500032a0201")
    assert (event.part.reference, event.part.number, event.part.total) == ("42", 1, 2)


def test_parts_that_bearerbox_did_not_join_are_joined_here() -> None:
    url = "http://h/c/kannel/8eb23e93/receive?from=%2B12025550123&coding=0&id={0}&udh=%05%00%03%2A%02%0{0}&text={1}"
    with Client(transport=Recorder()) as client:
        where = channel()
        first = client.receive(where, WebhookRequest("GET", url.format(2, "raho")))
        second = client.receive(where, WebhookRequest("GET", url.format(1, "Mu")))
    assert first.events == ()
    assert [(type(event), event.text, event.part) for event in second.events] == [(InboundMessage, "Muraho", None)]


# configuration

REFUSED_VALUES = (
    ({"base_url": "10.0.0.5:13013"}, "base_url"),
    ({"base_url": "http://10.0.0.5:13013/cgi-bin/sendsms?username=a"}, "base_url"),
    ({"password": ""}, "password"),
    ({"splits": "both"}, "splits"),
    ({"max_messages": 0}, "max_messages"),
    ({"priority": 4}, "priority"),
    ({"account": "a[b]"}, "account"),
    ({"account": "a" * 65}, "account"),
    ({"meta_data": "smpp"}, "meta_data"),
    ({"dlr_mask": 32}, "dlr_mask"),
)


@pytest.mark.parametrize(("values", "field"), REFUSED_VALUES)
def test_a_value_that_kannel_would_refuse_is_refused_first(values: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        channel(values)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [field]


def test_a_private_address_needs_the_hosts_consent() -> None:
    message = OutboundMessage(to=TO, text="a")
    with Client() as client, pytest.raises(ConfigError, match="not allowed"):
        client.send(channel({"base_url": "http://127.0.0.1:9"}), message)
    with Client(network=NetworkPolicy(networks=("127.0.0.0/8",))) as client, pytest.raises(SmsError) as caught:
        client.send(channel({"base_url": "http://127.0.0.1:9"}), message)
    assert type(caught.value).__name__ == "TransportError"
    assert caught.value.retryable


# the simulator does what Kannel does


def simulated(query: str) -> tuple[KannelSimulator, Any]:
    simulator = KannelSimulator()
    pair = "username=simulated&password=simulated-password&from=12345&to=%2B12025550123"
    return simulator, simulator.handle(WebhookRequest("GET", f"http://h/cgi-bin/sendsms?{pair}&{query}"))


SUBMITTED = (
    ("text=caf%C3%A9", "café"),
    ("text=" + quote("aжb"), "a?b"),
    ("coding=2&text=%04%36", "ж"),
    ("coding=2&charset=UTF-8&text=" + quote("ж"), "ж"),
    ("text=" + "0123456789" * 160, "0123456789" * 153),
)


@pytest.mark.parametrize(("query", "text"), SUBMITTED)
def test_the_simulator_understands_as_kannel_does(query: str, text: str) -> None:
    simulator, answer = simulated(query)
    assert (answer.status, answer.body) == (202, b"0: Accepted for delivery")
    assert simulator.accepted[0].text == text


def test_the_simulator_reports_only_what_the_mask_asks_for() -> None:
    simulator, _ = simulated("text=a&dlr-mask=2&dlr-url=http%3A%2F%2Fh%2F%3Fe%3D%25d%26x%3D%25x%25%25")
    (message,) = simulator.accepted
    assert simulator.report(message, Status.SENT) is None
    assert simulator.report(message, Status.DELIVERED) is None
    report = simulator.report(message, Status.FAILED)
    assert report is not None
    assert report.url == "http://h/?e=2&x=%x%"


@pytest.mark.parametrize("query", ["to=x", "coding=3", "password=no"])
def test_the_simulator_refuses(query: str) -> None:
    pair = {"username": "simulated", "password": "simulated-password", "from": "1", "to": TO, "text": "a"}
    changed = {**pair, **dict(parse_qsl(query))}
    url = "http://h/cgi-bin/sendsms?" + "&".join(f"{name}={quote(value)}" for name, value in changed.items())
    simulator = KannelSimulator()
    assert simulator.handle(WebhookRequest("GET", url)).status in (400, 403)
    assert simulator.accepted == []
