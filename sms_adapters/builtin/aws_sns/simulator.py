"""AWS's side, simulated: both services that send, the events of messages, two-way messages and subscriptions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, TypeAlias
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID
from xml.sax.saxutils import escape

from ...http import Headers, HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage, Simulator, fate_of, segments_in
from ...text.gsm7 import fits
from .simulated_keys import KEY_ID, REGION, SECRET, unsigned
from .simulated_sns import CERTIFICATE, TOPIC, certificate, confirmation, notification, sealed

__all__ = ["AwsSimulator"]

POOLED = "+12025550100"
NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
REQUEST_ID = "f187a3c1-376f-11df-8963-01868b7c937a"
Values: TypeAlias = Mapping[str, Any]
Refusal: TypeAlias = tuple[int, dict[str, Any]]

VOICE_REFUSALS: Mapping[Fate, Refusal] = {
    Fate.INVALID: (
        400,
        {
            "__type": "ValidationException",
            "Message": "1 validation error detected",
            "Reason": "FIELD_VALIDATION_FAILED",
            "Fields": [{"Name": "DestinationPhoneNumber", "Message": "The phone number is not valid"}],
        },
    ),
    Fate.OPTED_OUT: (
        400,
        {
            "__type": "ConflictException",
            "Message": "The destination phone number is opted out",
            "Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT",
            "ResourceType": "opted-out-number",
        },
    ),
    Fate.THROTTLED: (400, {"__type": "ThrottlingException", "Message": "Rate exceeded"}),
    Fate.UNAVAILABLE: (503, {"__type": "ServiceUnavailableException", "Message": "Service is unavailable"}),
}
SNS_REFUSALS: Mapping[Fate, tuple[int, str, str]] = {
    Fate.INVALID: (400, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: it is not valid to publish to"),
    Fate.OPTED_OUT: (400, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: it is opted out"),
    Fate.THROTTLED: (400, "Throttling", "Rate exceeded"),
    Fate.UNAVAILABLE: (503, "ServiceUnavailable", "Service is unavailable"),
}
WORDS: Mapping[Status, tuple[str, bool]] = {
    Status.QUEUED: ("TEXT_QUEUED", False),
    Status.SENT: ("TEXT_PENDING", False),
    Status.DELIVERED: ("TEXT_DELIVERED", True),
    Status.UNDELIVERABLE: ("TEXT_INVALID", True),
    Status.FAILED: ("TEXT_CARRIER_UNREACHABLE", True),
    Status.EXPIRED: ("TEXT_TTL_EXPIRED", True),
    Status.REJECTED: ("TEXT_CARRIER_BLOCKED", True),
}
RECIPIENT = re.compile(r"\+?[1-9][0-9]{1,18}")


REDELIVERY = Redelivery(waits=(20, 20, 20))


class AwsSimulator(Simulator):
    """One account in one region, with one topic that is subscribed to `inbound_url`.

    `confirmed` are the tokens of subscriptions that were confirmed; `signature_version` is that of the topic.
    """

    adapter = "aws_sns"
    redelivery = REDELIVERY
    needs: ClassVar = {"cryptography": "sms-adapters[crypto]"}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.signature_version = "2"
        self.confirmed: list[str] = []
        self._base = f"https://sns.{REGION}.amazonaws.com"

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows; from now on it names `base_url` in webhooks."""
        self._base = base_url.rstrip("/")
        keys = {"access_key_id": KEY_ID, "secret_access_key": SECRET, "region": REGION}
        return {**keys, "configuration_set": "sms-events", "topic_arns": [TOPIC], "base_url": base_url}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Both services at one URL, as they are told apart by the header that names the target."""
        if request.method == "GET":
            return self._public(request)
        target = request.headers.get("x-amz-target") or ""
        problem = unsigned(self._as_signed(request), "sms-voice" if target else "sns")
        if problem is not None:
            return _json(403, {"__type": problem, "message": problem}) if target else _error(403, problem, problem)
        return self._voice(target.rpartition(".")[2], request) if target else self._sns(request)

    def _as_signed(self, request: WebhookRequest) -> WebhookRequest:
        """The request with the path that its sender signed: the simulator may be served below one."""
        parts = urlsplit(request.url)
        return replace(request, url=urlunsplit(parts._replace(path=f"{urlsplit(self._base).path}{parts.path}")))

    def _public(self, request: WebhookRequest) -> WebhookResponse:
        """What anybody may ask for: the certificate, and a subscription to be confirmed."""
        query = request.query()
        if urlsplit(request.url).path == CERTIFICATE:
            return WebhookResponse(200, Headers({"Content-Type": "application/x-pem-file"}), certificate())
        if query.get("Action") == "ConfirmSubscription" and query.get("Token"):
            self.confirmed.append(query["Token"])
            return _answer("ConfirmSubscription", f"<SubscriptionArn>{TOPIC}:0</SubscriptionArn>")
        return _error(403, "AccessDenied", "Access denied")

    def _voice(self, action: str, request: WebhookRequest) -> WebhookResponse:
        if action == "DescribeAccountAttributes":
            return _json(200, {"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}]})
        values = request.json_object()
        to, text = str(values.get("DestinationPhoneNumber")), str(values.get("MessageBody") or "")
        field = next((name for name, bad in _voice_checks(values, to, text) if bad), None)
        refusal = VOICE_REFUSALS.get(fate_of(to)) or (_invalid(field) if field else None)
        if refusal is not None:
            return _json(*refusal)
        identity = self._identity()
        sender = values.get("OriginationIdentity") or POOLED
        message = SimulatedMessage(identity, to, sender, text, self.inbound_url, values=values)
        self.accept(message)
        return _json(200, {"MessageId": identity})

    def _sns(self, request: WebhookRequest) -> WebhookResponse:
        form = request.form()
        if form.get("Action") == "GetSMSSandboxAccountStatus":
            return _answer("GetSMSSandboxAccountStatus", "<IsInSandbox>false</IsInSandbox>")
        to, text = form.get("PhoneNumber") or "", form.get("Message") or ""
        problem = SNS_REFUSALS.get(fate_of(to))
        if problem is None and not RECIPIENT.fullmatch(to):
            problem = SNS_REFUSALS[Fate.INVALID]
        if problem is None and not 1 <= len(text) <= 1600:
            problem = (400, "InvalidParameter", "Invalid parameter: Message too long" if text else "Empty message")
        if problem is not None:
            return _error(*problem)
        names = {value: name.removesuffix(".Name") for name, value in form.items() if name.endswith(".Name")}
        attributes = {name: form.get(f"{start}.Value.StringValue") for name, start in names.items()}
        sender = attributes.get("AWS.SNS.SMS.SenderID") or attributes.get("AWS.MM.SMS.OriginationNumber") or POOLED
        identity = self._identity()
        self.accept(SimulatedMessage(identity, to, sender, text, values=attributes))
        return _answer("Publish", f"<MessageId>{identity}</MessageId>")

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """An event by the topic, for a message that was sent with a configuration set."""
        if self.inbound_url is None or status not in WORDS or not message.values.get("ConfigurationSetName"):
            return None
        word, final = WORDS[status]
        moment = int(self.clock().timestamp() * 1000)
        values = {
            "eventType": word,
            "eventVersion": "1.0",
            "eventTimestamp": moment,
            "isFinal": final,
            "originationPhoneNumber": message.sender,
            "destinationPhoneNumber": message.to,
            "messageId": message.id,
            "messageRequestTimestamp": moment,
            "messageEncoding": "GSM" if fits(message.text) else "Unicode",
            "messageType": message.values.get("MessageType") or "TRANSACTIONAL",
            "messageStatus": word.removeprefix("TEXT_"),
            "messageStatusDescription": "Simulated",
            "context": message.values.get("Context") or {},
            "totalMessageParts": segments_in(message.text),
            "totalMessagePrice": 0.00645,
            "totalCarrierFee": 0.0,
        }
        return self._notification(self.inbound_url, values)

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One notification: AWS joins the parts."""
        if self.inbound_url is None:
            return []
        values = {"originationNumber": sender, "destinationNumber": to, "messageKeyword": "KEYWORD_123456789012"}
        values |= {"messageBody": text, "inboundMessageId": self._identity()}
        return [self._notification(self.inbound_url, values)]

    def subscription(self, url: str) -> HttpRequest:
        """What SNS sends to a URL that was subscribed."""
        token = f"{self.serial():064x}"
        return self._posted(url, confirmation(self._base, token, self._identity(), self.clock()))

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """Signed with this simulator's key, by the version that was used before."""
        values = request.json_object()
        kept = {name: value for name, value in values.items() if name not in ("Signature", "SigningCertURL")}
        made = sealed(kept, self._base, str(values.get("SignatureVersion")))
        return replace(request, body=_written(made))

    def _notification(self, url: str, values: Values) -> HttpRequest:
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return self._posted(url, notification(text, self._identity(), self.clock()))

    def _posted(self, url: str, envelope: dict[str, str]) -> HttpRequest:
        headers = {
            "x-amz-sns-message-type": envelope["Type"],
            "x-amz-sns-message-id": envelope["MessageId"],
            "x-amz-sns-topic-arn": TOPIC,
            "Content-Type": "text/plain; charset=UTF-8",
        }
        return HttpRequest(
            "POST", url, Headers(headers), _written(sealed(envelope, self._base, self.signature_version))
        )

    def _identity(self) -> str:
        return str(UUID(int=0x0D4F2F6C5C384B538C0E8D9A1B2C0000 + self.serial()))


def _voice_checks(values: Values, to: str, text: str) -> Iterator[tuple[str, bool]]:
    yield "DestinationPhoneNumber", not RECIPIENT.fullmatch(to)
    yield "MessageBody", not (1 <= len(text) <= 1600 and text.strip())
    yield "TimeToLive", not 5 <= int(values.get("TimeToLive") or 5) <= 259200
    yield "Context", len(values.get("Context") or {}) > 5


def _invalid(field: str) -> Refusal:
    words = {"__type": "ValidationException", "Message": f"{field} is not valid", "Reason": "FIELD_VALIDATION_FAILED"}
    return 400, {**words, "Fields": [{"Name": field, "Message": "it is not valid"}]}


def _written(envelope: dict[str, str]) -> bytes:
    return json.dumps(envelope, ensure_ascii=False, indent=2).encode()


def _json(status: int, values: Values) -> WebhookResponse:
    made = WebhookResponse.json(values, status)
    return replace(made, headers=made.headers.having("Content-Type", "application/x-amz-json-1.0"))


def _answer(action: str, inner: str) -> WebhookResponse:
    result = f"<{action}Result>{inner}</{action}Result>"
    metadata = f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
    return WebhookResponse.plain(
        f'<{action}Response xmlns="{NAMESPACE}">{result}{metadata}</{action}Response>', content_type="text/xml"
    )


def _error(status: int, code: str, text: str) -> WebhookResponse:
    inner = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(text)}</Message>"
    body = (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error>{inner}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>'
    )
    return WebhookResponse.plain(body, status, "text/xml")
