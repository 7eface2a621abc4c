"""What an adapter's folder publishes: the files of its cases, and what stands in them under which name."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ..config_schema import literal_secrets
from ..errors import ConfigError, MalformedInbound
from ..http import Headers, WebhookRequest
from ..redact import secrets_of
from ..transports.replay import _body, _headers, read_cassette
from .canaries import value_at
from .cases import ExchangeCase, InboundCase
from .made_up import is_secret_name
from .subject import Subject

__all__ = [
    "Case",
    "cases",
    "configured_secrets",
    "files",
    "is_signed_with",
    "known_secrets",
    "secret_values",
    "text_of",
]

Case: TypeAlias = ExchangeCase | InboundCase
FOLDERS = ("exchanges", "inbound")
DIGESTS = ("sha256", "sha384", "sha512")


def cases(subject: Subject) -> list[Case]:
    """Exchanges and inbound examples."""
    return [*subject.exchanges, *subject.inbound]


def files(subject: Subject) -> list[Path]:
    """The files of all cases, in order."""
    return [path for name in FOLDERS for path in sorted((subject.folder / name).glob("*")) if path.is_file()]


def text_of(path: Path) -> str:
    """The text of a file, with bodies that a cassette holds in base64 decoded; octets that are no UTF-8 as Latin-1."""
    raw = path.read_bytes()
    try:
        text = raw.decode()
    except ValueError:
        text = raw.decode("latin-1")
    if path.suffix != ".yaml" or not ("base64_string" in text or "!!binary" in text):
        return text
    bodies = (_body(half.get("body")) for item in read_cassette(path) for half in (item["request"], item["response"]))
    return "\n".join([text, *(body.decode("utf-8", "replace") for body in bodies)])


def configured_secrets(subject: Subject, case: Case) -> Iterator[tuple[str, str]]:
    """Place and text of each secret in the channel of a case."""
    config = case.channel["config"]
    for place in literal_secrets(subject.plugin.config.model_json_schema(), config):
        yield f"config.{place}", value_at(config, place)
    if case.channel.get("callback_secret"):
        yield "callback_secret", case.channel["callback_secret"]


def known_secrets(subject: Subject, case: Case) -> tuple[str, ...]:
    """The secrets of a case's channel, those in its URLs and templates included."""
    given = tuple(value for _, value in configured_secrets(subject, case))
    try:
        channel = subject.registry.open(subject.id, **{"id": "case", **case.channel})
    except ConfigError:
        return given
    return (*given, *secrets_of(channel.config))


def is_signed_with(value: str, secrets: Iterable[str]) -> bool:
    """Whether a value ends in a JSON Web Token (HS256, HS384, HS512) that one of `secrets` signed.

    A webhook's token proves the webhook, and opens nothing.
    """
    signed, _, mac = value.rpartition(" ")[2].rpartition(".")
    made = (hmac.digest(one.encode(), signed.encode(), digest) for one in secrets for digest in DIGESTS)
    return signed.startswith("eyJ") and any(urlsafe_b64encode(one).rstrip(b"=").decode() == mac for one in made)


def secret_values(case: Case) -> Iterator[tuple[str, str]]:
    """Name and value of whatever stands under the name of a secret in a case's requests and answers."""
    for message, ours in _messages(case):
        for name, value in _named(message):
            # A token of ours is made from the case's own key again on each replay; so no secret is in it.
            if is_secret_name(name) and not (ours and "eyJ" in value):
                yield name, value


def _messages(case: Case) -> Iterator[tuple[WebhookRequest, bool]]:
    """All that a case holds in the form whose body can be read; True for what the adapter made."""
    if isinstance(case, InboundCase):
        yield case.request, False
        return
    for item in read_cassette(case.cassette):
        request, response = item["request"], item["response"]
        head = _headers(request.get("headers") or {})
        yield WebhookRequest(request["method"], request["uri"], head, _body(request.get("body"))), True
        head = _headers(response.get("headers") or {}) if "failure" not in response else Headers()
        yield WebhookRequest("POST", "https://answer.invalid/", head, _body(response.get("body"))), False


def _named(message: WebhookRequest) -> Iterator[tuple[str, str]]:
    yield from message.headers.items()
    yield "password", urlsplit(message.url).password or ""
    for read in (lambda: message.query(errors="replace"), message.form, message.json, message.xml):
        try:
            yield from _pairs(read())
        except MalformedInbound:
            continue


def _pairs(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _pairs(item, name)
    elif hasattr(value, "items") and hasattr(value, "tag"):
        for element in value.iter():
            yield from ((element.tag.rpartition("}")[2], element.text or ""), *element.items())
    elif hasattr(value, "items"):
        for key, item in value.items():
            yield from _pairs(item, str(key))
    elif isinstance(value, str):
        yield name, value
