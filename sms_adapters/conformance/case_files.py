"""The files of a case: written as `cases` and vcrpy read them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ..errors import TransportError
from ..http import Headers, HttpRequest, HttpResponse, WebhookRequest
from ..messages import Media, OutboundMessage
from .cases import Source

__all__ = ["cassette", "http_file", "json_file", "message_table", "own_values", "save", "source_table", "toml_file"]

Exchange = tuple[HttpRequest, HttpResponse | TransportError]
WIDTH = 1 << 30
LINE_ENDS = re.compile("[\r\x85\u2028\u2029]")


def cassette(exchanges: Iterable[Exchange]) -> bytes:
    """A cassette of vcrpy's format, version 1: text where a body is UTF-8, `!!binary` where it is not."""
    import yaml

    interactions = [{"request": _request(request), "response": _answer(answer)} for request, answer in exchanges]
    loaded = {"interactions": interactions, "version": 1}
    # Without line breaks in long values, so that a search of the file finds what is in it.
    text = yaml.dump(loaded, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=WIDTH)
    return text.encode()


@cache
def _dumper() -> Any:
    """PyYAML's safe dumper, with escapes for what it takes for an end of a line and would fold."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes text that has a line end other than LF in double quotes."""

    def text(dumper: Any, value: str) -> Any:
        style = '"' if LINE_ENDS.search(value) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper


def _request(request: HttpRequest) -> dict[str, Any]:
    body = _body(request.body) if request.body else None
    return {"method": request.method, "uri": request.url, "body": body, "headers": _headers(request.headers)}


def _answer(answer: HttpResponse | TransportError) -> dict[str, Any]:
    if isinstance(answer, TransportError):
        return {"failure": {"text": answer.message, "sent": answer.sent}}
    status = {"code": answer.status, "message": _phrase(answer.status)}
    return {"status": status, "headers": _headers(answer.headers), "body": {"string": _body(answer.body)}}


def _phrase(status: int) -> str:
    with suppress(ValueError):
        return HTTPStatus(status).phrase
    return "Unknown"


def _headers(headers: Headers) -> dict[str, list[str]]:
    """Names, spelt as they came first, to all their values."""
    spelt: dict[str, str] = {}
    for name in headers:
        spelt.setdefault(name.lower(), name)
    return {name: headers.get_all(name) for name in spelt.values()}


def _body(body: bytes) -> str | bytes:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body


def http_file(request: WebhookRequest) -> bytes:
    """A webhook as `read_http` reads it; the request line has the full URL."""
    head = [f"{request.method} {request.url} HTTP/1.1"]
    head += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\n".join([*head, "", ""]).encode("latin-1") + request.body + b"\n"


def json_file(value: Any) -> bytes:
    """JSON for people to read."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


# --- TOML


def toml_file(values: Mapping[str, Any]) -> bytes:
    """A TOML document: plain values first, then a table for each mapping; what is None is left out."""
    return ("\n".join(_document(values, "")).strip() + "\n").encode()


def _document(values: Mapping[str, Any], name: str) -> list[str]:
    plain = {key: item for key, item in values.items() if item is not None and not isinstance(item, Mapping)}
    tables = {key: item for key, item in values.items() if isinstance(item, Mapping) and item}
    head = [f"[{name}]"] if name and (plain or not tables) else []
    lines = [*head, *(f"{_key(key)} = {_inline(item)}" for key, item in plain.items()), ""]
    for key, item in tables.items():
        lines += _document(item, f"{name}.{_key(key)}" if name else _key(key))
    return lines if head or not name else [line for line in lines if line] + [""]


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _string(key)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        items = [f"{_key(key)} = {_inline(item)}" for key, item in value.items() if item is not None]
        return f"{{ {', '.join(items)} }}" if items else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_inline(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _string(value) if isinstance(value, str) else repr(value)


def _string(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for DEL, which JSON leaves alone."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def source_table(source: Source) -> dict[str, Any]:
    """The table `source`."""
    values = {item.name: getattr(source, item.name) for item in fields(source)}
    return {name: str(value) if name == "evidence" else value for name, value in values.items() if value != ""}


def message_table(message: OutboundMessage) -> dict[str, Any]:
    """The table `message`: what differs from a new message, and the id."""
    fresh = OutboundMessage(message.to, id=message.id)
    table: dict[str, Any] = {"to": message.to, "id": message.id}
    for item in fields(message):
        value = getattr(message, item.name)
        if value != getattr(fresh, item.name):
            table |= _field(item.name, value)
    return table


def _field(name: str, value: Any) -> dict[str, Any]:
    if name in ("data", "udh"):
        return {f"{name}_hex": value.hex()}
    if name == "validity":
        return {"validity_seconds": value.total_seconds()}
    if name == "media":
        return {"media": [_media(item) for item in value]}
    return {name: value}


def _media(item: Media) -> dict[str, Any]:
    return {"url": item.url, "content_type": item.content_type}


def own_values(values: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """What a case's own table `channel` holds beside that of `channel.toml`; ValueError if it would have to unset."""
    config, common = dict(values.get("config", {})), shared.get("config", {})
    extra = [key for key in shared if key not in values] + [f"config.{key}" for key in common if key not in config]
    if extra:
        raise ValueError(f"the channel of the case has no {', '.join(extra)}, which its channel.toml sets")
    own = {key: item for key, item in values.items() if key != "config" and item != shared.get(key)}
    different = {key: item for key, item in config.items() if item is not None and item != common.get(key)}
    return {**own, "config": different} if different else own


def save(files: Mapping[Path, bytes]) -> None:
    """Write all files, or none: each beside its place first, then all into their places."""
    beside = {path: path.with_name(f".{path.name}.saving") for path in files}
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside[path].write_bytes(data)
        for path, temporary in beside.items():
            os.replace(temporary, path)
    finally:
        for temporary in beside.values():
            temporary.unlink(missing_ok=True)
