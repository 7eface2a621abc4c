"""Authentication, drafted: the first scheme of the description that the template knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from ..kits.values import object_of, text_of
from .openapi import Description, Operation
from .requests import RequestDraft
from .vocabulary import ROLES, plain

__all__ = ["security_of"]

Schema = Mapping[str, Any]
Drafted = tuple[dict[str, Any], list[str]]


def security_of(description: Description, operation: Operation, request: RequestDraft) -> Drafted:
    """Answers about authentication, and what is open about it."""
    schemes = description.security(operation)
    for name, scheme in schemes:
        found = _drafted(scheme)
        if found is not None:
            answers, questions = found
            others = [other for other, _ in schemes if other != name]
            if others:
                questions.append(
                    f"Authentication is drafted by `{name}`; the description has {', '.join(others)}, too."
                )
            return answers, questions
    pair = _pair(request)
    if pair:
        return {"auth": "fields", "pair_names": pair}, [
            f"Are `{pair[0]}` and `{pair[1]}` in the request the credentials?"
        ]
    told = f"`{schemes[0][0]}` is of a kind that is not drafted" if schemes else "the description names no scheme"
    return {"auth": "bearer"}, [f"How do requests authenticate? Drafted is a bearer token, since {told}."]


def _drafted(scheme: Schema) -> Drafted | None:
    kind = (text_of(scheme.get("type")) or "").lower()
    known: Mapping[str, Callable[[Schema], Drafted | None]] = {
        "basic": lambda _: ({"auth": "basic"}, []),
        "http": _http,
        "apikey": _key,
        "oauth2": _oauth2,
    }
    return known[kind](scheme) if kind in known else None


def _http(scheme: Schema) -> Drafted | None:
    name = (text_of(scheme.get("scheme")) or "").lower()
    return ({"auth": name}, []) if name in ("basic", "bearer") else None


def _key(scheme: Schema) -> Drafted | None:
    name, place = text_of(scheme.get("name")) or "", scheme.get("in")
    if place not in ("header", "query") or not name:
        return None
    questions = []
    if name.lower() == "authorization":
        questions.append("What stands in the Authorization header before the key? The description does not say.")
    return {"auth": place, "auth_name": name, "auth_prefix": ""}, questions


def _oauth2(scheme: Schema) -> Drafted | None:
    flow = object_of(object_of(scheme.get("flows")).get("clientCredentials"))
    url = text_of(flow.get("tokenUrl"))
    if not url and scheme.get("flow") == "application":
        url = text_of(scheme.get("tokenUrl"))
    if not url:
        return None
    parts = urlsplit(url)
    questions = ["Where do client id and secret go in the request for a token? Drafted is HTTP Basic."]
    if parts.hostname:
        questions.append(f"The token is from {parts.hostname}: is that the host of the API? Drafted is the latter.")
    return {"auth": "oauth2", "token_path": quote(parts.path or "/", safe="/%")}, questions


def _pair(request: RequestDraft) -> list[str]:
    """The names of user name and password among the members of the request."""
    names = {plain(leaf.name): leaf.name for leaf in request.leaves if len(leaf.path) == 1}
    user = next((names[word] for word in ROLES["username"] if word in names), None)
    password = next((names[word] for word in ROLES["password"] if word in names), None)
    return [user, password] if user and password else []
