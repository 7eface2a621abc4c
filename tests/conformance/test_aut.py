"""Each check of authentication catches an adapter or a simulator that breaks its promise."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutants import catches, copied, edit, good, opened, passes

from sms_adapters.conformance.check import NotApplicable, selected
from sms_adapters.conformance.subject import Subject

IDS = [check.id for check in selected(["AUT"])]
HEADER = 'return HeaderAuth("X-Api-Key", channel.config.api_key.get_secret_value())'
GUARD = 'if request.headers.get("x-api-key") != KEY:'
IMPORT = "from sms_adapters.auth import Auth, HeaderAuth\n"
POSTED = 'HttpRequest.json(f"{channel.config.base_url}/v3/messages", values'
OWN_HEADER = 'headers={"X-Api-Key": channel.config.api_key.get_secret_value()}'
PATIENT = """class Patient(AuthError):
    _may_retry = True


class AcmeConfig("""
PART_TIME = """class PartTime(Auth):
    def __init__(self, value):
        self.value = value

    def apply(self, request, now):
        return request.with_header("X-Api-Key", self.value) if request.method == "POST" else request


class AcmeConfig("""

FLOW = """token = f"{channel.config.base_url}/token", "acme", channel.config.api_key.get_secret_value()
        fetched = yield from oauth2_client_credentials(*token, now=channel.clock())
        return fetched"""
FLOW_OF_ITS_OWN = """key = channel.config.api_key.get_secret_value()
        request = HttpRequest.form(f"{channel.config.base_url}/token", {"grant_type": "client_credentials"})
        response = yield BasicAuth("acme", key).apply(request, channel.clock())
        return BearerAuth(response.json_object()["access_token"])"""
FETCHED = [
    (IMPORT, "from sms_adapters.auth import Auth, BasicAuth, BearerAuth, oauth2_client_credentials\n"),
    (HEADER, FLOW),
    (
        "simulator.py",
        GUARD,
        """given = request.headers.get("authorization")
        if given == "Basic " + b64encode(b"acme:" + KEY.encode()).decode() and request.url.endswith("/token"):
            return WebhookResponse.json({"access_token": "specimen-token-1", "expires_in": 3600})
        if given != "Bearer specimen-token-1":""",
    ),
    ("simulator.py", "import hashlib\n", "import hashlib\nfrom base64 import b64encode\n"),
]
"""Acme with a token that is fetched: what a good one looks like."""

REFUSES = "        if not response.ok:\n            raise self.error_of(response)\n"
CHECKS = 'HttpRequest.get(f"{channel.config.base_url}/v3/account"'
SENDS = """HttpRequest.json(
            f"{channel.config.base_url}/v3/messages", {"to": "12025550123", "from": "Acme", "text": "test"}"""
MAPPED = '(AuthError, "auth.bad_key auth.disabled")'

MUTANTS = [
    ("AUT001", [(MAPPED, '(Reason.UNKNOWN, "auth.bad_key")')], "ended in Rejected"),
    ("AUT001", [(MAPPED, '(TemporaryFailure, "auth.bad_key")')], "ended in Temporary"),
    ("AUT001", [("simulator.py", GUARD, "if False:")], "the simulator accepted a message"),
    (
        "AUT001",
        [("class AcmeConfig(", PATIENT), (f"{REFUSES}        values", "        raise Patient()\n        values")],
        "retryable",
    ),
    ("AUT002", [("class AcmeConfig(", PART_TIME), ('HeaderAuth("X-Api-Key", ', "PartTime(")], "the GET of the account"),
    ("AUT002", [(POSTED, f"{POSTED}, {OWN_HEADER}")], "the POST of a message is not changed"),
    (
        "AUT002",
        [(POSTED, f"{POSTED}, {OWN_HEADER}"), (HEADER, 'return HeaderAuth("X-Acme", "1")')],
        "accepted the POST",
    ),
    ("AUT002", [(POSTED, f"{POSTED}, {OWN_HEADER}"), (HEADER, "return Auth()")], "yet a POST shows a secret"),
    (
        "AUT002",
        [("simulator.py", GUARD, f'if request.method == "POST" and {GUARD[3:]}')],
        "the same with credentials and",
    ),
    (
        "AUT003",
        [(f"{REFUSES}        return AccountInfo", "        return AccountInfo")],
        "credentials ended in AccountInfo",
    ),
    ("AUT003", [('/v3/account", submits=False)', '/v3/account")')], "is marked as submitting"),
    ("AUT003", [(", checked_at=channel.clock())", ")")], "no checked_at"),
    ("AUT003", [("/v3/account", "/v4/account")], "with the right credentials it ended in"),
    ("AUT003", [(CHECKS, SENDS)], "the account check sent a message"),
    (
        "AUT004",
        [*FETCHED, ("        return fetched", "        return BearerAuth(fetched.token, channel.clock())")],
        "is not kept",
    ),
    ("AUT004", [*FETCHED, (FLOW, FLOW_OF_ITS_OWN)], "a request for a token is marked as submitting"),
]


def adapter(tmp_path: Path, edits: list[tuple[str, ...]]) -> Subject:
    folder = copied(tmp_path)
    for *file, before, after in edits:
        edit(folder, *(file or ["adapter.py"]), before, after)
    return opened(folder)


@pytest.mark.parametrize(("check_id", "edits", "words"), MUTANTS)
def test_broken_authentication_is_caught(
    tmp_path: Path, check_id: str, edits: list[tuple[str, ...]], words: str
) -> None:
    sentence = catches(check_id, adapter(tmp_path, edits))
    assert words in sentence
    assert "test_acme_key_1" not in sentence


@pytest.mark.parametrize("check_id", ["AUT001", "AUT002", "AUT003"])
def test_the_specimen_passes(check_id: str) -> None:
    passes(check_id, good())


@pytest.mark.parametrize("check_id", [*IDS, "CFG005", "SEC001", "SEC002", "SEC003"])
def test_the_specimen_with_a_token_that_is_fetched_passes(tmp_path: Path, check_id: str) -> None:
    passes(check_id, adapter(tmp_path, FETCHED))


def test_without_a_token_there_is_nothing_to_keep() -> None:
    with pytest.raises(NotApplicable):
        passes("AUT004", good())


def test_credentials_in_the_address_are_no_fault(tmp_path: Path) -> None:
    edits = [
        (HEADER, "return Auth()"),
        ("{channel.config.base_url}/v3/", "{channel.config.base_url}/{channel.config.api_key.get_secret_value()}/v3/"),
        ("simulator.py", GUARD, 'if not request.url.startswith(f"https://simulator.invalid/{KEY}/"):'),
        ("simulator.py", "urlsplit(request.url).path", 'urlsplit(request.url.replace(f"/{KEY}", "")).path'),
    ]
    passes("AUT001", adapter(tmp_path, edits))
    with pytest.raises(NotApplicable):
        passes("AUT002", adapter(tmp_path, edits))


def test_every_check_has_a_mutant() -> None:
    assert sorted({row[0] for row in MUTANTS}) == IDS
