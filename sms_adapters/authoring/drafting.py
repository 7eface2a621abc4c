"""Answers for the template from an OpenAPI description, and the questions that it leaves open.

A draft never passes a guess off as knowledge: what is chosen by its name, or not said at all, is a question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigError
from ..http import Headers, HttpResponse
from ..kits.values import object_of, text_of, value_at
from .answers import answer_of, errors_of
from .openapi import Description, Operation, read_description
from .requests import PARAMETER, RequestDraft, request_of, setting_name
from .security import security_of
from .vocabulary import best

__all__ = ["Draft", "draft"]

FOR = (("sms", 4), ("send", 2), ("messag", 2), ("submit", 1), ("text", 1))
SAFE = r"(?:[A-Za-z0-9/_.~:@!$&'()*+,;=%-]|\{[A-Za-z0-9_.-]+\})*"
AGAINST = (
    *(
        "mms",
        "whatsapp",
        "rcs",
        "viber",
        "voice",
        "call",
        "email",
        "bulk",
        "batch",
        "schedul",
        "template",
        "verif",
        "otp",
    ),
    *("campaign", "report", "webhook", "contact", "repl", "group", "flash", "lookup", "draft"),
)


@dataclass(slots=True)
class Draft:
    """Answers for the template; `example` is the answer to a send that the description itself shows."""

    answers: dict[str, Any]
    questions: list[str] = field(default_factory=list)
    example: HttpResponse | None = None


def draft(path: Path, operation: str | None = None) -> Draft:
    """Draft an adapter from the description in a file; ConfigError if it has nothing that sends a text."""
    description = read_description(path)
    chosen, request, others = _chosen(description, operation)
    file = _plain(path.name)
    made = Draft({"drafted_from": file, "summary": f"drafted from {file}, {_plain(chosen.title)}"})
    if others:
        made.questions.append(f"Is `{chosen.title}` the operation that sends? There are also {_listed(others)}.")
    for answers, questions in (
        _about(description, path),
        _address(description, chosen),
        security_of(description, chosen, request),
        (request.answers, request.questions),
        answer_of(description, chosen),
        errors_of(description, chosen),
    ):
        made.answers |= answers
        made.questions += questions
    made.example = _example(description, chosen, made.answers["id_path"])
    made.questions += _always(description, request, made)
    made.answers["questions"] = made.questions
    return made


def _chosen(description: Description, wanted: str | None) -> tuple[Operation, RequestDraft, list[str]]:
    """The operation that sends, its request, and the titles of the next likely ones."""
    found = []
    for operation in description.operations:
        named = wanted is not None and operation.title.lower() == " ".join(wanted.split()).lower()
        if wanted is None or named:
            request = request_of(description, operation)
            if not request.missing:
                found.append((_score(operation), operation, request))
            elif named:
                raise ConfigError(f"{operation.title}: {request.missing}")
    if not found:
        raise ConfigError(_nothing(description, wanted))
    found.sort(key=lambda item: -item[0])
    top, operation, request = found[0]
    return operation, request, [other.title for score, other, _ in found[1:4] if 2 * score >= top]


def _score(operation: Operation) -> int:
    words = operation.words
    return sum(worth for word, worth in FOR if word in words) - sum(3 for word in AGAINST if word in words)


def _nothing(description: Description, wanted: str | None) -> str:
    titles = [operation.title for operation in description.operations]
    if wanted:
        return f"{description.name} has no operation {wanted!r}; it has {_listed(titles[:12]) or 'none'}"
    sentence = "has no operation whose request has a recipient and a text"
    return f"{description.name} {sentence}: name one with --operation; it has {_listed(titles[:12]) or 'none'}"


def _listed(titles: Sequence[str]) -> str:
    return ", ".join(f"`{title}`" for title in titles)


def _plain(text: str) -> str:
    """A text that can stand in a docstring and in TOML: one line, without quotes and backslashes."""
    return " ".join(text.replace('"', "'").replace("\\", "/").split())[:80]


def _about(description: Description, path: Path) -> tuple[dict[str, Any], list[str]]:
    """Name, id and document."""
    title = _plain(text_of(description.info.get("title")) or path.stem)
    name = re.sub(r"\s+(rest\s+)?api$", "", title, flags=re.IGNORECASE).strip() or title
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    version = _plain(text_of(description.info.get("version")) or "")
    answers = {
        "name": name,
        "id": slug if slug[:1].isalpha() else f"sms_{slug}",
        "document_title": f"{title} {version}".strip(),
    }
    url, servers = _document(description), description.servers()
    questions = [] if url else ["Where is the description published, and who says when it changes?"]
    place = url or (f"https://{urlsplit(servers[0]).hostname}/" if servers else None)
    return answers | ({"document_url": place} if place else {}), questions


def _document(description: Description) -> str | None:
    """A URL of the aggregator's that the description gives: its documents, else a contact's."""
    for place in (("externalDocs", "url"), ("info", "contact", "url"), ("info", "termsOfService")):
        url = text_of(value_at(description.values, *place)) or ""
        if url.startswith("https://") and " " not in url:
            return url
    return None


def _address(description: Description, operation: Operation) -> tuple[dict[str, Any], list[str]]:
    """Host, and the path with what stands before it; parameters of the path are settings."""
    servers = description.servers()
    questions = []
    if len(servers) > 1:
        questions.append(f"Which of the servers {_listed(servers)} is for whom? The draft has the first.")
    if not servers:
        return _path(operation, ""), ["What is the URL of the API? The description names no server."]
    parts = urlsplit(servers[0])
    if parts.scheme != "https":
        questions.append(f"Is the API served by https? The description says {servers[0]}.")
    port = f":{parts.port}" if parts.port else ""
    return {"base_url": f"https://{parts.hostname}{port}"} | _path(operation, parts.path.rstrip("/")), questions


def _path(operation: Operation, before: str) -> dict[str, Any]:
    """The path as the adapter writes it, and as the simulator serves it."""
    if not re.fullmatch(SAFE, before + operation.path):
        raise ConfigError(f"the path of {operation.title!r} has characters that no path holds unescaped")
    code, served = before + operation.path, before + operation.path
    for name in re.findall(PARAMETER, operation.path):
        code = code.replace(f"{{{name}}}", f"{{channel.config.{setting_name(name)}}}")
        served = served.replace(f"{{{name}}}", "simulated")
    return {"path": code, "served_path": served}


def _example(description: Description, operation: Operation, id_path: Sequence[str | int]) -> HttpResponse | None:
    """The description's own example of a good answer, if it has an id; phone numbers in it are nobody's."""
    for answer in description.answers(operation):
        example = _without_numbers(answer.example)
        if 200 <= answer.status < 300 and text_of(value_at(example, *id_path)):
            body = json.dumps(example, ensure_ascii=False, default=str, separators=(",", ":")).encode()
            return HttpResponse(answer.status, Headers({"Content-Type": "application/json"}), body)
    return None


def _without_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_numbers(item) for item in value]
    if isinstance(value, str) and re.fullmatch(r"\+?[0-9]{8,15}", value):
        return "+12025550123" if value.startswith("+") else "12025550123"
    return value


def _always(description: Description, request: RequestDraft, made: Draft) -> Iterator[str]:
    """What no description of this format says, or this one does not."""
    yield "In which form are numbers expected: with or without +, national ones, names as senders?"
    if not made.answers.get("max_chars"):
        yield "How long may a text be? Who splits it, and does the handset join the parts?"
    if not made.example:
        yield "What does a good answer look like? The description shows no example with an id."
    if not best("reference", request.leaves):
        yield "Is there an id of ours that keeps a message from being sent twice?"
    yield "Is a message that was answered by a 500, or not at all, sent?"
    callbacks = sorted(_callbacks(description))
    if callbacks:
        yield f"How do reports and incoming messages come in? Not drafted are the callbacks {_listed(callbacks[:6])}."
    else:
        yield "Are there delivery reports and incoming messages, in which form and words, and how are they signed?"
    yield "What may be sent in a second, by sender and by account?"
    yield "Is there a test account, a sandbox or a number that nothing is delivered to?"
    yield "Whom to ask when something fails: address, hours, telephone?"


def _callbacks(description: Description) -> Iterator[str]:
    yield from (str(name) for name in object_of(description.values.get("webhooks")))
    for operation in description.operations:
        yield from (str(name) for name in object_of(operation.values.get("callbacks")))
