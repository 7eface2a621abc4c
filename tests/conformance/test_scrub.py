"""Secrets and numbers are replaced in the form in which they stand, all else stays, and what is left is refused."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sms_adapters import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.conformance.scrub import Finding, Piece, Scrubber, token_like, tokens_in
from sms_adapters.redact import Redactor

REAL, TEST = "p@ss w/rd+é\"<&>'7%=", "t@st w/rd+é\"<&>'0%=tt"
PLAIN, PUBLIC = "c0ffee11d00d22zoom33face", "example-auth-token"
SECRETS = {REAL: TEST, PLAIN: PUBLIC}
HANDSET, RESERVED = "+250788123123", "+12025550123"


def multipart(value: str) -> bytes:
    head = b'--b7\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b7\r\n'
    return head + b'Content-Disposition: form-data; name="password"\r\n\r\n' + value.encode() + b"\r\n--b7--\r\n"


def nested(value: str) -> bytes:
    inner = json.dumps({"a": ["ü", {"pw": value}], "z": 1})
    return json.dumps({"outer": inner, "plain": value}).encode()


def utf16_query(value: str) -> bytes:
    return b"text=" + quote(value.encode("utf-16-be"), safe="").encode() + b"&coding=2"


FORMS: Mapping[str, Callable[[str], bytes]] = {
    "plain": lambda value: f"the key is {value}.".encode(),
    "latin-1": lambda value: f"é {value} à".encode("latin-1"),
    "JSON": lambda value: json.dumps({"to": "é", "key": value}, ensure_ascii=False).encode(),
    "JSON in ASCII": lambda value: json.dumps({"to": "é", "key": value}).encode(),
    "JSON with escaped slashes": lambda value: json.dumps({"key": value}).replace("/", "\\/").encode(),
    "JSON in Latin-1": lambda value: json.dumps({"to": "é", "key": value}, ensure_ascii=False).encode("latin-1"),
    "JSON in UTF-16": lambda value: json.dumps({"to": "é", "key": value}, ensure_ascii=False).encode("utf-16"),
    "JSON in JSON": nested,
    "XML": lambda value: f"<a><b>é</b><pw>{escape(value)}</pw></a>".encode(),
    "XML attribute": lambda value: f"<a pw={quoteattr(value)}/>".encode(),
    "XML with numbers": lambda value: "".join(
        f"&#{ord(char)};" if char in "<>&'\"é@/=%" else char for char in value
    ).encode(),
    "HTML": lambda value: f"<p title='{html.escape(value)}'>".encode(),
    "form": lambda value: f"a=1&password={quote_plus(value)}&b=%C3%A9".encode(),
    "form in lower hex": lambda value: (
        f"a=1&password={quote_plus(value).replace('%C3%A9', '%c3%a9')}&b=%c3%a9".encode()
    ),
    "multipart": multipart,
    "query": lambda value: f"https://a.example/send?pw={quote(value, safe='')}&to=%2B1".encode(),
    "query in Latin-1": lambda value: (
        f"https://a.example/s?t=%E9%A4&pw={quote(value, safe='', encoding='latin-1')}".encode()
    ),
    "path": lambda value: f"https://a.example/v1/{quote(value, safe='')}/send".encode(),
    "userinfo": lambda value: f"https://acme:{quote(value, safe='')}@a.example/".encode(),
    "URL in a query": lambda value: (
        f"https://a.example/?cb={quote('https://b.example/?k=' + quote(value, safe=''), safe='')}".encode()
    ),
    "Basic": lambda value: b"Basic " + base64.b64encode(f"acme:{value}".encode()),
    "Basic of another alignment": lambda value: b"Basic " + base64.b64encode(f"acme-1:{value}".encode()),
    "Basic in a query": lambda value: (
        b"auth=" + quote(base64.b64encode(f"ac:{value}é".encode()), safe="").encode() + b"&x=1"
    ),
    "base64 for URLs, without padding": lambda value: base64.urlsafe_b64encode(f"é?>{value}".encode()).rstrip(b"="),
    "base64 behind a slash": lambda value: b"/v1/" + base64.b64encode(f"{value}:xyz".encode()),
    "JSON in base64": lambda value: b"." + base64.b64encode(json.dumps({"iss": value, "a": [1, 2]}).encode()) + b".",
    "hex": lambda value: b"data=" + value.encode().hex().encode() + b"00ff",
    "upper hex": lambda value: b"data=" + value.encode().hex().upper().encode(),
    "hex of UTF-16": lambda value: b"data=" + f"code {value}".encode("utf-16-be").hex().encode(),
    "UTF-16 in percent": utf16_query,
    "MD5": lambda value: b"md5=" + hashlib.md5(value.encode()).hexdigest().encode(),
    "SHA-256 in base64": lambda value: b"Digest " + base64.b64encode(hashlib.sha256(value.encode()).digest()),
    "SHA-1 in upper hex": lambda value: hashlib.sha1(value.encode()).hexdigest().upper().encode(),
    "capitals": lambda value: f"key={value.upper()}".encode(),
    "twice": lambda value: f"{value} and {quote(value)}".encode(),
}


@pytest.mark.parametrize(("real", "test"), SECRETS.items(), ids=["awkward", "plain"])
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_replaced_by_the_same_form_of_its_test_value(form: str, real: str, test: str) -> None:
    written = FORMS[form](real)
    assert Scrubber(SECRETS).data(written) == FORMS[form](test)


NUMBERS: Mapping[str, tuple[bytes, bytes]] = {
    "plus": (b'{"to":"+250788123123"}', b'{"to":"+12025550123"}'),
    "percent": (b"to=%2B250788123123&x=1", b"to=%2B12025550123&x=1"),
    "digits": (b"msisdn=250788123123", b"msisdn=12025550123"),
    "a JSON number": (b'{"to":250788123123}', b'{"to":12025550123}'),
    "00": (b"<to>00250788123123</to>", b"<to>0012025550123</to>"),
    "00 in percent": (b"to=%200025078812312%33", b"to=%200012025550123"),
    "national": (b"to=0788123123", b"to=2025550123"),
    "national significant": (b"to=788123123;", b"to=2025550123;"),
    "spaced": (b"call +250 788 123 123 now", b"call +12025550123 now"),
    "in brackets": (b"(+250) 788-123-123", b"(+12025550123"),
    "in an id": (b"id=20261123250788123123x", b"id=2026112312025550123x"),
    "UTF-16": ("to +250788123123".encode("utf-16-be"), "to +12025550123".encode("utf-16-be")),
    "hex of UTF-16": (
        "+250788123123".encode("utf-16-be").hex().encode(),
        "+12025550123".encode("utf-16-be").hex().encode(),
    ),
    "base64": (base64.b64encode(b"to:250788123123:"), base64.b64encode(b"to:12025550123:")),
}


@pytest.mark.parametrize("form", NUMBERS)
def test_a_number_is_mapped_in_every_wire_form(form: str) -> None:
    written, wanted = NUMBERS[form]
    assert Scrubber({}, {HANDSET: RESERVED}).data(written) == wanted


def test_separators_stay_where_the_test_number_has_as_many_digits() -> None:
    scrubber = Scrubber({}, {"+447911123456": "+447700900123"})
    assert scrubber.text("+44 7911 123-456, (07911) 123456") == "+44 7700 900-123, (07700) 900123"


UNTOUCHED = (
    b"https://a.example/send?text=%E9t%E9+%80%A4%ff&to=%2b12025550123",
    b"https://a.example/send?text=%00M%00u%04%16%D8%3D%DE%00&coding=2",
    b"https://a.example/send?udh=%05%00%03%cc%02%01&text=%1Be%00%ff%7e",
    bytes(range(256)),
    b"",
)


@pytest.mark.parametrize("before", ["", "/", "/v", "/v1", "/v1/", "/v/12/"])
def test_base64_is_found_wherever_it_begins(before: str) -> None:
    def written(first: str, second: str) -> bytes:
        pairs = (base64.b64encode(f"{value}:12".encode()).decode() for value in (first, second))
        return f"{before}{'/'.join(pairs)}/send".encode()

    other = "0123456789-other"
    scrubber = Scrubber({PLAIN: PUBLIC, other: "example-other"})
    assert scrubber.data(written(PLAIN, other)) == written(PUBLIC, "example-other")


def test_base64_in_a_url_is_escaped_where_its_test_value_needs_it() -> None:
    longer = f"{PUBLIC}s"

    def written(value: str) -> str:
        return f"https://a.example/?auth={quote(base64.b64encode(value.encode()).decode(), safe='')}&x=1"

    assert "%" not in written(f"ab:{PLAIN}"), "what is replaced shows no escape"
    assert "%3D" in written(f"ab:{longer}")
    request = HttpRequest.form(written(f"ab:{PLAIN}"), {"auth": base64.b64encode(f"ab:{PLAIN}".encode()).decode()})
    scrubbed = Scrubber({PLAIN: longer}).request(request)
    assert scrubbed.url == written(f"ab:{longer}")
    assert scrubbed.body == written(f"ab:{longer}").partition("?")[2].partition("&")[0].encode()


@pytest.mark.parametrize("octets", UNTOUCHED)
def test_what_holds_nothing_to_replace_stays_to_the_octet(octets: bytes) -> None:
    assert Scrubber(SECRETS, {HANDSET: RESERVED}).data(octets) is octets


@pytest.mark.parametrize("octets", UNTOUCHED)
def test_octets_beside_a_secret_stay(octets: bytes) -> None:
    written = octets + b"&pw=" + PLAIN.encode() + b"&" + octets
    assert Scrubber(SECRETS).data(written) == octets + b"&pw=" + PUBLIC.encode() + b"&" + octets


def test_names_are_replaced_as_whole_words_only() -> None:
    scrubber = Scrubber({}, names={"acme": "example", "http://127.0.0.1:8080": "https://gateway.example"})
    assert scrubber.text("acme acmes _acme_ acme:1 xacme") == "example acmes _example_ example:1 xacme"
    assert (
        scrubber.text("http://127.0.0.1:8080/a http://127.0.0.1:80801/")
        == "https://gateway.example/a http://127.0.0.1:80801/"
    )
    assert scrubber.text("Host: 127.0.0.1:8080") == "Host: gateway.example"
    named = Scrubber({}, names={"https://sms.corp.example:9/a": "https://gateway.example/a"})
    assert (
        named.text("sms.corp.example, sms.corp.example:9, mms.corp.example")
        == "gateway.example, gateway.example, mms.corp.example"
    )
    assert scrubber.text("cb=http%3A%2F%2F127.0.0.1%3A8080%2Fc") == "cb=https%3A%2F%2Fgateway.example%2Fc"


def test_a_short_secret_is_replaced_only_where_it_stands_alone() -> None:
    assert Scrubber({"a1": "x0"}).text("pin=a1&pins=a12&ba1=1") == "pin=x0&pins=a12&ba1=1"


def test_requests_answers_and_webhooks_are_scrubbed_in_every_part() -> None:
    scrubber = Scrubber(SECRETS, {HANDSET: RESERVED})
    pair = base64.b64encode(f"acme:{PLAIN}".encode()).decode()
    headers = Headers([("Authorization", f"Basic {pair}"), ("X-To", HANDSET)])
    request = scrubber.request(HttpRequest("POST", f"https://a.example/{PLAIN}", headers, PLAIN.encode()))
    assert (request.url, request.body) == (f"https://a.example/{PUBLIC}", PUBLIC.encode())
    assert base64.b64decode(request.headers["authorization"].split()[1]) == f"acme:{PUBLIC}".encode()
    assert request.headers["x-to"] == RESERVED
    webhook = WebhookRequest(
        "GET", f"https://b.example/?key={PLAIN}", Headers([("Host", "b.example")]), b"", "10.0.0.9"
    )
    assert scrubber.webhook(webhook) == WebhookRequest(
        "GET", f"https://b.example/?key={PUBLIC}", Headers([("Host", "b.example")])
    )


def test_cookies_and_headers_of_the_connection_or_of_a_proxy_are_not_kept() -> None:
    given_headers = [
        ("Content-Type", "text/plain"),
        ("Set-Cookie", "session=0123456789abcdef; Path=/"),
        ("Content-Encoding", "gzip"),
        ("Transfer-Encoding", "chunked"),
    ]
    answer = Scrubber({}).response(HttpResponse(200, Headers(given_headers), b"x"))
    assert answer.headers.items() == (("Content-Type", "text/plain"), ("Set-Cookie", "***"))
    webhook = WebhookRequest("POST", "https://b.example/", Headers([("X-Forwarded-For", "10.1.1.1"), ("X-Own", "1")]))
    assert Scrubber({}).webhook(webhook).headers.items() == (("X-Own", "1"),)


WRONG_VALUES = [
    ({"real-secret-1": ""}, {}, {}, "by nothing"),
    ({"real-secret-1": "new/secret"}, {}, {}, "holds '/'"),
    ({"real-secret-1": "x-real-secret-1"}, {}, {}, "holds a value that is to be replaced"),
    ({"real-secret-1": "other-secret", "other-secret": "third"}, {}, {}, "holds a value that is to be replaced"),
    ({"real-secret-1": "user-secret"}, {}, {"user": "tester"}, "holds a value that is to be replaced"),
    ({}, {HANDSET: RESERVED, RESERVED: "+12025550124"}, {}, "holds a value that is to be replaced"),
]


@pytest.mark.parametrize(("secrets", "numbers", "names", "told"), WRONG_VALUES)
def test_test_values_that_cannot_work_are_refused(
    secrets: dict[str, str], numbers: dict[str, str], names: dict[str, str], told: str
) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        Scrubber(secrets, numbers, names)
    assert "real-secret-1'" not in str(caught.value).replace("x-real-secret-1", "")


def test_a_value_that_is_published_as_it_is_needs_no_replacing() -> None:
    scrubber = Scrubber({"tester-example": "tester-example"}, {RESERVED: RESERVED})
    assert scrubber.text("tester-example +12025550123") == "tester-example +12025550123"
    assert scrubber.inspect([Piece("a", b"tester-example +12025550123")]) == []


# --- what is left

LEFT: Mapping[str, tuple[bytes, str, str]] = {
    "secret": (b"x" + PLAIN.encode(), "a secret", "plain"),
    "secret in base64": (base64.b64encode(f"a:{PLAIN}".encode()), "a secret", "base64"),
    "secret in hex": (PLAIN.encode().hex().encode(), "a secret", "hex"),
    "secret in percent": (quote(REAL, safe="").encode(), "a secret", "percent"),
    "secret in JSON": (json.dumps(REAL).encode(), "a secret", "json"),
    "digest": (hashlib.md5(PLAIN.encode()).hexdigest().encode(), "a secret", "plain"),
    "secret under two encodings": (
        quote(base64.b64encode(f"ab:{REAL}".encode()).decode(), safe="").encode(),
        "a secret",
        "base64",
    ),
    "secret in hex in base64": (
        base64.b64encode(PLAIN.encode().hex().encode()),
        "a value that was to be replaced",
        "base64, hex, plain",
    ),
    "name": (b"user=acme-corp&", "a value that was to be replaced", "plain"),
    "canary": (b"say kanarienvogel-1 now", "a canary", "plain"),
    "canary in base64": (base64.b64encode(b"kanarienvogel-1"), "a canary", "base64"),
    "mapped number": (b"250788123123", "a phone number", "the national part of a mapped one, plain"),
    "its national part": (b"id 7788123123", "a phone number", "the national part of a mapped one, plain"),
    "it, spaced": (b"788 123-123", "a phone number", "the national part of a mapped one, with separators"),
    "E.164": (b'"+447911123456"', "a phone number", "unmapped"),
    "E.164 in percent": (b"from=%2B447911123456&", "a phone number", "unmapped"),
    "E.164 in JSON": (rb'"\u002b447911123456"', "a phone number", "unmapped"),
    "E.164 in XML": (b"<a>&#43;447911123456</a>", "a phone number", "unmapped"),
    "E.164 in UTF-16": ("to +447911123456.".encode("utf-16-be"), "a phone number", "unmapped"),
    "E.164 in UTF-16 in percent": (
        quote("+447911123456".encode("utf-16-be"), safe="").encode(),
        "a phone number",
        "unmapped",
    ),
    "E.164, spaced": (b"call +44 7911 123 456", "a phone number", "unmapped"),
    "a number by its name": (b"msisdn=447911123456", "a phone number", "unmapped"),
}
WATCHING = Scrubber(
    SECRETS, {HANDSET: RESERVED}, {"acme-corp": "example"}, canaries=["kanarienvogel-1"], allowed=["+18885550000"]
)


@pytest.mark.parametrize("left", LEFT)
def test_what_is_left_is_found_and_told_without_its_value(left: str) -> None:
    octets, kind, form = LEFT[left]
    found = WATCHING.inspect([Piece("exchanges/a.yaml, answer 2, body", octets), Piece("b", b"clean")])
    assert Finding(kind, form, "exchanges/a.yaml, answer 2, body") in found
    told = " ".join(map(str, found))
    assert not any(value in told for value in (PLAIN, REAL, "kanarienvogel", "788123", "7911"))


CLEAN = (
    b"id=20261123080000123456&ts=1795420800&part=00000000000000000000000000000042",
    b"Mon, 23 Nov 2026 08:00:00 +0000, 2026-11-23T08:00:00+05:30 08:00:00 +1030 2026",
    b"text=call+447911&n=1+12345678+2",
    b'{"to":"+12025550199","from":"+447700900999","sid":"SM00112233445566778899aabbccddeeff"}',
    b"to=%2B12025550123, +1 202 555 0123, +18885550000",
    b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODkwMTIzNDU2Nzg5MA==",
    b"acme-corporation macme-corp",
)


@pytest.mark.parametrize("octets", CLEAN)
def test_ids_dates_and_reserved_numbers_do_not_trip_it(octets: bytes) -> None:
    assert WATCHING.inspect([Piece("a", octets)]) == []


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("hex of UTF-16", "UTF-16 in percent")])
@pytest.mark.parametrize(("real", "test"), SECRETS.items(), ids=["awkward", "plain"])
def test_what_is_scrubbed_is_clean_and_what_is_not_is_found(form: str, real: str, test: str) -> None:
    scrubber = Scrubber(SECRETS)
    assert scrubber.inspect([Piece("a", FORMS[form](real))])
    assert not scrubber.inspect([Piece("a", scrubber.data(FORMS[form](real)))])


# --- tokens of answers

TOKENS: Mapping[str, tuple[HttpResponse | WebhookRequest, list[str]]] = {
    "OAuth": (
        HttpResponse(200, body=b'{"access_token":"eyJ0.a-b_c1","token_type":"Bearer","expires_in":3600}'),
        ["eyJ0.a-b_c1"],
    ),
    "nested": (
        HttpResponse(200, body=b'{"data":[{"session_id":"0123456789ab","status":"ok"}]}'),
        ["0123456789ab"],
    ),
    "letters and digits": (HttpResponse(200, body=b'{"d":[{"sessionId":"s3cr3t-77"}]}'), ["s3cr3t-77"]),
    "XML": (HttpResponse(200, body=b"<r><token>a1b2c3d4e5</token><code>0</code></r>"), ["a1b2c3d4e5"]),
    "XML attribute": (HttpResponse(200, body=b"<r token='a1b2c3d4e5'/>"), ["a1b2c3d4e5"]),
    "form": (HttpResponse(200, body=b"status=0&token=a1b2c3d4e5"), ["a1b2c3d4e5"]),
    "header": (HttpResponse(200, Headers({"X-Auth-Token": "a1b2c3d4e5"})), ["a1b2c3d4e5"]),
    "cookie": (HttpResponse(200, Headers({"Set-Cookie": "sid=a1b2c3d4e5; Path=/"})), ["a1b2c3d4e5"]),
    "an error named by a key": (HttpResponse(400, body=b'{"errors":[{"key":"to.invalid"}]}'), []),
    "words": (HttpResponse(200, body=b'{"token":"no token was given, sorry"}'), []),
    "letters only, under a sure name": (HttpResponse(200, body=b'{"accessToken":"abcdefgh"}'), ["abcdefgh"]),
    "letters only, in an error": (HttpResponse(401, body=b'{"accessToken":"abcdefgh"}'), []),
    "a signature": (HttpResponse(200, body=b'{"signature":"a1b2c3d4e5f6"}'), []),
    "a webhook": (
        WebhookRequest(
            "POST", "https://a.example/?token=a1b2c3", Headers({"X-Own-Signature": "a1b2c3d4e5"}), b"pin=12345678"
        ),
        ["a1b2c3"],
    ),
    "no body that can be read": (HttpResponse(200, body=b'{"token":'), []),
}


@pytest.mark.parametrize("kind", TOKENS)
def test_tokens_that_an_answer_brings_are_known_by_their_names(kind: str) -> None:
    answer, wanted = TOKENS[kind]
    assert list(tokens_in(answer)) == wanted


def test_a_token_is_replaced_by_one_of_its_length() -> None:
    for like in ("a1b2c3d4e5", "0123456789abcdef0123456789abcdef", "123456789"):
        made = token_like(3, like)
        assert len(made) == len(like)
        assert made != like
        assert made.isdigit() == like.isdigit()
    assert len({token_like(number, "0123456789abcdef0123") for number in range(1, 100)}) == 99


# --- any secret, in any two encodings

ENCODERS: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "JSON": json.dumps,
    "JSON, not ASCII": lambda text: json.dumps(text, ensure_ascii=False),
    "XML": lambda text: f"<a>{escape(text)}</a>",
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"~~~???{text}".encode()).decode().rstrip("="),
    "hex": lambda text: text.encode().hex(),
}
QUIET = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", min_size=6, max_size=24)
ODD = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Cs", "Cc"]), min_size=6, max_size=24
)
AROUND = st.text("abc éß/+=%&<\"'\\:;", max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(QUIET, ODD), QUIET, AROUND, AROUND, st.sampled_from(sorted(ENCODERS)), st.sampled_from(sorted(ENCODERS))
)
@example("0000000", "aaaaaa", "", "", "hex", "base64")
@example('"0a1b2', "000000", "", "", "JSON", "JSON")
def test_any_secret_is_found_in_any_two_encodings(
    real: str, test: str, before: str, after: str, inner: str, outer: str
) -> None:
    assume(real not in before + test + after)
    assume(len(set(real)) > 3)

    def written(value: str) -> bytes:
        return ENCODERS[outer](ENCODERS[inner](f"{before}:{value}:{after}")).encode()

    try:
        scrubber = Scrubber({real: test})
    except ValueError:
        assume(False)
    scrubbed = scrubber.data(written(real), url=outer in ("percent", "form"))
    assert scrubbed == written(test)
    assert not Redactor([real]).find(scrubbed)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets_without_a_secret_stay(octets: bytes) -> None:
    assert Scrubber({"0f1e2d3c4b5a": "example-token"}, {HANDSET: RESERVED}).data(octets) == octets
