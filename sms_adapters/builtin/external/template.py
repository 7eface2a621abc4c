"""The templates of the External API: text with variables in double braces, filled in one pass.

Source: "handlers/external/handler.go" of courier,
https://github.com/nyaruka/courier/blob/main/handlers/external/handler.go (names, escapes, quick replies). Courier
replaces one variable after the other, so that a text with `{{to}}` in it may be expanded; here it arrives as typed.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus, unquote_plus

from pydantic import SecretStr

from ...http import FORM, HttpRequest
from ...redact import MASK, Redactor

__all__ = ["FORM_STYLE", "Style", "Template", "style_of"]

VARIABLES = (
    "uuid", "id", "text", "to", "to_no_plus", "from", "from_no_plus", "channel", "session_status", "quick_replies",
)  # fmt: skip
_PLACE = re.compile(r"\{\{(" + "|".join(VARIABLES) + r")\}\}")

_encoded = json.JSONEncoder(ensure_ascii=False).encode
_JSON = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
_XML = str.maketrans({char: f"&#x{ord(char):X};" for char in "\t\n\r"} | {char: f"&#{ord(char)};" for char in "\"'"})
_XML |= str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# XML 1.0 has no way to write these, not even as references.
_XML |= {code: "\ufffd" for code in (*range(32), 0xFFFE, 0xFFFF) if code not in _XML}


def _json_literal(text: str) -> str:
    """A JSON string with its quotes; the template must not add its own."""
    return _encoded(text).translate(_JSON)


def _xml_text(text: str) -> str:
    return text.translate(_XML)


def _form_replies(replies: Sequence[str]) -> str:
    return "".join(f"&quick_reply={quote_plus(reply)}" for reply in replies)


def _json_replies(replies: Sequence[str]) -> str:
    return f"[{','.join(map(_json_literal, replies))}]"


def _xml_replies(replies: Sequence[str]) -> str:
    return "".join(f"<item>{_xml_text(reply)}</item>" for reply in replies)


@dataclass(frozen=True, slots=True)
class Style:
    """A content type as sent, and how variables and quick replies are written in a body of it."""

    content_type: str
    escape: Callable[[str], str]
    replies: Callable[[Sequence[str]], str]


FORM_STYLE = Style(FORM, quote_plus, _form_replies)
_STYLES = {
    "urlencoded": FORM_STYLE,
    "json": Style("application/json", _json_literal, _json_replies),
    "xml": Style("text/xml; charset=utf-8", _xml_text, _xml_replies),
}


def style_of(content_type: str) -> Style:
    """The style of a configured content type; in a literal MIME type nothing is escaped."""
    return _STYLES.get(content_type) or Style(content_type, str, _form_replies)


@dataclass(frozen=True, slots=True, repr=False)
class Template:
    """`pieces` are literal text and names of variables by turns; `secrets` stand in the literal text."""

    source: str
    pieces: tuple[str, ...]
    secrets: tuple[SecretStr, ...] = ()

    @classmethod
    def read(cls, source: str) -> Template:
        """Take a template apart; a name in braces that is no variable is literal text."""
        pieces = tuple(_PLACE.split(source))
        return cls(source, pieces, tuple(map(SecretStr, _secrets_in("".join(pieces[::2])))))

    @property
    def names(self) -> frozenset[str]:
        """The variables that occur."""
        return frozenset(self.pieces[1::2])

    def fill(self, values: Mapping[str, str], style: Style, replies: Sequence[str]) -> str:
        """The text with each variable in its place."""
        done = list(self.pieces)
        escape = style.escape
        done[1::2] = [
            style.replies(replies) if name == "quick_replies" else escape(values[name]) for name in self.pieces[1::2]
        ]
        return "".join(done)

    def __str__(self) -> str:
        return Redactor(secret.get_secret_value() for secret in self.secrets).text(self.source)

    def __repr__(self) -> str:
        return f"Template({str(self)!r})"


def _secrets_in(literal: str) -> list[str]:
    """Values under telling names (`password=...`) in a URL or a body, as written and decoded.

    They are what the redactor masks by name. A gateway may quote them under another name, or bare.
    """
    named = Redactor().request(HttpRequest("POST", literal, body=literal.encode()))
    found: dict[str, None] = {}
    for masked in (named.url, named.body.decode()):
        shape = masked.replace(f'"{MASK}"', MASK).split(MASK)
        for value in _hidden(shape, literal):
            found.update(dict.fromkeys((value, unquote_plus(value), html.unescape(value))))
    return [value for value in found if value]


def _hidden(shape: Sequence[str], text: str) -> list[str]:
    """What stands in `text` between the pieces of `shape`."""
    match = re.fullmatch("(.*?)".join(map(re.escape, shape)), text, re.DOTALL)
    return [value.strip('"') for value in match.groups()] if match else []
