"""Hostile and honest webhooks against every mount, over real sockets: a defined answer, and no event lost."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import letterbox
import pytest
from letterbox import BROKEN, HEADER, signature, signed
from serving import MOUNTS, PREFIX, Answer, Platform, exchange, raw, serving

from sms_adapters import InboundMessage, InvalidSignature, MalformedInbound, NotForThisAdapter, Registry
from sms_adapters.errors import TransportError
from sms_adapters.webhooks.core import MAX_BODY, Route

BASE = f"{PREFIX}/c/letterbox/8eb23e93"
PATH = f"{BASE}/receive"
MESSAGE = {"id": "m1", "from": "+12025550123", "text": "Muraho 👋"}
GOOD = json.dumps({"messages": [MESSAGE]}, ensure_ascii=False).encode()
FORM = b"id=m1&from=%2B12025550123&text=Muraho"
JSON, XML, URLENCODED = "application/json", "text/xml", "application/x-www-form-urlencoded"
SECRETS = ("t0ps3cret", letterbox.SECRET, "Muraho", "2025550123")


@pytest.fixture(scope="module", params=MOUNTS)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, int, Platform]]:
    platform = Platform()
    simulator = Registry(installed=False).simulator("twilio")
    twilio = Registry(installed=False).open(
        "twilio",
        id="5e1f",
        config=simulator.config("https://api.twilio.com"),
        country="US",
        public_url="https://sms.example.org/hooks",
    )
    platform.channels = {"8eb23e93": letterbox.channel(), "5e1f": twilio}
    with serving(request.param, platform) as port:
        yield request.param, port, platform


@pytest.fixture
def mount(served: tuple[str, int, Platform], caplog: pytest.LogCaptureFixture) -> Iterator[tuple[str, int, Platform]]:
    """A mount that is served, without memory of other tests; afterwards it still works, and has shown nothing."""
    _, port, platform = served
    platform.forget()
    with caplog.at_level(logging.DEBUG, "sms_adapters"):
        yield served
    platform.forget()
    assert exchange(port, raw("POST", PATH, signed(GOOD), GOOD)).status == 200
    assert [event.id for event in platform.stored] == ["m1"]
    logged = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.get_records("call"))
    assert [secret for secret in SECRETS if secret in logged] == []


def sent(port: int, method: str, path: str, headers: dict[str, Any], body: bytes = b"", **options: Any) -> Answer:
    answer = exchange(port, raw(method, path, headers, body, **options))
    for shown in (b"Traceback", b"site-packages", b".py", *(secret.encode() for secret in SECRETS)):
        assert shown not in answer.body
    return answer


def deep(opening: bytes, closing: bytes, count: int = 100_000) -> bytes:
    return opening * count + closing * count


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b'<!-- --> ]><messages><message id="m1" from="+12025550123">&j;</message></messages>'
)
OUTSIDE = (
    b'<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b'<messages><message id="m1" from="+12025550123">&x;</message></messages>'
)
UNREADABLE = {
    "empty body": (b"", JSON),
    "no content type": (GOOD, ""),
    "wrong content type": (GOOD, "text/plain"),
    "form called JSON": (FORM, JSON),
    "unknown charset": (GOOD, JSON + "; charset=klingon"),
    "charset that is no text": (GOOD, JSON + "; charset=base64"),
    "not in its charset": (GOOD, JSON + "; charset=ascii"),
    "not UTF-8": (GOOD.replace(b"Muraho", b"\xff\xfe"), JSON),
    "broken JSON": (GOOD[:-2], JSON),
    "JSON of another shape": (b'["messages"]', JSON),
    "JSON without messages": (b'{"messages": {"id": 1}}', JSON),
    "deep JSON": (deep(b"[", b"]"), JSON),
    "deep JSON object": (b'{"messages":' * 80_000, JSON),
    "a number without end": (b'{"messages": ' + b"9" * 100_000 + b"}", JSON),
    "raw NUL in JSON": (GOOD.replace(b"Muraho", b"\0"), JSON),
    "NUL bytes": (bytes(1000), JSON),
    "broken XML": (b"<messages><message></messages>", XML),
    "XML bomb": (BOMB, XML),
    "XML with an outside entity": (OUTSIDE, XML),
    "NUL bytes as XML": (bytes(1000), XML),
    "XML in no charset": (b'<?xml version="1.0" encoding="klingon"?><messages/>', XML),
    "broken octets in a form": (b"id=m1&from=%2B12025550123&text=%ff", URLENCODED),
    "too many fields": (b"a=b&" * 5000, URLENCODED),
    "multipart without parts": (b"nothing", "multipart/form-data; boundary=b"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_refused_in_the_adapters_words(mount, what: str) -> None:
    _, port, platform = mount
    body, content_type = UNREADABLE[what]
    answer = sent(port, "POST", PATH, signed(body, content_type), body)
    assert (answer.status, answer.body) == (422, b"the letterbox cannot read this")
    assert platform.errors == [MalformedInbound]
    assert platform.stored == []


SIGNATURES = {
    "missing": {},
    "empty": {HEADER: ""},
    "bad": {HEADER: signature(GOOD)[:-1] + "x"},
    "of another body": {HEADER: signature(b"{}")},
    "with another key": {HEADER: signature(GOOD, "other")},
    "not ASCII": {HEADER: "é" * 64},
    "much too long": {HEADER: "0" * 6000},
    "repeated": {HEADER: ["0" * 64, "1" * 64]},
}


@pytest.mark.parametrize("what", SIGNATURES)
def test_a_signature_that_does_not_match_is_refused_before_anything_is_read(mount, what: str) -> None:
    _, port, platform = mount
    answer = sent(port, "POST", PATH, {"Content-Type": JSON, **SIGNATURES[what]}, GOOD)
    assert (answer.status, answer.body) == (403, b"InvalidSignature\n")
    assert platform.errors == [InvalidSignature]
    assert platform.stored == []


ELSEWHERE = {
    "no such path": f"{PREFIX}/",
    "nothing at all": "/",
    "outer path only": f"{PREFIX}/c/letterbox",
    "too long a path": f"{PATH}/more",
    "unknown channel": f"{PREFIX}/c/letterbox/19bd5c2a/receive",
    "unknown adapter": f"{PREFIX}/c/pigeon/8eb23e93/receive",
    "another adapter's channel": f"{PREFIX}/c/twilio/8eb23e93/receive",
    "alias of another case": f"{PREFIX}/c/LB/8eb23e93/receive",
    "octets that are no text": f"{PREFIX}/c/letterbox/%ff/receive",
    "broken percent-encoding": f"{PREFIX}/c/letterbox/%zz/receive",
    "NUL in the channel": f"{PREFIX}/c/letterbox/8eb23e93%00/receive",
    "line end in the channel": f"{PREFIX}/c/letterbox/8eb23e93%0d%0aX:%20y/receive",
    "up and away": f"{PREFIX}/c/letterbox/../receive",
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_is_addressed_to_nobody_is_not_found(mount, what: str) -> None:
    _, port, platform = mount
    answer = sent(port, "POST", ELSEWHERE[what], signed(GOOD), GOOD)
    assert answer.status == 404
    assert platform.stored == []
    assert all(route.channel.isprintable() for route in platform.asked)


@pytest.mark.parametrize("action", ["recieve", "status", "receive%00"])
def test_an_action_that_the_adapter_has_not_is_not_found(mount, action: str) -> None:
    _, port, platform = mount
    assert sent(port, "POST", f"{BASE}/{action}", signed(GOOD), GOOD).status == 404
    assert platform.errors in ([NotForThisAdapter], [])
    assert platform.stored == []


@pytest.mark.parametrize("path", [f"{BASE}%2Freceive", f"{BASE}/rece%69ve"])
def test_needless_encoding_is_decoded_where_the_server_does_so(mount, path: str) -> None:
    """WSGI knows only the decoded path; elsewhere an encoded slash is none."""
    kind, port, platform = mount
    answer = sent(port, "POST", path, signed(GOOD), GOOD)
    assert (answer.status, len(platform.stored)) == ((200, 1) if kind in ("wsgi", "django") else (404, 0))


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"])
def test_a_wrong_method_is_told_the_right_ones(mount, method: str) -> None:
    _, port, platform = mount
    answer = sent(port, method, PATH, signed(b""))
    assert (answer.status, answer.headers["allow"]) == (405, "POST, GET")
    assert answer.body == (b"" if method == "HEAD" else b"NotForThisAdapter\n")
    assert platform.errors == [NotForThisAdapter]


HONEST = {
    "plain": (PATH, {}),
    "trailing slash": (PATH + "/", {}),
    "alias": (f"{PREFIX}/c/lb/8eb23e93/receive", {}),
    "channel with needless encoding": (f"{PREFIX}/c/letterbox/%38eb23e93/receive", {}),
    "query that is broken": (PATH + "?a=%zz&&=&b=%ff&%00", {}),
    "Host that is none": (PATH, {"Host": "[evil"}),
    "Host that is an empty address": (PATH, {"Host": "[::::]:99999"}),
    "Host of somebody else": (PATH, {"Host": "nobody's business"}),
    "same Content-Length twice": (PATH, {"Content-Length": [str(len(GOOD))] * 2}),
}


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_webhook_is_stored_and_answered_by_the_adapter(mount, what: str) -> None:
    _, port, platform = mount
    path, headers = HONEST[what]
    answer = sent(port, "POST", path, signed(GOOD, **headers), GOOD)
    if what == "Host that is an empty address":
        assert (answer.status, platform.errors) == (400, [MalformedInbound])
        return
    assert (answer.status, answer.body, platform.errors) == (200, b"took 1", [])
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    (event,) = platform.stored
    assert (event.id, event.sender, event.text) == ("m1", "+12025550123", MESSAGE["text"])
    (route,) = platform.asked
    assert route == Route("lb" if what == "alias" else "letterbox", "8eb23e93", "receive")


TEXTS = {
    "JSON with an escaped NUL": (GOOD.replace(b"Muraho", b"a\\u0000"), JSON, "a\0 👋"),
    "JSON with a lone surrogate": (GOOD.replace(b"Muraho", b"\\ud83d"), JSON, "\ufffd 👋"),
    "repeated parameters": (FORM + b"&text=other&text=third", URLENCODED, "Muraho"),
    "form with an encoded NUL": (FORM.replace(b"Muraho", b"a%00b"), URLENCODED, "a\0b"),
    "form with broken percent-encoding": (FORM.replace(b"Muraho", b"100%&x=%zz"), URLENCODED, "100%"),
    "form in its charset": (FORM.replace(b"Muraho", b"caf%E9"), URLENCODED + "; charset=latin-1", "café"),
    "JSON in UTF-16": (GOOD.decode().encode("utf-16"), JSON + "; charset=utf-16", "Muraho 👋"),
    "XML": (b'<m><message id="m1" from="+12025550123">a &amp; b</message></m>', XML, "a & b"),
    "deep XML": (b'<m><message id="m1" from="+12025550123">' + deep(b"<a>", b"</a>") + b"</message></m>", XML, ""),
}


@pytest.mark.parametrize("what", TEXTS)
def test_odd_but_readable_bodies_are_read(mount, what: str) -> None:
    _, port, platform = mount
    body, content_type, text = TEXTS[what]
    assert sent(port, "POST", PATH, signed(body, content_type), body).status == 200
    assert [event.text for event in platform.stored] == [text]


def test_one_unreadable_item_of_a_batch_costs_the_others_nothing(mount) -> None:
    _, port, platform = mount
    body = json.dumps({"messages": [MESSAGE, {"id": 7}, BROKEN, None, {**MESSAGE, "id": "m2"}]}).encode()
    answer = sent(port, "POST", PATH, signed(body), body)
    assert (answer.status, answer.body) == (200, b"took 5")
    assert [event.id for event in platform.stored if isinstance(event, InboundMessage)] == ["m1", "m2"]
    assert len(platform.stored) == 5


def test_the_url_that_the_adapter_sees_is_the_one_that_was_sent(mount) -> None:
    _, port, platform = mount
    query = "a=%7e&b=%7E&c=a+b%20c&d&&e=%C3%A9&f=%zz"
    sent(port, "POST", f"{PATH}?{query}", signed(GOOD, Host="sms.example.org:8080"), GOOD)
    (event,) = platform.stored
    assert event.raw["url"] == f"http://sms.example.org:8080{PATH}?{query}"
    assert event.raw["remote"] == "127.0.0.1"


FAILURES = [RuntimeError("t0ps3cret"), KeyError("+12025550123"), TransportError("Muraho"), MemoryError()]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_events_that_could_not_be_stored_are_asked_for_again(mount, failure: Exception, caplog) -> None:
    _, port, platform = mount
    platform.failing = failure
    answer = sent(port, "POST", PATH, signed(GOOD), GOOD)
    assert answer.status == 500
    assert platform.stored == []
    (record,) = [record for record in caplog.records if record.name == "sms_adapters.webhooks"]
    assert type(failure).__name__ in record.getMessage()
    platform.failing = None
    assert sent(port, "POST", PATH, signed(GOOD), GOOD).status == 200
    assert [event.id for event in platform.stored] == ["m1"]


def test_a_channel_that_cannot_be_looked_up_is_a_failure_of_ours(mount) -> None:
    _, port, _ = mount
    assert sent(port, "POST", f"{PREFIX}/c/letterbox/unresolvable/receive", signed(GOOD), GOOD).status == 500


def test_a_part_is_stored_with_its_message_even_if_storing_fails_at_first(mount) -> None:
    """The first part was answered, so the aggregator delivers only the second again."""
    _, port, platform = mount
    name = mount[0]
    bodies = [
        json.dumps({"messages": [{**MESSAGE, "id": f"{name}{n}", "text": f"<{n}>", "part": [name, n, 2]}]}).encode()
        for n in (1, 2)
    ]
    assert sent(port, "POST", PATH, signed(bodies[0]), bodies[0]).status == 200
    assert platform.receipts == []
    platform.failing = RuntimeError()
    assert sent(port, "POST", PATH, signed(bodies[1]), bodies[1]).status == 500
    platform.failing = None
    assert sent(port, "POST", PATH, signed(bodies[1]), bodies[1]).status == 200
    assert [(event.id, event.text, event.incomplete) for event in platform.stored] == [(f"{name}1", "<1><2>", False)]


TEN_MEGABYTES = 10 << 20


def test_ten_megabytes_are_refused(mount) -> None:
    kind, port, platform = mount
    head = raw("POST", PATH, {"Content-Type": JSON, "Content-Length": str(TEN_MEGABYTES)})
    # Asynchronous Django takes the whole body before it asks any view.
    body = bytes(TEN_MEGABYTES) if kind == "async django" else b"{"
    answer = exchange(port, head + body)
    assert (answer.status, answer.body) == (413, b"MalformedInbound\n")
    assert platform.stored == []


def test_a_body_without_end_is_refused(mount) -> None:
    kind, port, platform = mount
    head = raw("POST", PATH, {"Content-Type": JSON, "Content-Length": None, "Transfer-Encoding": "chunked"})
    chunks = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
    last = b"0\r\n\r\n" if kind == "async django" else b""
    answer = exchange(port, head + chunks * (MAX_BODY // (1 << 16) + 1 if kind != "async django" else 60) + last)
    # wsgiref, and Django over WSGI, do not say where a chunked body ends.
    assert answer.status == (411 if kind in ("wsgi", "django") else 413)
    assert platform.stored == []


def test_a_chunked_body_is_read_where_the_server_can(mount) -> None:
    kind, port, platform = mount
    headers = signed(GOOD, **{"Content-Length": None, "Transfer-Encoding": "chunked"})
    half = len(GOOD) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (GOOD[:half], GOOD[half:], b""))
    answer = exchange(port, raw("POST", PATH, headers) + chunks)
    assert (answer.status, len(platform.stored)) == ((411, 0) if kind in ("wsgi", "django") else (200, 1))


def test_a_request_without_a_host_is_served(mount) -> None:
    _, port, platform = mount
    answer = sent(port, "POST", PATH, signed(GOOD, Host=None), GOOD, version="1.0")
    assert (answer.status, len(platform.stored)) == (200, 1)


TWILIO = f"{PREFIX}/c/twilio/5e1f"


@pytest.mark.parametrize("query", ["", "?id=a%20b+c%2F&x", "?b=%7e&a=%7E"])
def test_a_twilio_signature_is_correct_behind_a_proxy(mount, query: str) -> None:
    """Twilio signs https, the public host and path; our server sees http, another host, port and prefix."""
    _, port, platform = mount
    public = f"https://sms.example.org/hooks/c/twilio/5e1f/receive{query}"
    simulator = Registry(installed=False).simulator("twilio", inbound_url=public)
    (webhook,) = simulator.inbound("+12025550123", "+12025550100", "Muraho & more 👋")
    headers = dict(webhook.headers.items())
    answer = sent(port, "POST", f"{TWILIO}/receive{query}", headers, webhook.body)
    assert (answer.status, platform.errors) == (200, [])
    assert [event.text for event in platform.stored] == ["Muraho & more 👋"]
    for path, body in (
        (f"{TWILIO}/receive?id=other", webhook.body),
        (f"{TWILIO}/status{query}", webhook.body),
        (f"{TWILIO}/receive{query}", webhook.body + b"&Extra=1"),
    ):
        assert sent(port, "POST", path, headers, body).status == 403
    assert len(platform.stored) == 1
