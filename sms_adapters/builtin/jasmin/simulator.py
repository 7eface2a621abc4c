"""A small Jasmin, simulated: /send with its checks and its cutting, /balance, dlr-url, and an HTTP connector."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit
from uuid import UUID

from ...http import HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage, Simulator
from ...text import Encoding, gsm7, plan
from .splitting import DATA, SIZES

__all__ = ["JasminSimulator"]

USERNAME, PASSWORD = "simulated", "simulated-pass"
MAX_PARTS = 5
GSM, UCS2 = 0, 8
ENCODINGS = {GSM: Encoding.GSM7, UCS2: Encoding.UCS2, DATA: Encoding.BINARY}

NOT_ALLOWED = (400, f"Value filter failed for user [{USERNAME}] (destination_address filter mismatch).")
REFUSALS: Mapping[Fate, tuple[int, str]] = {
    Fate.INVALID: NOT_ALLOWED,
    Fate.OPTED_OUT: NOT_ALLOWED,
    Fate.THROTTLED: (403, "User throughput exceeded"),
    Fate.UNAVAILABLE: (500, "Cannot send submit_sm, check SMPPClientManagerPB log file for details"),
}
FIELDS: Mapping[str, str] = {
    "to": r"\+?\d+",
    "username": r".{1,16}",
    "password": r".{1,16}",
    "from": r".*",
    "coding": r"[0-9]|10|13|14",
    "priority": r"[0-3]",
    "sdt": r"\d{15}[-+R]",
    "validity-period": r"\d+",
    "dlr": r"yes|no",
    "dlr-url": r"https?://.*",
    "dlr-level": r"[1-3]",
    "dlr-method": r"(?i)get|post",
    "tags": r"[-a-zA-Z0-9,]*",
    "content": r"(?s).*",
    "hex-content": r".*",
}
WORDS: Mapping[Status, str] = {
    Status.DELIVERED: "DELIVRD",
    Status.FAILED: "DELETED",
    Status.UNDELIVERABLE: "UNDELIV",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTD",
}


REDELIVERY = Redelivery(
    waits=(30, 30, 30),
    timeout=30,
    takes=lambda answer: answer.status < 400 and answer.body == b"ACK/Jasmin",
)


class JasminSimulator(Simulator):
    """One user without limits, and an SMSC that takes everything; a mended Jasmin, which keeps validity periods."""

    adapter = "jasmin"
    redelivery = REDELIVERY

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        account = {"username": USERNAME, "password": PASSWORD}
        return {"base_url": base_url, **account, "max_parts": MAX_PARTS, "validity": "send"}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """/send by GET or POST, /balance by GET."""
        path = urlsplit(request.url).path
        values = dict(request.params().items())
        if path.endswith("/send"):
            return _answer(*self._submit(values))
        if path.endswith("/balance") and request.method == "GET":
            status, said = _unknown_user(values) or (200, {"balance": 100.0, "sms_count": "ND"})
            return WebhookResponse.plain(json.dumps(said), status, content_type="application/json")
        return WebhookResponse.plain("<html><title>404 - No Such Resource</title></html>", 404, "text/html")

    def _submit(self, values: dict[str, str]) -> tuple[int, str]:
        refusal = _misformed(values) or _unknown_user(values)
        if refusal is not None:
            return refusal
        coding, raw = int(values.get("coding") or GSM), _octets(values)
        kept = b"".join(_segments(raw, coding))
        to, sender = _international(values["to"]), _international(values.get("from", ""))
        message = SimulatedMessage(
            str(UUID(int=self.serial())),
            to,
            sender,
            "" if coding == DATA else "".join(_shown(segment, coding) for segment in _segments(raw, coding)),
            callback=values.get("dlr-url"),
            data=kept if coding == DATA else None,
            values=values,
        )
        refusal = REFUSALS.get(message.fate)
        if refusal is not None:
            return refusal
        return 200, f'Success "{self.accept(message).id}"'

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """Level 1 for what the SMSC took, level 2 for what it reports, if dlr-level asks for it."""
        if message.callback is None or (status not in WORDS and status is not Status.SENT):
            return None
        level = 1 if status is Status.SENT else 2
        if message.values.get("dlr-level", "1") not in (str(level), "3"):
            return None
        said = {"id": message.id, "level": str(level), "message_status": WORDS.get(status, "ESME_ROK")}
        return self._called(message, said | (_at_the_smsc(self, status) if level == 2 else {"connector": "smsc1"}))

    def _called(self, message: SimulatedMessage, said: Mapping[str, str]) -> HttpRequest:
        make: Callable[..., HttpRequest] = HttpRequest.form
        if message.values.get("dlr-method", "POST").upper() == "GET":
            make = HttpRequest.get
        return make(message.callback or "", said)

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One call by GET, the default of an HTTP connector: Jasmin joins the parts."""
        if self.inbound_url is None:
            return []
        narrow = plan(text).encoding is Encoding.GSM7
        octets = gsm7.encode(text) if narrow else text.encode("utf-16-be")
        said = {"id": str(UUID(int=self.serial())).encode(), "from": sender.lstrip("+").encode()}
        said |= {"to": to.lstrip("+").encode(), "origin-connector": b"smsc1", "content": octets}
        said |= {"binary": octets.hex().encode(), "priority": b"0", "coding": bytes((GSM if narrow else UCS2,))}
        query = "&".join(f"{name}={quote_from_bytes(value, safe='')}" for name, value in said.items())
        return [HttpRequest("GET", f"{self.inbound_url}{'&' if '?' in self.inbound_url else '?'}{query}")]


def _answer(status: int, text: str) -> WebhookResponse:
    return WebhookResponse.plain(text if status == 200 else f'Error "{text}"', status, content_type="text/plain")


def _misformed(values: Mapping[str, str]) -> tuple[int, str] | None:
    for name, value in values.items():
        if name not in FIELDS:
            return 400, f"Argument [{name}] is unknown."
        if not re.fullmatch(FIELDS[name], value):
            return 400, f"Argument [{name}] has an invalid value: [{value}]."
    for name in ("to", "username", "password"):
        if name not in values:
            return 400, f"Mandatory argument [{name}] is not found."
    if ("content" in values) == ("hex-content" in values):
        both = "content and hex-content cannot be used both in same request."
        return 400, both if "content" in values else "content or hex-content not present."
    return None


def _unknown_user(values: Mapping[str, str]) -> tuple[int, str] | None:
    if (values.get("username"), values.get("password")) == (USERNAME, PASSWORD):
        return None
    return 403, f"Authentication failure for username:{values.get('username')}"


def _octets(values: Mapping[str, str]) -> bytes:
    """What goes to the SMSC; only `content` of coding 0 is converted."""
    if "hex-content" in values:
        return bytes.fromhex(values["hex-content"])
    if int(values.get("coding") or GSM) != GSM:
        return values["content"].encode()
    return gsm7.encode("".join(char if gsm7.fits(char) else "?" for char in values["content"]))


def _segments(octets: bytes, coding: int) -> Iterator[bytes]:
    """Cut as Jasmin cuts, wherever that may be, and without what is beyond the last segment."""
    wide = 2 if coding == UCS2 else 1
    alone, block = (units * wide for units in SIZES[ENCODINGS[coding]])
    if len(octets) <= alone:
        yield octets
        return
    for number in range(min(MAX_PARTS, -(-len(octets) // block))):
        yield octets[number * block : (number + 1) * block]


def _shown(segment: bytes, coding: int) -> str:
    """What a handset makes of one segment by itself."""
    return segment.decode("utf-16-be", "replace") if coding == UCS2 else gsm7.decode(segment, errors="replace")


def _international(number: str) -> str:
    return f"+{number}" if number.isdigit() and len(number) > 8 else number


def _at_the_smsc(simulator: Simulator, status: Status) -> dict[str, str]:
    """The fields of level 2; `connector` has the SMSC's id by a mistake of Jasmin's."""
    stamp, name = simulator.clock().strftime("%y%m%d%H%M"), str(simulator.serial())
    count = "001" if status is Status.DELIVERED else "000"
    times = {"subdate": stamp, "donedate": stamp}
    return {"connector": name, "id_smsc": name, "sub": "001", "dlvrd": count, **times, "err": "000", "text": ""}
