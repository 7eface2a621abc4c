"""A gateway that implements the External API, simulated: it takes what the usual templates send, and calls back.

It reads requests by the package's HTTP values and the standard library, not by the adapter's templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ...errors import InboundError
from ...http import HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, SimulatedMessage, Simulator, fate_of

__all__ = ["TEMPLATES", "ExternalSimulator"]

TOKEN = "Token k1-example"  # noqa: S105 - the simulator's own
_QUERY = "uuid={{uuid}}&text={{text}}&to={{to}}&from={{from}}&channel={{channel}}{{quick_replies}}"
TEMPLATES: Mapping[str, Mapping[str, Any]] = {
    "json": {
        "content_type": "json",
        "body": (
            '{"id":{{id}},"uuid":{{uuid}},"text":{{text}},"to":{{to}},"from":{{from}},"channel":{{channel}},'
            '"quick_reply":{{quick_replies}}}'
        ),
    },
    "form": {"content_type": "urlencoded", "body": _QUERY},
    "default": {},
    "put": {"method": "PUT", "content_type": "urlencoded", "body": _QUERY},
    "xml": {
        "content_type": "xml",
        "body": (
            "<message><id>{{id}}</id><uuid>{{uuid}}</uuid><text>{{text}}</text><to>{{to}}</to><from>{{from}}</from>"
            "<quick_replies>{{quick_replies}}</quick_replies></message>"
        ),
    },
    "get": {"method": "GET", "send_url": f"/send?{_QUERY}"},
    "plain": {
        "content_type": "text/plain; charset=utf-8",
        "send_url": "/send?uuid={{uuid}}&to={{to}}&from={{from}}{{quick_replies}}",
        "body": "{{text}}",
    },
}
"""The ways to write a request that this gateway reads: keys of the adapter's configuration by name."""

REFUSALS: Mapping[Fate, tuple[int, str]] = {
    Fate.INVALID: (400, "invalid recipient"),
    Fate.OPTED_OUT: (403, "the recipient has opted out"),
    Fate.THROTTLED: (429, "too many requests"),
    Fate.UNAVAILABLE: (503, "try again later"),
}
ACTIONS: Mapping[Status, str] = {Status.SENT: "sent", Status.DELIVERED: "delivered"}


class ExternalSimulator(Simulator):
    """One gateway with one token; `inbound_url` is the channel's `receive`, its other URLs are beside it."""

    adapter = "external"

    def config(self, base_url: str, style: str = "json") -> dict[str, Any]:
        """A channel that sends here in one of the `TEMPLATES`; `base_url` takes the place of the gateway's host."""
        template = TEMPLATES[style]
        path = template.get("send_url", "/send")
        return {
            **template,
            "base_url": base_url,
            "send_url": f"https://gateway.example.org{path}",
            "send_authorization": TOKEN,
            "mt_response_check": '"queued"',
        }

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """`/send`, whatever the method and the content type."""
        if request.headers.get("authorization") != TOKEN:
            return _answer(401, "who are you?")
        if request.action != "send":
            return _answer(404, f"there is no {urlsplit(request.url).path}")
        try:
            values = _values(request)
        except InboundError as error:
            return _answer(400, str(error))
        return self._submit(values)

    def _submit(self, values: dict[str, Any]) -> WebhookResponse:
        to, text = str(values.get("to") or ""), str(values.get("text") or "")
        reference = str(values.get("uuid") or values.get("id") or "")
        status, why = REFUSALS.get(fate_of(to), (200, ""))
        if not (reference and text and to.startswith("+")):
            status, why = 400, "uuid, to and text are needed"
        if why:
            return _answer(status, why)
        sender = str(values.get("from") or "")
        self.accept(SimulatedMessage(reference, to, sender, text, self.inbound_url, values=values))
        return WebhookResponse.json({"status": "queued", "number": self.serial()})

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A GET of `sent`, `delivered` or `failed`, which stands for every other end."""
        if self.inbound_url is None or status.rank < Status.SENT.rank:
            return None
        return HttpRequest.get(self._url(ACTIONS.get(status, "failed")), {"uuid": message.id})

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One form; the channel's URL says who it is for."""
        if self.inbound_url is None:
            return []
        date = self.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return [HttpRequest.form(self.inbound_url, {"from": sender, "text": text, "date": date})]

    def stopped(self, sender: str) -> HttpRequest:
        """The webhook for a handset whose owner wants no more messages."""
        return HttpRequest.form(self._url("stopped"), {"from": sender})

    def _url(self, action: str) -> str:
        parts = urlsplit(self.inbound_url or "")
        return urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{action}"))


def _values(request: WebhookRequest) -> dict[str, Any]:
    """All that a request says, by name: from its body and its query."""
    values: dict[str, Any] = request.query().to_dict()
    if request.media_type == "application/json":
        return values | request.json_object()
    if request.media_type == "text/xml":
        root = request.xml()
        replies = [item.text or "" for item in root.findall("quick_replies/item")]
        return values | {item.tag: item.text or "" for item in root} | {"quick_reply": replies}
    if request.media_type == "text/plain":
        return values | {"text": request.text}
    return values | request.form().to_dict()


def _answer(status: int, text: str) -> WebhookResponse:
    return WebhookResponse.json({"status": "refused", "error": text}, status)
