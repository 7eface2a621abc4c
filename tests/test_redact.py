"""A secret never survives the redactor, whatever carries it and whatever encoded it; the rest of the text does."""

import base64
import copy
import html
import io
import json
import logging
import pickle
import traceback
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, unquote_plus, urlencode
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, SecretBytes, SecretStr

from sms_adapters.errors import ProtocolError, Rejected, SmsError, Throttled
from sms_adapters.http import Headers, HttpRequest, HttpResponse, MultiDict, WebhookRequest
from sms_adapters.redact import MASK, RedactingFilter, Redactor, forms, secrets_of, spelling
from sms_adapters.results import PartResult, Reason, SendResult

PLAIN = "9f8a7d6c5b4a3928"
AWKWARD = "p@ss w/rd\"&'<>\\é+%=\n€😀"
SECRETS = pytest.mark.parametrize("secret", [PLAIN, AWKWARD, "-_.~/+key=", "ключ от склада", "xyz9"])


def b64(text, encoding="utf-8"):
    return base64.b64encode(text.encode(encoding)).decode()


def element(text):
    root = ET.Element("submit", password=text)
    root.text = text
    return root


CARRIERS = {
    "plain": lambda s: f"failed with {s} at once",
    "json": lambda s: json.dumps({"user": "u", "note": s}),
    "json utf-8": lambda s: json.dumps({"user": "u", "note": s}, ensure_ascii=False),
    "json escaped slash": lambda s: json.dumps({"note": s}).replace("/", "\\/"),
    "json html-safe": lambda s: json.dumps(s).replace("<", "\\u003c").replace(">", "\\u003E").replace("&", "\\u0026"),
    "nested json": lambda s: json.dumps({"body": json.dumps({"note": s})}),
    "nested json utf-8": lambda s: json.dumps({"body": json.dumps({"note": s}, ensure_ascii=False)}),
    "json in a form": lambda s: urlencode({"data": json.dumps({"note": s})}),
    "json in a path": lambda s: quote(json.dumps({"note": s}, ensure_ascii=False)),
    "json in a query of JavaScript": lambda s: quote(json.dumps({"note": s}), safe="'!()*"),
    "xml in json": lambda s: json.dumps({"xml": f"<a>{escape(s)}</a>"}),
    "json in xml": lambda s: f"<a>{html.escape(json.dumps(s))}</a>",
    "repr of json": lambda s: repr(json.dumps({"note": s})),
    "xml": lambda s: f"<a>{escape(s)}</a>",
    "xml attribute": lambda s: f"<a b={quoteattr(s)}/>",
    "xml ascii": lambda s: ET.tostring(element(s)).decode(),
    "xml utf-8": lambda s: ET.tostring(element(s), encoding="unicode"),
    "xml in xml": lambda s: f"<soap>{escape(f'<a>{escape(s)}</a>')}</soap>",
    "xml in a form": lambda s: urlencode({"xml": f"<a>{escape(s)}</a>"}),
    "html": lambda s: f"<p>{html.escape(s)}</p>",
    "html of PHP": lambda s: f"<p>{html.escape(s).replace('&#x27;', '&#039;')}</p>",
    "html of PHP in json": lambda s: json.dumps(html.escape(s).replace("&#x27;", "&#039;")).replace("/", "\\/"),
    "form": lambda s: urlencode({"user": "u", "note": s}),
    "form latin-1": lambda s: urlencode({"note": s}, encoding="latin-1" if max(s) <= "ÿ" else "utf-8"),
    "query": lambda s: f"https://gw.example/send?a=1&note={quote(s)}&b=2",
    "query of JavaScript": lambda s: f"https://gw.example/send?note={quote(s, safe=chr(39) + '!()*')}",
    "lower case": lambda s: "".join(f"%{b:02x}" if not chr(b).isalnum() or b > 127 else chr(b) for b in s.encode()),
    "double encoded": lambda s: quote(quote(s, safe=""), safe=""),
    "double encoded form": lambda s: quote_plus(quote_plus(s)),
    "path": lambda s: f"https://gw.example/{quote(s, safe='')}/messages",
    "userinfo": lambda s: f"https://u:{quote(s, safe='')}@gw.example/",
    "multipart": lambda s: f'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n{s}\r\n--b--\r\n',
    "basic as password": lambda s: f"Basic {b64('user:' + s)}",
    "basic as password, 2nd alignment": lambda s: f"Basic {b64('me:' + s)}",
    "basic as password, 3rd alignment": lambda s: f"Basic {b64('you:' + s)}",
    "basic as user": lambda s: f"Basic {b64(s + ':x')}",
    "basic in the middle": lambda s: f"Basic {b64('a' + s + ':xy')}",
    "base64 in a query": lambda s: "auth=" + quote_plus(b64("user:" + s)),
    "base64 urlsafe": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "set-cookie": lambda s: f"sid={quote(s)}; Path=/; HttpOnly",
    "hex": lambda s: s.encode().hex(),
    "hex of UCS-2": lambda s: f"пароль {s}!".encode("utf-16-be").hex().upper(),
    "hex upper": lambda s: f"0x{s.encode().hex().upper()}",
    "repr": lambda s: repr({"note": s}),
    "ascii": ascii,
    "repr of bytes": lambda s: repr(s.encode()),
}
CARRIER = pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
ODD = "\\\"'&<>%+/ =;:#é\n\t€😀\x7f\xad"
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(ODD), min_size=4, max_size=24)


def known_forms_left(secret, text):
    return [form for form in forms(secret) if form in text]


@SECRETS
@CARRIER
def test_a_secret_is_gone_from_every_place(carrier, secret):
    redactor = Redactor([secret])
    text = carrier(secret)

    clean = redactor.text(text)

    assert MASK in clean
    assert redactor.find(text)
    assert redactor.find(clean) == []
    assert known_forms_left(secret, clean) == []


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('{"a": "pass word", "b": 1}', '{"a": "***", "b": 1}'),
        ("https://h.example/a%20b?x=pass%20word&y=pass+word#z", "https://h.example/a%20b?x=***&y=***#z"),
        ("a%2520b pass%2520word %2520", "a%2520b *** %2520"),
        ("<a b='pass word'>pass&#32;word</a>", "<a b='***'>***</a>"),
        # RFC 7617 writes "user:" as dXNlcjo; its last character also holds bits of what follows.
        (f"Basic {b64('user:pass word')}, x", "Basic dXNlcj***, x"),
        ("id 7061737320776f7264 70617373", "id *** 70617373"),
    ],
)
def test_what_is_around_a_secret_stays(text, clean):
    assert Redactor(["pass word"]).text(text) == clean


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16", "latin-1"])
@pytest.mark.parametrize("secret", [PLAIN, "pässwörd é"])
def test_a_secret_is_gone_from_bytes(secret, encoding):
    redactor = Redactor([secret])
    data = f"<a>{secret}</a>".encode(encoding)

    clean = redactor.data(data)

    assert clean.decode(encoding) == f"<a>{MASK}</a>"
    assert redactor.find(data) == (["utf-16"] if "16" in encoding else ["plain"])


@pytest.mark.parametrize("user", ["", "u", "us", "usr", "user"])
@pytest.mark.parametrize("after", ["", ":", ":p", ":pw"])
@pytest.mark.parametrize("secret", ["abcd", PLAIN, "é€😀x"])
def test_nothing_of_a_secret_is_left_in_base64_at_any_alignment(secret, user, after):
    token = b64(user + secret + after)
    clean = Redactor([secret]).text(token)
    kept = clean.replace(MASK, "").rstrip("=")
    # No character that holds bits of the secret is left: the others hold no more than what is around it.
    assert len(kept) * 6 <= 8 * len((user + after).encode())


@given(TEXT, st.sampled_from(list(CARRIERS)), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=300, deadline=None)
def test_no_form_of_any_secret_is_left(secret, carrier, before, after):
    redactor = Redactor([secret])
    encoded = CARRIERS[carrier](secret)
    clean = redactor.text(before + encoded + after)
    assert redactor.find(before + encoded + after)
    assert redactor.find(clean) == []
    assert known_forms_left(secret, clean) == []
    assert encoded not in clean


@given(TEXT)
@settings(max_examples=60, deadline=None)
def test_every_form_is_found_and_masked_in_text_and_bytes(secret):
    redactor = Redactor([secret])
    for form in forms(secret):
        assert known_forms_left(secret, redactor.text(f"<{form}>")) == []
        assert redactor.find(form)
        assert redactor.find(redactor.data(f"<{form}>".encode())) == []
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        clean = redactor.data(secret.encode(encoding) + b"\0")
        assert secret.encode(encoding) not in clean
        assert redactor.find(clean) == []


@given(st.lists(TEXT, max_size=3), st.text("αβγδ .,;:-&=<>?!\n\t"))
@settings(max_examples=150, deadline=None)
def test_text_without_a_secret_is_the_same_object(secrets, text):
    redactor = Redactor([f"a{secret}" for secret in secrets])
    assert redactor.text(text) is text
    data = text.encode()
    assert redactor.data(data) is data


@example("***a", "***aaa")
@example("x***y", "xaaby")
@example("ab", "abaab")
@given(st.text("ab*", min_size=1, max_size=6), st.text("ab*/ ", max_size=30))
@settings(max_examples=300, deadline=None)
def test_a_mask_never_completes_a_secret(secret, text):
    redactor = Redactor([secret, "aab"])
    clean = redactor.text(text)
    assert redactor.find(clean) == []
    assert redactor.text(clean) is clean


@given(st.text(max_size=6), st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_lone_surrogates_and_odd_characters_raise_nothing(secret, text):
    redactor = Redactor([secret + "\ud800", "\0" + secret])
    assert redactor.find(redactor.text(text + secret + "\ud800" + text)) == []


def test_many_ambiguous_characters_take_no_exponential_time():
    for char in ("\\", "%", '\\"', "%25", "&amp;", "&"):
        redactor = Redactor([char * 40 + "x"])
        assert redactor.text(char * 200 + "y") == char * 200 + "y"
        assert redactor.text(char * 200 + "x").endswith(MASK)


@SECRETS
def test_forms_holds_what_encoders_write(secret):
    expected = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        quote(quote(secret, safe=""), safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        escape(secret),
        html.escape(secret),
        b64(secret),
        b64(secret).rstrip("="),
        base64.urlsafe_b64encode(secret.encode()).decode(),
        secret.encode().hex(),
        secret.encode().hex().upper(),
        repr(secret)[1:-1],
    }
    assert expected <= forms(secret)


def test_forms_holds_the_core_of_base64_at_each_alignment():
    # "Aladdin:open sesame" is the example of RFC 7617, section 2: QWxhZGRpbjpvcGVuIHNlc2FtZQ==
    token = "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    found = [form for form in forms("open sesame") if form in token]
    assert "vcGVuIHNlc2FtZ" in found
    assert Redactor(["open sesame"]).find(token) == ["base64"]
    assert Redactor(["Aladdin"]).find(token) == ["base64"]


def test_forms_of_nothing_is_empty():
    assert forms("") == frozenset()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x", []),
        (f"x{AWKWARD}x", ["plain"]),
        (quote(AWKWARD, safe=""), ["percent"]),
        (AWKWARD.encode().hex(), ["hex"]),
        (b64("user:" + AWKWARD), ["base64"]),
    ],
)
def test_find_names_the_form(text, names):
    found = Redactor([AWKWARD, "other"]).find(text)
    assert set(names) <= set(found)
    assert bool(names) == bool(found)
    assert not any(AWKWARD in name for name in found)


SHORT_KEPT = ["about", "cab", "x_abc", "ABab1", "12ab"]
SHORT_GONE = {
    "ab": MASK,
    "pin=ab&x=1": f"pin={MASK}&x=1",
    '{"a": "ab"}': f'{{"a": "{MASK}"}}',
    "X-Pin: ab\r\n": f"X-Pin: {MASK}\r\n",
    "<a>ab</a>": f"<a>{MASK}</a>",
    "a%22ab%22": f"a%22{MASK}%22",
    r"\nab\n": rf"\n{MASK}\n",
    r"\u0022ab\u0022": rf"\u0022{MASK}\u0022",
    "YWI=": MASK,
    "6162": MASK,
}


@pytest.mark.parametrize("text", SHORT_KEPT)
def test_a_short_secret_leaves_longer_words_alone(text):
    assert Redactor(["ab"]).text(text) == text
    assert Redactor(["ab"]).data(text.encode()) == text.encode()


@pytest.mark.parametrize(("text", "clean"), SHORT_GONE.items())
def test_a_short_secret_never_survives_as_a_whole_value(text, clean):
    redactor = Redactor(["ab"])
    assert redactor.text(text) == clean
    assert redactor.data(text.encode()) == clean.encode()
    assert redactor.find(text)
    assert redactor.find(clean) == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_short_secret_in_utf_16_is_masked_as_a_word_only(encoding):
    data = "pin=ab&x=abc&y=cab".encode(encoding)
    assert Redactor(["ab"]).data(data) == f"pin={MASK}&x=abc&y=cab".encode(encoding)


def test_a_short_number_in_json_is_masked_and_the_text_stays_json():
    body = b'{"code":  42, "to": [42, 421], "n": 1}'
    clean = Redactor(["42"]).response(HttpResponse(200, body=body))
    assert clean.json() == {"code": MASK, "to": [MASK, 421], "n": 1}


def test_of_two_secrets_the_longer_is_masked_whole():
    assert Redactor(["abcd", "abcdefgh"]).text("<abcdefgh>") == f"<{MASK}>"


def test_a_redactor_shows_only_how_many_secrets_it_knows():
    redactor = Redactor(["", PLAIN, "xyz9", ""])
    assert repr(redactor) == "Redactor(2 secrets)"
    assert PLAIN not in f"{redactor} {redactor!r}"


def test_nothing_is_built_before_a_redactor_is_used(monkeypatch):
    built = []
    monkeypatch.setattr(spelling, "forms_in", lambda secret, view: built.append(secret) or iter(()))
    redactor = Redactor(["lazy-secret"]).merge("lazier-secret")
    repr(redactor)
    assert built == []
    redactor.text("text")
    assert built == ["lazy-secret", "lazier-secret"]
    spelling.text_matcher.cache_clear()


def test_merge_knows_both_and_changes_neither():
    first = Redactor([PLAIN])
    both = first.merge("other-secret", "")
    assert both.text(f"{PLAIN} other-secret") == f"{MASK} {MASK}"
    assert first.text(f"{PLAIN} other-secret") == f"{MASK} other-secret"


def test_a_redactor_without_secrets_changes_nothing():
    redactor = Redactor(["", "*", "***"])
    assert redactor.text("* *** text") == "* *** text"
    assert redactor.data(b"\0data") == b"\0data"
    assert redactor.find("text") == []


@dataclass(frozen=True)
class Account:
    name: str
    tags: list[str] = field(default_factory=list)


def test_value_reaches_every_depth():
    redactor = Redactor([PLAIN, "20250101"])
    given_value = {
        PLAIN: 1,
        "list": [f"a{PLAIN}", ({"deep": PLAIN.encode()}, None)],
        "set": {PLAIN},
        "number": 20250101,
        "other": 2025,
        "flag": True,
        "account": Account("x", [PLAIN]),
        "pairs": MultiDict([("a", PLAIN)]),
        "headers": Headers({"Cookie": "sid=1"}),
        "request": HttpRequest("GET", f"https://h.example/{PLAIN}"),
    }
    assert redactor.value(given_value) == {
        MASK: 1,
        "list": [f"a{MASK}", ({"deep": MASK.encode()}, None)],
        "set": {MASK},
        "number": MASK,
        "other": 2025,
        "flag": True,
        "account": Account("x", [MASK]),
        "pairs": MultiDict([("a", MASK)]),
        "headers": Headers({"Cookie": MASK}),
        "request": HttpRequest("GET", f"https://h.example/{MASK}"),
    }


def test_value_survives_what_contains_itself_and_what_is_very_deep():
    endless = [PLAIN]
    endless.append(endless)
    assert Redactor([PLAIN]).value(endless) == [MASK, MASK]
    deep = PLAIN
    for _ in range(5000):
        deep = [deep]
    assert PLAIN not in str(Redactor([PLAIN]).value(deep))


URLS = {
    "https://h.example/a?b=c": "https://h.example/a?b=c",
    "https://user:pw@h.example:8443/a": f"https://{MASK}:{MASK}@h.example:8443/a",
    "https://key@h.example/a": f"https://{MASK}@h.example/a",
    "https://h.example/a@b?c=d@e": "https://h.example/a@b?c=d@e",
    "https://h.example/?to=1&password=a%20b&text=hi": f"https://h.example/?to=1&password={MASK}&text=hi",
    "https://h.example/?API-Key=1;2&n=3": f"https://h.example/?API-Key={MASK}&n=3",
    "https://h.example/?user%5Bpass%5D=1&n=3": f"https://h.example/?user%5Bpass%5D={MASK}&n=3",
    "https://h.example/?next=https://i.example/?token=1": f"https://h.example/?next=https://i.example/?token={MASK}",
    "https://h.example/cb#access_token=1&token_type=bearer": (
        f"https://h.example/cb#access_token={MASK}&token_type=bearer"
    ),
    "https://h.example/?message_token=1&keyword=2&expires_in=3&passport=4": (
        "https://h.example/?message_token=1&keyword=2&expires_in=3&passport=4"
    ),
    "https://h.example/?password=&n=3": "https://h.example/?password=&n=3",
    f"https://h.example/{PLAIN}/x": f"https://h.example/{MASK}/x",
    f"https://h.example/?id={PLAIN.encode().hex()}": f"https://h.example/?id={MASK}",
}


@pytest.mark.parametrize(("url", "clean"), URLS.items())
def test_url_masks_userinfo_known_secrets_and_telling_names(url, clean):
    assert Redactor([PLAIN]).url(url) == clean


HEADERS = [
    ("Authorization", "Bearer unknown", MASK),
    ("Proxy-Authorization", "Basic dTpw", MASK),
    ("cookie", "a=b", MASK),
    ("Set-Cookie", "a=b; Path=/", MASK),
    ("X-API-KEY", "unknown", MASK),
    ("apikey", "unknown", MASK),
    ("X-Auth-Token", "unknown", MASK),
    ("X-Twilio-Signature", "unknown", MASK),
    ("X-Client-Secret", "unknown", MASK),
    ("Ocp-Apim-Subscription-Key", "unknown", MASK),
    ("Authorization", "", ""),
    ("Content-Type", "application/json; charset=utf-8", "application/json; charset=utf-8"),
    ("Idempotency-Key", "7c9e", "7c9e"),
    ("X-Request-Id", f"a-{PLAIN}", f"a-{MASK}"),
    ("Location", "https://u:p@h.example/?token=1&a=2", f"https://{MASK}:{MASK}@h.example/?token={MASK}&a=2"),
    ("Link", '<https://h.example/?key=1>; rel="next"', f'<https://h.example/?key={MASK}>; rel="next"'),
]


@pytest.mark.parametrize(("name", "value", "clean"), HEADERS)
def test_headers_masks_known_secrets_and_telling_names(name, value, clean):
    assert Redactor([PLAIN]).headers(Headers([(name, value), ("A", "1")])).items() == ((name, clean), ("A", "1"))


PARTS = b"\r\n".join(
    [
        b"--b",
        b'Content-Disposition: form-data; name="password"',
        b"Content-Type: text/plain",
        b"",
        b"%s",
        b"--b",
        b'Content-Disposition: form-data; name="to"',
        b"",
        b"1",
        b"--b--",
        b"",
    ]
)
BODIES = {
    "json": (
        b'{"user": "u",  "password":"x\\"y", "n": [1, {"apiKey" : 12, "a": null}], "token_type":"bearer"}',
        b'{"user": "u",  "password":"***", "n": [1, {"apiKey" : "***", "a": null}], "token_type":"bearer"}',
    ),
    "json object under a telling name": (
        b'{"auth": {"user": "u", "more": [1, "x", true]}, "to": "1"}',
        b'{"auth": {"user": "***", "more": ["***", "***", true]}, "to": "1"}',
    ),
    "json with nothing to hide": (
        b'{"token": null, "secret": "", "key": false, "message_token": "m"}',
        b'{"token": null, "secret": "", "key": false, "message_token": "m"}',
    ),
    "json escaped name": (b'{"pass\\u0077ord": "x"}', b'{"pass\\u0077ord": "***"}'),
    "json cut off": (b'[{"id": 1, "password": "abc', b'[{"id": 1, "password": "***"'),
    "json with a URL": (
        b'{"next": "https://u:p@h.example/?page=2&token=t"}',
        b'{"next": "https://***:***@h.example/?page=2&token=***"}',
    ),
    "form": (b"user=u&pwd=a%26b;c&text=hi", b"user=u&pwd=***&text=hi"),
    "longer names": (
        b"new-password=1&smsApiKey=2&oauth_client_secret=3",
        b"new-password=***&smsApiKey=***&oauth_client_secret=***",
    ),
    "form of text": (b"text=my+password%3Dx&keyword=k", b"text=my+password%3Dx&keyword=k"),
    "prose": (b"ERR 401 api_key=abc, not known", b"ERR 401 api_key=*** not known"),
    "xml": (
        b'<s:a token="t" b="c"><s:Password type="p">x</s:Password><b>y</b></s:a>',
        b'<s:a token="***" b="c"><s:Password type="p">***</s:Password><b>y</b></s:a>',
    ),
    "xml cdata": (b"<a><secret><![CDATA[x<y]]></secret></a>", b"<a><secret>***</secret></a>"),
    "multipart": (PARTS % b"x", PARTS % b"***"),
    "not utf-8": (b"\xff\xfe\x80pwd=x", b"\xff\xfe\x80pwd=x"),
    "binary": (bytes(range(256)), bytes(range(256))),
    "empty": (b"", b""),
}


@pytest.mark.parametrize(("body", "clean"), BODIES.values(), ids=BODIES)
def test_bodies_are_masked_by_name_and_otherwise_kept(body, clean):
    redactor = Redactor([PLAIN])
    assert redactor.request(HttpRequest("POST", "https://h.example/", body=body)).body == clean
    assert redactor.response(HttpResponse(200, body=body)).body == clean
    assert Redactor().response(HttpResponse(200, body=body)).body == clean


@pytest.mark.parametrize(
    "piece",
    [
        '"', "{", "a=", "://", "://a:b", "<a><![CDATA[", "<a ", "name=", "Content-Disposition: name=", "token='",
        "token ", "\\", "%25", "=", "Content-Disposition: form-data; name=a\n", "{\"a\":",
    ],
)  # fmt: skip
def test_hostile_bodies_take_no_more_than_linear_time(piece):
    # A quadratic pattern would need hours for these.
    redactor = Redactor([AWKWARD])
    for start in ("", "{", "<", "form-data "):
        body = start.encode() + piece.encode() * (400_000 // len(piece))
        assert redactor.response(HttpResponse(200, body=body)).status == 200


def test_utf_16_json_is_masked_by_name():
    body = json.dumps({"password": "x", "to": "ü"}, ensure_ascii=False).encode("utf-16")
    clean = Redactor().response(HttpResponse(200, Headers({"Content-Type": "application/json"}), body))
    assert clean.json() == {"password": MASK, "to": "ü"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


NAMES = st.sampled_from(["to", "password", "apiKey", "x"]) | st.text(max_size=8)


@given(st.dictionaries(NAMES, JSON, max_size=4), st.booleans())
@settings(max_examples=100, deadline=None)
def test_json_stays_json_and_only_values_of_telling_names_change(value, ascii_only):
    body = json.dumps({**value, "password": "hunter2"}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    clean = json.loads(Redactor().response(HttpResponse(200, body=body)).body)
    assert clean["password"] == MASK
    assert list(clean) == list({**value, "password": "hunter2"})
    assert isinstance(value.get("to"), str | list | dict) or clean.get("to") == value.get("to")


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_body_is_redacted_without_an_error(before, after):
    redactor = Redactor([PLAIN])
    clean = redactor.response(HttpResponse(200, body=before + PLAIN.encode() + after)).body
    assert redactor.find(clean) == []


def test_a_request_is_redacted_in_all_its_parts_and_else_the_same():
    request = HttpRequest.form(
        f"https://gw.example/{PLAIN}/send",
        {"user": "u", "text": f"x{PLAIN}"},
        headers={"Authorization": f"Basic {b64('u:' + PLAIN)}", "X-Trace": PLAIN},
        timeout=3.0,
        submits=False,
    )
    clean = Redactor([PLAIN]).request(request)
    assert clean == HttpRequest(
        "POST",
        f"https://gw.example/{MASK}/send",
        Headers([("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", MASK), ("X-Trace", MASK)]),
        b"user=u&text=x***",
        timeout=3.0,
        submits=False,
    )
    assert request.headers["X-Trace"] == PLAIN


def test_a_response_is_redacted_in_all_its_parts_and_else_the_same():
    response = HttpResponse(401, Headers({"Set-Cookie": "s=1", "X-A": PLAIN}), f'{{"a":"{PLAIN}"}}'.encode())
    assert Redactor([PLAIN]).response(response) == HttpResponse(
        401, Headers({"Set-Cookie": MASK, "X-A": MASK}), b'{"a":"***"}'
    )


# --- errors: the secrets here are computed, as a traceback prints source lines

SECRET = "-".join(["tr", "aceback", "s3cret/é"])


def raised(error, cause=None, context=None):
    """The error as it comes out of nested handlers."""
    try:
        if cause is not None:
            raise error from cause
        if context is not None:
            try:
                raise context
            except BaseException:
                raise error  # noqa: B904
        raise error
    except BaseException as caught:
        return caught


def printed(error):
    return "".join(traceback.format_exception(error))


def test_an_error_is_redacted_in_place():
    error = Rejected(f"refused {SECRET}", Reason.BLOCKED, provider_code=SECRET, provider_text=f"no {quote(SECRET)}")
    error.adapter = "kannel"
    error.request = HttpRequest.get(f"https://gw.example/?x={SECRET}")
    error.response = HttpResponse(403, body=SECRET.encode())
    error.partial = SendResult((PartResult(id="1", word=SECRET),))
    error.problems = (SECRET, {"a": [SECRET]})
    error.inner = ValueError(SECRET)
    error.add_note(f"note {SECRET}")

    Redactor([SECRET]).error(error)

    assert error.args == (f"refused {MASK}",)
    assert (error.provider_code, error.provider_text, error.adapter) == (MASK, f"no {MASK}", "kannel")
    assert error.request == HttpRequest.get(f"https://gw.example/?x={MASK}")
    assert error.response == HttpResponse(403, body=MASK.encode())
    assert error.partial == SendResult((PartResult(id="1", word=MASK),))
    assert error.problems == (MASK, {"a": [MASK]})
    assert error.inner == f"ValueError: {MASK}"
    assert error.__notes__ == [f"note {MASK}"]
    assert error.reason is Reason.BLOCKED
    assert Redactor([SECRET]).find(printed(error)) == []


CHAINS = {
    "cause": lambda: raised(SmsError("failed"), cause=raised(ValueError(f"bad {SECRET}"))),
    "context": lambda: raised(SmsError("failed"), context=ValueError(f"bad {SECRET}")),
    "quoted in the cause": lambda: raised(SmsError("failed"), cause=KeyError(SECRET)),
    "cause of a cause": lambda: raised(SmsError("failed"), cause=raised(OSError("io"), cause=ValueError(SECRET))),
    "context of a cause": lambda: raised(SmsError("failed"), cause=raised(OSError("io"), context=ValueError(SECRET))),
    "our own": lambda: raised(SmsError("failed"), cause=raised(ProtocolError(SECRET), cause=ValueError(SECRET))),
    "group": lambda: raised(SmsError("failed"), cause=ExceptionGroup("two", [ValueError(SECRET), OSError("io")])),
    "group of chains": lambda: raised(
        SmsError("failed"), cause=ExceptionGroup("one", [raised(OSError("io"), cause=ValueError(SECRET))])
    ),
    "note": lambda: raised(SmsError("failed"), cause=noted(ValueError("x"))),
    "two links": lambda: raised(raised(SmsError("failed"), context=OSError(SECRET)), cause=ValueError(SECRET)),
}


def noted(error):
    error.add_note(SECRET)
    return error


@pytest.mark.parametrize("make", CHAINS.values(), ids=CHAINS)
def test_a_traceback_shows_no_secret_of_chained_errors(make):
    error = make()
    assert SECRET in printed(error) or repr(SECRET) in printed(error)

    Redactor([SECRET]).error(error)

    shown = printed(error)
    assert Redactor([SECRET]).find(shown) == []
    assert "SmsError: failed" in shown


def test_a_cut_cause_leaves_a_note_of_its_type_and_text():
    error = raised(SmsError("failed"), cause=raised(ValueError(f"bad {SECRET} here"), cause=OSError("broken pipe")))
    Redactor([SECRET]).error(error)
    assert error.__cause__ is None
    assert error.__context__ is None
    assert error.__suppress_context__
    assert error.__notes__ == [f"caused by ValueError: bad {MASK} here", "caused by OSError: broken pipe"]


def test_a_chain_without_secrets_stays():
    cause = raised(OSError("io"), context=KeyError("k"))
    error = raised(SmsError("failed"), cause=cause)
    Redactor([SECRET]).error(error)
    assert error.__cause__ is cause
    assert isinstance(cause.__context__, KeyError)
    assert not hasattr(error, "__notes__")


def test_a_hidden_context_is_cut_without_a_note():
    try:
        try:
            raise ValueError(SECRET)
        except ValueError:
            raise SmsError("failed") from None
    except SmsError as caught:
        error = caught
    Redactor([SECRET]).error(error)
    assert error.__context__ is None
    assert not hasattr(error, "__notes__")


def test_errors_chained_in_a_circle_are_redacted():
    first, second = SmsError(SECRET), SmsError(SECRET)
    first.__cause__, second.__cause__ = second, first
    Redactor([SECRET]).error(first)
    assert (first.args, second.args) == ((MASK,), (MASK,))


class Broken(Exception):
    def __repr__(self):
        raise RuntimeError

    def __str__(self):
        raise RuntimeError


def test_an_error_that_cannot_be_printed_does_no_harm():
    error = raised(SmsError(SECRET), cause=Broken(SECRET))
    Redactor([SECRET]).error(error)
    assert error.args == (MASK,)


@pytest.mark.parametrize("remake", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_redacted_error_can_be_copied_and_pickled(remake):
    error = raised(Throttled(f"slow down {SECRET}", 3.0, provider_text=SECRET), cause=ValueError(SECRET))
    error.request = HttpRequest.get(f"https://gw.example/{SECRET}")
    error.response = HttpResponse(429, body=SECRET.encode())
    Redactor([SECRET]).error(error)

    again = remake(error)

    assert type(again) is Throttled
    assert str(again) == f"slow down {MASK}"
    assert (again.retry_after, again.request, again.response) == (3.0, error.request, error.response)
    assert again.__notes__ == [f"caused by ValueError: {MASK}"]
    assert SECRET.encode() not in pickle.dumps(error)


# --- logs


@pytest.fixture
def log():
    """A logger whose handler redacts, and what it has written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s %(extra)s", defaults={"extra": "-"}))
    handler.addFilter(RedactingFilter(Redactor([SECRET, "12345"])))
    logger = logging.Logger("redact")
    logger.addHandler(handler)
    return logger, stream.getvalue


class Shows:
    def __str__(self):
        return f"<{SECRET}>"


class Refuses:
    def __str__(self):
        raise RuntimeError(SECRET)

    def __repr__(self):
        return f"Refuses({SECRET})"


class RefusesAll(Refuses):
    def __repr__(self):
        raise RuntimeError(SECRET)


RECORDS = {
    "message": ((f"sent with {SECRET}",), f"sent with {MASK}"),
    "argument": (("sent with %s and %d", SECRET, 7), f"sent with {MASK} and 7"),
    "mapping": (("sent with %(a)s", {"a": SECRET}), f"sent with {MASK}"),
    "list": (("sent with %r", [SECRET]), f"sent with ['{MASK}']"),
    "object": (("sent with %s", Shows()), f"sent with <{MASK}>"),
    "message object": ((Shows(),), f"<{MASK}>"),
    "exception": (("failed: %s", ValueError(SECRET)), f"failed: {MASK}"),
    "number": (("code %d", 12345), f"code {MASK}"),
    "joined": ((f"a {SECRET[:5]}%s", SECRET[5:]), f"a {MASK}"),
    "per cent in a secret place": ((f"100%% {SECRET} %s", "x"), f"100% {MASK} x"),
    "argument that cannot be shown": (("a %s", Refuses()), f"a %s (Refuses({MASK}),)"),
    "wrong arguments": (("only %s", SECRET, 2), f"only %s ('{MASK}', 2)"),
}


@pytest.mark.parametrize(("arguments", "line"), RECORDS.values(), ids=RECORDS)
def test_a_log_shows_no_secret(log, arguments, line):
    logger, written = log
    logger.warning(*arguments)
    assert written() == f"WARNING {line} -\n"


def test_arguments_that_a_log_message_does_not_show_are_redacted_too():
    record = logging.makeLogRecord({"msg": "sent %(a)s", "args": {"a": 1, "b": [SECRET]}})
    assert RedactingFilter(Redactor([SECRET])).filter(record)
    assert (record.msg, record.args) == ("sent %(a)s", {"a": 1, "b": [MASK]})


def test_a_log_shows_no_secret_of_an_exception_or_an_extra_field(log):
    logger, written = log
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("failed", extra={"extra": {"token": SECRET}})
    assert Redactor([SECRET]).find(written()) == []
    assert f"ValueError: {MASK}" in written()
    assert f"{{'token': '{MASK}'}}" in written()


def test_an_exception_without_a_secret_stays_for_other_handlers():
    error = ValueError("harmless")
    record = logging.makeLogRecord({"msg": "x", "exc_info": (ValueError, error, None), "stack_info": f"at {SECRET}"})
    RedactingFilter(Redactor([SECRET])).filter(record)
    assert record.exc_info == (ValueError, error, None)
    assert record.stack_info == f"at {MASK}"


def test_exception_text_that_was_rendered_before_is_redacted():
    record = logging.makeLogRecord({"msg": "x", "exc_text": f"ValueError: {SECRET}"})
    RedactingFilter(Redactor([SECRET])).filter(record)
    assert record.exc_text == f"ValueError: {MASK}"


def test_a_record_that_cannot_be_redacted_is_withheld(log):
    logger, written = log
    logger.warning("%s", RefusesAll())
    assert SECRET not in written()
    assert "withheld" in written()


# --- secrets of a configuration


class Nested(BaseModel):
    key: SecretStr
    number: int = 5


class Config(BaseModel):
    user: str = "public-user"
    password: SecretStr
    blob: SecretBytes = SecretBytes(b"bytes-secret")
    nested: Nested
    several: list[Nested] = []
    named: dict[str, SecretStr] = {}
    proxy: str = "http://u:proxy%40pass@proxy.example:3128"
    url: AnyUrl = AnyUrl("https://me:url-pass@h.example/")
    plain_url: str = "https://h.example/a@b"
    absent: SecretStr | None = None
    empty: SecretStr = SecretStr("")


def test_secrets_of_finds_secret_fields_and_passwords_in_urls():
    config = Config(
        password=SecretStr("pw-1"),
        nested=Nested(key=SecretStr("pw-2")),
        several=[Nested(key=SecretStr("pw-3")), Nested(key=SecretStr("pw-1"))],
        named={"a": SecretStr("pw-4")},
    )
    assert secrets_of(config) == (
        "pw-1",
        "bytes-secret",
        "pw-2",
        "pw-3",
        "pw-4",
        "proxy%40pass",
        "proxy@pass",
        "url-pass",
    )


def test_secrets_of_walks_dataclasses_mappings_and_extra_fields():
    class Open(BaseModel, extra="allow"):
        pass

    account = Account("x", ["ftp://u:in-a-list@h.example"])
    config = {"account": account, "open": Open(more=SecretStr(" pw-5\n")), "loop": []}
    config["loop"].append(config)
    assert secrets_of(config) == ("in-a-list", " pw-5\n", "pw-5")


@pytest.mark.parametrize("config", [None, 5, "text", "https://h.example/", {}, object()])
def test_secrets_of_what_has_none_is_empty(config):
    assert secrets_of(config) == ()


def test_a_webhook_request_is_redacted_too():
    request = WebhookRequest("POST", f"https://h.example/c/x/{PLAIN}/receive", body=b"password=x&text=hi")
    clean = Redactor([PLAIN]).value(request)
    assert clean == WebhookRequest("POST", f"https://h.example/c/x/{MASK}/receive", body=b"password=***&text=hi")
    assert unquote_plus(clean.url) == clean.url
