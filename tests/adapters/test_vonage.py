"""What is special about Vonage: two products, errors in a 200, and results for each segment."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vonage_channel import (
    APPLICATION,
    ID,
    REGISTRY,
    UUID_ANSWER,
    answer,
    channel_of,
    elements,
    failure,
    form_of,
    gsm_by_another_codec,
    message,
    refused,
    simulated,
    submit,
    taken,
)

from sms_adapters import (
    AuthError,
    ConfigError,
    DeliveryUncertain,
    Media,
    ProtocolError,
    Reason,
    Rejected,
    SmsError,
    TemporaryFailure,
    Throttled,
)
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.conformance.check import selected
from sms_adapters.conformance.subject import Subject, as_webhook
from sms_adapters.conformance.suite import judge
from sms_adapters.errors import InvalidMessage
from sms_adapters.http import HttpRequest
from sms_adapters.simulation import Fate

# --- the SMS API's answers

# Source: "Troubleshooting SMS" and "API errors: SMS API", by what a host has to do about each; 13 and 16 to 20 are
# from MessageStatus of the vendor's library for Java, which says that they are no longer in use.
REFUSED = {
    Reason.INVALID_CONTENT: "2 3 12 16 20 23",
    Reason.INVALID_RECIPIENT: "6 17 22 33",
    Reason.BLOCKED: "7",
    Reason.NO_CREDIT: "9",
    Reason.INVALID_SENDER: "15",
    Reason.UNKNOWN: "18 19",
    Reason.NO_ROUTE: "29",
}
OTHERS = {AuthError: "4 8 11 14 32", Throttled: "1 10", TemporaryFailure: "5 13"}
CODES: list[tuple[str, type[SmsError], Reason | None]] = [
    *((code, Rejected, reason) for reason, codes in REFUSED.items() for code in codes.split()),
    *((code, kind, None) for kind, codes in OTHERS.items() for code in codes.split()),
]


@pytest.mark.parametrize(("code", "kind", "reason"), CODES)
def test_each_status_in_a_200_has_its_error_and_keeps_vonages_words(
    code: str, kind: type[SmsError], reason: Reason | None
) -> None:
    for spelt in (code, int(code)):
        error = failure(elements(refused(spelt, f"About {code}")))
        assert type(error) is kind
        assert getattr(error, "reason", None) == reason
        assert (error.provider_code, error.provider_text) == (code, f"About {code}")
        assert error.retryable == (kind in (Throttled, TemporaryFailure))


BLAMED = [
    ("Missing to param", Rejected, Reason.INVALID_RECIPIENT),
    ("Missing from param", Rejected, Reason.INVALID_SENDER),
    ("Missing text param", Rejected, Reason.INVALID_CONTENT),
    ("Missing api_key", AuthError, None),
    ("Invalid value for parameter: to", Rejected, Reason.INVALID_RECIPIENT),
    ("Invalid value for param `from`", Rejected, Reason.INVALID_SENDER),
    ("Not sent due to an invalid ttl from you", Rejected, Reason.INVALID_CONTENT),
]


@pytest.mark.parametrize(("text", "kind", "reason"), BLAMED)
def test_a_parameter_that_is_named_says_what_is_wrong(text: str, kind: type[SmsError], reason: Reason | None) -> None:
    for code in ("2", "3"):
        error = failure(elements(refused(code, text)))
        assert (type(error), getattr(error, "reason", None), error.provider_text) == (kind, reason, text)
    other = failure(elements(refused("12", text)))
    assert getattr(other, "reason", None) is Reason.INVALID_CONTENT


@pytest.mark.parametrize("code", ["77", 77, "-1", "ok", True, None, "", [], {}])
def test_a_status_that_is_not_known_is_never_a_success(code: Any) -> None:
    error = failure(elements({**taken(1), "status": code}))
    known = isinstance(code, str | int) and not isinstance(code, bool) and code != ""
    assert type(error) is (Rejected if known else ProtocolError)
    assert not error.retryable
    assert error.provider_code == (str(code) if known else None)


HTTP = {
    302: ProtocolError,
    400: Rejected,
    401: AuthError,
    403: AuthError,
    404: Rejected,
    429: Throttled,
    500: DeliveryUncertain,
    502: DeliveryUncertain,
    503: TemporaryFailure,
    504: DeliveryUncertain,
}


@pytest.mark.parametrize("status", HTTP)
@pytest.mark.parametrize("config", [{}, {"product": "messages"}])
def test_an_http_status_that_is_not_documented_decides_alone(status: int, config: dict[str, str]) -> None:
    for body in ({}, [], "text", {"messages": []}, {"messages": [taken(1)], "message_uuid": "1"}):
        error = failure(answer(status, body), config=config)
        assert type(error) is HTTP[status]
        assert error.provider_code == str(status)


def test_segments_that_were_taken_are_kept_whichever_was_refused() -> None:
    items = [taken(1), taken(2), refused("1", "Throttled")]
    for order in permutations(items):
        error = failure(elements(*order), item=message("Umuntu ngumuntu ngabantu. " * 14))
        assert type(error) is Throttled
        assert error.partial is not None
        assert error.partial.ids == tuple(str(item["message-id"]) for item in order if item["status"] == "0")
        assert not error.retryable


def test_the_first_refusal_decides() -> None:
    error = failure(elements(refused("9", "no credit"), refused("1", "slow")), item=message("Muraho! " * 30))
    assert (type(error), error.provider_text, error.partial) == (Rejected, "no credit", None)


def test_segments_of_an_earlier_request_are_kept_with_those_of_the_one_that_failed() -> None:
    long = message("Umuntu ngumuntu ngabantu. " * 200)
    first = [taken(number) for number in range(21)]
    error, requests = submit(long, elements(*first), elements(taken(21), refused("5", "Internal Error"), taken(23)))
    assert [len(form_of(request)["text"]) <= 3200 for request in requests] == [True, True]
    assert "".join(form_of(request)["text"] for request in requests) == long.text
    assert type(error) is TemporaryFailure
    assert error.partial is not None
    assert error.partial.ids == tuple(f"{number:016X}" for number in (*range(21), 21, 23))
    assert not error.retryable
    assert error.to_dict()["accepted_ids"] == list(error.partial.ids)


def test_each_segment_has_its_id_price_and_place() -> None:
    result, _ = submit(message("Umuntu ngumuntu ngabantu. " * 14), elements(taken(7), taken(8), taken(9)))
    assert result.ids == (f"{7:016X}", f"{8:016X}", f"{9:016X}")
    assert result.segments == 3
    assert {(str(part.price.amount), part.price.currency) for part in result.parts} == {("0.0333", "EUR")}


# --- the Messages API's answers

LINK = "https://developer.vonage.com/api-errors/messages#"
# A number that the specification's examples use for two things has the meaning of neither (1000, 1060, 1100, 1140).
PROBLEMS: list[tuple[int, dict[str, Any], type[SmsError], Reason | None]] = [
    (401, {"type": LINK + "1000", "title": "Unauthorized"}, AuthError, None),
    (402, {"type": LINK + "1000", "title": "Low balance"}, Rejected, Reason.NO_CREDIT),
    (402, {}, Rejected, Reason.NO_CREDIT),
    (422, {}, Rejected, Reason.INVALID_CONTENT),
    (422, {"type": LINK + "110", "title": "Invalid recipient"}, Rejected, Reason.INVALID_RECIPIENT),
    (422, {"type": LINK + "9", "title": "Invalid sender"}, Rejected, Reason.INVALID_SENDER),
    (422, {"type": LINK + "1430", "title": "Words"}, Rejected, Reason.INVALID_RECIPIENT),
    (422, {"type": LINK + "1240", "title": "Illegal Number"}, Rejected, Reason.OPTED_OUT),
    (422, {"type": LINK + "1060", "title": "Invalid client reference"}, Rejected, Reason.INVALID_CONTENT),
    (422, {"type": LINK + "1140", "title": "Invalid message type"}, Rejected, Reason.INVALID_CONTENT),
    (422, {"type": LINK + "1020", "invalid_parameters": [{"name": "from"}]}, Rejected, Reason.INVALID_SENDER),
    (422, {"type": LINK + "1020", "invalid_parameters": [{}, 7, {"name": "ttl"}]}, Rejected, Reason.INVALID_CONTENT),
    (400, {"type": LINK + "1020", "invalid_parameters": [{"name": "to"}]}, Rejected, Reason.INVALID_RECIPIENT),
    (429, {"type": LINK + "1010", "title": "Rate Limit Hit"}, Throttled, None),
    (500, {"type": LINK + "1000", "title": "Internal error"}, DeliveryUncertain, None),
    (202, {"type": LINK + "1000", "title": "Throttled"}, ProtocolError, None),
]


@pytest.mark.parametrize(("status", "problem", "kind", "reason"), PROBLEMS)
def test_the_http_status_decides_about_a_problem_and_its_words_give_the_reason(
    status: int, problem: dict[str, Any], kind: type[SmsError], reason: Reason | None
) -> None:
    told = {**problem, "detail": "About it"} if problem else {}
    error = failure(answer(status, told), config={"product": "messages"})
    assert (type(error), getattr(error, "reason", None)) == (kind, reason)
    assert error.provider_code == (problem["type"].partition("#")[2] if problem else str(status))
    assert error.provider_text == ("About it" if problem else None)
    assert error.retryable == (kind is Throttled)


# --- what the SMS API is asked


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x1F9FF), min_size=1, max_size=60))
def test_the_encoding_is_said_and_is_unicode_where_gsm_7_bit_would_lose_something(text: str) -> None:
    _, (request,) = submit(message(text), elements(taken(1)))
    form = form_of(request)
    assert form["text"] == text
    assert form["type"] == ("text" if gsm_by_another_codec(text) else "unicode")


def test_a_reference_beyond_vonages_limit_is_left_out() -> None:
    for length, sent in ((100, True), (101, False)):
        _, (request,) = submit(message(id="x" * length), elements(taken(1)))
        assert ("client-ref" in form_of(request)) is sent
        _, (request,) = submit(message(id="x" * length), UUID_ANSWER, config={"product": "messages"})
        assert ("client_ref" in json.loads(request.body)) is sent


def test_a_url_for_reports_that_vonage_would_refuse_is_refused_before_anything_is_sent() -> None:
    within = "https://sms.example.org/" + "a" * 51
    for extra, fits in (("", True), ("b", False)):
        options = {"public_url": within + extra}
        result, requests = submit(message(), elements(taken(1)), **options)
        assert isinstance(result, ConfigError) is not fits
        assert [len(form_of(request)["callback"]) for request in requests] == ([100] if fits else [])
    _, (request,) = submit(message(), elements(taken(1)), public_url=within + "b", config={"reports": "dashboard"})
    assert "callback" not in form_of(request)
    assert isinstance(submit(message(report=False), elements(taken(1)), public_url=within + "b")[1][0], HttpRequest)


ONLY = [
    ({"media": (Media("https://media.example.org/a.jpg"),)}, "sms"),
    ({"text": "", "data": b"\x00\x01"}, "messages"),
    ({"flash": True}, "messages"),
]


@pytest.mark.parametrize(("values", "without"), ONLY)
def test_what_only_the_other_product_sends_is_refused_before_anything_is_sent(
    values: dict[str, Any], without: str
) -> None:
    error, requests = submit(message(**values), config={"product": without})
    assert isinstance(error, ConfigError)
    assert requests == []


VALIDITIES = [
    (20, "sms", True),
    (19, "sms", False),
    (604_800, "sms", True),
    (604_801, "sms", False),
    (300, "mms", True),
    (299, "mms", False),
    (259_200, "mms", True),
    (259_201, "mms", False),
]


@pytest.mark.parametrize(("seconds", "kind", "fits"), VALIDITIES)
def test_a_validity_that_vonage_would_refuse_is_refused_here(seconds: int, kind: str, fits: bool) -> None:
    span = timedelta(seconds=seconds)
    media = (Media("https://media.example.org/a.jpg"),) if kind == "mms" else ()
    sent, requests = submit(message(validity=span, media=media), UUID_ANSWER, config={"product": "messages"})
    assert [json.loads(request.body)["ttl"] for request in requests] == ([seconds] if fits else [])
    assert isinstance(sent, InvalidMessage) is not fits
    if kind == "sms":
        _, requests = submit(message(validity=span), elements(taken(1)))
        assert [form_of(request)["ttl"] for request in requests] == ([str(1000 * seconds)] if fits else [])


@pytest.mark.parametrize("config", [{}, {"reports": "dashboard"}])
def test_where_no_report_is_asked_for_nothing_is_said_of_one(config: dict[str, str]) -> None:
    quiet = message(report=bool(config))
    _, (form,) = submit(quiet, elements(taken(1)), config=config)
    _, (body,) = submit(quiet, UUID_ANSWER, config={**config, "product": "messages"})
    assert form_of(form).keys() & {"callback", "status-report-req"} == ({"status-report-req"} if not config else set())
    assert form_of(form).get("status-report-req") in (None, "false")
    assert json.loads(body.body).keys() & {"webhook_url", "webhook_version"} == set()


def test_an_encoding_that_is_asked_for_is_said() -> None:
    for encoding, word in (("ucs2", "unicode"), ("gsm7", "text")):
        _, (form,) = submit(message(encoding=encoding), elements(taken(1)))
        _, (body,) = submit(message(encoding=encoding), UUID_ANSWER, config={"product": "messages"})
        assert form_of(form)["type"] == word
        assert json.loads(body.body)["sms"] == {"encoding_type": word}


def test_a_segment_that_was_taken_without_an_id_is_no_success() -> None:
    for nothing in (None, "", [], {}):
        error = failure(elements(taken(1), {**taken(2), "message-id": nothing}))
        assert (type(error), error.retryable) == (ProtocolError, False)
        assert error.partial is not None
        assert error.partial.ids == (f"{1:016X}",)


def test_a_caption_that_is_too_long_is_refused_here() -> None:
    media = (Media("https://media.example.org/a.jpg"),)
    error, requests = submit(message("x" * 2001, media=media), config={"product": "messages"})
    assert (type(error), requests) == (InvalidMessage, [])


WRONG = [
    ({"api_secret": None, "signature_secret": None}, "api_secret"),
    ({"product": "messages", "api_secret": None}, "application_id"),
    ({"application_id": APPLICATION}, "go together"),
    ({"private_key": "x"}, "go together"),
    ({"signature_method": "md4"}, "signature_method"),
    ({"product": "voice"}, "product"),
    ({"signature_secret": ""}, "signature_secret"),
    ({"account": ""}, "account"),
    ({"base_url": "rest.nexmo.com"}, "base_url"),
]


@pytest.mark.parametrize(("config", "word"), WRONG)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        channel_of(config)


def test_a_simulator_in_vonages_place_gets_everything() -> None:
    for config in ({}, {"product": "messages"}, {"product": "messages", "messages_url": "https://api-eu.vonage.com"}):
        channel = channel_of({**config, "base_url": "https://simulator.invalid/"})
        assert channel.config.root == channel.config.messages_root == "https://simulator.invalid"
    assert (
        channel_of({"messages_url": "https://api-eu.vonage.com/"}).config.messages_root == "https://api-eu.vonage.com"
    )


# --- both products, every way in


class Variant(Subject):
    """The adapter with another product, or with webhooks that come another way."""

    def __init__(self, **options: Any) -> None:
        super().__init__("vonage", REGISTRY)
        self.options = options

    def simulator(self) -> Any:
        return REGISTRY.simulator("vonage", clock=lambda: CLOCK, **self.options)

    @property
    def inbound(self) -> list[Any]:
        """None: the examples are those of the usual way, and have been checked with it."""
        return []


VARIANTS = {
    "messages": ({"product": "messages"}, ("AUT", "SND", "ERR", "INB", "DLR", "SIG", "TXT", "CON", "SEC001", "SEC002")),
    "get": ({"style": "get", "method": "md5hash"}, ("INB", "DLR", "SIG")),
    "form": ({"style": "form", "method": "sha512"}, ("INB", "DLR", "SIG")),
}
ONLY_SMS = {"SND011", "SND012"}
"""Binary and flash messages, which the Messages API has not."""
CHECKS = [
    pytest.param(name, check, id=f"{name}-{check.id}")
    for name, (_, families) in VARIANTS.items()
    for check in selected(families)
    if not (name == "messages" and check.id in ONLY_SMS)
]


@pytest.mark.parametrize(("name", "check"), CHECKS)
def test_every_check_holds_for_the_other_product_and_the_other_ways_in(name: str, check: Any) -> None:
    judge(check, Variant(**VARIANTS[name][0]))


@pytest.mark.parametrize("product_name", ["sms", "messages"])
@pytest.mark.parametrize("text", ["Muraho", "Price: 10€ [a|b]", "Кириллица и 👨‍👩‍👧 " * 20, "a & b = c + d % e _ f"])
def test_a_text_goes_out_and_comes_back_as_it_was(product_name: str, text: str) -> None:
    for style in ("get", "form", "json"):
        simulator = REGISTRY.simulator("vonage", clock=lambda: CLOCK, product=product_name, style=style)
        channel = channel_of(simulator.config("https://simulator.invalid"))
        with simulated(channel, simulator) as client:
            result = client.send(channel, message(text))
            reports = [webhook for sent in simulator.accepted for webhook in simulator.reports(sent)]
            found = [event for report in reports for event in client.receive(channel, as_webhook(report)).events]
            made = simulator.inbound("+12025550123", "+12025550100", text)
            replies = [event for sent in made for event in client.receive(channel, as_webhook(sent)).events]
        assert "".join(sent.text for sent in simulator.accepted) == text
        assert result.ids == tuple(sent.id for sent in simulator.accepted)
        assert {event.message_id for event in found} == {ID}
        assert {event.id for event in found} == set(result.ids)
        assert [(event.sender, event.text) for event in replies] == [("+12025550123", text)]


def test_an_explicit_gsm_text_loses_what_does_not_fit_at_the_simulated_vonage() -> None:
    """Why `type` matters: the simulator does to such a text what Vonage does."""
    simulator = REGISTRY.simulator("vonage", clock=lambda: CLOCK)
    channel = channel_of(simulator.config("https://simulator.invalid"))
    with simulated(channel, simulator) as client:
        client.send(channel, message("Привет"))
        (request,) = client._transport.requests
    body = request.body.replace(b"type=unicode", b"type=text")
    simulator.handle(as_webhook(replace(request, body=body)))
    assert [sent.text for sent in simulator.accepted] == ["Привет", "??????"]


def test_a_lost_answer_to_several_segments_is_in_doubt() -> None:
    simulator = REGISTRY.simulator("vonage", clock=lambda: CLOCK)
    channel = channel_of(simulator.config("https://simulator.invalid"))
    fate = next(tail for tail in range(100) if simulated_fate(tail) is Fate.LOST_ANSWER)
    with simulated(channel, simulator) as client, pytest.raises(DeliveryUncertain) as caught:
        client.send(channel, message("Umuntu ngumuntu ngabantu. " * 9, to=f"+120255501{fate:02d}"))
    assert not caught.value.retryable


def simulated_fate(tail: int) -> Fate:
    from sms_adapters.simulation import fate_of

    return fate_of(f"{tail:02d}")
