"""A new recording is compared in shape and meaning; values that differ each time are no drift."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mutants import opened
from recording import (
    ADDRESS,
    HANDSET,
    KEY,
    LOOPBACK,
    PRIVATE,
    PUBLIC_HANDSET,
    SECRET,
    SOURCE,
    TEST_KEY,
    TEST_SECRET,
    Bench,
    bench,
)

from sms_adapters import Headers, HttpRequest, HttpResponse, TransportError, WebhookRequest, WebhookResponse
from sms_adapters.conformance.accounts import (
    Account,
    RecordingFailed,
    live_values,
    mistaken,
    of_environment,
    published_values,
)
from sms_adapters.conformance.case_files import cassette, http_file, json_file, save, toml_file
from sms_adapters.conformance.cases import exchange_cases, inbound_cases
from sms_adapters.conformance.drift import adopt, drift_of
from sms_adapters.conformance.live import CASES, LONG_UNICODE, Finished, Step, Target, cases_for, record
from sms_adapters.conformance.playing import play, receive_case
from sms_adapters.conformance.shapes import shape_of
from sms_adapters.conformance.subject import Subject
from sms_adapters.sandbox.server import serve

JSON = Headers({"Content-Type": "application/json; charset=utf-8"})
REQUEST = HttpRequest("POST", "https://api.acme.example/v3/messages?a=1", JSON, b'{"to":"12025550123","id":"1"}')
OLD = {
    "id": "a-48213077",
    "status": "queued",
    "segments": 1,
    "price": None,
    "created_at": "2026-01-01T00:00:00Z",
    "errors": [],
    "event": "6d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a11",
    "to": [{"number": "12025550123", "state": "accepted"}],
}
Answer = HttpResponse | TransportError


def answered(values: Any, status: int = 202, headers: Headers = JSON) -> HttpResponse:
    return HttpResponse(status, headers, values if isinstance(values, bytes) else json.dumps(values).encode())


def folder_with(
    tmp_path: Path, old: list[tuple[HttpRequest, Answer]], new: list[tuple[HttpRequest, Answer]], **expect: Any
) -> Path:
    """An adapter's folder with a recording and one that waits."""
    folder = tmp_path / "acme"
    tables = ({"expect": {"type": "SendResult"}}, {"expect": {"type": "SendResult", **expect}})
    for name, exchanges, table in zip(("text", "text.new"), (old, new), tables, strict=True):
        place = folder / "exchanges" / f"{name}.yaml"
        save({place: cassette(exchanges), place.with_suffix(".toml"): toml_file(table)})
    return folder


def changes(tmp_path: Path, old: Answer, new: Answer, request: HttpRequest = REQUEST) -> list[str]:
    found = drift_of(folder_with(tmp_path, [(REQUEST, old)], [(request, new)]))
    assert found.compared == ("exchanges/text",)
    assert all(change.case == "exchanges/text" for change in found.changes)
    return [f"{change.place}: {change.what}: {change.before} > {change.after}" for change in found.changes]


SAME: Mapping[str, Mapping[str, Any]] = {
    "ids, numbers and dates": {
        "id": "b-99",
        "segments": 2,
        "created_at": "2026-11-23T08:00:00Z",
        "to": [{"number": "447700900123", "state": "accepted"}],
    },
    "an id under the name of a word": {"event": "7d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a12"},
    "a value where there was none": {"price": "0.05"},
    "a list that was empty": {"errors": [{"code": 5, "text": "x"}]},
    "more of the same": {"to": [{"number": "1", "state": "accepted"}] * 3},
    "another order": dict(reversed(OLD.items())),
}


@pytest.mark.parametrize("kind", SAME)
def test_values_that_always_differ_are_no_drift(tmp_path: Path, kind: str) -> None:
    assert changes(tmp_path, answered(OLD), answered({**OLD, **SAME[kind]})) == []


CHANGED: Mapping[str, tuple[Any, list[str]]] = {
    "new member": ({**OLD, "carrier": {"name": "x", "mcc": "1"}}, ["answer 1 body $.carrier: new member:  > "]),
    "member gone": (
        {key: OLD[key] for key in OLD if key != "segments"},
        ["answer 1 body $.segments: member is gone:  > "],
    ),
    "nested new member": ({**OLD, "to": [{**OLD["to"][0], "mcc": "1"}]}, ["answer 1 body $.to[].mcc: new member:  > "]),
    "another type": ({**OLD, "segments": "1"}, ["answer 1 body $.segments: another type: number > string"]),
    "another word": ({**OLD, "status": "accepted"}, ["answer 1 body $.status: another word: queued > accepted"]),
    "another word in a list": (
        {**OLD, "to": [{**OLD["to"][0], "state": "pending"}]},
        ["answer 1 body $.to[].state: another word: accepted > pending"],
    ),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_a_change_of_shape_or_of_a_word_is_drift(tmp_path: Path, kind: str) -> None:
    new, wanted = CHANGED[kind]
    assert changes(tmp_path, answered(OLD), answered(new)) == wanted


PAGE = b"<!DOCTYPE html><p>x"
SEEN, LATER = Headers({"X-Id": "1", "Retry-After": "3"}), Headers({"Retry-After": "7"})
ERROR = {"error": {"code": 21211, "message": "no such number +1"}}
EXCHANGES: Mapping[str, tuple[Answer, Answer, list[str]]] = {
    "status": (answered(OLD), answered(OLD, 200), ["answer 1: another HTTP status: 202 > 200"]),
    "error code": (
        answered(ERROR, 400),
        answered({"error": {"code": 21614, "message": "other words"}}, 400),
        ["answer 1 body $.error.code: another error or code: 21211 > 21614"],
    ),
    "kind": (answered(OLD), answered(b"<a/>"), ["answer 1 body: another kind of body: json > xml"]),
    "page": (
        answered(b"OK", 200, Headers()),
        answered(PAGE, 200, Headers()),
        ["answer 1 body: another kind of body: text > html"],
    ),
    "type": (
        answered(b"{}", 200, Headers({"Content-Type": "application/json"})),
        answered(b"{}", 200, Headers({"content-type": "text/json"})),
        ["answer 1 header content-type: another header: application/json > text/json"],
    ),
    "header that matters": (
        answered(b"", 429, Headers()),
        answered(b"", 429, Headers({"Retry-After": "7"})),
        ["answer 1 header retry-after: another header:  > there"],
    ),
    "header that does not": (answered(b"", 200, SEEN), answered(b"", 200, LATER), []),
    "failure": (
        answered(OLD),
        TransportError("ReadTimeout", sent=True),
        ["answer 1: an answer has become a failure, or a failure an answer: an answer > ReadTimeout"],
    ),
    "text": (
        answered(b"0: Accepted for delivery", 202, Headers()),
        answered(b"3: Queued for later delivery", 202, Headers()),
        ['answer 1 body text: another word: "0: Accepted for delivery" > "3: Queued for later delivery"'],
    ),
    "text with ids": (
        answered(b"OK 6d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a11 12025550123", 200, Headers()),
        answered(b"OK 7d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a12 12025550124", 200, Headers()),
        [],
    ),
    "XML": (
        answered(b"<r><status>0</status><id>123456</id></r>", 200, Headers()),
        answered(b"<r version='2'><status>1</status><id>999</id></r>", 200, Headers()),
        ["answer 1 body /r/@version: new member:  > ", "answer 1 body /r/status: another word: 0 > 1"],
    ),
    "form": (
        answered(b"status=ok&id=1", 200, Headers()),
        answered(b"status=queued&id=2&cost=1", 200, Headers()),
        ["answer 1 body cost: new member:  > ", "answer 1 body status: another word: ok > queued"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", EXCHANGES)
def test_a_change_in_an_answer_is_told(tmp_path: Path, kind: str) -> None:
    old, new, wanted = EXCHANGES[kind]
    assert changes(tmp_path, old, new) == wanted


def test_a_change_in_what_we_send_is_told_too(tmp_path: Path) -> None:
    other = HttpRequest("PUT", "https://api.acme.example/v3/messages?b=1", JSON, b'{"to":"447700900123"}')
    assert changes(tmp_path, answered(OLD), answered(OLD), other) == [
        "request 1: another method: POST > PUT",
        "request 1 query b: new parameter:  > ",
        "request 1 query a: parameter is gone:  > ",
        "request 1 body $.id: member is gone:  > ",
    ]


def test_another_number_of_requests_and_another_outcome_are_told(tmp_path: Path) -> None:
    one = (REQUEST, answered(OLD))
    found = drift_of(folder_with(tmp_path, [one], [one, one], type="Rejected", reason="blocked", segments=1))
    assert [str(change) for change in found.changes] == [
        "exchanges/text: exchange: another number of requests: 1 -> 2",
        "exchanges/text: outcome type: another outcome: SendResult -> Rejected",
        "exchanges/text: outcome reason: another outcome: nothing -> blocked",
        "exchanges/text: outcome segments: newly told",
    ]


def webhook(body: str, **event: Any) -> tuple[bytes, bytes, bytes]:
    headers = Headers({"Content-Type": "application/x-www-form-urlencoded"})
    request = WebhookRequest("POST", "https://sms.example.org/c/acme/1/status?id=1", headers, body.encode())
    return http_file(request), json_file([{"type": "DeliveryReport", **event}]), toml_file({})


def test_a_change_in_a_webhook_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "acme" / "inbound"
    files = {
        "report": webhook("Status=sent&To=1", status="sent", word="sent"),
        "report.new": webhook("Status=enroute&To=2&Seq=1", status="unknown", word="enroute"),
    }
    for name, contents in files.items():
        save(
            {
                folder / f"{name}{ending}": data
                for ending, data in zip((".http", ".json", ".toml"), contents, strict=True)
            }
        )
    found = drift_of(tmp_path / "acme")
    assert [str(change) for change in found.changes] == [
        "inbound/report: webhook body Seq: new member",
        "inbound/report: webhook body Status: another word: sent -> enroute",
        "inbound/report: event 1 status: another outcome: sent -> unknown",
        "inbound/report: event 1 word: another outcome: sent -> enroute",
    ]


def test_the_report_is_text_and_json(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, [(REQUEST, answered(OLD))], [(REQUEST, answered({**OLD, "status": "new"}))])
    found = drift_of(folder)
    assert found.to_text() == (
        "acme: 1 change in 1 recording\n  exchanges/text: answer 1 body $.status: another word: queued -> new"
    )
    change = {
        "case": "exchanges/text",
        "place": "answer 1 body $.status",
        "what": "another word",
        "before": "queued",
        "after": "new",
    }
    assert json.loads(json.dumps(found.to_dict())) == {
        "adapter": "acme",
        "compared": ["exchanges/text"],
        "changes": [change],
    }
    assert drift_of(tmp_path).to_text().endswith("nothing changed in 0 recordings that were made again")


def test_what_waits_takes_the_place_of_the_old_one_when_it_is_adopted(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, [(REQUEST, answered(OLD))], [(REQUEST, answered(OLD, 200))])
    assert adopt(folder) == ("exchanges/text",)
    assert sorted(path.name for path in (folder / "exchanges").iterdir()) == ["text.toml", "text.yaml"]
    assert b"code: 200" in (folder / "exchanges/text.yaml").read_bytes()
    assert drift_of(folder).compared == ()


SHAPES = [
    (b"", "empty"),
    (b" \n", "empty"),
    (b'"text"', "text"),
    (b"[1]", "json"),
    (b"{broken", "text"),
    (b"<a><b></a>", "text"),
    (b"<html><p>", "html"),
    (b"a=1&b=2", "form"),
    (b"a=1", "text"),
    (b"\xff\xfe\x00", "text"),
]


@pytest.mark.parametrize(("body", "kind"), SHAPES)
def test_a_body_is_told_by_what_it_is(body: bytes, kind: str) -> None:
    assert shape_of(Headers(), body).kind == kind


# --- the run against a test account


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Bench]:
    """Acme, which reports the messages that ask for it, and whose handset answers what asks for an answer."""
    with bench(tmp_path) as made:
        threads: list[threading.Thread] = []

        def answer(request: WebhookRequest) -> WebhookResponse:
            before = len(made.acme.accepted)
            response = made.acme.handle(request)
            for message in made.acme.accepted[before:]:
                made.acme.inbound_url = message.callback or made.acme.inbound_url
                hooks = list(made.acme.reports(message)) if message.callback else []
                if "answer" in message.text:
                    hooks += made.acme.inbound(HANDSET, ADDRESS, "Yego")
                threads.append(threading.Thread(target=made.fire, args=[hooks]))
                threads[-1].start()
            return response

        made.answer = answer
        yield made
        for thread in threads:
            thread.join()


def target(acme: Bench, **options: Any) -> Target:
    live = {**acme.account().live, "public_url": ""}
    test = published_values(acme.subject, live)
    del live["public_url"]
    test["config"]["base_url"] = "https://api.acme.example"
    numbers = {HANDSET: PUBLIC_HANDSET, f"{HANDSET[:-2]}95": f"{PUBLIC_HANDSET[:-2]}95"}
    values = {"to": HANDSET, "refused": f"{HANDSET[:-2]}95", "seconds": 30.0, "network": LOOPBACK, **options}
    return Target(acme.subject, Account(live, test, numbers=numbers), acme.folder.parent / "out", SOURCE, **values)


def run(acme: Bench, *names: str, **options: Any) -> list[Finished]:
    return record(target(acme, **options), cases_for(acme.subject, names), serve=serve)


def test_a_run_records_every_case_that_the_manifest_calls_for(acme: Bench) -> None:
    steps: list[Step] = []
    chosen = cases_for(acme.subject)
    finished = record(target(acme), chosen, serve=serve, tell=steps.append)
    assert [(item.case.name, item.error) for item in finished] == [(case.name, "") for case in CASES]
    assert [(step.case, step.number, step.total) for step in steps] == [
        (case, number, len(CASES)) for number, case in enumerate(CASES, 1)
    ]
    folder = acme.folder.parent / "out"
    found = {case.name: case for case in exchange_cases(folder)}
    assert {name: case.expect.get("type") or case.expect["error"] for name, case in found.items()} == {
        case.name: case.expects for case in CASES
    }
    assert {case.name for case in inbound_cases(folder)} == {
        "report_report_sent",
        "report_report_delivered",
        "reply_message",
    }
    subject = opened(acme.folder)
    for case in found.values():
        play(subject, case)
    for example in inbound_cases(folder):
        assert receive_case(subject, example).error is None
    octets = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not any(value.encode() in octets for value in PRIVATE)
    assert found["login_refused"].channel["config"]["api_key"] not in (KEY, TEST_KEY)
    assert found["text_unicode_long"].message.text == LONG_UNICODE
    assert found["text"].source.title == "Acme's test account: a GSM text"


def test_what_does_not_come_in_time_is_told_and_not_saved_and_leaves_the_others_alone(acme: Bench) -> None:
    acme.answer = None
    first, second = run(acme, "report", "text", seconds=0.05)
    assert (first.case.name, first.error) == ("text", "")
    assert second.error == "report: what was awaited did not come within 0 seconds"
    assert {path.name for path in (acme.folder.parent / "out").rglob("*.*")} == {"text.yaml", "text.toml"}


def test_a_webhook_that_came_but_was_refused_is_told(acme: Bench) -> None:
    def answer(request: WebhookRequest) -> WebhookResponse:
        response = acme.acme.handle(request)
        callback = str(json.loads(request.body)["report_url"])
        acme.fire([HttpRequest("POST", callback, JSON, b"{}")])
        return response

    acme.answer = answer
    (found,) = run(acme, "report", seconds=0.2)
    assert "seconds; a webhook was refused: InvalidSignature: the webhook has no Acme-Signature" in found.error


def test_a_recipient_that_is_not_refused_after_all_is_told(acme: Bench) -> None:
    (found,) = run(acme, "refused_recipient", refused=HANDSET)
    assert found.error == "refused_recipient: the outcome is SendResult, where Rejected was awaited"


def test_the_status_of_no_message_cannot_be_asked_for(acme: Bench) -> None:
    (found,) = run(acme, "status")
    assert "no message was accepted" in found.error


def test_cases_are_chosen_by_name_and_capability() -> None:
    from sms_adapters import Registry

    kannel = Subject("kannel", Registry(installed=False))
    names = [case.name for case in cases_for(kannel)]
    assert names == ["login_refused", "text", "text_unicode_long", "refused_recipient", "report", "reply"]
    with pytest.raises(RecordingFailed, match="there is no case texts; there are account"):
        cases_for(kannel, ["texts"])
    with pytest.raises(RecordingFailed, match="kannel does not offer what account needs"):
        cases_for(kannel, ["account", "text"])


def test_a_second_run_waits_beside_the_first_and_shows_what_the_aggregator_changed(acme: Bench) -> None:
    run(acme, "text", "account")
    folder = acme.folder.parent / "out"
    run(acme, "text", "account")
    assert drift_of(folder).changes == ()
    assert len(drift_of(folder).compared) == 2

    def changed(request: WebhookRequest) -> WebhookResponse:
        answer = acme.acme.handle(request)
        return WebhookResponse.json({**json.loads(answer.body), "route": "x"}, answer.status)

    acme.answer = changed
    run(acme, "text")
    assert [str(change) for change in drift_of(folder).changes] == ["exchanges/text: answer 1 body $.route: new member"]


# --- accounts


def test_an_account_is_read_from_the_environment() -> None:
    environ = {
        "SMS_ADAPTERS_ACME_API_KEY": KEY,
        "SMS_ADAPTERS_ACME_SIGNING_SECRET": SECRET,
        "SMS_ADAPTERS_ACME_ADDRESS": ADDRESS,
        "SMS_ADAPTERS_ACME_TO": HANDSET,
        "SMS_ADAPTERS_OTHER_API_KEY": "x",
    }
    values = of_environment("acme", environ)
    assert values == {"id": "8eb23e93", "address": ADDRESS, "config": {"api_key": KEY, "signing_secret": SECRET}}


def test_a_channel_is_published_with_the_values_of_the_folder_and_the_simulator(acme: Bench) -> None:
    channel = acme.subject.registry.open(acme.subject.id, id="main", **acme.account().live)
    live = live_values(channel)
    assert live == {"id": "main", **acme.account().live}
    assert published_values(acme.subject, live) == {
        "id": "8eb23e93",
        "address": "+12025550100",
        "country": "US",
        "public_url": "https://sms.example.org",
        "config": {"api_key": TEST_KEY, "signing_secret": TEST_SECRET, "base_url": "https://acme.example.net"}
        | {"base_url": published_values(acme.subject, live)["config"]["base_url"]},
    }
    assert published_values(acme.subject, live)["config"]["base_url"].startswith("http://acme.example.net")


def test_secrets_that_nobody_has_a_test_value_for_are_made_up() -> None:
    from sms_adapters import Registry

    twilio = Subject("twilio", Registry(installed=False))
    config = {"account_sid": "AC" + "1f" * 16, "auth_token": "x" * 32, "api_key_sid": "SK" + "2f" * 16}
    published = published_values(
        twilio, {"config": {**config, "api_key_secret": "0123456789abcdef0123"}, "address": "MyBrand"}
    )
    assert published["config"]["api_key_secret"] == "test-api-key-secret"
    assert published["config"]["auth_token"] == twilio.simulator().config("")["auth_token"]
    assert published["address"] in ("MyBrand", "+12025550100")


def test_wrong_credentials_are_the_same_live_and_published_and_not_the_right_ones(acme: Bench) -> None:
    account = target(acme).account
    wrong = mistaken(acme.subject, account)
    for place in ("api_key", "signing_secret"):
        assert wrong.live["config"][place] == wrong.test["config"][place]
        assert wrong.live["config"][place] not in (account.live["config"][place], account.test["config"][place])
    assert wrong.secrets == {KEY: TEST_KEY, SECRET: TEST_SECRET}
