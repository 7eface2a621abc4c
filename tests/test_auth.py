"""Credentials: what each value puts on a request, compared with published examples and with botocore."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone

import botocore.auth
import jwt
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import _jwt
from sms_adapters.auth import (
    Auth,
    BasicAuth,
    BearerAuth,
    FormAuth,
    HeaderAuth,
    HmacAuth,
    JsonAuth,
    JwtAuth,
    NoAuth,
    QueryAuth,
    SigV4Auth,
    oauth2_client_credentials,
)
from sms_adapters.errors import AdapterDefect, AuthError, ConfigError, ProtocolError, TemporaryFailure, Throttled
from sms_adapters.http import Headers, HttpRequest, HttpResponse, MultiDict

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
URL = "https://api.example.com/sms"
GET = HttpRequest.get(URL)
FORM = HttpRequest.form(URL, {"to": "+12025550123", "text": "a b"})
JSON = HttpRequest.json(URL, {"to": "+12025550123", "price": 1.10})


def header(auth: Auth, request: HttpRequest = GET, now: datetime = NOW) -> str | None:
    return auth.apply(request, now).headers.get("Authorization")


def pem(key) -> str:
    kinds = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, *kinds).decode()


def public_pem(key) -> str:
    kinds = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(*kinds).decode()


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def fresh_caches():
    yield
    for cached in (_jwt._engine, _jwt._key):
        cached.cache_clear()


# --- plain credentials


@pytest.mark.parametrize(
    ("username", "password", "expected"),
    [
        ("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),  # RFC 7617 section 2
        ("test", "123£", "dGVzdDoxMjPCow=="),  # RFC 7617 section 2.1, UTF-8
        ("api", "secret", "YXBpOnNlY3JldA=="),  # Bandwidth
        ("token", "", "dG9rZW46"),  # GatewayAPI: the token as user name
    ],
)
def test_basic_is_the_header_of_rfc_7617(username, password, expected):
    assert header(BasicAuth(username, password)) == f"Basic {expected}"


def test_a_colon_in_a_user_name_is_refused_since_it_would_move_into_the_password():
    with pytest.raises(ConfigError, match="colon"):
        BasicAuth("a:b", "c")


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (BearerAuth("KEY0EXAMPLE"), ("Authorization", "Bearer KEY0EXAMPLE")),  # Telnyx
        (HeaderAuth("Authorization", "AccessKey live-key-value"), ("Authorization", "AccessKey live-key-value")),
        (HeaderAuth("X-API-Key", "k"), ("X-API-Key", "k")),
        (HeaderAuth("Authorization", "App 0aa1-demo"), ("Authorization", "App 0aa1-demo")),  # Infobip
    ],
)
def test_a_header_is_added_and_the_rest_left_as_it_was(auth, expected):
    signed = auth.apply(FORM, NOW)
    assert signed.headers.items() == (*FORM.headers.items(), expected)
    assert (signed.method, signed.url, signed.body, signed.submits) == (FORM.method, FORM.url, FORM.body, True)


def test_credentials_replace_those_that_a_request_has_already():
    twice = BearerAuth("new").apply(BearerAuth("old").apply(GET, NOW), NOW)
    assert twice.headers.get_all("authorization") == ["Bearer new"]


@pytest.mark.parametrize("value", ["line\nbreak", "k\r\nX-Other: 1", "no\u00a0break", "zero\u200bwidth", "nul\0"])
def test_a_secret_that_no_header_can_carry_is_a_config_error(value):
    for make in (BearerAuth, lambda secret: HeaderAuth("X-Key", secret)):
        with pytest.raises(ConfigError, match="character"):
            make(value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, f"{URL}?user=u+1&pass=p%26w"),
        (f"{URL}?", f"{URL}?user=u+1&pass=p%26w"),
        (f"{URL}?to=1", f"{URL}?to=1&user=u+1&pass=p%26w"),
        (f"{URL}?to=1#part", f"{URL}?to=1&user=u+1&pass=p%26w#part"),
    ],
)
def test_query_credentials_are_appended_percent_encoded(url, expected):
    auth = QueryAuth((("user", "u 1"), ("pass", "p&w")))
    assert auth.apply(HttpRequest("GET", url), NOW).url == expected


def test_form_credentials_come_last_and_the_content_type_stays():
    request = HttpRequest("POST", URL, Headers({"content-type": "application/x-www-form-urlencoded; charset=utf-8"}))
    auth = FormAuth((("api_key", "0a1b2c3d"), ("api_secret", "s&3cret")))
    assert auth.apply(request, NOW).body == b"api_key=0a1b2c3d&api_secret=s%263cret"
    filled = auth.apply(FORM, NOW)
    assert filled.body == FORM.body + b"&api_key=0a1b2c3d&api_secret=s%263cret"
    assert filled.headers == FORM.headers


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", b'{"login":"u","password":"p\\"w"}'),
        (b'{"price": 1.10}', b'{"price": 1.10,"login":"u","password":"p\\"w"}'),
        (b' {"a":[1] } \n', b'{"a":[1],"login":"u","password":"p\\"w"}'),
        (b"{ }", b'{"login":"u","password":"p\\"w"}'),
    ],
)
def test_json_credentials_are_members_and_the_others_keep_their_spelling(body, expected):
    auth = JsonAuth((("login", "u"), ("password", 'p"w')))
    made = auth.apply(HttpRequest("POST", URL, body=body), NOW).body
    assert made == expected
    assert json.loads(made) == {**json.loads(body), "login": "u", "password": 'p"w'}


@pytest.mark.parametrize(
    ("auth", "request_"),
    [
        (FormAuth((("a", "b"),)), JSON),
        (FormAuth((("a", "b"),)), GET),
        (JsonAuth((("a", "b"),)), FORM),
        (JsonAuth((("a", "b"),)), HttpRequest.json(URL, [1])),
    ],
)
def test_a_body_of_another_kind_is_the_adapters_defect(auth, request_):
    with pytest.raises(AdapterDefect, match="credentials"):
        auth.apply(request_, NOW)


@pytest.mark.parametrize("auth", [Auth(), NoAuth(), QueryAuth(()), FormAuth(()), JsonAuth(())])
def test_without_credentials_the_request_is_the_same(auth):
    assert auth.apply(JSON, NOW) is JSON


# --- secrets


PATTERN = "s3cr3t-v4lue"
KEY_64 = base64.b64encode(PATTERN.encode()).decode()


@pytest.mark.parametrize(
    ("auth", "hidden"),
    [
        (BasicAuth("user", PATTERN), {PATTERN, base64.b64encode(f"user:{PATTERN}".encode()).decode()}),
        (BasicAuth(PATTERN, ""), {PATTERN, base64.b64encode(f"{PATTERN}:".encode()).decode()}),
        (BearerAuth(PATTERN), {PATTERN}),
        (HeaderAuth("Authorization", f"App {PATTERN}"), {f"App {PATTERN}", PATTERN}),
        (QueryAuth((("user", "u"), ("pass", PATTERN)), public=("user",)), {PATTERN}),
        (FormAuth((("user", "us-er"), ("pass", PATTERN))), {"us-er", PATTERN}),
        (JsonAuth((("key", PATTERN), ("empty", ""))), {PATTERN}),
        (HmacAuth(PATTERN, "sha256", "X", lambda request, now: b""), {PATTERN}),
        (HmacAuth(PATTERN.encode(), "sha1", "X", lambda r, n: b""), {PATTERN, KEY_64, PATTERN.encode().hex()}),
        (HmacAuth(b"\xff\x00a", "sha1", "X", lambda r, n: b""), {"/wBh", "ff0061"}),
        (SigV4Auth("AKID", PATTERN, "eu-west-1", "sns", "t0ken"), {PATTERN, "t0ken"}),
        (JwtAuth(PATTERN, "HS256", {}), {PATTERN}),
        (NoAuth(), set()),
    ],
)
def test_secrets_are_listed_with_their_derived_forms_and_no_representation_shows_them(auth, hidden):
    assert set(auth.secrets) == hidden
    assert len(auth.secrets) == len(hidden)
    for secret in hidden:
        assert secret not in repr(auth)


def test_values_are_frozen_and_have_no_room_for_more():
    for auth, name in (
        (BasicAuth("a", "b"), "password"),
        (BearerAuth("t"), "expires_at"),
        (SigV4Auth("a", "b", "c", "d"), "region"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(auth, name, "x")
        assert not hasattr(auth, "__dict__")


def test_only_a_401_makes_credentials_stale():
    stale = [status for status in (200, 400, 401, 403, 407, 429, 500) if BearerAuth("t").refused(HttpResponse(status))]
    assert stale == [401]
    assert (Auth().expires_at, Auth().refreshable, BearerAuth("t").refreshable) == (None, False, False)


# --- HMAC


def vonage_text(request: HttpRequest, _: datetime) -> bytes:
    pairs = HttpResponse(200, body=request.body).form().items()
    return "".join(f"&{name}={value}" for name, value in sorted(pairs)).encode()


@pytest.mark.parametrize(
    ("digest", "signature"),
    [  # Vonage/vonage-python-sdk 3, tests/test_signature.py
        ("md5", "c15c21ced558c93a226c305f58f902f2"),
        ("sha1", "3e19a4e6880fdc2c1426bfd0587c98b9532f0210"),
        ("sha256", "a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24"),
    ],
)
def test_a_signature_can_be_a_form_field_over_pairs_added_before_it_like_vonages(digest, signature):
    stamp = datetime.fromtimestamp(1461605396, UTC)
    auth = HmacAuth(
        "secret",
        digest,
        "sig",
        vonage_text,
        pairs=lambda _, now: [("timestamp", str(int(now.timestamp())))],
        place="form",
    )
    body = auth.apply(HttpRequest.form(URL, {"a": "1", "b": "2"}), stamp).body
    assert body == f"a=1&b=2&timestamp=1461605396&sig={signature}".encode()


def test_a_signature_can_cover_headers_added_before_it_and_stand_within_a_text():
    """The scheme of Azure Communication Services: date, host and digest of the body."""

    def pairs(request: HttpRequest, now: datetime):
        digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        return ("x-ms-date", f"{now:%a, %d %b %Y %H:%M:%S} GMT"), ("x-ms-content-sha256", digest)

    def text(request: HttpRequest, _: datetime) -> bytes:
        values = (request.headers["x-ms-date"], request.host, request.headers["x-ms-content-sha256"])
        return f"POST\n/sms\n{';'.join(values)}".encode()

    key = bytes(range(32))
    auth = HmacAuth(key, "sha256", "Authorization", text, "HMAC-SHA256 Signature=", "base64", "&v=1", pairs)
    signed = auth.apply(HttpRequest.json(URL, {}), NOW)
    digest = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="  # SHA-256 of "{}", by openssl
    told = f"POST\n/sms\nMon, 23 Nov 2026 08:00:00 GMT;api.example.com;{digest}"
    mac = base64.b64encode(hmac.new(key, told.encode(), hashlib.sha256).digest()).decode()
    assert signed.headers["Authorization"] == f"HMAC-SHA256 Signature={mac}&v=1"
    assert signed.headers["x-ms-date"] == "Mon, 23 Nov 2026 08:00:00 GMT"


# --- AWS


def test_sigv4_agrees_with_the_documented_examples():
    listing = HttpRequest(
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        Headers({"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}),
    )
    moment = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    # "Signature Version 4 signing process" (ListUsers), and get-vanilla of the SigV4 test suite.
    assert header(SigV4Auth("AKIDEXAMPLE", secret, "us-east-1", "iam"), listing, moment) == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )
    vanilla = HttpRequest("GET", "https://example.amazonaws.com/")
    found = header(SigV4Auth("AKIDEXAMPLE", secret, "us-east-1", "service"), vanilla, moment)
    assert found.endswith("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")


def botocore_header(request: HttpRequest, auth: SigV4Auth) -> str:
    made = AWSRequest(request.method, request.url, data=request.body)
    for name, value in request.headers.items():
        made.headers.add_header(name, value)
    credentials = Credentials(auth.access_key, auth.secret_key, auth.session_token)
    botocore.auth.SigV4Auth(credentials, auth.service, auth.region).add_auth(made)
    return made.headers["Authorization"]


SEND = {"X-Amz-Target": "PinpointSMSVoiceV2.SendTextMessage", "Content-Type": "application/x-amz-json-1.0"}
AWS_REQUESTS = [
    HttpRequest("POST", "https://sms-voice.eu-west-1.amazonaws.com/", Headers(SEND), b'{"MessageBody":"J\xc3\xa5"}'),
    HttpRequest.form("https://sns.eu-west-1.amazonaws.com/", {"Action": "Publish", "Message": "a b"}),
    HttpRequest("GET", "https://sns.eu-west-1.amazonaws.com/?b=2&a=%20x&a=1&c&d=x=y"),
    HttpRequest("GET", "https://sns.eu-west-1.amazonaws.com/a%20b/c~d/e*f"),
    HttpRequest("GET", "https://sns.eu-west-1.amazonaws.com"),
    HttpRequest("POST", "http://127.0.0.1:8080/", Headers({"X-Two": "  a   b "}), b"x"),
    HttpRequest("POST", "https://SNS.eu-west-1.amazonaws.com:443/", Headers([("X-R", "1"), ("X-R", "2")])),
    HttpRequest("GET", "http://[::1]:8000/"),
    HttpRequest("GET", "https://sns.eu-west-1.amazonaws.com/", Headers({"User-Agent": "u", "Authorization": "old"})),
    HttpRequest("GET", "https://sns.eu-west-1.amazonaws.com/", Headers({"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"})),
]


@pytest.mark.parametrize("token", [None, "session/token=="])
@pytest.mark.parametrize("request_", AWS_REQUESTS, ids=lambda request: request.url)
def test_sigv4_is_what_botocore_signs(monkeypatch, request_, token):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW)
    auth = SigV4Auth("AKIDEXAMPLE", "wJalr/K7MDENG+bPx", "eu-west-1", "sns", token)
    local = NOW.astimezone(timezone(timedelta(hours=3)))
    signed = auth.apply(request_, local)
    assert signed.headers.get_all("Authorization") == [botocore_header(request_, auth)]
    assert signed.headers.get("X-Amz-Security-Token") == token


# Segments such as ".." are left out: HTTP clients resolve them before sending.
SEGMENT = st.text(st.characters(codec="ascii", exclude_characters="/?#%\\"), min_size=1).filter(
    lambda t: set(t) > {"."}
)


@settings(max_examples=60, deadline=None)
@given(
    path=st.lists(SEGMENT.map(lambda text: "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in text)), max_size=3),
    query=st.lists(st.tuples(st.from_regex(r"[a-z%]{1,3}", fullmatch=True), st.from_regex(r"[A-Z%]*", fullmatch=True))),
    headers=st.dictionaries(st.from_regex(r"x-[a-z]{1,5}", fullmatch=True), st.from_regex(r"[ -~]*", fullmatch=True)),
    body=st.binary(max_size=50),
)
def test_sigv4_is_what_botocore_signs_for_any_request(path, query, headers, body):
    url = "https://sns.eu-west-1.amazonaws.com/" + "/".join(path)
    url += "?" + "&".join(f"{name}={value}" for name, value in query) if query else ""
    request = HttpRequest("POST", url, Headers(headers), body)
    auth = SigV4Auth("AKIDEXAMPLE", "secret", "eu-west-1", "sns")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: NOW)
        expected = botocore_header(request, auth)
    assert header(auth, request) == expected


def test_a_naive_time_cannot_date_a_signature():
    for auth in (SigV4Auth("a", "b", "c", "d"), JwtAuth("k", "HS256", {})):
        with pytest.raises(ValueError, match="naive"):
            auth.apply(GET, datetime(2026, 11, 23))  # noqa: DTZ001 - that is the point


# --- JWT


def claims_of(auth: Auth, now: datetime, key, algorithm: str) -> dict:
    """Read a token by PyJWT, which checks its signature; the times are in the tests' own past or future."""
    token = header(auth, now=now).removeprefix("Bearer ")
    return jwt.decode(token, key, [algorithm], options=dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf"), False))


def test_an_rs256_token_has_the_claims_times_and_headers_that_vonage_asks_for(rsa_key):
    auth = JwtAuth(pem(rsa_key), "RS256", {"application_id": "a1"}, headers={"kid": "7"}, entropy=b"recorded")
    claims = claims_of(auth, NOW, rsa_key.public_key(), "RS256")
    assert claims.pop("jti")
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert claims["iat"] <= NOW.timestamp() < claims["exp"] - 7 * 60
    assert claims.keys() == {"iat", "exp", "application_id"}
    token = header(auth).removeprefix("Bearer ")
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": "7"}


def test_es256_and_short_hs256_secrets_work_without_a_warning():
    key = ec.generate_private_key(ec.SECP256R1())
    assert claims_of(JwtAuth(pem(key), "ES256", {"a": 1}), NOW, key.public_key(), "ES256")["a"] == 1
    token = header(JwtAuth("short", "HS256", {"a": 1})).removeprefix("Bearer ")
    signed, _, signature = token.rpartition(".")
    mac = hmac.new(b"short", signed.encode(), hashlib.sha256).digest()
    assert signature == base64.urlsafe_b64encode(mac).decode().rstrip("=")


def test_a_token_is_reused_for_half_its_lifetime_and_replaced_in_time():
    def token(seconds: int) -> str:
        return header(JwtAuth("k" * 32, "HS256", {}, timedelta(seconds=100), entropy=source), now=start + seconds * one)

    drawn = []

    def source(count: int) -> bytes:
        drawn.append(count)
        return bytes([len(drawn)]) * count

    start, one = datetime.fromtimestamp(1_700_000_000, UTC), timedelta(seconds=1)
    assert token(0) == token(1) == token(49)
    assert drawn == [16]
    later = token(50)
    assert later == token(99)
    assert later not in (token(49), token(100))
    assert drawn == [16, 16, 16]
    claims = jwt.decode(later.removeprefix("Bearer "), options={"verify_signature": False})
    assert (claims["iat"], claims["exp"]) == (1_700_000_050, 1_700_000_150)


def test_the_token_id_comes_from_the_entropy_and_nothing_else():
    def identity(entropy, seconds: int = 0) -> str | None:
        auth = JwtAuth("k" * 32, "HS256", {}, entropy=entropy)
        return claims_of(auth, NOW + timedelta(seconds=seconds), "k" * 32, "HS256").get("jti")

    assert identity(b"a") == identity(b"a") != identity(b"b")
    assert identity(b"a") != identity(b"a", 3600)
    assert identity(lambda count: b"a" * count) == identity(lambda count: b"a" * count)
    assert identity(None) is None


def test_claims_may_depend_on_the_time_of_issue_and_replace_our_own():
    auth = JwtAuth("k" * 32, "HS256", lambda issued: {"nbf": int(issued.timestamp()) - 5, "exp": 99})
    claims = claims_of(auth, NOW, "k" * 32, "HS256")
    assert claims["nbf"] == claims["iat"] - 5
    assert claims["exp"] == 99


@pytest.mark.usefixtures("fresh_caches")
def test_a_pem_is_parsed_once_for_all_tokens(monkeypatch, rsa_key):
    parsed = []
    real = jwt.algorithms.RSAAlgorithm.prepare_key
    monkeypatch.setattr(
        jwt.algorithms.RSAAlgorithm,
        "prepare_key",
        lambda self, key: (parsed.append(1) if isinstance(key, str) else None, real(self, key))[1],
    )
    text = pem(rsa_key)
    _jwt._key.cache_clear()
    tokens = {header(JwtAuth(text, "RS256", {"n": n})) for n in range(3)}
    assert len(tokens) == 3
    assert len(parsed) == 1


def test_a_key_that_cannot_sign_is_a_config_error_that_does_not_show_it(rsa_key):
    encrypted = rsa_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"pw")
    ).decode()
    broken = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
    for key, algorithm in (
        (broken, "RS256"),
        ("not a pem", "RS256"),
        (encrypted, "RS256"),
        (public_pem(rsa_key), "RS256"),
        (pem(rsa_key), "ES256"),
        (pem(rsa_key), "HS256"),
        ("secret", "none"),
        ("secret", "XX256"),
    ):
        with pytest.raises(ConfigError) as caught:
            JwtAuth(key, algorithm, {}).apply(GET, NOW)
        assert "MIIE" not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.usefixtures("fresh_caches")
@pytest.mark.parametrize("absent", ["jwt", "cryptography"])
def test_without_the_extra_the_error_says_what_to_install(monkeypatch, absent, rsa_key):
    text = pem(rsa_key)
    for cached in (_jwt._engine, _jwt._key):
        cached.cache_clear()
    if absent == "jwt":
        monkeypatch.setitem(sys.modules, "jwt", None)
    else:
        monkeypatch.setattr("jwt.api_jws.get_default_algorithms", lambda: {"none": None})
    with pytest.raises(ConfigError, match=r"install sms-adapters\[crypto\]"):
        JwtAuth(text, "RS256", {"unique": absent}).apply(GET, NOW)


# --- OAuth 2


def fetch(answer: HttpResponse, **options) -> tuple[HttpRequest, BearerAuth]:
    url = options.pop("url", "https://auth.example.com/token")
    flow = oauth2_client_credentials(url, "ck-123", "cs-456", now=NOW, **options)
    request = next(flow)
    with pytest.raises(StopIteration) as stop:
        flow.send(answer)
    return request, stop.value.value


def token_answer(status: int = 200, **values) -> HttpResponse:
    return HttpResponse(status, Headers({"Content-Type": "application/json"}), json.dumps(values).encode())


def test_the_token_request_by_basic_is_that_of_rfc_6749():
    request, auth = fetch(token_answer(access_token="2YotnFZFEjr1zCsicMWpAA", token_type="example", expires_in=3600))
    assert (request.method, request.body, request.submits) == ("POST", b"grant_type=client_credentials", False)
    assert request.headers["Authorization"] == "Basic Y2stMTIzOmNzLTQ1Ng=="
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert auth == BearerAuth("2YotnFZFEjr1zCsicMWpAA", NOW + timedelta(seconds=3540), refreshable=True)


def test_mtn_has_the_grant_type_in_the_query_only():
    url = "https://api.mtn.com/v1/oauth/access_token?grant_type=client_credentials"
    answer = token_answer(token_type="BearerToken", access_token="aBcD1234", expires_in="3599")
    request, auth = fetch(answer, url=url, style="form")
    assert (request.url, request.body) == (url, b"client_id=ck-123&client_secret=cs-456")
    assert "Authorization" not in request.headers
    assert auth.expires_at == NOW + timedelta(seconds=3539)


def test_the_token_request_can_be_json_with_scope_audience_and_another_grant():
    extra = (("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", "x.y.z"))
    request, _ = fetch(token_answer(access_token="t"), style="json", scope="sms", audience="aud", extra=extra)
    assert json.loads(request.body) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "client_id": "ck-123",
        "client_secret": "cs-456",
        "scope": "sms",
        "audience": "aud",
        "assertion": "x.y.z",
    }


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (3600, 3540.0),
        ("3599", 3539.0),
        (20, 18.0),  # a tenth of a short life
        ("3.5e3", 3440.0),
        (None, None),
        (0, None),
        (-1, None),
        ("soon", None),
        ("nan", None),
        (1e300, None),
        ("inf", None),
        ([], None),
        ({}, None),
    ],
)
def test_a_token_expires_early_and_an_unreadable_lifetime_is_none(told, seconds):
    _, auth = fetch(token_answer(access_token="t", expires_in=told))
    assert auth.expires_at == (None if seconds is None else NOW + timedelta(seconds=seconds))
    assert auth.refreshable


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (token_answer(401), AuthError),
        (HttpResponse(401, body=b"<html>no</html>"), AuthError),
        (token_answer(400, error="invalid_client", error_description="Bad id"), AuthError),
        (token_answer(400, error="unauthorized_client"), AuthError),
        (token_answer(403, error="invalid_client"), AuthError),
        (token_answer(200, error="invalid_client"), AuthError),
        (token_answer(400, error="invalid_scope"), ProtocolError),
        (token_answer(400, error={"code": 1}), ProtocolError),
        (HttpResponse(429, Headers({"Retry-After": "7"})), Throttled),
        (HttpResponse(500), TemporaryFailure),
        (HttpResponse(503, body=b"<html>"), TemporaryFailure),
        (HttpResponse(302), ProtocolError),
        (HttpResponse(404), ProtocolError),
        (token_answer(200), ProtocolError),
        (token_answer(200, access_token=""), ProtocolError),
        (token_answer(200, access_token=7), ProtocolError),
        (token_answer(200, access_token="a\r\nX: y"), ProtocolError),
        (HttpResponse(200, body=b"[1]"), ProtocolError),
        (HttpResponse(200, body=b"access_token=s3cr3t-t0ken"), ProtocolError),
        (HttpResponse(200), ProtocolError),
    ],
)
def test_a_refused_token_is_a_typed_error_that_quotes_no_body(answer, kind):
    flow = oauth2_client_credentials("https://auth.example.com/token", "id", "secret", now=NOW)
    next(flow)
    with pytest.raises(kind) as caught:
        flow.send(answer)
    assert type(caught.value) is kind
    assert "s3cr3t-t0ken" not in str(caught.value)


def test_the_servers_own_words_and_wait_are_kept():
    flow = oauth2_client_credentials("https://auth.example.com/token", "id", "secret", now=NOW)
    next(flow)
    with pytest.raises(AuthError) as refused:
        flow.send(token_answer(400, error="invalid_client", error_description="Bad id"))
    assert (refused.value.provider_code, refused.value.provider_text) == ("invalid_client", "Bad id")
    flow = oauth2_client_credentials("https://auth.example.com/token", "id", "secret", now=NOW)
    next(flow)
    with pytest.raises(Throttled) as slow:
        flow.send(HttpResponse(429, Headers({"Retry-After": "7"})))
    assert slow.value.retry_after == 7.0


@settings(max_examples=60, deadline=None)
@given(status=st.integers(100, 599), body=st.binary(max_size=40) | st.from_type(dict).map(str).map(str.encode))
def test_any_answer_to_a_token_request_is_a_token_or_a_typed_error(status, body):
    flow = oauth2_client_credentials("https://auth.example.com/token", "id", "secret", now=NOW)
    next(flow)
    with pytest.raises((AuthError, Throttled, TemporaryFailure, ProtocolError, StopIteration)):
        flow.send(HttpResponse(status, body=body))


def test_a_form_field_named_twice_is_not_lost_when_credentials_are_added():
    request = HttpRequest.form(URL, [("MediaUrl", "a"), ("MediaUrl", "b")])
    body = FormAuth((("k", "v"),)).apply(request, NOW).body
    assert HttpResponse(200, body=body).form() == MultiDict([("MediaUrl", "a"), ("MediaUrl", "b"), ("k", "v")])
