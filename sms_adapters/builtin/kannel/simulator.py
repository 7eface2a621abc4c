"""A small smsbox, simulated: sendsms by GET, dlr-url, and an sms-service with get-url."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit
from uuid import UUID

from ...http import HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage, Simulator
from ...text import Encoding, gsm7, plan
from .adapter import MO_QUERY

__all__ = ["KannelSimulator"]

USERNAME, PASSWORD = "simulated", "simulated-password"
MAX_MESSAGES = 10
NUMBER = re.compile(r"[0-9 +-]+")

DENIED = (400, "Number(s) has/have been denied by white- and/or black-lists.")
BUSY = (503, "Temporal failure, try again later.")
REFUSALS: Mapping[Fate, tuple[int, str]] = {
    Fate.INVALID: DENIED,
    Fate.OPTED_OUT: DENIED,
    Fate.THROTTLED: BUSY,
    Fate.UNAVAILABLE: BUSY,
}
EVENTS: Mapping[Status, tuple[int, str]] = {
    Status.SENT: (8, "ACK/"),
    Status.DELIVERED: (1, "id:{id} sub:001 dlvrd:001 stat:DELIVRD err:000"),
    Status.FAILED: (2, "id:{id} sub:001 dlvrd:000 stat:DELETED err:001"),
    Status.UNDELIVERABLE: (2, "id:{id} sub:001 dlvrd:000 stat:UNDELIV err:001"),
    Status.EXPIRED: (34, "id:{id} sub:001 dlvrd:000 stat:EXPIRED err:001"),
    Status.REJECTED: (16, "NACK/REJECTED"),
}


REDELIVERY = Redelivery(
    waits=(),
    timeout=240,
    takes=lambda answer: answer.status in (200, 202),
)


class KannelSimulator(Simulator):
    """One sendsms-user with `concatenation = true`, and an SMSC that takes everything."""

    adapter = "kannel"
    redelivery = REDELIVERY

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"base_url": base_url, "username": USERNAME, "password": PASSWORD, "max_messages": MAX_MESSAGES}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Sendsms by GET; smsbox takes a POST for one with headers, of which the simulator has none."""
        if not urlsplit(request.url).path.endswith("/cgi-bin/sendsms"):
            return _answer(404, "Unknown request.")
        if request.method != "GET":
            return _answer(400, "Invalid content-type")
        return _answer(*self._submit(dict(request.query("latin-1").items())))

    def _submit(self, octets: dict[str, str]) -> tuple[int, str]:
        values = {name: _utf8(value) for name, value in octets.items()}
        refusal = _refusal(values)
        if refusal is not None:
            return refusal
        serial = self.serial()
        content = _content(values, octets)
        message = SimulatedMessage(
            str(UUID(int=serial)),
            values["to"],
            values["from"],
            values=values,
            callback=values.get("dlr-url"),
            **content,
        )
        refusal = REFUSALS.get(message.fate)
        if refusal is not None:
            return refusal
        self.accept(message)
        return 202, "0: Accepted for delivery"

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A GET of the message's dlr-url, if its dlr-mask asks for the event."""
        if message.callback is None or status not in EVENTS:
            return None
        event, reply = EVENTS[status]
        if not event & int(message.values.get("dlr-mask") or 0):
            return None
        said = {"d": str(event), "A": reply.format(id=message.id), "F": message.id, "i": "SIMULATED"}
        said |= {"p": message.to, "P": message.sender, "T": str(int(self.clock().timestamp()))}
        return HttpRequest.get(_filled(message.callback, said))

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One get-url: bearerbox joins the parts."""
        if self.inbound_url is None:
            return []
        template = self.inbound_url.replace("%", "%%")
        narrow = plan(text).encoding is Encoding.GSM7
        said: dict[str, str | bytes] = {"I": str(UUID(int=self.serial())), "p": sender, "P": to, "u": ""}
        said |= {"c": "0" if narrow else "2", "C": "UTF-8" if narrow else "UTF-16BE"}
        said |= {"b": text.encode("utf-8" if narrow else "utf-16-be"), "T": str(int(self.clock().timestamp()))}
        return [HttpRequest.get(_filled(f"{template}{'&' if '?' in template else '?'}{MO_QUERY}", said))]


def _answer(status: int, text: str) -> WebhookResponse:
    return WebhookResponse.plain(text, status, content_type="text/html")


def _utf8(octets: str) -> str:
    return octets.encode("latin-1").decode("utf-8", "replace")


def _refusal(values: Mapping[str, str]) -> tuple[int, str] | None:
    if (values.get("username"), values.get("password")) != (USERNAME, PASSWORD):
        return 403, "Authorization failed for sendsms"
    if not values.get("to"):
        return (
            400,
            "Empty receiver number not allowed, rejected" if "to" in values else "Missing receiver number, rejected",
        )
    if not NUMBER.fullmatch(values["to"]):
        return DENIED
    if not values.get("from"):
        return 400, "Sender missing and no global set, rejected"
    if values.get("coding") not in (None, "0", "1", "2"):
        return 400, "Coding field misformed, rejected"
    return None


def _content(values: Mapping[str, str], octets: Mapping[str, str]) -> dict[str, Any]:
    """The text as the handset shows it, cut after `MAX_MESSAGES` segments, or the data."""
    coding = values.get("coding") or ("1" if values.get("udh") else "0")
    raw = (octets.get("text") or "").encode("latin-1")
    if coding == "1":
        return {"text": "", "data": raw}
    if coding == "2":
        text = raw.decode("utf-8" if values.get("charset") == "UTF-8" else "utf-16-be", "replace")
    else:
        text = "".join(char if gsm7.fits(char) else "?" for char in values.get("text") or "")
    # What comes after the last segment need not be planned; one has 153 characters at most.
    text = text[: (MAX_MESSAGES + 1) * 153]
    segments = plan(text, encoding=Encoding.UCS2 if coding == "2" else Encoding.GSM7).segments
    return {"text": "".join(segment.text for segment in segments[:MAX_MESSAGES])}


def _filled(template: str, said: Mapping[str, str | bytes]) -> str:
    """The template with its escapes replaced, `%%` by a percent sign; an unknown escape stays as it is."""

    def replaced(found: re.Match[str]) -> str:
        letter = found[1]
        if letter == "%":
            return "%"
        return quote_plus(said[letter]) if letter in said else found[0]

    return re.sub(r"%(.)", replaced, template)
