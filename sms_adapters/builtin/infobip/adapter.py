"""Infobip: SMS API version 3 out, batches in.

Sources: "Send SMS message" https://www.infobip.com/docs/api/channels/sms/sms-messaging/outbound-sms/send-sms-messages
(fields, limits, answers); "API authentication"
https://www.infobip.com/docs/essentials/api-essentials/api-authentication; "Create security settings"
https://www.infobip.com/docs/api/platform/subscriptions-api/create-security-settings (HMAC);
infobip-api-python-client https://github.com/infobip/infobip-api-python-client.

Each account has a host of its own. Every part has an id of ours, made of the channel's and the message's. Infobip
refuses a second submission under it as a duplicate (23), and reports quote it, beside the message's id as callbackData.
A refusal comes inside a 200. All webhooks are batches; messages and reports may come to either action.

Reports come to the URL that each message brings, which nothing signs: give the channel a `callback_secret`, which
becomes `key=...` in it, and put the same into the URL for messages. Or let a subscription sign all of them, with
`webhook_secret`: an HMAC over the body as it came, in hex or base64. Infobip publishes neither the header nor what it
signs, so that this is not proven until it was tried.

`OutboundMessage.extra` may hold `EXTRA`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, NoReturn

from ...auth import Auth, BasicAuth, HeaderAuth
from ...errors import AuthError, InvalidMessage, MalformedInbound, ProtocolError, Rejected, Throttled
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit, fail_by_status
from ...kits.tables import error_table, table_error
from ...kits.values import count_of, object_of, objects_of, price_of, text_of
from ...messages import DeliveryReport, InboundEvent, InboundPage, OutboundMessage
from ...parts import Part
from ...results import AccountInfo, PartResult, Reason, Status
from ...signatures import NO_SIGNATURE, Verified, verify_hmac
from .config import Config, InfobipChannel
from .incoming import event_of, report_of
from .outgoing import EXTRA, body_of
from .statuses import refusal_of, state_of

__all__ = ["EXTRA", "Config", "Infobip"]

ACCEPT = (("Accept", "application/json"),)
MOST_OCTETS = 140
LONGEST_VALIDITY, FARTHEST = timedelta(hours=48), timedelta(days=180)

REFUSALS = error_table(
    (AuthError, "E401 E403 UNAUTHORIZED FORBIDDEN"),
    (Throttled, "E429 TOO_MANY_REQUESTS"),
)
"""By the code of a whole request's error, in the form of today and in that of older resources."""
MALFORMED = frozenset({"E400", "BAD_REQUEST"})
PROPERTIES = (("destination", Reason.INVALID_RECIPIENT), ("sender", Reason.INVALID_SENDER))
ON_ITS_WAY = frozenset({Status.QUEUED, Status.SENT, Status.DELIVERED})


class Infobip(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: InfobipChannel) -> Auth:
        """The API key, else user name and password."""
        config = channel.config
        if config.api_key is not None:
            return HeaderAuth("Authorization", f"App {config.api_key.get_secret_value()}")
        return BasicAuth(config.username or "", config.password.get_secret_value() if config.password else "")

    def split(self, channel: InfobipChannel, message: OutboundMessage) -> Sequence[Part]:
        """The parts; what Infobip would cut short or take for something else is refused."""
        if message.validity is not None and not timedelta(0) < message.validity <= LONGEST_VALIDITY:
            raise _unfit("the validity is not within 48 hours")
        if message.send_at is not None and message.send_at - channel.clock() > FARTHEST:
            raise _unfit("send_at is more than 180 days from now")
        if len((message.udh or b"") + (message.data or b"")) > MOST_OCTETS:
            raise _unfit(f"data and header are more than {MOST_OCTETS} octets")
        return super().split(channel, message)

    def build_request(self, channel: InfobipChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """One message for one destination in each request, so that one refusal is one error."""
        url = channel.config.url("/sms/3/messages")
        return HttpRequest.json(url, body_of(channel, message, part), headers=ACCEPT)

    def read_response(self, channel: InfobipChannel, part: Part, response: HttpResponse) -> PartResult:
        """The one message, by its status's group."""
        found = _answer(response).get("messages")
        if not isinstance(found, list) or len(found) != 1:
            _fail(response)
        item = object_of(found[0])
        status, own = object_of(item.get("status")), text_of(item.get("messageId"))
        state, _ = state_of(status)
        if state not in ON_ITS_WAY:
            raise refusal_of(state, status)
        if own is None:
            raise ProtocolError("accepted without a messageId", provider_code=text_of(status.get("id")))
        count = count_of(object_of(item.get("details")).get("messageCount"))
        return PartResult(own, count, status=state, word=text_of(status.get("name")))

    @hookimpl
    def verify_inbound(self, channel: InfobipChannel, request: WebhookRequest) -> Verified:
        """The HMAC of a notification profile, where the channel has one."""
        config = channel.config
        if config.webhook_secret is None or config.webhook_header is None:
            return NO_SIGNATURE
        digest = config.webhook_algorithm.removeprefix("HMAC_").replace("_", "").lower()
        given = (request.headers.get(config.webhook_header) or "").strip()
        encoding: Literal["hex", "base64"] = "hex" if len(given) == 2 * hashlib.new(digest).digest_size else "base64"
        key = config.webhook_secret.get_secret_value()
        return verify_hmac(key, request.body, given, digest=digest, encoding=encoding)

    @hookimpl
    def parse_inbound(self, channel: InfobipChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """The messages and reports of a batch."""
        items = request.json_object().get("results")
        if not isinstance(items, list):
            raise MalformedInbound("the body has no list of results")
        return [event_of(channel, item) for item in items]

    @hookimpl
    def check_account(self, channel: InfobipChannel) -> Flow[AccountInfo]:
        """The balance; a key that may not read it is good as long as it may read logs."""
        response = yield _get(channel, "/account/1/balance")
        if response.status == 403:
            _answer((yield _get(channel, "/sms/3/logs", limit="1")), submitted=False)
            return AccountInfo(checked_at=channel.clock())
        values = _answer(response, submitted=False)
        balance = price_of(values.get("balance"), values.get("currency"))
        if balance is None:
            raise ProtocolError("the answer has no balance")
        return AccountInfo(balance=balance, checked_at=channel.clock())

    @hookimpl
    def query_status(self, channel: InfobipChannel, reference: str) -> Flow[DeliveryReport]:
        """The log of the last 48 hours, which may be read again and again, unlike the reports."""
        values = _answer((yield _get(channel, "/sms/3/logs", messageId=reference)), submitted=False)
        items = objects_of(values.get("results"))
        if not items:
            raise Rejected("no message of that id in the last 48 hours")
        return report_of(channel, items[0])

    @hookimpl
    def fetch_inbound(self, channel: InfobipChannel, cursor: str | None) -> Flow[InboundPage]:
        """Messages that were not pushed; Infobip gives each once, so there is no cursor."""
        values = _answer((yield _get(channel, "/sms/1/inbox/reports", limit="100")), submitted=False)
        items = values.get("results")
        if not isinstance(items, list):
            raise ProtocolError("the answer has no list of messages")
        more = bool(items) and count_of(values.get("pendingMessageCount")) is not None
        return InboundPage(tuple(event_of(channel, item) for item in items), more=more)


def _unfit(sentence: str) -> InvalidMessage:
    return InvalidMessage(sentence, Reason.INVALID_CONTENT)


def _get(channel: InfobipChannel, resource: str, **params: str) -> HttpRequest:
    return HttpRequest.get(channel.config.url(resource), params, headers=ACCEPT, submits=False)


def _answer(response: HttpResponse, *, submitted: bool = True) -> Mapping[str, Any]:
    if not response.ok:
        _fail(response, submitted=submitted)
    return response.json_object()


def _fail(response: HttpResponse, *, submitted: bool = True) -> NoReturn:
    """Raise for the error that an answer has instead of messages, by its code, else by its HTTP status."""
    try:
        values = response.json_object()
    except ProtocolError:
        values = {}
    old = object_of(object_of(values.get("requestError")).get("serviceException"))
    code = text_of(values.get("errorCode")) or text_of(old.get("messageId"))
    wrong = [(str(item.get("property")), item.get("violation")) for item in objects_of(values.get("violations"))]
    wrong += object_of(old.get("validationErrors")).items()
    said = [text_of(values.get("description")) or text_of(old.get("text")), *(f"{name}: {why}" for name, why in wrong)]
    text = " ".join(item for item in said if item) or None
    found = table_error(REFUSALS, code or "", text, retry_after=response.retry_after)
    if found is not None:
        raise found
    if code in MALFORMED:
        named = (reason for part, reason in PROPERTIES for name, _ in wrong if part in name)
        raise Rejected("malformed", next(named, Reason.INVALID_CONTENT), provider_code=code, provider_text=text)
    fail_by_status(response, text, code=code, submitted=submitted)
