"""The request that submits a message, drafted: which member is what, and what else has to be in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any

from ..kits.values import text_of
from .openapi import Description, Leaf, Operation
from .vocabulary import ROLES, best, plain

__all__ = ["PARAMETER", "RequestDraft", "request_of", "setting_name"]

PLACEHOLDERS = {"to": "{to}", "sender": "{sender}", "text": "{text}", "reference": "{reference}"}
TAKEN = frozenset(
    "base_url username password token api_key client_id client_secret key_id api_secret webhook_secret".split()  # noqa: SIM905
)
"""Names of settings that the template uses."""
PARAMETER = r"\{([^}]+)\}"
FIXED = ("enum", "const", "default")


@dataclass(slots=True)
class RequestDraft:
    """Answers and questions about the request; `missing` says why it cannot be drafted."""

    style: str
    leaves: Sequence[Leaf]
    answers: dict[str, Any] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    missing: str = ""
    depth: int = 0
    """How deep the text stands."""


def request_of(description: Description, operation: Operation) -> RequestDraft:
    """The draft of an operation's request."""
    style, schema = description.request(operation)
    leaves = [leaf for leaf in description.leaves(schema) if leaf.schema.get("readOnly") is not True]
    made = RequestDraft(style, leaves)
    roles = _roles(leaves)
    lacking = [word for word, role in (("recipient", "to"), ("text", "text")) if role not in roles]
    if not style:
        made.missing = "its parameters are neither a form nor JSON nor XML, nor the query of a GET"
    elif lacking:
        names = ", ".join(leaf.name for leaf in leaves) or "none"
        made.missing = f"no member of its request looks like the {' or the '.join(lacking)}; there are {names}"
    else:
        _fill(made, roles, operation)
        made.answers["root"] = text_of(schema.get("xml", {}).get("name")) or "message"
    return made


def _roles(leaves: Sequence[Leaf]) -> dict[str, Leaf]:
    """The members that have a role, each at most one."""
    texts = [leaf for leaf in leaves if leaf.schema.get("type", "string") in ("string", "integer", ["string", "null"])]
    found: dict[str, Leaf] = {}
    text = best("text", texts)
    for role in ("text", "to", "sender", "reference", "report"):
        free = [leaf for leaf in texts if leaf not in found.values()]
        leaf = text if role == "text" else best(role, free, beside=text)
        if leaf is not None:
            found[role] = leaf
    return found


def _fill(made: RequestDraft, roles: Mapping[str, Leaf], operation: Operation) -> None:
    shape: dict[str, Any] = {}
    made.depth = len(roles["text"].path)
    settings = [_setting(name, f"Part of the URL: {name}.") for name in re.findall(PARAMETER, operation.path)]
    for role, placeholder in PLACEHOLDERS.items():
        if role in roles:
            _put(shape, roles[role].path, placeholder)
    taken = [leaf.path for leaf in roles.values()]
    for leaf in made.leaves:
        if leaf.path not in taken and not _is_credential(leaf):
            _other(made, shape, settings, leaf)
    made.answers |= {"kind": "rest", "body": made.style, "request": shape, "settings": settings}
    made.answers["report_path"] = list(roles["report"].path) if "report" in roles else []
    made.answers["max_chars"] = _longest(roles["text"])
    made.questions += _about_roles(roles, made.leaves)
    headers = [
        str(one.get("name")) for one in operation.parameters if one.get("in") == "header" and one.get("required")
    ]
    if headers:
        made.questions.append(f"The headers {', '.join(headers)} are required, and not drafted: what goes into them?")


def _longest(text: Leaf) -> int:
    length = text.schema.get("maxLength")
    return length if isinstance(length, int) and length >= 70 else 0


def _is_credential(leaf: Leaf) -> bool:
    return any(plain(leaf.name) in ROLES[role] for role in ("username", "password")) and len(leaf.path) == 1


def _other(made: RequestDraft, shape: dict[str, Any], settings: list[dict[str, str]], leaf: Leaf) -> None:
    """A member without a role: left out unless it is required, or says that the message is an SMS."""
    kinds = leaf.schema.get("enum")
    sms = next((kind for kind in kinds if str(kind).lower() == "sms"), None) if isinstance(kinds, list) else None
    if sms is not None and len(leaf.path) <= made.depth:
        _put(shape, leaf.path, sms)
    elif not leaf.required:
        return
    elif any(key in leaf.schema for key in FIXED):
        value = next(leaf.schema[key] for key in reversed(FIXED) if key in leaf.schema)
        value = value[0] if isinstance(value, list) and value else value
        _put(shape, leaf.path, value)
        made.questions.append(f"`{_written(leaf)}` is required; the draft sends {value!r}. What may it be?")
    elif leaf.schema.get("type") in ("boolean", "integer", "number"):
        value = leaf.schema.get("example", False if leaf.schema["type"] == "boolean" else leaf.schema.get("minimum", 0))
        _put(shape, leaf.path, value)
        made.questions.append(f"`{_written(leaf)}` is required; the draft sends {value!r}. What has to be in it?")
    else:
        setting = _setting(leaf.name, leaf.words)
        settings.append(setting)
        _put(shape, leaf.path, f"{{config.{setting['name']}}}")
        made.questions.append(
            f"`{_written(leaf)}` is required: is it the same for all messages of a channel, as drafted?"
        )


def setting_name(name: str) -> str:
    """A member's name as a name in Python."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    found = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    return found if found[:1].isalpha() and found not in TAKEN and not iskeyword(found) else f"field_{found}"


def _setting(name: str, words: str) -> dict[str, str]:
    title = setting_name(name).replace("_", " ").capitalize()
    return {
        "name": setting_name(name),
        "title": title,
        "description": words or f"The aggregator's {name}.",
        "example": "simulated",
    }


def _put(shape: dict[str, Any], path: Sequence[str | int], value: Any) -> None:
    """Put a value at a path, making what is on the way; a list has one item."""
    node: Any = shape
    for step, following in zip(path, (*path[1:], None), strict=True):
        fresh: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not node:
                node.append(fresh)
            node = node[0]
        else:
            node = node.setdefault(step, fresh)


def _written(leaf: Leaf) -> str:
    return ".".join(str(step) for step in leaf.path)


def _about_roles(roles: Mapping[str, Leaf], leaves: Iterable[Leaf]) -> list[str]:
    named = ", ".join(f"`{_written(leaf)}` as {role}" for role, leaf in roles.items())
    found = [f"The draft takes {named}: by their names. Is that right?"]
    if "sender" not in roles:
        found.append("Where does the sender go? No member of the request looks like it.")
    flag = best("report_flag", leaves)
    if flag is not None:
        found.append(
            f"`{_written(flag)}` seems to ask for delivery reports; the draft does not send it. Has it to be set?"
        )
    return found
