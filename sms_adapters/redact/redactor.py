"""The redactor itself: by value, then by name."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from typing import Any, TypeVar

from ..errors import SmsError
from ..http import Headers, HttpRequest, HttpResponse, MultiDict, WebhookRequest, WebhookResponse
from .naming import MASK, body_by_name, prose_by_name, secret_header, url_by_name
from .spelling import NARROW, SHORT, WIDE, data_matcher, forms_in, text_matcher

DEEPEST = 100
Exchange = TypeVar("Exchange", bound=HttpRequest | HttpResponse | WebhookRequest | WebhookResponse)


class Redactor:
    """Replaces known secrets by `MASK`, in every form of theirs.

    A secret shorter than four characters is masked only where no letter or digit touches it, and not inside longer
    base64. One that consists of up to three stars is ignored: it is what a mask looks like.
    """

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        given = (secrets,) if isinstance(secrets, str) else secrets
        self._secrets = tuple([secret for secret in given if secret and secret not in MASK])
        # Nothing is compiled before the first use: most sends never fail.

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def merge(self, *more: str) -> Redactor:
        """A redactor that knows `more` besides."""
        return Redactor((*self._secrets, *more))

    def _known(self, text: str) -> bool:
        return bool(self._secrets) and text_matcher(self._secrets).found(text)

    def text(self, value: str) -> str:
        """`value` without secrets; the same object if there is none."""
        return text_matcher(self._secrets).sub(MASK, value) if self._secrets and value else value

    def data(self, value: bytes) -> bytes:
        """`value` without secrets in UTF-8, Latin-1 or UTF-16; the same object if there is none."""
        if not self._secrets or not value:
            return value
        value = data_matcher(self._secrets, None).sub(MASK.encode(), value)
        if b"\0" in value:
            for view in WIDE:
                value = data_matcher(self._secrets, view).sub(MASK.encode(view), value)
        return value

    def find(self, value: str | bytes) -> list[str]:
        """Names of the forms ("plain", "base64", "hex", ...) in which a secret is still present; empty if none is."""
        if (self.text(value) if isinstance(value, str) else self.data(value)) is value:
            return []
        if isinstance(value, str):
            return sorted(self._names("text", value))
        found = {name for view in NARROW for name in self._names(view, value.decode("latin-1"))}
        wide = any(self._names(view, value.decode("latin-1")) for view in WIDE)
        return sorted(found | {"utf-16"} if wide else found)

    def _names(self, view: str, text: str) -> set[str]:
        """Each occurrence counts for the first family that reads it: plain text can be read as any."""
        found = set()
        for form in chain.from_iterable(forms_in(secret, view) for secret in self._secrets):
            text, count = re.subn(form.pattern, MASK, text, flags=re.ASCII if view in NARROW else 0)
            if count:
                found.add(form.name)
        return found

    def value(self, obj: Any) -> Any:
        """A copy of `obj` without secrets: mappings (keys too), sequences, sets, dataclasses, HTTP values, text, bytes.

        Anything else stays, but for a number that is a secret. What is deeper than a hundred levels, or contains
        itself, becomes the mask.
        """
        return self._value(obj, ())

    def _value(self, obj: Any, path: tuple[int, ...]) -> Any:
        if isinstance(obj, str):
            return self.text(obj)
        if isinstance(obj, bytes):
            return self.data(obj)
        if isinstance(obj, int):
            return MASK if self._is_number(obj) else obj
        if isinstance(obj, HttpRequest | HttpResponse | WebhookRequest | WebhookResponse):
            return self._exchange(obj)
        if isinstance(obj, Headers):
            return self.headers(obj)
        if not _is_container(obj):
            return obj
        if len(path) > DEEPEST or id(obj) in path:
            return MASK
        return self._container(obj, (*path, id(obj)))

    def _is_number(self, number: int) -> bool:
        """Whether the number is a secret of digits; a short one could be any count or status."""
        return any(len(secret) >= SHORT and secret.isdecimal() and int(secret) == number for secret in self._secrets)

    def _container(self, obj: Any, path: tuple[int, ...]) -> Any:
        if isinstance(obj, Mapping | MultiDict):
            pairs = [(self._value(key, path), self._value(item, path)) for key, item in obj.items()]
            return MultiDict(pairs) if isinstance(obj, MultiDict) else dict(pairs)
        if is_dataclass(obj):
            return self._dataclass(obj, path)
        items = [self._value(item, path) for item in obj]
        if hasattr(obj, "_fields"):
            return type(obj)(*items)
        kind: Callable[[list[Any]], Any] = next(kind for kind in (list, tuple, frozenset, set) if isinstance(obj, kind))
        return kind(items)

    def _dataclass(self, obj: Any, path: tuple[int, ...]) -> Any:
        old = {field.name: getattr(obj, field.name) for field in fields(obj) if field.init}
        new = {name: self._value(item, path) for name, item in old.items()}
        changed = {name: item for name, item in new.items() if item != old[name]}
        return replace(obj, **changed) if changed else obj

    def url(self, url: str) -> str:
        """`url` without secrets, without userinfo and without the values of parameters with telling names."""
        return self.text(url_by_name(url))

    def headers(self, headers: Headers) -> Headers:
        """`headers` without secrets and without the values of Authorization, Cookie and the like."""
        return Headers((self.text(name), self._header(name, value)) for name, value in headers.items())

    def _header(self, name: str, value: str) -> str:
        if value and secret_header(name):
            return MASK
        return self.text(prose_by_name(value))

    def _body(self, body: bytes) -> bytes:
        if not body:
            return body
        detected = json.detect_encoding(body)
        codec = detected if detected.startswith("utf-16") else "latin-1"
        try:
            named = body_by_name(body.decode(codec), self._known).encode(codec)
        except UnicodeError:
            named = body_by_name(body.decode("latin-1"), self._known).encode("latin-1")
        return self.data(named)

    def _exchange(self, exchange: Exchange) -> Exchange:
        changes: dict[str, Any] = {"headers": self.headers(exchange.headers), "body": self._body(exchange.body)}
        if isinstance(exchange, HttpRequest | WebhookRequest):
            changes["url"] = self.url(exchange.url)
        return replace(exchange, **changes)

    def request(self, request: HttpRequest) -> HttpRequest:
        """`request` without secrets, nor values of telling names in query, headers and body."""
        return self._exchange(request)

    def response(self, response: HttpResponse) -> HttpResponse:
        """`response` without secrets, nor values of telling names in headers and body."""
        return self._exchange(response)

    def error(self, error: SmsError) -> None:
        """Take the secrets out of `error` in place: arguments, attributes, notes, and the errors it is chained to.

        A foreign error that shows a secret is unchained, for a traceback would print it; a note tells its type and
        its text without the secret. Source lines in a traceback and local variables are out of reach.
        """
        seen: set[int] = set()
        waiting: list[BaseException] = [error]
        while waiting:
            current = waiting.pop()
            if id(current) not in seen:
                seen.add(id(current))
                self._own(current)
                waiting += self._links(current)

    def _own(self, error: BaseException) -> None:
        """Scrub what the error itself holds; of a foreign one only its notes can be changed safely."""
        if hasattr(error, "__notes__"):
            error.__notes__ = [self.text(str(note)) for note in error.__notes__]
        if isinstance(error, SmsError):
            error.args = self.value(error.args)
            for name, item in list(vars(error).items()):
                if name != "__notes__":
                    setattr(error, name, self._attribute(item))

    def _attribute(self, item: Any) -> Any:
        if isinstance(item, BaseException) and self._known(_printed(item)):
            return self.text(_described(item))
        return self.value(item)

    def _shows(self, error: BaseException) -> bool:
        """Whether printing a foreign error would show a secret; ours are scrubbed instead."""
        return not isinstance(error, SmsError) and self._known(_printed(error))

    def _links(self, error: BaseException) -> list[BaseException]:
        """The chained errors that may stay; cuts off the others."""
        cause, context = error.__cause__, error.__context__
        printed = cause if cause is not None else None if error.__suppress_context__ else context
        if printed is not None and self._shows(printed):
            self._note(error, printed)
        if cause is not None and self._shows(cause):
            error.__cause__ = None
        if context is not None and self._shows(context):
            error.__context__, error.__suppress_context__ = None, True
        return [link for link in (error.__cause__, error.__context__) if link is not None]

    def _note(self, error: BaseException, cut: BaseException) -> None:
        """Tell on `error` what was cut off it, and what that was chained to in turn."""
        seen: set[int] = {id(error)}
        link: BaseException | None = cut
        while link is not None and id(link) not in seen:
            seen.add(id(link))
            error.add_note(self.text(f"caused by {_described(link)}"))
            shown = None if link.__suppress_context__ else link.__context__
            link = shown if link.__cause__ is None else link.__cause__


def _is_container(obj: Any) -> bool:
    return isinstance(obj, Mapping | MultiDict | list | tuple | set | frozenset) or (
        is_dataclass(obj) and not isinstance(obj, type)
    )


def _printed(error: BaseException) -> str:
    """All that a traceback prints of an error by itself, and its representation."""
    if isinstance(error, BaseExceptionGroup):
        return "".join(traceback.format_exception(error))
    try:
        shown = repr(error)
    except Exception:  # noqa: BLE001 - a broken representation must not hide the error that is being reported
        shown = ""
    return "".join([*traceback.format_exception_only(error), shown])


def _described(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).rstrip("\n")
