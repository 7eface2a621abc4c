"""What Infobip pushes: batches, in which one item takes no other with it, and their signatures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from infobip_channel import (
    BROKEN,
    DIGITS,
    OWN,
    REFUSED,
    TAKEN,
    TO,
    URL,
    called,
    channel_of,
    events,
    item_of,
    report,
    status_of,
)

from sms_adapters import (
    Channel,
    DeliveryReport,
    InboundMessage,
    InvalidSignature,
    MalformedInbound,
    Reason,
    Rejected,
    SmsError,
    Status,
    UnreadableEvent,
)
from sms_adapters.http import Headers, WebhookRequest
from sms_adapters.signatures import NO_SIGNATURE

# --- reports

# Source: "Response status and error codes", general error codes and DLT error codes.
ERRORS = {
    Reason.INVALID_RECIPIENT: "1 5 11 351 352 565 568 629 3041",
    Reason.INVALID_SENDER: "368 375 562 563 564 2053",
    Reason.INVALID_CONTENT: "355 561 2051",
    Reason.NO_CREDIT: "4099",
    Reason.OPTED_OUT: "573 603 2050",
    Reason.BLOCKED: "9 13 560 566 569 574 604 607 608 2049 2052",
    Reason.DUPLICATE: "5492",
    Reason.NO_ROUTE: "345 592 597 598",
    Reason.REGULATION: "488 571 572 594 4106 4121 4140 4158",
    Reason.SUSPENDED: "433",
    Reason.EXPIRED: "811 4098 4100 4101",
    Reason.UNKNOWN: "6 27 32 9999 4105 4159 631",
}


@pytest.mark.parametrize(
    ("number", "reason"), [(number, reason) for reason, numbers in ERRORS.items() for number in numbers.split()]
)
def test_an_error_says_more_than_the_status(number: str, reason: Reason) -> None:
    error = {"groupId": 1, "id": int(number), "name": "EC_NAME", "description": "Why"}
    found = report({"status": status_of(2, 9, "UNDELIVERABLE_NOT_DELIVERED"), "error": error})
    assert (found.status, found.word, found.reason) == (Status.UNDELIVERABLE, "UNDELIVERABLE", reason)
    assert (found.code, found.description) == (number, "UNDELIVERABLE_NOT_DELIVERED, EC_NAME: Why")


@pytest.mark.parametrize(("group", "number", "name", "kind", "reason"), REFUSED)
def test_a_status_is_the_reason_where_there_is_no_error(
    group: int, number: int, name: str, kind: type[SmsError], reason: Reason | None
) -> None:
    states = {(2, 4): Status.REJECTED, (4, 87): Status.REJECTED}
    plain = {2: Status.UNDELIVERABLE, 4: Status.EXPIRED, 5: Status.REJECTED}
    for error in ({"id": 0, "name": "NO_ERROR", "description": "No Error"}, {}, None):
        found = report({"status": status_of(group, number, name), "error": error})
        assert found.status is states.get((group, number), plain[group])
        assert found.code == str(number)
        assert (found.description or "").startswith(name)
        assert found.reason in (reason, None)
        assert (found.reason is None) == (number in (99, 9999) or kind is not Rejected)


@pytest.mark.parametrize(("group", "number", "status"), TAKEN)
def test_a_report_that_is_not_final_or_good_has_no_reason(group: int, number: int, status: Status) -> None:
    found = report({"status": status_of(group, number), "error": {"id": 1, "name": "EC_UNKNOWN_SUBSCRIBER"}})
    assert (found.status, found.reason) == (status, None)


def test_a_report_is_of_a_message_a_part_and_a_price() -> None:
    found = report({})
    assert (found.id, found.message_id, found.recipient) == (OWN, "own-1", TO)
    assert found.at == datetime(2025, 5, 6, 6, 48, 12, 500_000, tzinfo=UTC)
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal("0.06"), "EUR")
    older_one = report({"messageCount": None, "smsCount": 3})
    assert older_one.price is not None
    assert older_one.price.amount == Decimal("0.09")
    for odd in ({"price": None}, {"price": {}}, {"price": {"pricePerMessage": "x", "currency": "EUR"}}, {"price": 1}):
        assert report(odd).price is None
    uncounted = report({"messageCount": None})
    assert uncounted.price is not None
    assert uncounted.price.amount == Decimal("0.03")


def test_a_report_is_found_by_either_id() -> None:
    assert report({"callbackData": None}).message_id is None
    assert report({"messageId": None}).id is None
    assert report({"doneAt": None}).at is None
    (found,) = events(item_of(messageId=None, callbackData=None))
    assert isinstance(found, UnreadableEvent)


@pytest.mark.parametrize("action", ["status", "receive"])
@pytest.mark.parametrize("broken", BROKEN)
def test_one_item_takes_no_other_with_it(action: str, broken: object) -> None:
    message = {"messageId": "in-1", "from": DIGITS, "to": "22384", "text": "Muraho"}
    teleported = item_of(status={"groupId": 9, "groupName": "TELEPORTED", "id": 250})
    found = events(item_of(), broken, message, teleported, item_of(), action=action)
    assert [type(one) for one in found] == [
        DeliveryReport,
        UnreadableEvent,
        InboundMessage,
        DeliveryReport,
        DeliveryReport,
    ]
    assert (found[3].status, found[3].word) == (Status.UNKNOWN, "TELEPORTED")
    assert found[1].raw == (broken if isinstance(broken, dict) and broken else {"item": broken})


@pytest.mark.parametrize("body", [None, [], {}, {"results": {}}, {"results": None}, "x", 7, [item_of()]])
def test_a_body_that_is_no_batch_is_malformed(body: object) -> None:
    receipt = called(body)
    assert isinstance(receipt.error, MalformedInbound)
    assert (receipt.events, receipt.response.status) == ((), 400)


# --- incoming messages


def test_a_message_keeps_its_keyword_and_its_numbers_get_a_plus() -> None:
    item = {
        "messageId": "in-1",
        "from": DIGITS,
        "to": "12025550100",
        "text": "STATUS 55",
        "cleanText": "55",
        "keyword": "STATUS",
        "receivedAt": "2025-05-06T07:00:00.123+0000",
    }
    (found,) = events(item, action="receive")
    assert (found.sender, found.to, found.text, found.id) == (TO, "+12025550100", "STATUS 55", "in-1")
    assert found.received_at == datetime(2025, 5, 6, 7, 0, 0, 123_000, tzinfo=UTC)
    (bare,) = events({"from": "InfoSMS"}, action="receive")
    assert (bare.sender, bare.to, bare.text, bare.received_at, bare.media) == ("InfoSMS", None, "", None, ())


def test_the_segments_of_an_mms_are_text_and_media() -> None:
    segments = [
        {"contentType": "image/jpeg", "url": "https://media.example.org/1"},
        {"contentType": "text/plain", "value": "first"},
        {"contentType": "application/smil", "value": ""},
        {"url": "https://media.example.org/2"},
        {"contentType": "text/plain", "value": "second"},
        None,
    ]
    (found,) = events({"from": DIGITS, "to": "25256", "messageId": "m", "message": segments}, action="receive")
    assert found.text == "first\nsecond"
    urls = [("https://media.example.org/1", "image/jpeg"), ("https://media.example.org/2", None)]
    assert [(media.url, media.content_type) for media in found.media] == urls


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "groupId", "groupName", "name", "url", "value"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        *("messageId", "from", "to", "text", "receivedAt", "message", "status", "error", "price", "doneAt"),
        *("callbackData", "destination", "messageCount", "smsCount"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.dictionaries(NAMES, VALUES, max_size=8) | VALUES, max_size=4), st.sampled_from(["receive", "status"])
)
def test_every_item_is_an_event_whatever_it_holds(items: list[Any], action: str) -> None:
    receipt = called({"results": items}, action)
    assert receipt.error is None
    assert len(receipt.events) == len(items)


# --- signatures

# Sources: RFC 2202, test case 2 of MD5 and of SHA-1; RFC 4231, test case 2. Key "Jefe".
RFC_DATA = b"what do ya want for nothing?"
RFC = {
    "HMAC_MD5": "750c783e6ab0b503eaa86e310a5db738",
    "HMAC_SHA_1": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    "HMAC_SHA_224": "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
    "HMAC_SHA_256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "HMAC_SHA_384": (
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
    ),
    "HMAC_SHA_512": (
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    ),
}


def verified(channel: Channel[Any], body: bytes, headers: Mapping[str, str]) -> Any:
    request = WebhookRequest("POST", f"{URL}status", Headers(headers), body)
    return channel.plugin.adapter.verify_inbound(channel=channel, request=request)


@pytest.mark.parametrize("algorithm", RFC)
def test_each_algorithm_is_that_of_the_rfc_in_hex_and_base64(algorithm: str) -> None:
    config = {"webhook_secret": "Jefe", "webhook_header": "X-Signature", "webhook_algorithm": algorithm}
    channel, octets = channel_of(config), bytes.fromhex(RFC[algorithm])
    spelt = [RFC[algorithm], RFC[algorithm].upper(), f" {RFC[algorithm]} ", base64.b64encode(octets).decode()]
    for value in spelt:
        name = "hmac-" + algorithm.removeprefix("HMAC_").replace("_", "").lower()
        assert verified(channel, RFC_DATA, {"x-signature": value}).scheme == name
    for value in (RFC[algorithm][:-1] + "0", base64.b64encode(octets[::-1]).decode(), "", "é"):
        with pytest.raises(InvalidSignature):
            verified(channel, RFC_DATA, {"X-Signature": value})
    with pytest.raises(InvalidSignature):
        verified(channel, RFC_DATA + b" ", {"X-Signature": RFC[algorithm]})
    with pytest.raises(InvalidSignature):
        verified(channel, RFC_DATA, {"X-Other": RFC[algorithm]})


def test_a_channel_without_a_secret_has_no_signature() -> None:
    assert verified(channel_of(), b"{}", {"X-Signature": "00"}) is NO_SIGNATURE


def test_the_callback_secret_is_asked_for_where_nothing_is_signed() -> None:
    channel = channel_of(callback_secret="example-callback-secret")
    assert called({"results": []}, channel=channel).response.status == 403
    called({"results": []}, query="?key=example-callback-secret", channel=channel).raise_for_error()
