"""Vonage's side, simulated: the SMS API, the Messages API, the balance, and the signed webhooks of both products."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from ...errors import InvalidSignature
from ...http import HttpRequest, MultiDict, WebhookRequest, WebhookResponse
from ...results import Status
from ...signatures import bearer_token, verify_jwt
from ...simulation import Fate, Redelivery, SimulatedMessage, Simulator, fate_of
from ...text import Encoding, gsm7, plan
from . import simulated_webhooks as webhooks
from .signing import signature

__all__ = ["VonageSimulator"]

KEY, SECRET = "a1b2c3d4", "SimulatedSecret24"
SIGNATURE_SECRET = "simulated-signature-secret-0123456789"  # noqa: S105 - the simulator's own
SEAL = (KEY, SIGNATURE_SECRET, "78d335fa-323d-4114-9c3d-d6f0d48968cf")
Refusal: TypeAlias = tuple[str, str]
REFUSALS: Mapping[Fate, Refusal] = {
    Fate.INVALID: ("6", "Unroutable message - rejected"),
    Fate.OPTED_OUT: ("7", "Number barred."),
    Fate.THROTTLED: ("1", "Throughput Rate Exceeded - please wait [ 250 ] and retry"),
    Fate.UNAVAILABLE: ("5", "Internal Error"),
}
CHECKS: tuple[tuple[Callable[[MultiDict], bool], Refusal], ...] = (
    (lambda form: not form.get("to"), ("2", "Missing to param")),
    (lambda form: not form.get("from"), ("2", "Missing from param")),
    (lambda form: not (form.get("text") or form.get("body")), ("2", "Missing text param")),
    (lambda form: not (form.get("to") or "").isdigit(), ("3", "Invalid value for parameter: to")),
    (
        lambda form: not 20_000 <= int(form.get("ttl") or 20_000) <= 604_800_000,
        ("3", "Invalid value for parameter: ttl"),
    ),
    (lambda form: len(form.get("text") or "") > 3200, ("12", "Message too long")),
    (lambda form: len(form.get("callback") or "") > 100, ("23", "Invalid callback url")),
)
PROBLEMS: Mapping[Fate, tuple[int, str, str]] = {
    Fate.INVALID: (422, "1430", "Invalid recipient"),
    Fate.OPTED_OUT: (422, "1240", "Illegal Number"),
    Fate.THROTTLED: (429, "1000", "Throttled"),
    Fate.UNAVAILABLE: (503, "1100", "Communication Failed"),
}


REDELIVERY = Redelivery(waits=(*(5.0 * 2**step for step in range(8)), *(900.0,) * 94))


class VonageSimulator(Simulator):
    """One account.

    `product` is the API that its channel sends by and that brings incoming messages. The SMS API's webhooks come by
    `style` ("get", "form" or "json"), signed by `method`. With `public_key`, a PEM, applications' tokens are taken.
    """

    adapter = "vonage"
    redelivery = REDELIVERY

    def __init__(
        self,
        *,
        product: str = "sms",
        style: str = "json",
        method: str = "sha256",
        public_key: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.product, self.style, self.method, self.public_key = product, style, method, public_key

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        signed = {"signature_secret": SIGNATURE_SECRET, "signature_method": self.method}
        product = {} if self.product == "sms" else {"product": self.product}
        return {"base_url": base_url, "account": KEY, "api_secret": SECRET, **signed, **product}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """A message by either product, or the balance."""
        path = urlsplit(request.url).path
        if path.endswith("/sms/json") and request.method == "POST":
            return self._submit(request)
        if path.endswith("/v1/messages") and request.method == "POST":
            return self._send(request)
        if path.endswith("/account/get-balance"):
            known = _is_basic(request)
            answer = {"value": 10.28, "autoReload": False} if known else {"error-code": "401"}
            return WebhookResponse.json(answer, 200 if known else 401)
        return _problem(404, "not-found", "Not Found")

    def _submit(self, request: WebhookRequest) -> WebhookResponse:
        form = request.form()
        to = form.get("to") or ""
        refusal = self._stranger(request, form) or REFUSALS.get(fate_of(to))
        refusal = refusal or next((found for wrong, found in CHECKS if wrong(form)), None)
        if refusal is not None:
            return _answer([{"status": refusal[0], "error-text": refusal[1]}])
        own = {"client-ref": form.get("client-ref")} if form.get("client-ref") else {}
        priced = {"status": "0", "remaining-balance": "10.28", "message-price": "0.0333", "network": "12345", **own}
        taken = [self._accept(form, text, data) for text, data in _content(form)]
        return _answer([{"to": to, "message-id": message.id, **priced} for message in taken])

    def _stranger(self, request: WebhookRequest, form: MultiDict) -> Refusal | None:
        """What is wrong with the credentials: Basic, or a signature without the API secret."""
        given = form.get("sig")
        if given is None:
            return None if _is_basic(request) else ("4", "Bad Credentials")
        if form.get("api_secret") or request.headers.get("authorization"):
            return "32", "Signature and API secret disallowed"
        pairs = [pair for pair in form.items() if pair[0] != "sig"]
        right = form.get("api_key") == KEY and given == signature(pairs, SIGNATURE_SECRET, self.method)
        fresh = abs(int(form.get("timestamp") or 0) - self.clock().timestamp()) < 300
        return None if right and fresh else ("14", "Invalid Signature")

    def _accept(self, form: MultiDict, text: str, data: bytes | None) -> SimulatedMessage:
        to, sender = _address(form.get("to") or ""), _address(form.get("from") or "")
        wanted = form.get("status-report-req") != "false"
        callback = form.get("callback") if wanted else None
        values = form.to_dict()
        return self.accept(SimulatedMessage(f"{self.serial():016X}", to, sender, text, callback, data, values))

    def _send(self, request: WebhookRequest) -> WebhookResponse:
        if not (_is_basic(request) or self._is_application(request)):
            return _problem(401, "unauthorized", "Unauthorized")
        values = request.json_object()
        problem = PROBLEMS.get(fate_of(str(values.get("to"))))
        if problem is not None:
            return _problem(*problem)
        named = [name for name in ("to", "from", "channel", "message_type") if not values.get(name)]
        if named:
            return _problem(422, "1020", "Invalid params", invalid_parameters=[{"name": named[0], "reason": "missing"}])
        uuid, to, sender = str(UUID(int=self.serial())), _address(str(values["to"])), _address(str(values["from"]))
        message = SimulatedMessage(uuid, to, sender, _caption(values), values.get("webhook_url"), values=values)
        return WebhookResponse.json({"message_uuid": self.accept(message).id}, 202)

    def _is_application(self, request: WebhookRequest) -> bool:
        if self.public_key is None:
            return False
        try:
            verify_jwt(bearer_token(request), self.public_key, ("RS256",), now=self.clock())
        except InvalidSignature:
            return False
        return True

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A receipt for a segment, or a status of the Messages API; to the URL that the message named."""
        url, now = message.callback, self.clock()
        if url is None:
            return None
        if "channel" in message.values:
            if status not in webhooks.CALLBACKS:
                return None
            return webhooks.sealed(url, webhooks.callback(message, status, now), key=SEAL, now=now)
        return self._signed(url, webhooks.receipt(message, status, now)) if status in webhooks.RECEIPTS else None

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One webhook from the Messages API; from the SMS API one for each segment."""
        url, now = self.inbound_url, self.clock()
        if url is None:
            return []
        if self.product == "messages":
            uuid = str(UUID(int=self.serial()))
            return [webhooks.sealed(url, webhooks.message(sender, to, text, uuid, now), key=SEAL, now=now)]
        return [self._signed(url, fields) for fields in webhooks.parts(sender, to, text, self.serial())]

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """By token or by `sig`, as it was; what it says of the time stays."""
        if bearer_token(request) is not None:
            return webhooks.sealed_anew(request, SIGNATURE_SECRET)
        return webhooks.signed_anew(request, SIGNATURE_SECRET, self.method)

    def _signed(self, url: str, fields: Mapping[str, str]) -> HttpRequest:
        key = (KEY, SIGNATURE_SECRET, self.method)
        return webhooks.signed(url, fields, style=self.style, key=key, now=self.clock())


def _is_basic(request: WebhookRequest) -> bool:
    pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    return request.headers.get("authorization") == f"Basic {pair}"


def _answer(items: list[dict[str, Any]]) -> WebhookResponse:
    return WebhookResponse.json({"message-count": str(len(items)), "messages": items})


def _problem(status: int, code: str, title: str, **more: Any) -> WebhookResponse:
    kind = f"https://developer.vonage.com/api-errors{'/messages' if code.isdigit() else ''}#{code}"
    return WebhookResponse.json({"type": kind, "title": title, "detail": title, "instance": "1", **more}, status)


def _content(form: MultiDict) -> list[tuple[str, bytes | None]]:
    """What the handset gets, segment by segment: of a `text`, what GSM 7-bit does not hold is lost."""
    kind, text = form.get("type"), form.get("text") or ""
    if kind == "binary":
        return [("", bytes.fromhex(form.get("body") or ""))]
    if kind != "unicode":
        text = _narrowed(text)
    wide = Encoding.UCS2 if kind == "unicode" else Encoding.GSM7
    return [(segment.text, None) for segment in plan(text, encoding=wide).segments]


def _narrowed(text: str) -> str:
    return "".join(character if gsm7.fits(character) else "?" for character in text)


def _caption(values: Mapping[str, Any]) -> str:
    """The text, or the caption of the first medium."""
    kind = str(values["message_type"])
    found = values.get("text") if kind == "text" else values.get(kind)
    found = found[0] if isinstance(found, list) else found
    text = str(found.get("caption") or "") if isinstance(found, dict) else str(found or "")
    return _narrowed(text) if (values.get("sms") or {}).get("encoding_type") == "text" else text


def _address(raw: str) -> str:
    return f"+{raw}" if raw.isdigit() and len(raw) > 6 else raw
