"""The External API: what the platform's documents and code promise, and what is done better on purpose."""

from __future__ import annotations

import base64
import json
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sms_adapters import (
    Client,
    ConfigError,
    DeliveryReport,
    InboundMessage,
    MalformedInbound,
    Media,
    NetworkPolicy,
    NotForThisAdapter,
    OptOut,
    OutboundMessage,
    Registry,
    SmsError,
    TransportError,
    WebhookRequest,
)
from sms_adapters.builtin.external.simulator import TEMPLATES, ExternalSimulator
from sms_adapters.builtin.external.xpath import compile_xpath
from sms_adapters.http import Headers, HttpRequest, HttpResponse
from sms_adapters.redact import Redactor

REGISTRY = Registry(installed=False)
CHANNEL = "5f3a0f6e-1a2b-4c3d-8e4f-909192939495"
MESSAGE = "0197b1c0-7a11-7c3e-9a55-3d0c2f6a9e01"
NOW = datetime(2026, 11, 23, 8, 0, 0, 120000, tzinfo=UTC)
URL = "https://gateway.example.org/send"
SECRET = "s3cret/+exämple"


class Gateway:
    """A transport that keeps the requests, and answers as told or with an empty 200."""

    def __init__(self, *answers: HttpResponse | SmsError) -> None:
        self.answers, self.requests, self.policies = list(answers), [], []

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        self.requests.append(request)
        self.policies.append(policy)
        answer = self.answers.pop(0) if self.answers else HttpResponse(200)
        if isinstance(answer, SmsError):
            raise answer
        return answer

    def close(self) -> None:
        pass


class Simulated(Gateway):
    """A transport to a simulator, without a network."""

    def __init__(self, simulator: ExternalSimulator) -> None:
        super().__init__()
        self.simulator = simulator

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        answer = self.simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        return HttpResponse(answer.status, answer.headers, answer.body)


def open_channel(config: dict[str, Any], **options: Any) -> Any:
    values = {"id": CHANNEL, "address": "+12025550100", "country": "US", "clock": lambda: NOW, **options}
    return REGISTRY.open("external", config={"send_url": URL, **config}, **values)


def sent(config: dict[str, Any], message: OutboundMessage, *answers: HttpResponse, **options: Any) -> list[HttpRequest]:
    gateway = Gateway(*answers)
    with Client(transport=gateway) as client:
        client.send(open_channel(config, **options), message)
    return gateway.requests


def one(config: dict[str, Any], message: OutboundMessage, **options: Any) -> HttpRequest:
    (request,) = sent(config, message, **options)
    return request


def text(body: str, **fields: Any) -> OutboundMessage:
    return OutboundMessage(to="+12025550123", text=body, id=MESSAGE, **fields)


def failure(config: dict[str, Any], *answers: HttpResponse | SmsError, body: str = "Hi") -> SmsError:
    with Client(transport=Gateway(*answers)) as client, pytest.raises(SmsError) as caught:
        client.send(open_channel(config), text(body))
    return caught.value


def received(action: str, body: bytes | str = b"", kind: str = "", method: str = "POST", **options: Any) -> Any:
    config = options.pop("config", {})
    url = f"https://sms.example.org/c/ex/{CHANNEL}/{action}"
    raw = body.encode() if isinstance(body, str) else body
    with Client(transport=Gateway()) as client:
        channel = open_channel(config, entropy=bytes, **options)
        return client.receive(channel, WebhookRequest(method, url, {"Content-Type": kind} if kind else {}, raw))


FORM, JSON, XML = "application/x-www-form-urlencoded", "application/json", "text/xml"


# --- templates

NASTY = (
    '"', "'", "&", "<b>", ">", "{}", "{{to}}", "{{text}}{{unknown}}", "%41", "+", "a b", "\n", "\r\n\t", "\\", "\\n",
    "=&?#/", "]]>", "<!--", "&amp;", "é", "👨‍👩‍👧", "\u2028", "\u202eright to left",
    "\"&'<>{}%\\\n+= {{to}} {{quick_replies}} 👩🏽‍🚀",
)  # fmt: skip
READERS = {
    "urlencoded": ("text={{text}}&x=1", lambda body: parse_qs(body.decode("ascii"))["text"][0]),
    "json": ('{"text":{{text}}}', lambda body: json.loads(body)["text"]),
    "xml": ("<m><text>{{text}}</text></m>", lambda body: ElementTree.fromstring(body).findtext("text")),
    "xml attribute": ("<m text='{{text}}' x=\"{{text}}\"/>", lambda body: ElementTree.fromstring(body).get("text")),
    "text/plain": ("{{text}}", bytes.decode),
    "application/x-example; v=1": ("[{{text}}]", lambda body: body.decode()[1:-1]),
}


@pytest.mark.parametrize("typed", NASTY)
@pytest.mark.parametrize("style", READERS)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_gives_the_text_to_whoever_reads_its_format(style: str, method: str, typed: str) -> None:
    body, read = READERS[style]
    request = one({"content_type": style.split(" attr")[0], "body": body, "method": method}, text(typed))
    assert (request.method, read(request.body)) == (method, typed)


@pytest.mark.parametrize("typed", NASTY)
@pytest.mark.parametrize("content_type", ["urlencoded", "json", "xml", "text/plain"])
def test_a_url_is_percent_encoded_whatever_the_content_type(content_type: str, typed: str) -> None:
    request = one({"send_url": URL + "?t={{text}}&x=1", "body": "", "content_type": content_type}, text(typed))
    assert parse_qs(urlsplit(request.url).query) == {"t": [typed], "x": ["1"]}


@pytest.mark.parametrize("typed", ["\x00", "\x01", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff"])
def test_what_xml_cannot_write_becomes_a_replacement_character(typed: str) -> None:
    body, read = READERS["xml"]
    assert read(one({"content_type": "xml", "body": body}, text(f"a{typed}b")).body) == "a\ufffdb"


HEADERS = {
    "urlencoded": FORM,
    "json": JSON,
    "xml": "text/xml; charset=utf-8",
    "text/plain; charset=utf-8": "text/plain; charset=utf-8",
}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("content_type", HEADERS)
def test_the_content_type_is_sent_with_every_method_and_a_body_with_post_and_put(
    content_type: str, method: str
) -> None:
    request = one({"content_type": content_type, "body": "1", "method": method}, text("Hi"))
    assert request.headers.get_all("Content-Type") == [HEADERS[content_type]]
    assert request.body == (b"" if method == "GET" else b"1")


REPLIES = {
    ("POST", "urlencoded"): ("&quick_reply=One&quick_reply=A%26B+c", ""),
    ("GET", "json"): ("", ""),
    ("POST", "json"): ('["One","A\\u0026B c"]', "[]"),
    ("PUT", "xml"): ("<item>One</item><item>A&amp;B c</item>", ""),
    ("POST", "text/plain"): ("&quick_reply=One&quick_reply=A%26B+c", ""),
}


@pytest.mark.parametrize(("method", "content_type"), REPLIES)
def test_quick_replies_go_with_the_last_part_in_the_style_of_the_place(method: str, content_type: str) -> None:
    config = {"method": method, "content_type": content_type, "max_length": 2, "send_url": URL + "?a{{quick_replies}}"}
    requests = sent({**config, "body": "{{quick_replies}}"}, text("abcd", quick_replies=("One", "A&B c")))
    full, empty = REPLIES[method, content_type]
    assert [request.body.decode() for request in requests] == [empty, full]
    assert [urlsplit(request.url).query for request in requests] == ["a", "a&quick_reply=One&quick_reply=A%26B+c"]


def test_half_a_surrogate_pair_in_a_quick_reply_is_refused_before_anything_is_sent() -> None:
    with Client(transport=(gateway := Gateway())) as client, pytest.raises(SmsError) as caught:
        client.send(open_channel({}), text("Hi", quick_replies=("\ud83d",)))
    assert (type(caught.value).__name__, gateway.requests) == ("InvalidMessage", [])


@pytest.mark.parametrize("name", ["Text", " text", "text ", "foo", "", "text|upper"])
def test_a_name_that_is_no_variable_stays_as_it_is(name: str) -> None:
    template = f"{{{{{name}}}}}={{{{text}}}}"
    request = one({"body": template, "content_type": "text/plain"}, text("Hi"))
    assert request.body.decode() == f"{{{{{name}}}}}=Hi"


CHARACTERS = st.characters(exclude_categories=["Cs"])
XML_CHARACTERS = st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from("\t\r\n")


@settings(max_examples=150, deadline=None)
@given(
    style=st.sampled_from(sorted(TEMPLATES)),
    typed=st.text(XML_CHARACTERS, min_size=1, max_size=400),
    replies=st.lists(st.text(XML_CHARACTERS, min_size=1, max_size=10), max_size=3),
)
@example(style="json", typed="{{to}}{{text}}", replies=["{{text}}", "a"])
@example(style="xml", typed="]]></text><to>+12025550199</to>", replies=["</item>", "b"])
@example(style="form", typed="&to=%2B12025550199", replies=["&quick_reply=x", "c"])
def test_a_gateway_reads_what_was_typed_in_any_style_of_template(style: str, typed: str, replies: list[str]) -> None:
    simulator = ExternalSimulator()
    with Client(transport=Simulated(simulator)) as client:
        channel = open_channel(simulator.config("https://simulator.example.org/external", style))
        result = client.send(channel, text(typed, quick_replies=tuple(replies)))
    assert "".join(message.text for message in simulator.accepted) == typed
    assert {(message.id, message.to, message.sender) for message in simulator.accepted} == {
        (MESSAGE, "+12025550123", "+12025550100")
    }
    assert result.ids == ()
    assert len(result.parts) == len(simulator.accepted)
    if style != "default":
        *others, last = [_replies(message.values) for message in simulator.accepted]
        assert (last, others) == (replies, [[]] * len(others))


def _replies(values: Any) -> list[str]:
    found = values.get("quick_reply") or []
    return [found] if isinstance(found, str) else found


@settings(max_examples=60, deadline=None)
@given(typed=st.text(CHARACTERS, min_size=1, max_size=50), style=st.sampled_from(["json", "form", "get", "plain"]))
def test_control_characters_arrive_where_the_format_can_write_them(typed: str, style: str) -> None:
    simulator = ExternalSimulator()
    with Client(transport=Simulated(simulator)) as client:
        client.send(open_channel(simulator.config("https://simulator.example.org", style)), text(typed))
    assert simulator.accepted[0].text == typed


# --- parts

SMART = [
    ("D", "“a”…", "“a”…"),
    ("U", "“a”…", "“a”…"),
    ("S", "“a”…", '"a"...'),
    ("S", "“a” ☺", "“a” ☺"),
    ("S", "plain é", "plain é"),
]


@pytest.mark.parametrize(("encoding", "typed", "expected"), SMART)
def test_smart_encoding_replaces_characters_where_the_whole_text_then_is_gsm7(
    encoding: str, typed: str, expected: str
) -> None:
    assert parse_qs(one({"encoding": encoding}, text(typed)).body.decode())["text"] == [expected]


FAMILY = "👨‍👩‍👧"
SPLITS = [
    (30, "This is a long message that will be longer than 30....... characters", 3),
    ("30", "This is a long message that will be longer than 30....... characters", 3),
    (160, "ы" * 160, 1),
    (160, "ы" * 161, 2),
    (12, FAMILY * 4, 2),
    (9, "x" + FAMILY * 4, 4),
    (6400, "😀" * 6400, 1),
]


@pytest.mark.parametrize(("max_length", "typed", "parts"), SPLITS)
def test_a_text_is_cut_by_characters_and_never_inside_a_grapheme(max_length: Any, typed: str, parts: int) -> None:
    config = {"max_length": max_length, "body": "{{text}}", "content_type": "text/plain"}
    texts = [request.body.decode() for request in sent(config, text(typed))]
    assert (len(texts), "".join(texts)) == (parts, typed)
    assert all(len(part) <= int(max_length) for part in texts)
    assert {part.replace(FAMILY, "").strip("x") for part in texts} == {""} or FAMILY not in typed


def test_all_parts_carry_the_message_s_id() -> None:
    requests = sent({"max_length": 3, "body": "{{uuid}} {{id}}", "content_type": "text/plain"}, text("abcdef"))
    assert [request.body.decode() for request in requests] == [f"{MESSAGE} {MESSAGE}"] * 2


PICTURE = "https://cdn.example.org/a/picture.jpg"
ATTACHMENTS = [
    (160, "My pic!", [PICTURE], [f"My pic!\n{PICTURE}"]),
    (160, "My pics!", [PICTURE, PICTURE + "?2"], [f"My pics!\n{PICTURE}\n{PICTURE}?2"]),
    (160, "", [PICTURE], [PICTURE]),
    (40, "My pic!", [PICTURE], ["My pic!", PICTURE]),
    (40, "a" * 50, [PICTURE], ["a" * 40, "a" * 10, PICTURE]),
    (37, "", [PICTURE, PICTURE], [PICTURE, PICTURE]),
    (30, "", [PICTURE], [PICTURE[:30], PICTURE[30:]]),
]


@pytest.mark.parametrize(("limit", "typed", "urls", "expected"), ATTACHMENTS)
def test_attachments_are_urls_on_their_own_lines_kept_whole_where_they_fit(
    limit: int, typed: str, urls: list[str], expected: list[str]
) -> None:
    message = text(typed, media=tuple(Media(url, "image/jpeg") for url in urls), quick_replies=("One",))
    config = {"max_length": limit, "body": "{{text}}{{quick_replies}}", "content_type": "text/plain"}
    texts = [request.body.decode() for request in sent(config, message)]
    assert texts == [*expected[:-1], expected[-1] + "&quick_reply=One"]


# --- numbers

NUMBERS = [
    ("+12025550123", "US", "2025550123"),
    ("+447700900123", "GB", "7700900123"),
    ("40404", "US", "40404"),
]


@pytest.mark.parametrize(("to", "country", "national"), NUMBERS)
def test_a_national_number_has_no_country_code(to: str, country: str, national: str) -> None:
    config = {"use_national": True, "body": "{{to}} {{to_no_plus}}", "content_type": "text/plain"}
    request = one(config, OutboundMessage(to=to, text="Hi"), country=country)
    assert request.body.decode() == f"{national} {national}"


def test_a_number_of_another_country_has_no_national_form_and_is_refused() -> None:
    with Client(transport=(gateway := Gateway())) as client, pytest.raises(SmsError) as caught:
        client.send(open_channel({"use_national": True}), OutboundMessage(to="+447700900123", text="Hi"))
    assert (type(caught.value).__name__, gateway.requests) == ("InvalidMessage", [])


def test_a_channel_without_address_sends_where_no_template_names_it() -> None:
    assert one({"body": "to={{to}}"}, text("Hi"), address=None).body == b"to=%2B12025550123"
    with pytest.raises(ConfigError, match="no address"):
        sent({"send_url": URL + "/{{from_no_plus}}", "body": ""}, text("Hi"), address=None)


@pytest.mark.parametrize("sender", ["+12025550199", "Example"])
def test_the_message_s_sender_replaces_the_channel_s_address(sender: str) -> None:
    config = {"body": "{{from}} {{from_no_plus}}", "content_type": "text/plain"}
    assert one(config, text("Hi", sender=sender)).body.decode() == f"{sender} {sender.removeprefix('+')}"


# --- headers and addresses

HEADER_SETS = [
    ({"send_authorization": "Token 1"}, {"Authorization": ["Token 1"]}),
    ({"send_authorization": "Token 1", "headers": {"authorization": "Token 2"}}, {"Authorization": ["Token 2"]}),
    ({"headers": {"X-Key": "k", "X-Version": 2}}, {"X-Key": ["k"], "X-Version": ["2"], "Authorization": []}),
    ({"headers": {"content-type": "text/x"}}, {"Content-Type": ["text/x"]}),
]


@pytest.mark.parametrize(("config", "expected"), HEADER_SETS)
def test_configured_headers_replace_those_made_here(config: dict[str, Any], expected: dict[str, list[str]]) -> None:
    headers = one(config, text("Hi")).headers
    assert {name: headers.get_all(name) for name in expected} == expected


BASES = [
    ("", "https://gw.example.org:8443/a/send?x={{text}}", "https://gw.example.org:8443/a/send?x=Hi"),
    ("http://127.0.0.1:8090", "https://gw.example.org:8443/a/send?x={{text}}", "http://127.0.0.1:8090/a/send?x=Hi"),
    ("http://127.0.0.1:8090/external/", URL, "http://127.0.0.1:8090/external/send"),
    ("http://127.0.0.1:8090", "https://gw.example.org", "http://127.0.0.1:8090"),
    ("http://127.0.0.1:8090", "https://gw.example.org?to={{to_no_plus}}", "http://127.0.0.1:8090?to=12025550123"),
]


@pytest.mark.parametrize(("base_url", "send_url", "expected"), BASES)
def test_base_url_takes_the_place_of_scheme_and_host(base_url: str, send_url: str, expected: str) -> None:
    assert one({"base_url": base_url, "send_url": send_url}, text("Hi")).url == expected


@pytest.mark.parametrize("url", [URL, "https://192.0.2.1/send", "http://localhost:8080/send"])
def test_every_address_is_checked_as_anyone_may_have_configured_it(url: str) -> None:
    policy = NetworkPolicy(networks=("192.0.2.0/24",))
    with Client(transport=(gateway := Gateway()), network=policy) as client:
        client.send(open_channel({"send_url": url}), text("Hi"))
    assert gateway.policies == [policy]


@pytest.mark.parametrize(
    "url", ["http://gateway.example.org/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest"]
)
def test_a_local_or_unencrypted_address_is_refused_unless_the_host_allows_it(url: str) -> None:
    with Client() as client, pytest.raises(ConfigError):
        client.send(open_channel({"send_url": url}), text("Hi"))


# --- configuration

WRONG = [
    ({"send_url": ""}, "send_url: "),
    ({"send_url": "gateway.example.org/send"}, "https://"),
    ({"send_url": "ftp://gateway.example.org/"}, "https://"),
    ({"send_url": "https://{{text}}.example.org/"}, "without variables"),
    ({"send_url": "https://joe:s3cret-example@gateway.example.org/"}, "credentials"),
    ({"send_url": URL + "?text=a {{text}}"}, "%20"),
    ({"send_url": URL + "#{{text}}"}, "%23"),
    ({"send_url": URL + "/ä"}, "percent-encoded"),
    ({"send_url": None}, "has to be text"),
    ({"body": 1}, "has to be text"),
    ({"url": URL}, "url: unknown field"),
    ({"method": "DELETE"}, "method: "),
    ({"content_type": "jsn"}, "content_type: "),
    ({"content_type": "text/plain\r\nX-A: b"}, "content_type: "),
    ({"content_type": "json"}, "body"),
    ({"content_type": "xml", "method": "PUT"}, "body"),
    ({"max_length": 0}, "max_length: "),
    ({"max_length": "long"}, "max_length: "),
    ({"encoding": "X"}, "encoding: "),
    ({"headers": {"X A": "b"}}, "no name of a header"),
    ({"headers": {"X-A": "b\r\nX-B: c"}}, "line break"),
    ({"headers": {"Host": "127.0.0.1"}}, "Host"),
    ({"headers": {"X-A": ["b"]}}, "headers.X-A"),
    ({"send_authorization": "Token\n1"}, "line break"),
    ({"from_xpath": "//a"}, "go together"),
    ({"from_xpath": "//a[", "text_xpath": "//b"}, "from_xpath: .*no XPath 1.0 expression"),
    ({"from_xpath": "//a", "text_xpath": "document('file:///etc/hosts')"}, "text_xpath: .*no XPath"),
    ({"from_xpath": "count(//a)", "text_xpath": "//b"}, "from_xpath: .*neither nodes nor text"),
    ({"from_xpath": "//a", "text_xpath": "//b = 1"}, "text_xpath: .*neither nodes nor text"),
    ({"from_xpath": "1 | 2", "text_xpath": "//b"}, "from_xpath: .*no XPath"),
    ({"from_xpath": "(" * 2000, "text_xpath": "//b"}, "from_xpath: .*no XPath"),
    ({"mo_response_content_type": "text/xml\r\nX-A: b"}, "mo_response_content_type: "),
    ({"base_url": "127.0.0.1:8080"}, "base_url: "),
]


@pytest.mark.parametrize(("config", "sentence"), WRONG)
def test_a_wrong_configuration_is_refused_with_a_sentence(config: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        open_channel(config)
    assert "s3cret" not in str(caught.value)


def test_send_url_is_required() -> None:
    with pytest.raises(ConfigError, match="send_url: required"):
        REGISTRY.open("external", id=CHANNEL, config={})


def test_a_form_left_blank_is_a_configuration() -> None:
    """RapidPro stores an empty text for each field of its form that is left blank."""
    names = "send_authorization mt_response_check mo_from_field mo_text_field mo_date_field from_xpath text_xpath"
    blank = dict.fromkeys(f"{names} mo_response mo_response_content_type base_url".split(), "")
    request = one({**blank, "body": "", "headers": {}}, text("Hi"))
    assert (request.url, request.body, request.headers.get("Authorization")) == (URL, b"", None)


def test_xpath_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_xpath.cache_clear()
    monkeypatch.setitem(sys.modules, "elementpath", None)
    with pytest.raises(ConfigError, match=r"sms-adapters\[xpath\]"):
        open_channel({"from_xpath": "//from", "text_xpath": "//text"})


def test_a_form_for_people_can_be_drawn_from_the_schema() -> None:
    schema = REGISTRY.schema("external")
    properties = schema["properties"]
    assert schema["required"] == ["send_url"]
    assert {name for name, field in properties.items() if not (field["title"] and field["description"])} == set()
    assert properties["send_url"]["type"] == properties["body"]["type"] == "string"
    assert properties["send_authorization"]["writeOnly"]
    assert properties["headers"]["additionalProperties"]["writeOnly"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"send_url": URL, "encode": "S"}, schema)


def test_the_platform_s_own_name_opens_the_adapter_and_is_in_its_urls() -> None:
    channel = REGISTRY.open("ex", id=CHANNEL, config={"send_url": URL}, public_url="https://sms.example.org")
    assert channel.callback_url("receive") == f"https://sms.example.org/c/ex/{CHANNEL}/receive"


# --- secrets

PLACES = {
    "query": {"send_url": f"{URL}?password={quote(SECRET, safe='')}&user=joe", "body": ""},
    "form": {"body": f"user=joe&password={quote(SECRET, safe='')}&text={{{{text}}}}"},
    "json": {"content_type": "json", "body": f'{{"auth":{{"api_key":"{SECRET}"}},"pin":{{{{text}}}}}}'},
    "number": {"content_type": "json", "body": '{"text":{{text}},"pin":73219465}'},
    "xml": {"content_type": "xml", "body": f"<m><password>{SECRET}</password><t>{{{{text}}}}</t></m>"},
    "authorization": {"send_authorization": f"Token {quote(SECRET, safe='')}"},
    "header": {"headers": {"X-Thing": quote(SECRET, safe="")}},
}
SPELLINGS = {
    "plain": str,
    "percent": lambda secret: quote(secret, safe=""),
    "json": json.dumps,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
}


def _secret_in(place: str) -> str:
    if place == "number":
        return "73219465"
    return quote(SECRET, safe="") if place in ("authorization", "header") else SECRET


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 429, 500])
def test_no_error_shows_a_secret_wherever_it_is_configured(place: str, spelling: str, status: int) -> None:
    secret = _secret_in(place)
    body = f"no such account: {SPELLINGS[spelling](secret)} for you"
    config = {**PLACES[place], "mt_response_check": "accepted"}
    error = failure(config, HttpResponse(status, Headers({"X-Echo": quote(body)}), body.encode()))
    shown = [str(error), repr(error), json.dumps(error.to_dict()), error.request, error.response]
    assert error.request is not None
    assert error.response is not None
    shown += [error.request.url, repr(error.request.headers.items()), error.request.body.decode()]
    shown += [error.response.text, repr(error.response.headers.items())]
    assert [item for item in map(str, shown) if Redactor([secret]).find(item)] == []
    assert "no such account" in str(error)


@pytest.mark.parametrize("place", PLACES)
def test_no_representation_of_a_configuration_shows_a_secret(place: str) -> None:
    channel = open_channel(PLACES[place])
    one(PLACES[place], text("Hi"))
    shown = [repr(channel), repr(channel.config), str(channel.config), channel.config.model_dump_json()]
    dumped = channel.config.model_dump()
    shown += [str(channel.config.send_url), repr(channel.config.body), str(dumped)]
    assert [item for item in shown if Redactor([_secret_in(place)]).find(item)] == []
    assert one(dumped, text("Hi")) == one(PLACES[place], text("Hi"))


@pytest.mark.parametrize("certain", [True, False])
def test_a_lost_answer_shows_no_secret(certain: bool) -> None:
    told = TransportError(f"cannot read {URL}?password={quote(SECRET, safe='')}", sent=not certain)
    error = failure(PLACES["query"], told)
    assert (Redactor([SECRET]).find(str(error)), error.retryable) == ([], certain)


def test_a_template_without_secrets_is_shown_as_it_is() -> None:
    assert str(open_channel({"send_url": URL + "?pin={{text}}"}).config.send_url) == URL + "?pin={{text}}"


# --- answers

STATUSES = [
    (100, "Rejected", False),
    (301, "Rejected", False),
    (302, "Rejected", False),
    (400, "Rejected", False),
    (401, "AuthError", False),
    (403, "Rejected", False),
    (404, "Rejected", False),
    (407, "AuthError", False),
    (422, "Rejected", False),
    (429, "Throttled", True),
    (500, "DeliveryUncertain", False),
    (502, "DeliveryUncertain", False),
    (503, "TemporaryFailure", True),
    (504, "DeliveryUncertain", False),
    (520, "DeliveryUncertain", False),
]


@pytest.mark.parametrize(("status", "kind", "retryable"), STATUSES)
@pytest.mark.parametrize("check", ["", "OK"])
def test_the_status_decides_first(status: int, kind: str, retryable: bool, check: str) -> None:
    error = failure({"mt_response_check": check}, HttpResponse(status, Headers(), b"OK: so what"))
    found = (type(error).__name__, error.retryable, error.provider_code, error.provider_text)
    assert found == (kind, retryable, str(status), "OK: so what")


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), (None, None), ("soon", None)])
def test_retry_after_is_read(value: str | None, seconds: float | None) -> None:
    error = failure({}, HttpResponse(429, Headers({"Retry-After": value} if value else {}), b""))
    assert error.to_dict().get("retry_after") == seconds


CHECKS = [
    ("", b"", None, True),
    ("0: Accepted", b"0: Accepted for delivery", None, True),
    ("accepted", b"0: Accepted for delivery", None, False),
    ("ОК", "всё ОК".encode("cp1251"), "text/plain; charset=windows-1251", True),
    ("ОК", "всё ОК".encode(), "text/plain; charset=us-ascii", True),
    ("ОК", b"\xff\xfe\x00", "text/plain; charset=nonsense", False),
    (" OK", b"OK", None, False),
    ("OK", b"", None, False),
]


@pytest.mark.parametrize(("check", "body", "kind", "accepted"), CHECKS)
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_2xx_answer_is_accepted_if_it_contains_the_text_asked_for(
    check: str, body: bytes, kind: str | None, accepted: bool, status: int
) -> None:
    answer = HttpResponse(status, Headers({"Content-Type": kind} if kind else {}), body)
    with Client(transport=Gateway(answer)) as client:
        try:
            outcome = client.send(open_channel({"mt_response_check": check}), text("Hi")).id
        except SmsError as error:
            outcome = type(error).__name__
    assert outcome == (None if accepted else "Rejected")


def test_a_long_answer_is_quoted_up_to_a_word_so_that_no_half_secret_is_left() -> None:
    error = failure(
        {"send_authorization": f"Token {'k' * 40}"}, HttpResponse(400, Headers(), b"word " * 56 + b"k" * 40)
    )
    assert error.provider_text == ("word " * 56).strip()
    assert failure({}, HttpResponse(400, Headers(), b"x" * 4000)).provider_text is None


def test_what_was_accepted_before_a_failure_is_told_and_forbids_a_retry() -> None:
    error = failure({"max_length": 2}, HttpResponse(200), HttpResponse(503), body="abcd")
    assert (len(error.partial.parts) if error.partial else 0, error.retryable) == (1, False)


# --- incoming: refusals

PARSING = "parsing failed: id '{}' and uuid '{}' are not valid UUIDs"
REFUSALS = [
    ("receive", "", "must have one of 'sender' or 'from' set"),
    ("receive", "text=Join", "must have one of 'sender' or 'from' set"),
    ("receive", "from=&sender=%2B12025550123", "must have one of 'sender' or 'from' set"),
    ("receive", "sender=%2B12025550123&date=20170623T123000Z", "invalid date format, must be RFC 3339"),
    ("receive", "sender=%2B12025550123&time=2017-06-23", "invalid date format, must be RFC 3339"),
    ("receive", "sender=%2B12025550123&time=2017-06-23T12:30:00", "invalid date format, must be RFC 3339"),
    ("receive", "sender=%2B12025550123&time=2017-02-30T12:30:00Z", "invalid date format, must be RFC 3339"),
    ("receive", "sender=%2B12025550123&time=2017-06-23T12:30:00Z%0A", "invalid date format, must be RFC 3339"),
    ("receive", "sender=MTN&text=Join", "not a possible number"),
    ("receive", "sender=+&text=Join", "not a possible number"),
    ("stopped", "from=MTN", "not a possible number"),
    ("stopped", "", "field 'from' required"),
    ("stopped", "from=", "field 'from' required"),
    ("sent", "", "parameters id or uuid should not be empty"),
    ("delivered", "uuid=&id=", "parameters id or uuid should not be empty"),
    ("failed", "id=x", PARSING.format("x", "")),
    ("failed", f"uuid=junk&id={MESSAGE}", PARSING.format(MESSAGE, "junk")),
    ("failed", f"uuid={MESSAGE}0", PARSING.format("", f"{MESSAGE}0")),
    ("sent", "id=-5", PARSING.format("-5", "")),
    ("sent", "id=%D9%A1", PARSING.format("\u0661", "")),
    ("sent", f"id={'9' * 5000}", PARSING.format("9" * 64, "")),
]


@pytest.mark.parametrize(("action", "fields", "sentence"), REFUSALS)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_gateway_is_told_what_is_wrong_in_the_platform_s_words(
    action: str, fields: str, sentence: str, method: str
) -> None:
    receipt = received(f"{action}?{fields}", method="GET") if method == "GET" else received(action, fields, FORM)
    assert type(receipt.error) is MalformedInbound
    assert (receipt.response.status, receipt.response.headers["Content-Type"]) == (400, "application/json")
    expected = {"message": "Error", "data": [{"type": "error", "error": sentence}]}
    assert json.loads(receipt.response.body) == expected


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]><m><from>12025550123</from><text>&b;</text></m>'
FILE = '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><m><from>12025550123</from><text>&f;</text></m>'
DEEP_XML = "<a>" * 20_000 + "<from>12025550123</from><text>a</text>" + "</a>" * 20_000
XPATHS = {"from_xpath": "//from", "text_xpath": "//text"}
ATTACKS = {
    "bomb": (BOMB, XML, XPATHS),
    "external entity": (FILE, XML, XPATHS),
    "broken XML": ("<m><from>12025550123</from>", XML, XPATHS),
    "no XML": ("from=12025550123", FORM, XPATHS),
    "empty XML": ("", XML, XPATHS),
    "deep XML": (DEEP_XML, XML, XPATHS),
    "undeclared prefix": ("<a:m/>", XML, XPATHS),
    "XML in another charset": ("<m><from>12025550123</from><text>é</text></m>".encode("latin-1"), XML, XPATHS),
    "XML in no charset": ('<?xml version="1.0" encoding="nonsense"?><m/>', XML, XPATHS),
    "deep JSON": ("[" * 100_000, JSON, {}),
    "deep object": ('{"a":' * 100_000, JSON, {}),
    "broken JSON": ('{"from":"12025550123"', JSON, {}),
    "JSON list": ("[1]", JSON, {}),
    "JSON in another charset": ('{"from":"12025550123","text":"é"}'.encode("latin-1"), JSON, {}),
    "JSON in no charset": ("{}", JSON + "; charset=nonsense", {}),
    "form in another charset": ("from=12025550123&text=%E9", FORM, {}),
    "raw octets": (b"from=12025550123&text=\xff", FORM, {}),
    "form in no charset": ("from=12025550123&text=%E9", FORM + "; charset=nonsense", {}),
    "a thousand fields": ("&a=1" * 2000, FORM, {}),
    "no multipart": ("from=12025550123", "multipart/form-data; boundary=x", {}),
    "list as text": ('{"from":"12025550123","text":["a"]}', JSON, {}),
    "object as sender": ('{"from":{"a":1}}', JSON, {}),
    "boolean as text": ('{"from":"12025550123","text":true}', JSON, {}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_cannot_be_read_is_a_typed_error_and_a_400(attack: str) -> None:
    body, kind, config = ATTACKS[attack]
    receipt = received("receive", body, kind, config=config)
    assert type(receipt.error) is MalformedInbound
    assert receipt.response.status == 400
    assert json.loads(receipt.response.body)["message"] == "Error"


KINDS = [FORM, JSON, XML, "multipart/form-data; boundary=a", "text/plain", "", "application/json;charset=utf-16"]


@settings(max_examples=150, deadline=None)
@given(
    body=st.binary(max_size=200) | st.from_regex(rb'[<>a"&;{}\[\]:=%0-9]{0,40}'),
    kind=st.sampled_from(KINDS),
    action=st.sampled_from(["receive", "sent", "stopped"]),
    config=st.sampled_from([{}, XPATHS]),
)
def test_no_body_whatsoever_makes_anything_but_events_or_a_typed_refusal(
    body: bytes, kind: str, action: str, config: dict[str, str]
) -> None:
    receipt = received(action, body, kind, config=config)
    assert (receipt.error is None) == (receipt.response.status == 200)
    assert receipt.error is None or type(receipt.error) is MalformedInbound


@pytest.mark.parametrize(
    ("action", "method", "status"), [("wired", "GET", 404), ("received", "POST", 404), ("receive", "PUT", 405)]
)
def test_an_unknown_action_or_method_is_not_found(action: str, method: str, status: int) -> None:
    receipt = received(f"{action}?from=12025550123", method=method)
    assert (type(receipt.error), receipt.response.status) == (NotForThisAdapter, status)


def test_ten_megabytes_are_too_large() -> None:
    assert received("receive", b"text=" + b"x" * (10 << 20), FORM).response.status == 413


# --- incoming: events and answers


def test_a_message_is_answered_as_the_platform_does() -> None:
    receipt = received("receive", "from=%2B12025550123&text=A&date=2025-05-06T07:08:09.120Z", FORM)
    assert json.loads(receipt.response.body) == {
        "message": "Message Accepted",
        "data": [
            {
                "type": "msg",
                "channel_uuid": CHANNEL,
                "msg_uuid": "00000000-0000-4000-8000-000000000000",
                "text": "A",
                "urn": "tel:+12025550123",
                "received_on": "2025-05-06T07:08:09.120000Z",
            }
        ],
    }
    assert receipt.events == (
        InboundMessage(
            "+12025550123",
            "A",
            received_at=datetime(2025, 5, 6, 7, 8, 9, 120000, tzinfo=UTC),
            raw={"from": "+12025550123", "text": "A", "date": "2025-05-06T07:08:09.120Z"},
        ),
    )


def test_a_message_without_date_came_now() -> None:
    assert received("receive?from=12025550123", method="GET").events[0].received_at == NOW


@pytest.mark.parametrize(("word", "letter"), [("sent", "S"), ("delivered", "D"), ("failed", "F")])
def test_a_report_is_answered_as_the_platform_does(word: str, letter: str) -> None:
    receipt = received(f"{word}?uuid={MESSAGE}&id=junk", method="GET")
    assert [(event.message_id, event.status, event.word, event.id) for event in receipt.events] == [
        (MESSAGE, word, word, None)
    ]
    assert json.loads(receipt.response.body) == {
        "message": "Status Update Accepted",
        "data": [{"type": "status", "channel_uuid": CHANNEL, "status": letter}],
    }


def test_an_opt_out_is_answered_as_the_platform_does() -> None:
    receipt = received("stopped", "from=12025550123", FORM)
    assert receipt.events == (OptOut("+12025550123", at=NOW, raw={"from": "12025550123"}),)
    assert json.loads(receipt.response.body) == {
        "message": "Event Accepted",
        "data": [
            {
                "type": "event",
                "channel_uuid": CHANNEL,
                "event_type": "stop_contact",
                "urn": "tel:+12025550123",
                "received_on": "2026-11-23T08:00:00.120000Z",
            }
        ],
    }


@pytest.mark.parametrize(
    ("kind", "expected"), [("text/xml", "text/xml"), ("", "text/plain; charset=utf-8"), ("text/x; a=1", "text/x; a=1")]
)
def test_a_configured_answer_is_given_to_messages_alone(kind: str, expected: str) -> None:
    config = {"mo_response": " <return>ä</return>\n", "mo_response_content_type": kind}
    receipt = received("receive", "from=12025550123", FORM, config=config)
    assert (receipt.response.status, receipt.response.body.decode()) == (200, " <return>ä</return>\n")
    assert receipt.response.headers["Content-Type"] == expected
    assert received("receive", "", FORM, config=config).response.status == 400
    assert b"Event Accepted" in received("stopped", "from=12025550123", FORM, config=config).response.body


RENAMED = {"mo_from_field": "msisdn", "mo_text_field": "msg"}
LOOKED_UP = [
    ({}, "from=12025550123&sender=12025550199&text=a", ("+12025550123", "a")),
    ({}, "from=12025550123&from=12025550199&text=a&text=b", ("+12025550123", "a")),
    (RENAMED, "from=12025550199&msisdn=12025550123&msg=a&text=b", ("+12025550123", "a")),
    (RENAMED, "sender=12025550123&text=b", ("+12025550123", "b")),
    (RENAMED, "msisdn=12025550123&msg=&text=b", ("+12025550123", "")),
    ({}, "=x&from=12025550123", ("+12025550123", "")),
]


@pytest.mark.parametrize(("config", "fields", "expected"), LOOKED_UP)
@pytest.mark.parametrize("kind", [FORM, "query"])
def test_the_first_parameter_that_is_present_wins(
    config: dict[str, str], fields: str, expected: tuple[str, str], kind: str
) -> None:
    if kind == FORM:
        receipt = received("receive", fields, FORM, config=config)
    else:
        receipt = received(f"receive?{fields}", config=config, method="GET")
    assert [(event.sender, event.text) for event in receipt.events] == [expected]


def test_the_body_s_parameters_come_before_the_query_s() -> None:
    (event,) = received("receive?from=12025550177&text=query", "from=12025550123", FORM).events
    assert (event.sender, event.text) == ("+12025550123", "query")


OBJECTS = [
    ({"from": 12025550123, "text": 5}, "5"),
    ({"from": "12025550123", "text": None}, ""),
    ({"from": "12025550123", "text": "a\ud83d"}, "a\ufffd"),
    ({"from": "12025550123", "text": "\U0001f600", "sender": ["x"], "more": {"a": [1, True]}}, "\U0001f600"),
]


@pytest.mark.parametrize(("values", "expected"), OBJECTS)
@pytest.mark.parametrize("kind", [JSON, "application/vnd.example+json; charset=utf-8", "Application/JSON"])
def test_a_json_object_is_read_by_the_same_names(values: dict[str, Any], expected: str, kind: str) -> None:
    receipt = received("receive?text=query", json.dumps(values), kind)
    assert [(event.sender, event.text) for event in receipt.events] == [
        ("+12025550123", expected if values["text"] is not None else "query")
    ]
    assert receipt.response.status == 200
    assert json.dumps(receipt.events[0].raw, ensure_ascii=False).encode().decode()


def test_json_reports_and_opt_outs_are_read_too() -> None:
    (report,) = received("delivered", json.dumps({"id": 1241244}), JSON).events
    (stop,) = received("stopped", json.dumps({"from": "+12025550123"}), JSON).events
    assert isinstance(report, DeliveryReport)
    assert (report.message_id, stop.address) == ("1241244", "+12025550123")


def test_a_get_that_claims_json_without_a_body_is_read_from_its_query() -> None:
    assert received("receive?from=12025550123&text=a", b"", JSON, method="GET").events[0].text == "a"


WSA = (
    '<s:Envelope xmlns:s="urn:s" xmlns:wsa="urn:wsa" xmlns:m="urn:m" xmlns="urn:m"><s:Header><wsa:From>http://x</wsa:From>'
    '</s:Header><s:Body><m:In><m:From n="12025550123">12025550123</m:From><From>12025550177</From>'
    "<Text><![CDATA[a < b]]> &amp; <b>c</b><!-- d --></Text></m:In></s:Body></s:Envelope>"
)
PATHS = [
    ("//m:From", "//Text", "+12025550123", "a < b & c"),
    ("//From", "//Text", "+12025550177", "a < b & c"),
    ("/s:Envelope/s:Body/m:In/m:From/@n", "//Text/b", "+12025550123", "c"),
    ("//m:From/text()", "concat(//m:From/@n, '!')", "+12025550123", "12025550123!"),
    ("string(//m:From)", "//Text/text()", "+12025550123", "a < b & "),
    ("//*[local-name()='From'][2]", "//nothing | //b", "+12025550177", "c"),
    ("//m:From", "//m:From/@*", "+12025550123", "12025550123"),
    ("//m:From", "/s:Envelope/@* | //b", "+12025550123", "c"),
]


@pytest.mark.parametrize(("from_xpath", "text_xpath", "sender", "expected"), PATHS)
@pytest.mark.parametrize("kind", ["text/xml; charset=utf-8", "application/soap+xml", FORM, ""])
def test_xpath_compares_names_as_they_are_written(
    from_xpath: str, text_xpath: str, sender: str, expected: str, kind: str
) -> None:
    config = {"from_xpath": from_xpath, "text_xpath": text_xpath}
    (event,) = received("receive", WSA, kind, config=config).events
    assert (event.sender, event.text) == (sender, expected)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_xml_is_read_in_the_charset_it_declares(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><m><from>12025550123</from><text>é</text></m>'.encode(encoding)
    assert received("receive", body, XML, config=XPATHS).events[0].text == "é"


XPATH_REFUSALS = [
    ("<m><from>12025550123</from></m>", "missing from at: //from or text at: //text node"),
    ("<m><text>Join</text></m>", "missing from at: //from or text at: //text node"),
    ("<m><from/><text>Join</text></m>", "must have one of 'sender' or 'from' set"),
    ("<m><from>MTN</from><text>Join</text></m>", "not a possible number"),
]


@pytest.mark.parametrize(("body", "sentence"), XPATH_REFUSALS)
def test_xml_without_the_nodes_is_refused_in_the_platform_s_words(body: str, sentence: str) -> None:
    receipt = received("receive", body, XML, config=XPATHS)
    assert (receipt.response.status, json.loads(receipt.response.body)["data"][0]["error"]) == (400, sentence)


def test_an_expression_that_fails_on_this_document_is_refused() -> None:
    config = {"from_xpath": "//from", "text_xpath": "//text[1 | 2]"}
    receipt = received("receive", "<m><from>12025550123</from><text>a</text></m>", XML, config=config)
    assert (receipt.response.status, type(receipt.error)) == (400, MalformedInbound)


def test_reports_are_no_xml_even_where_messages_are() -> None:
    assert received(f"sent?uuid={MESSAGE}", method="GET", config=XPATHS).events[0].message_id == MESSAGE


# --- the simulator


def test_the_simulated_gateway_refuses_another_token() -> None:
    simulator = ExternalSimulator()
    config = {**simulator.config("https://simulator.example.org"), "send_authorization": "Token other"}
    with Client(transport=Simulated(simulator)) as client, pytest.raises(SmsError) as caught:
        client.send(open_channel(config), text("Hi"))
    assert (type(caught.value).__name__, simulator.accepted) == ("AuthError", [])


def test_the_simulated_gateway_reports_and_stops_beside_the_inbound_url() -> None:
    channel = open_channel({}, public_url="https://sms.example.org", callback_secret="c4llback")
    simulator = ExternalSimulator(inbound_url=channel.callback_url("receive"), clock=lambda: NOW)
    requests = [simulator.stopped("+12025550123"), *simulator.inbound("+12025550123", "+12025550100", "Hi")]
    with Client(transport=Gateway()) as client:
        receipts = [client.receive(channel, WebhookRequest(r.method, r.url, r.headers, r.body)) for r in requests]
    assert [type(receipt.events[0]) for receipt in receipts] == [OptOut, InboundMessage]
    assert receipts[1].events[0].received_at == NOW
