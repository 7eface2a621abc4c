"""The specimen in other shapes: adapters as good as it is, of aggregators that work in other ways."""

from __future__ import annotations

from broken import ADAPTER, MANIFEST, SIMULATOR, Edit

OFFERS = ("flash", "binary", "scheduling", "quick_replies", "idempotency")
EVERYTHING = (
    Edit(MANIFEST, 'validity = "full"\n', 'validity = "full"\n' + "".join(f'{name} = "full"\n' for name in OFFERS)),
    Edit(ADAPTER, "from datetime import datetime\n", "from datetime import UTC, datetime\n"),
    Edit(
        ADAPTER,
        '            values["ttl"] = int(message.validity.total_seconds())\n',
        """            values["ttl"] = int(message.validity.total_seconds())
        if message.flash:
            values["class"] = 0
        if message.send_at is not None:
            values["at"] = message.send_at.astimezone(UTC).isoformat()
        if part.data is not None:
            values["data"], values["udh"] = part.data.hex(), part.udh.hex()
        if message.quick_replies and part.last:
            values["replies"] = list(message.quick_replies)
        values["key"] = f"{message.id}/{part.number}"
""",
    ),
    Edit(SIMULATOR, 'not values.get("media"):', 'not values.get("media") and "data" not in values:'),
    Edit(
        SIMULATOR,
        "        self.accept(made)\n",
        """        for known in self.accepted:
            if known.values["key"] == values["key"]:
                return WebhookResponse.json({"id": known.id, "status": "queued", "segments": 1}, 202)
        if "data" in values:
            made.data = bytes.fromhex(values["data"])
        self.accept(made)
""",
    ),
)
"""An aggregator that offers everything a message can ask for."""

TOKENS = (
    Edit(
        ADAPTER,
        'return HeaderAuth("X-Api-Key", channel.config.api_key.get_secret_value())',
        """key = {"key": channel.config.api_key.get_secret_value()}
        response = yield HttpRequest.json(f"{channel.config.base_url}/v3/token", key, submits=False)
        if not response.ok:
            raise self.error_of(response)
        return BearerAuth(str(response.json_object()["token"]), refreshable=True)""",
    ),
    Edit(ADAPTER, "import Auth, HeaderAuth", "import Auth, BearerAuth"),
    Edit(
        SIMULATOR,
        """        if request.headers.get("x-api-key") != KEY:
            return _error(401, "auth.bad_key", "unknown key")
        path = urlsplit(request.url).path
""",
        """        path = urlsplit(request.url).path
        if path == "/v3/token" and request.json_object()["key"] == KEY:
            return WebhookResponse.json({"token": f"token-{self.serial()}-of-{KEY}"})
        if not str(request.headers.get("authorization")).endswith(f"-of-{KEY}"):
            return _error(401, "auth.bad_key", "unknown key")
""",
    ),
)
"""A token is fetched for the key, and fetched again once it is refused."""

IMPORTS = "import re\nfrom typing import Any\nfrom xml.sax.saxutils import escape\n"
XML = (
    Edit(
        ADAPTER,
        'return HttpRequest.json(f"{channel.config.base_url}/v3/messages", values)',
        """return HttpRequest.xml(f"{channel.config.base_url}/v3/messages", _document(values))""",
    ),
    Edit(
        ADAPTER,
        "def _segments(",
        """def _document(values: Mapping[str, Any]) -> str:
    if re.search("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]", values["text"]):
        raise InvalidMessage("no XML can hold this text")
    pairs = ((name, item) for name, value in values.items() for item in (value if type(value) is list else [value]))
    items = (f"<{name}>{escape(str(item), {chr(13): '&#13;'})}</{name}>" for name, item in pairs)
    return f"<message>{''.join(items)}</message>"


def _segments(""",
    ),
    Edit(ADAPTER, "values = response.json_object()\n        if", "values = _answer(response)\n        if"),
    Edit(
        ADAPTER,
        "class Acme(SendKit):",
        """def _answer(response: HttpResponse) -> dict[str, Any]:
    if response.body.lstrip()[:1] == b"{":
        return response.json_object()
    found = {item.tag: item.text for item in response.xml()}
    return {**found, "segments": int(found.get("segments") or 0)} if str(found.get("segments")).isdecimal() else found


class Acme(SendKit):""",
    ),
    Edit(ADAPTER, "    ProtocolError,\n", "    ProtocolError,\n    InvalidMessage,\n"),
    Edit(
        ADAPTER, "from typing import Any\n", "import re\nfrom typing import Any\nfrom xml.sax.saxutils import escape\n"
    ),
    Edit(
        SIMULATOR,
        "self._submit(request.json_object())",
        "self._submit({item.tag: item.text or '' for item in request.xml()})",
    ),
    Edit(
        SIMULATOR,
        'return WebhookResponse.json({"id": made.id, "status": "queued", "segments": plan(text).count}, 202)',
        """answer = f"<sent><id>{made.id}</id><segments>{plan(text).count}</segments><status>queued</status></sent>"
        return WebhookResponse.plain(answer, 202, "text/xml")""",
    ),
)
"""Messages and answers are XML; refusals stay JSON, as they do where another layer makes them."""
