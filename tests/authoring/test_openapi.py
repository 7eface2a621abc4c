"""Drafts from API descriptions: what they say is in the package, what they leave open is asked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from made import faults, lint, subject

from sms_adapters import ConfigError
from sms_adapters.authoring.drafting import draft
from sms_adapters.authoring.openapi import Description
from sms_adapters.authoring.vocabulary import meaning_of
from sms_adapters.cli.app import cli

pytestmark = pytest.mark.whole

DESCRIPTIONS = Path(__file__).parent / "descriptions"
NESTED, FORM, QUERY = (DESCRIPTIONS / name for name in ("nested.yaml", "form.yaml", "query.json"))


def questions(path: Path, *words: str) -> bool:
    """Whether there is a question with all these words."""
    return any(all(word in question for word in words) for question in draft(path).questions)


def test_a_nested_request_is_drafted_with_its_roles_and_its_settings() -> None:
    answers = draft(NESTED).answers
    assert answers["request"] == {
        "messages": [{"to": ["{to}"], "originator": "{sender}", "content": {"text": "{text}"}, "channel": "SMS"}],
        "campaign": "{config.campaign}",
        "priority": 1,
        "kind": "transactional",
    }
    assert answers["report_path"] == ["messages", 0, "statusCallbackUrl"]
    assert answers["max_chars"] == 1530
    assert [item["name"] for item in answers["settings"]] == ["account_id", "campaign"]
    assert answers["settings"][1]["description"] == "Id of the 'campaign',"


def test_the_address_has_defaults_for_variables_and_settings_for_the_path() -> None:
    answers = draft(NESTED).answers
    assert answers["base_url"] == "https://eu.nested.example"
    assert answers["path"] == "/rest/accounts/{channel.config.account_id}/messages"
    assert answers["served_path"] == "/rest/accounts/simulated/messages"
    assert questions(NESTED, "Which of the servers", "us.nested.example")
    assert draft(FORM).answers["base_url"] == "https://gateway.form.example"
    assert draft(FORM).answers["path"] == "/api/send"


def test_answers_and_errors_are_where_the_description_has_them() -> None:
    answers = draft(NESTED).answers
    assert answers["id_path"] == ["messages", 0, "messageId"]
    assert answers["answer_status"] == 202
    assert answers["refusal"] == {"error": {"code": "{code}", "description": "{words}"}}
    assert dict(answers["errors"]) == {
        "Reason.INVALID_RECIPIENT": "INVALID_DESTINATION",
        "AuthError": "INVALID_CREDENTIALS",
        "Throttled": "RATE_LIMITED",
        "Reason.NO_CREDIT": "INSUFFICIENT_CREDIT",
        "Reason.OPTED_OUT": "RECIPIENT_OPTED_OUT",
    }
    assert answers["unauthorized"] == [401, "INVALID_CREDENTIALS", "the 'key' is not known"]
    assert questions(NESTED, "`E_17` mean?")
    assert questions(NESTED, "is answered 429") or questions(NESTED, "429")


def test_the_example_is_the_description_s_own_without_its_phone_number() -> None:
    example = draft(NESTED).example
    assert example is not None
    assert example.json()["messages"][0]["messageId"] == "n-0001"
    assert example.json()["messages"][0]["to"] == "+12025550123"
    form = draft(FORM).example
    assert form is not None
    assert form.json() == {"id": 4711}
    assert draft(QUERY).example is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (NESTED, {"auth": "oauth2", "token_path": "/oauth2/token"}),
        (FORM, {"auth": "fields", "pair_names": ["user", "pass"]}),
        (QUERY, {"auth": "query", "auth_name": "apikey"}),
    ],
)
def test_authentication_is_the_first_scheme_that_can_be_drafted(path: Path, expected: dict[str, Any]) -> None:
    answers = draft(path).answers
    assert {name: answers[name] for name in expected} == expected


def test_what_is_not_said_is_asked() -> None:
    assert questions(NESTED, "login.nested.example")
    assert questions(NESTED, "`oauth`", "key")
    assert questions(NESTED, "`kind` is required", "transactional")
    assert questions(NESTED, "Is `POST /accounts/{accountId}/messages`", "mms") is False  # MMS is no SMS
    assert questions(FORM, "`dlr` seems to ask for delivery reports")
    assert questions(FORM, "What do refusals look like?")
    assert questions(FORM, "Where is the description published")
    assert questions(QUERY, "Where is the id of the message")
    assert questions(QUERY, "X-Version")
    assert questions(QUERY, "deliveryReport")


@pytest.mark.parametrize("path", [NESTED, FORM, QUERY], ids=lambda path: path.stem)
def test_a_draft_lacks_only_evidence(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    into = tmp_path / "made"
    done = CliRunner().invoke(cli, ["new", "--openapi", str(path), "--into", str(into), "--inbound", "json"])
    assert done.exit_code == 0, done.output
    assert lint(into) == ""
    assert faults(subject(into), "MAN", "CFG", "AUT", "SND", "ERR", "TXT004", "SEC002", "REC") == {}
    listed = [line[2:] for line in (into / "QUESTIONS.md").read_text().splitlines() if line.startswith("- ")]
    assert listed == draft(path).questions
    assert all(question in done.output for question in listed)
    evidence = (into / f"sms_{path.stem}" / "exchanges" / "text.toml") if path is FORM else None
    assert evidence is None or 'evidence = "reference"' in evidence.read_text()


def write(folder: Path, values: Any) -> Path:
    path = folder / "api.json"
    path.write_text(values if isinstance(values, str) else json.dumps(values))
    return path


def described(**post: Any) -> dict[str, Any]:
    return {"openapi": "3.0.0", "info": {"title": "X"}, "paths": {"/m": {"post": post}}}


JSON_BODY = {"content": {"application/json": {"schema": {"properties": {"to": {}, "subject": {}}}}}}


@pytest.mark.parametrize(
    ("values", "operation", "sentence"),
    [
        ("- a\n- b", None, "is no OpenAPI description"),
        ("{", None, "is neither YAML nor JSON"),
        ({"openapi": "3.0.0"}, None, "has no operation whose request has a recipient and a text"),
        (described(requestBody=JSON_BODY), None, "name one with --operation; it has `POST /m`"),
        (described(requestBody=JSON_BODY), "post /m", "looks like the text; there are to, subject"),
        (described(summary="m"), "POST /m", "neither a form nor JSON"),
        (described(summary="m"), "POST /other", "has no operation 'POST /other'; it has `POST /m`"),
    ],
)
def test_a_description_that_cannot_be_drafted_is_refused_with_what_to_do(
    values: Any, operation: str | None, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        draft(write(tmp_path, values), operation)
    assert sentence in str(caught.value)


def test_what_a_description_says_never_becomes_code(tmp_path: Path) -> None:
    evil = '""" + open("x") + """ \\'
    body = {"to": {"type": "string"}, "text": {"type": "string"}, "class": {"type": "string", "description": evil}}
    post = {"requestBody": {"content": {"application/json": {"schema": {"properties": body, "required": ["class"]}}}}}
    values = {"openapi": "3.0.0", "info": {"title": evil, "version": evil}, "paths": {"/m": {"post": post}}}
    answers = draft(write(tmp_path, values)).answers
    written = (answers["document_title"], answers["name"], answers["settings"][0]["description"])
    assert not any(mark in text for text in written for mark in ('"', "\\", "\n"))
    assert answers["settings"][0]["name"] == "field_class"
    values["paths"] = {'/m"{x!r}': {"post": post}}
    with pytest.raises(ConfigError, match="no path holds"):
        draft(write(tmp_path, values))


def test_references_that_go_in_circles_or_nowhere_end() -> None:
    values = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}, "c": {"properties": {"next": {"$ref": "#/c"}, "x": {}}}}
    description = Description(values, "x")
    assert description.resolved({"$ref": "#/a"}) in ({"$ref": "#/a"}, {"$ref": "#/b"})
    assert description.resolved({"$ref": "other.yaml#/x"}) == {}
    assert [leaf.path for leaf in description.leaves({"$ref": "#/c"})] == [("x",)]


KEYS = sorted(set(re.findall(r"[A-Za-z0-9/$]+", NESTED.read_text() + FORM.read_text())))
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(KEYS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(junk)
def test_a_description_of_any_shape_is_drafted_or_refused(tmp_path_factory: pytest.TempPathFactory, tree: Any) -> None:
    schema = {"properties": {"to": {"type": "string"}, "text": {"type": "string"}, "more": tree}, "required": tree}
    post = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": tree, "parameters": tree}
    values = {"openapi": "3.0.0", "info": tree, "paths": {"/m": {"post": post}, "/n": tree}, "components": tree}
    path = write(tmp_path_factory.getbasetemp(), values)
    made = draft(path).answers
    assert {"{to}", "{text}"} <= set(json.dumps(made["request"]).replace('"', " ").split())


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("InvalidRecipient", "Reason.INVALID_RECIPIENT"),
        ("too-many-requests", "Throttled"),
        ("insufficient_balance", "Reason.NO_CREDIT"),
        ("sender.not_approved", "Reason.INVALID_SENDER"),
        ("UNAUTHORIZED", "AuthError"),
        ("E17", None),
    ],
)
def test_codes_mean_what_their_words_say(code: str, meaning: str | None) -> None:
    assert meaning_of(code) == meaning
