"""Africa's Talking: SMS by form or JSON out, callbacks by form in.

Sources: "Send SMS" https://docs.africastalking.com/sms/sending/python (fields, status codes of a recipient, sandbox);
"Bulk SMS" https://developers.africastalking.com/docs/sms/sending/bulk (JSON endpoint); "Sms Notifications"
https://docs.africastalking.com/sms/notifications (the 409 of HTTP); "Fetch messages from API"
https://docs.africastalking.com/sms/fetchmessages; "Application Data" https://docs.africastalking.com/userdata/balance;
africastalking-python https://github.com/AfricasTalkingLtd/africastalking-python (hosts, header, premium).

The answer to a submission is a 201 whatever becomes of it: each recipient has a status code of its own, which looks
like one of HTTP and is none. Callbacks are set in the dashboard (SMS, SMS Callback URLs), one URL for each of the
actions below, and nothing in them is signed: give the channel a `callback_secret`, which becomes `key=...` in each.
A report names its message by the aggregator's id alone.

`OutboundMessage.extra` may hold `PREMIUM`: any of them makes the message one of premium SMS, paid by the recipient.
An on-demand message is answered with the `linkId` from `InboundMessage.raw` as `link_id`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ...auth import Auth, HeaderAuth
from ...errors import DeliveryUncertain, MalformedInbound, ProtocolError, Rejected, TemporaryFailure
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit, fail_by_status
from ...kits.tables import error_table, lookup_table, table_error
from ...kits.values import count_of, object_of, price_of, text_of
from ...messages import InboundEvent, InboundPage, OutboundMessage, UnreadableEvent
from ...parts import Part
from ...results import AccountInfo, PartResult, Price, Reason, Status
from .config import AtChannel, Config
from .incoming import READERS, message_of

__all__ = ["PREMIUM", "AfricasTalking", "Config"]

ACCEPT = (("Accept", "application/json"),)  # the form endpoint answers in XML without it
PREMIUM = {"link_id": "linkId", "keyword": "keyword", "retry_duration_in_hours": "retryDurationInHours"}

ACCEPTED = lookup_table((Status.QUEUED, "100 102"), (Status.SENT, "101"))
ERRORS = error_table(
    (Reason.BLOCKED, "401 RiskHold 409 DoNotDisturbRejection"),
    (Reason.INVALID_SENDER, "402 InvalidSenderId"),
    (Reason.INVALID_RECIPIENT, "403 InvalidPhoneNumber 404 UnsupportedNumberType"),
    (Reason.NO_CREDIT, "405 InsufficientBalance"),
    (Reason.OPTED_OUT, "406 UserInBlacklist"),
    (Reason.NO_ROUTE, "407 CouldNotRoute"),
    (Reason.UNKNOWN, "502 RejectedByGateway"),
    (TemporaryFailure, "500 InternalServerError 501 GatewayError"),
)
"""By the number of a recipient, and by the word that stands in its place where all recipients are refused at once."""

SHOWN = 200


class AfricasTalking(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: AtChannel) -> Auth:
        """The key in a header; the user name is in each request."""
        return HeaderAuth("apiKey", channel.config.api_key.get_secret_value())

    def build_request(self, channel: AtChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """One recipient in each request, so that one refusal is one error."""
        config = channel.config
        premium = {name: message.extra[key] for key, name in PREMIUM.items() if message.extra.get(key)}
        if config.json_endpoint and not premium:
            return self._json_request(channel, message, part)
        named = message.sender or (channel.address if config.use_address else None)
        fields = {
            "username": config.username,
            "to": channel.recipient_of(message),
            "message": part.text,
            "bulkSMSMode": 0 if premium else 1,
            "from": channel.sender_of(message) if named else None,
            "enqueue": 1 if config.enqueue and not premium else None,
        }
        return HttpRequest.form(config.url("/messaging", premium=bool(premium)), fields | premium, headers=ACCEPT)

    def _json_request(self, channel: AtChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        config = channel.config
        values = {
            "username": config.username,
            "phoneNumbers": [channel.recipient_of(message)],
            "message": part.text,
            "senderId": channel.sender_of(message),
            "enqueue": config.enqueue,
        }
        return HttpRequest.json(config.url("/messaging/bulk"), values, headers=ACCEPT)

    def read_response(self, channel: AtChannel, part: Part, response: HttpResponse) -> PartResult:
        """The one recipient, by its own code; an id that is "None" is none."""
        entry = _recipient(response)
        code, word = text_of(entry.get("statusCode")) or "", text_of(entry.get("status"))
        own = text_of(entry.get("messageId"))
        own = None if own == "None" else own
        if code not in ACCEPTED:
            _refuse(code, word, own)
        if own is None:
            raise ProtocolError("accepted without a messageId", provider_code=code, provider_text=word)
        return PartResult(own, count_of(entry.get("messageParts")), _price(entry.get("cost")), ACCEPTED[code], word)

    @hookimpl
    def parse_inbound(self, channel: AtChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One event of the kind that the action names."""
        return [READERS[request.action](channel, request.form().to_dict())]

    @hookimpl
    def check_account(self, channel: AtChannel) -> Flow[AccountInfo]:
        """The application's balance."""
        answer = yield from _ask(channel, "/user")
        values = object_of(answer.get("UserData") or answer.get("userData"))  # the documents write it in two ways
        if "balance" not in values:
            raise ProtocolError("the answer has no balance")
        return AccountInfo(balance=_price(values["balance"]), checked_at=channel.clock())

    @hookimpl
    def fetch_inbound(self, channel: AtChannel, cursor: str | None) -> Flow[InboundPage]:
        """The messages after the one whose id is the cursor; where there were any, there may be more."""
        answer = yield from _ask(channel, "/messaging", lastReceivedId=cursor or "0")
        items = object_of(answer.get("SMSMessageData")).get("Messages")
        if not isinstance(items, list):
            raise ProtocolError("the answer has no list of messages")
        ids = [found for found in (text_of(object_of(item).get("id")) for item in items) if found]
        last = ids[-1] if ids else cursor
        return InboundPage(tuple(_event(channel, item) for item in items), last, more=last != cursor)


def _ask(channel: AtChannel, resource: str, **params: str) -> Flow[Mapping[str, Any]]:
    config = channel.config
    params = {"username": config.username, **params}
    response = yield HttpRequest.get(config.url(resource), params, headers=ACCEPT, submits=False)
    return _answer(response, submitted=False)


def _answer(response: HttpResponse, *, submitted: bool = True) -> Mapping[str, Any]:
    """The JSON object of a good answer; errors come as plain text, but for one."""
    # "Sms Notifications" says of the night's rejections in Nigeria that HTTP's own status is 409 as well.
    refused = response.status == 409 and response.body.lstrip().startswith(b"{")
    if not (response.ok or refused):
        _fail(response, submitted=submitted)
    return response.json_object()


def _fail(response: HttpResponse, *, submitted: bool) -> NoReturn:
    said = response.text.strip()
    text = said if 0 < len(said) <= SHOWN and not said.startswith("<") else None
    if response.status == 400:
        sentence = "HTTP 400: the request is malformed"
        raise Rejected(sentence, Reason.INVALID_CONTENT, provider_code=400, provider_text=text)
    fail_by_status(response, text, submitted=submitted)


def _recipient(response: HttpResponse) -> Mapping[str, Any]:
    """The entry of the only recipient; where there is none, the summary is the word of the refusal."""
    data = object_of(_answer(response).get("SMSMessageData"))
    found, summary = data.get("Recipients"), text_of(data.get("Message"))
    if isinstance(found, list) and len(found) == 1:
        return object_of(found[0])
    if found == [] and summary and not summary.startswith("Sent to"):
        _refuse(summary, summary, None)
    raise ProtocolError(f"HTTP {response.status}: the answer has not one recipient", provider_text=summary)


def _refuse(code: str, word: str | None, own: str | None) -> NoReturn:
    """Raise for a code that is none of an accepted message; one that has an id all the same may be on its way."""
    error = table_error(ERRORS, code, word)
    if own is not None and (error is None or error.retryable):
        raise DeliveryUncertain("not accepted, but given an id", provider_code=code, provider_text=word)
    raise error or Rejected("refused for a reason that is not documented", provider_code=code, provider_text=word)


def _price(written: Any) -> Price | None:
    """Such as "KES 0.8000"; "0" has no currency, and is not told."""
    currency, _, amount = (text_of(written) or "").partition(" ")
    return price_of(amount, currency)


def _event(channel: AtChannel, item: Any) -> InboundEvent:
    try:
        return message_of(channel, object_of(item))
    except MalformedInbound as error:
        return UnreadableEvent(error, object_of(item))
