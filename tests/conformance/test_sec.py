"""Each check of secrets catches an adapter, or a folder, that gives one away."""

from __future__ import annotations

import base64
import warnings
from pathlib import Path

import jwt
import pytest
from mutants import catches, copied, edit, good, opened, passes

from sms_adapters.conformance.check import NotApplicable, selected
from sms_adapters.conformance.made_up import is_reserved, is_secret_name, looks_live, numbers_in
from sms_adapters.conformance.subject import Subject

IDS = [check.id for check in selected(["SEC"])]
KEY = "channel.config.api_key.get_secret_value()"
REFUSES = "        if not response.ok:\n            raise self.error_of(response)\n"
BUILDS = "values: dict[str, Any] = {"
FUTURE = "from __future__ import annotations\n"
HEADER = f'HeaderAuth("X-Api-Key", {KEY})'
OWN_AUTH = """
@dataclass(frozen=True)
class OwnAuth(Auth):
    value: str

    def apply(self, request, now):
        return request.with_header("X-Api-Key", self.value)


class AcmeConfig("""
RESPOND = '''
    @hookimpl
    def respond_inbound(self, channel, request, events):
        """Say where it arrived."""
        return WebhookResponse.plain(f"taken at {request.url}")

    @hookimpl
    def parse_inbound('''

PAIR = base64.b64encode(b"me:k7Qp2ZxW9vLr4TnB8sYd").decode()
REVEALS = """if not request.body:
            raise InvalidSignature("empty, instead of " + channel.callback_secret[:9])
"""
MUTANTS = [
    (
        "SEC001",
        [(REFUSES, f"        if not response.ok:\n            raise ProtocolError('refused: ' + {KEY}[:12])\n")],
        "8 characters and more",
    ),
    (
        "SEC001",
        [
            (
                REFUSES,
                f"        if not response.ok:\n            raise ProtocolError('refused', provider_code={KEY}[2:11])\n",
            )
        ],
        "after HTTP 4",
    ),
    (
        "SEC002",
        [('error.get("message")', 'str(error.get("message"))[:160]')],
        "that quotes the secret shows 8 characters",
    ),
    ("SEC002", [("fail_by_status(response, text,", "fail_by_status(response, response.text[:120],")], "8 characters"),
    ("SEC003", [(BUILDS, f"print({KEY}); {BUILDS}")], "what was logged or printed"),
    (
        "SEC003",
        [(FUTURE, f"{FUTURE}import logging\n"), (BUILDS, f"logging.debug('%s', {KEY}); {BUILDS}")],
        "what was logged",
    ),
    (
        "SEC003",
        [(FUTURE, f"{FUTURE}import logging\n"), (BUILDS, f"logging.warning('sent', extra={{'key': {KEY}}}); {BUILDS}")],
        "what was logged",
    ),
    (
        "SEC003",
        [
            (FUTURE, f"{FUTURE}from dataclasses import dataclass\n"),
            ("class AcmeConfig(", OWN_AUTH.lstrip()),
            (HEADER, f"OwnAuth({KEY})"),
        ],
        "the representation of the credentials",
    ),
    ("SEC003", [("Status.QUEUED, word)", f"Status.QUEUED, {KEY})")], "what a host plug-in was told"),
    ("SEC003", [('AccountInfo(name=response.json_object().get("name")', f"AccountInfo(name={KEY}")], "a result shows"),
    (
        "SEC004",
        [("self.event_of(channel, item)", 'self.event_of(channel, {**item, "url": request.url})')],
        "shows a secret",
    ),
    (
        "SEC004",
        [
            ("\n    @hookimpl\n    def parse_inbound(", RESPOND),
            ("WebhookRequest,\n", "WebhookRequest,\n    WebhookResponse,\n"),
        ],
        "the answer to a webhook",
    ),
    ("SEC004", [("at = verify_time(", f"{REVEALS}        at = verify_time(")], "the refusal of a webhook"),
]
LIVE_KEY = "k7Qp2ZxW9vLr4TnB8sYd"
TEXT, CHANNEL, MESSAGE = "exchanges/text.yaml", "exchanges/channel.toml", "inbound/message.http"
SEGMENTS = '"segments": 1}'
JSON_TYPE = "      - application/json\n    body:"
FILES = [
    ("SEC005", CHANNEL, '"test_acme_key_1"', f'"{LIVE_KEY}"', "config.api_key looks like a secret in use"),
    ("SEC005", CHANNEL, "[config]", f'callback_secret = "{LIVE_KEY}"\n\n[config]', "callback_secret looks like"),
    ("SEC005", TEXT, "- test_acme_key_1", f"- {LIVE_KEY}", "'X-Api-Key'"),
    ("SEC005", TEXT, SEGMENTS, f'"segments": 1, "accessToken": "{LIVE_KEY}"}}', "'accessToken'"),
    (
        "SEC005",
        TEXT,
        JSON_TYPE,
        f"      - application/json\n      Set-Cookie:\n      - id={LIVE_KEY}; Path=/\n    body:",
        "'Set-Cookie'",
    ),
    ("SEC005", TEXT, "https://api.acme.example/v3", f"https://api.acme.example/v3?password={LIVE_KEY}", "'password'"),
    ("SEC005", TEXT, "https://api.acme.example/v3", f"https://me:{LIVE_KEY}@api.acme.example/v3", "'password'"),
    (
        "SEC005",
        TEXT,
        "version: 1",
        "version: 1 # AKIAQ3EGUPZ7LMWX4KDT",
        "text.yaml has what looks like a vendor's live key",
    ),
    (
        "SEC005",
        MESSAGE,
        '"text": "Muraho"',
        '"text": "-----BEGIN PRIVATE KEY-----"',
        "message.http has what looks like",
    ),
    ("SEC005", MESSAGE, "Host:", f"Authorization: Bearer {LIVE_KEY}\nHost:", "'Authorization'"),
    ("SEC005", MESSAGE, "Host:", f"Authorization: Basic {PAIR}\nHost:", "'Authorization'"),
    ("SEC005", MESSAGE, "/receive HTTP", f"/receive?key={LIVE_KEY} HTTP", "'key'"),
    ("SEC006", TEXT, '"to":"12025550123"', '"to":"14152010133"', "text.yaml: the number that ends in 0133"),
    ("SEC006", "exchanges/text.toml", '"+12025550123"', '"+14152010133"', "text.toml: the number that ends in 0133"),
    ("SEC006", MESSAGE, '"text": "Muraho"', '"text": "call +447911123456"', "3456"),
    ("SEC006", MESSAGE, "/receive HTTP", "/receive?from=%2B447911123456 HTTP", "3456"),
    ("SEC006", "inbound/message.json", '"+12025550100"', '"+12025551100"', "1100"),
    ("SEC006", CHANNEL, '"+12025550100"', '"+250788383383"', "channel.toml"),
]


def adapter(tmp_path: Path, edits: list[tuple[str, ...]]) -> Subject:
    folder = copied(tmp_path)
    for *file, before, after in edits:
        edit(folder, *(file or ["adapter.py"]), before, after)
    return opened(folder)


@pytest.mark.parametrize(("check_id", "edits", "words"), MUTANTS)
def test_what_shows_a_secret_is_caught(tmp_path: Path, check_id: str, edits: list[tuple[str, ...]], words: str) -> None:
    sentence = catches(check_id, adapter(tmp_path, edits))
    assert words in sentence
    assert "test_acme_key_1" not in sentence


@pytest.mark.parametrize(("check_id", "file", "before", "after", "words"), FILES)
def test_what_should_not_be_committed_is_caught(
    tmp_path: Path, check_id: str, file: str, before: str, after: str, words: str
) -> None:
    sentence = catches(check_id, adapter(tmp_path, [(file, before, after)]))
    assert words in sentence
    assert LIVE_KEY not in sentence


def test_a_number_inside_a_body_in_base64_is_caught(tmp_path: Path) -> None:
    body = base64.b64encode(b'{"id": "a-1", "to": "14152010133"}').decode()
    string = """string: '{"id": "a-48213077", "status": "queued", "segments": 1}'"""
    assert "0133" in catches("SEC006", adapter(tmp_path, [(TEXT, string, f"base64_string: {body}")]))


@pytest.mark.parametrize("check_id", IDS)
def test_the_specimen_passes(check_id: str) -> None:
    passes(check_id, good())


def test_a_number_of_the_document_that_the_note_names_passes(tmp_path: Path) -> None:
    quoted = ("inbound/message.http", '"text": "Muraho"', '"text": "call +447911123456"')
    note = (
        "inbound/message.toml",
        'evidence = "live"',
        'evidence = "live"\nnote = "+44 7911 123456 is the page\'s own."',
    )
    passes("SEC006", adapter(tmp_path, [quoted, note]))


def test_a_token_made_of_the_configured_key_passes(tmp_path: Path) -> None:
    pair = base64.b64encode(b"acme:test_acme_key_1").decode()
    passes("SEC005", adapter(tmp_path, [(TEXT, "- test_acme_key_1", f"- Basic {pair}")]))


def test_a_webhook_s_token_passes_that_the_configured_key_signed_and_no_other(tmp_path: Path) -> None:
    def signed(key: str) -> list[tuple[str, ...]]:
        token = jwt.encode({"iss": "Acme", "jti": "k7Qp2ZxW9vLr4TnB8sYd"}, key, algorithm="HS256")
        return [(MESSAGE, "Host:", f"Authorization: Bearer {token}\nHost:")]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own, other = signed("acme-signing-secret-1"), signed(LIVE_KEY)
    passes("SEC005", adapter(tmp_path, own))
    assert "'Authorization'" in catches("SEC005", adapter(tmp_path, other))


def test_without_webhooks_there_is_nothing_to_pass_on(tmp_path: Path) -> None:
    nothing = ("simulator.py", "if self.inbound_url is None:", "if True:")
    silent = ("simulator.py", "if message.callback else None", "if False else None")
    with pytest.raises(NotApplicable):
        passes("SEC004", adapter(tmp_path, [nothing, silent]))


@pytest.mark.parametrize(
    ("value", "live"),
    [
        (LIVE_KEY, True),
        (f"Bearer {LIVE_KEY}", True),
        (f"App {LIVE_KEY}", True),
        ("3f9c17e2ab804d5596e1c7720bda84f3", True),
        ("b3b1f8a2-5c1e-4f57-9d0e-2a7c6e1f9a34", True),
        ("Basic " + base64.b64encode(f"me:{LIVE_KEY}".encode()).decode(), True),
        ("sk_live_00000000", True),
        ("Basic " + base64.b64encode(b"me:short").decode(), False),
        ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", False),
        ("00112233445566778899aabbccddeeff", False),
        ("AKIAIOSFODNN7EXAMPLE", False),
        ("acme-signing-secret-1", False),
        ("short", False),
        ("***", False),
        (f"HMAC Credential=example, Signature={LIVE_KEY}", False),
        ("the credentials were refused by the aggregator", False),
    ],
)
def test_a_secret_in_use_is_told_from_one_that_is_made_up(value: str, live: bool) -> None:
    assert looks_live(value) is live


NAMES = {
    True: "Authorization X-Api-Key apiKey api_key access_token accessToken password Set-Cookie client-secret key pin",
    False: "monkey tokens X-Signature Idempotency-Key I-Twilio-Idempotency-Token next_page_token public_key author to",
}


@pytest.mark.parametrize(("name", "secret"), [(name, secret) for secret, row in NAMES.items() for name in row.split()])
def test_names_of_secrets_are_known_in_any_style(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("call +447911123456 now", ["447911123456"]),
        ("to=%2B447911123456&x=1", ["447911123456"]),
        ('{"to": "447911123456"}', ["447911123456"]),
        ('{"recipients": ["447911123456"]}', ["447911123456"]),
        ("from=447911123456&text=1", ["447911123456"]),
        ("<msisdn>447911123456</msisdn>", ["447911123456"]),
        ('<sms:to type="1">447911123456</sms:to>', ["447911123456"]),
        ('{"destination_number": "447911123456"}', ["447911123456"]),
        ('{"id": "447911123456", "ts": 1795420386, "at": "2026-11-23 08:00:00 +0000"}', []),
        ("to=2020&from=Acme", []),
    ],
)
def test_numbers_are_found_as_they_are_written(text: str, numbers: list[str]) -> None:
    assert list(numbers_in(text)) == numbers


@pytest.mark.parametrize(
    ("number", "reserved"),
    [
        ("12025550123", True),
        ("2025550199", True),
        ("0012125550100", True),
        ("447700900999", True),
        ("07700900000", True),
        ("12025550200", False),
        ("12025551123", False),
        ("447700800123", False),
        ("250788123123", False),
    ],
)
def test_reserved_numbers_are_known(number: str, reserved: bool) -> None:
    assert is_reserved(number) is reserved


def test_every_check_has_a_mutant() -> None:
    assert sorted({row[0] for row in (*MUTANTS, *FILES)}) == IDS
