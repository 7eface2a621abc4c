"""An Infobip channel, what it is answered, the webhooks it is handed, and the documented statuses: for the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from sms_adapters import (
    Channel,
    Client,
    DeliveryReport,
    DeliveryUncertain,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
)
from sms_adapters.conformance.cases import (
    CLOCK,
)
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest

REGISTRY = Registry(installed=False)
FOLDER = REGISTRY.folder("infobip")
KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0-5d1e3c2b-4a59-6877-8695-a4b3c2d1e0f1"
HOST = "https://k9x1yz.api.infobip.com"
SECRET = "example-hmac-secret-0a1b2c3d"
SIGNED = {"webhook_secret": SECRET, "webhook_header": "X-Signature"}
ID = "7f1d6c1e-3f5b-4c43-9a58-4d4b7a0c5e11"
OWN = f"8eb23e93:{ID}"
TO, DIGITS = "+12025550123", "12025550123"
URL = "https://sms.example.org/c/infobip/8eb23e93/"
GROUPS = ("OK", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED")


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {"base_url": HOST, "api_key": KEY, **(config or {})}
    values = {name: value for name, value in values.items() if value is not None}
    options = {"address": "+12025550100", "public_url": "https://sms.example.org", **options}
    return REGISTRY.open("infobip", id="8eb23e93", config=values, clock=lambda: CLOCK, **options)


class Answers:
    """A transport that keeps requests and gives answers."""

    def __init__(self, *answers: HttpResponse) -> None:
        self.answers, self.requests = list(answers), list[HttpRequest]()

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answers.pop(0)

    def close(self) -> None: ...


class Wired(Answers):
    """A transport whose answers are those of a simulator."""

    def __init__(self, simulator: Any) -> None:
        super().__init__()
        self.simulator = simulator

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        made = self.simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        return HttpResponse(made.status, made.headers, made.body)


def answer(status: int, value: object, **headers: str) -> HttpResponse:
    return HttpResponse(status, Headers({"Content-Type": "application/json", **headers}), json.dumps(value).encode())


def status_of(group: int, number: object, name: str = "NAME", **more: object) -> dict[str, object]:
    return {"groupId": group, "groupName": GROUPS[group], "id": number, "name": name, "description": "Said", **more}


def accepted(status: Mapping[str, object] | None = None, **more: object) -> dict[str, object]:
    return {"messageId": OWN, "status": status or status_of(1, 26), "destination": DIGITS, **more}


def sent(*items: object) -> HttpResponse:
    return answer(200, {"bulkId": "1", "messages": list(items or [accepted()])})


def send(*responses: HttpResponse, message: OutboundMessage | None = None, **options: Any) -> tuple[Any, Answers]:
    transport = Answers(*responses or [sent()])
    with Client(transport=transport) as client:
        return client.send(channel_of(**options), message or OutboundMessage(to=TO, text="Muraho", id=ID)), transport


def failure(response: HttpResponse, **options: Any) -> SmsError:
    with pytest.raises(SmsError) as caught:
        send(response, **options)
    return caught.value


def body_of(message: OutboundMessage, **options: Any) -> dict[str, Any]:
    """The request for a message: its one message, with the request's options."""
    _, transport = send(message=message, **options)
    body: dict[str, Any] = json.loads(transport.requests[0].body)
    (item,) = body["messages"]
    return {**item, "request": body.get("options")}


# Source: "Response status and error codes", general status codes.
TAKEN = [
    (1, 3, Status.SENT),
    (1, 7, Status.SENT),
    (1, 26, Status.QUEUED),
    (1, 250, Status.SENT),
    (3, 2, Status.DELIVERED),
    (3, 5, Status.DELIVERED),
    (0, 0, Status.QUEUED),
]
REFUSED = [
    (2, 4, "UNDELIVERABLE_REJECTED_OPERATOR", Rejected, Reason.UNKNOWN),
    (2, 9, "UNDELIVERABLE_NOT_DELIVERED", Rejected, Reason.UNKNOWN),
    (2, 31, "UNDELIVERABLE_NOT_SENT", Rejected, Reason.UNKNOWN),
    (4, 15, "EXPIRED_EXPIRED", Rejected, Reason.EXPIRED),
    (4, 29, "EXPIRED_DLR_UNKNOWN", DeliveryUncertain, None),
    (4, 87, "SIGNALS_BLOCKED", Rejected, Reason.BLOCKED),
    (5, 6, "REJECTED_NETWORK", Rejected, Reason.NO_ROUTE),
    (5, 8, "REJECTED_PREFIX_MISSING", Rejected, Reason.INVALID_RECIPIENT),
    (5, 10, "REJECTED_DND", Rejected, Reason.OPTED_OUT),
    (5, 11, "REJECTED_SOURCE", Rejected, Reason.INVALID_SENDER),
    (5, 12, "REJECTED_NOT_ENOUGH_CREDITS", Rejected, Reason.NO_CREDIT),
    (5, 13, "REJECTED_SENDER", Rejected, Reason.INVALID_SENDER),
    (5, 14, "REJECTED_DESTINATION_BLOCKLISTED", Rejected, Reason.BLOCKED),
    (5, 17, "REJECTED_PREPAID_PACKAGE_EXPIRED", Rejected, Reason.NO_CREDIT),
    (5, 18, "REJECTED_DESTINATION_NOT_REGISTERED", Rejected, Reason.INVALID_RECIPIENT),
    (5, 19, "REJECTED_ROUTE_NOT_AVAILABLE", Rejected, Reason.NO_ROUTE),
    (5, 20, "REJECTED_FLOODING_FILTER", Throttled, None),
    (5, 21, "REJECTED_SYSTEM_ERROR", TemporaryFailure, None),
    (5, 23, "REJECTED_DUPLICATE_MESSAGE_ID", Rejected, Reason.DUPLICATE),
    (5, 24, "REJECTED_INVALID_UDH", Rejected, Reason.INVALID_CONTENT),
    (5, 25, "REJECTED_MESSAGE_TOO_LONG", Rejected, Reason.INVALID_CONTENT),
    (5, 51, "MISSING_TO", Rejected, Reason.INVALID_RECIPIENT),
    (5, 52, "REJECTED_DESTINATION", Rejected, Reason.INVALID_RECIPIENT),
    (5, 87, "SIGNALS_BLOCKED", Rejected, Reason.BLOCKED),
    (5, 99, "REJECTED", Rejected, Reason.UNKNOWN),
    (5, 100, "UNDELIVERABLE_REJECTED_PLATFORM", Rejected, Reason.UNKNOWN),
    (5, 9999, "REJECTED_SOMETHING_NEW", Rejected, Reason.UNKNOWN),
    (2, 9999, "UNDELIVERABLE_SOMETHING_NEW", Rejected, Reason.UNKNOWN),
    (4, 9999, "EXPIRED_SOMETHING_NEW", Rejected, Reason.UNKNOWN),
]


# Source: "Send SMS message", the error answers; the older form is that of ApiException.
def today(code: str, wrong: str = "") -> dict[str, object]:
    violations = [{"property": wrong, "violation": "must not be null"}] if wrong else []
    return {"errorCode": code, "description": "Said", "action": "Do", "violations": violations, "resources": []}


def older(code: str, wrong: str = "") -> dict[str, object]:
    more = {"validationErrors": {wrong: ["must not be null"]}} if wrong else {}
    return {"requestError": {"serviceException": {"messageId": code, "text": "Said", **more}}}


def item_of(**more: object) -> dict[str, Any]:
    """A report with some members replaced."""
    whole = {
        "messageId": OWN,
        "to": DIGITS,
        "doneAt": "2025-05-06T09:48:12.500+0300",
        "messageCount": 2,
        "callbackData": "own-1",
        "price": {"pricePerMessage": 0.03, "currency": "EUR"},
        "status": status_of(3, 5, "DELIVERED_TO_HANDSET"),
        "error": {"id": 0, "name": "NO_ERROR"},
    }
    return {name: value for name, value in {**whole, **more}.items() if value is not None}


def called(body: object, action: str = "status", query: str = "", channel: Channel[Any] | None = None) -> Any:
    request = WebhookRequest(
        "POST", f"{URL}{action}{query}", Headers({"Content-Type": "application/json"}), json.dumps(body).encode()
    )
    with Client(transport=Answers(), joiner=None) as client:
        return client.receive(channel or channel_of(), request)


def events(*items: object, action: str = "status") -> Any:
    receipt = called({"results": list(items)}, action)
    receipt.raise_for_error()
    return receipt.events


def report(more: Mapping[str, object]) -> DeliveryReport:
    (found,) = events(item_of(**more))
    assert isinstance(found, DeliveryReport)
    return found


BROKEN: list[object] = [None, 7, "x", [], {}, {"status": {}}, {"text": "no sender"}, {"from": ""}]
