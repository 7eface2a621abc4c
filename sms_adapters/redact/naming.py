"""By name: which headers, parameters and JSON fields hold secrets whether or not the value is known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import unquote_plus

# The bodies are strangers' work, so every pattern here takes linear time on any text.

MASK = "***"
_SECRET_FIELDS = frozenset(
    (
        "password", "passwd", "passphrase", "pass", "pwd", "pw", "pin", "apipass", "apipwd", "userpass", "userpwd",
        "smspass", "httppass", "secret", "token", "key", "apikey", "accesskey", "secretkey", "authkey", "privatekey",
        "subscriptionkey", "signature", "sig", "hmac", "auth", "authorization", "bearer", "credential", "credentials",
        "accesstoken", "refreshtoken", "authtoken", "apitoken", "idtoken", "sessiontoken", "bearertoken",
        "securitytoken", "usertoken", "clientsecret", "clientassertion", "assertion", "jwt", "session", "sessionid",
        "cookie",
    )
)  # fmt: skip
_SECRET_ENDINGS = (
    "password", "passwd", "passphrase", "secret", "apikey", "privatekey", "secretkey", "signature",
    "accesstoken", "refreshtoken", "authtoken", "apitoken", "securitytoken",
)  # fmt: skip
_SECRET_HEADER_PARTS = ("authorization", "cookie")
_SECRET_HEADER_ENDINGS = ("-token", "-secret", "-signature", "-password", "-passwd", "-pass", "-auth", "-credential")
_SECRET_KEY_HEADERS = ("api-key", "apikey", "auth-key", "access-key", "subscription-key", "secret-key", "private-key")

_FIELD_NAME = re.compile(r"(?<![\w.\[\]%:+-])([\w.\[\]%:+-]++)[ \t]*=[ \t]*")
_FORM_VALUE = re.compile(r"[^&]*")
_ANY_VALUE = re.compile(r"""(?P<quote>["'])(?:(?!(?P=quote)).)*|[^&\s"'<>\\]*""", re.DOTALL)
_ELEMENT = re.compile(
    r"(<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>)(<!\[CDATA\[(?:(?!<!\[CDATA\[).)*?\]\]>|[^<]++)(?=</)", re.DOTALL
)
# No possessive group: Python 3.11.2, which Debian 12 has, matches those wrongly after a group that captures.
_PART = re.compile(
    r"""(^Content-Disposition:[^\r\n]{0,200}?name="?([^";\r\n]{1,200}+)[^\r\n]*+(?:\r?\n[^\r\n]+){0,9}\r?\n\r?\n)"""
    r"""(.*?)(?=\r?\n--|\Z)""",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+'
_JSON_TOKEN = re.compile(
    rf'(?P<key>{_STRING}")\s*+:|(?P<open>[\[{{])|(?P<close>[\]}}])|{_STRING}"?|[^\s\[\]{{}},:"]++', re.DOTALL
)
_USERINFO = re.compile(r"""(?<=://)([^/?#\s"'<>\\]+)@""")


def _secret_field(name: str) -> bool:
    """Whether a field of that name holds a secret, whatever its style: api_key, apiKey, user[API-Key]."""
    parts = [part for part in re.split(r"[\[\].:]+", unquote_plus(name)) if part]
    plain = re.sub("[^a-z0-9]", "", parts[-1].lower()) if parts else ""
    return plain in _SECRET_FIELDS or plain.endswith(_SECRET_ENDINGS)


def secret_header(name: str) -> bool:
    """Whether a header of this name holds a secret."""
    lower = name.strip().lower()
    return (
        any(part in lower for part in _SECRET_HEADER_PARTS)
        or lower.endswith(_SECRET_HEADER_ENDINGS + _SECRET_KEY_HEADERS)
        or _secret_field(lower.removeprefix("x-"))
    )


def _mask_pairs(text: str, value: re.Pattern[str]) -> str:
    """`name=value` with the value masked where the name says so; `value` finds where it ends."""
    kept, place = [], 0
    for match in _FIELD_NAME.finditer(text):
        if match.start() < place or not _secret_field(match[1]):
            continue
        start, end = _value_span(text, match.end(), value)
        if end > start:
            kept += [text[place:start], MASK]
            place = end
    return "".join(kept) + text[place:]


def _value_span(text: str, start: int, value: re.Pattern[str]) -> tuple[int, int]:
    """Where the value that begins at `start` begins and ends, without quotes."""
    quoted = value is _ANY_VALUE and text.startswith(('"', "'"), start)
    found = value.match(text, start)
    return start + quoted, found.end() if found else start


class _JsonMask:
    """Replacement for the tokens of a JSON text: masks what stands under a telling name, to any depth."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._depth = self._hidden = 0
        self._armed = False

    def __call__(self, match: re.Match[str]) -> str:
        token = match[0]
        if match["key"]:
            self._armed = _secret_field(_unescaped(match["key"]))
        elif match["open"]:
            self._depth += 1
            if self._armed and not self._hidden:
                self._hidden = self._depth
            self._armed = False
        elif match["close"]:
            if self._depth == self._hidden:
                self._hidden = 0
            self._depth -= 1
        else:
            token = self._scalar(token)
        return token

    def _scalar(self, token: str) -> str:
        by_name, self._armed = self._armed or bool(self._hidden), False
        if token in ("null", "true", "false", '""'):
            return token
        # A number is quoted when it is masked, so that the text stays JSON.
        return f'"{MASK}"' if by_name or (token[0] != '"' and self._known(token)) else token


def _unescaped(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token.strip('"')


def _named_group(match: re.Match[str]) -> str:
    """Replacement for a match of a head (1), a name (2) and a value (3)."""
    return match[1] + MASK if match[3].strip() and _secret_field(match[2]) else match[0]


def body_by_name(text: str, known: Callable[[str], bool]) -> str:
    """A body with the values of telling names masked; its kind is read off its start, as content types often lie."""
    start = text.lstrip("\ufeff\xef\xbb\xbf \t\r\n")[:1]
    if start in ("{", "["):
        return prose_by_name(_JSON_TOKEN.sub(_JsonMask(known), text))
    if start == "<":
        return prose_by_name(_ELEMENT.sub(_named_group, text))
    if "form-data" in text:
        return _PART.sub(_named_group, text)
    return prose_by_name(text) if re.search(r"\s", text.strip()) else _mask_pairs(text, _FORM_VALUE)


def prose_by_name(text: str) -> str:
    """Text in which URLs, parameters and attributes may stand."""
    return _mask_pairs(_USERINFO.sub(_userinfo, text), _ANY_VALUE)


def _userinfo(match: re.Match[str]) -> str:
    return f"{MASK}:{MASK}@" if ":" in match[1] else f"{MASK}@"


def url_by_name(url: str) -> str:
    """A URL without its user information and without the values of parameters with telling names."""
    start = re.search("[?#]|$", url, re.DOTALL)
    cut = start.start() if start else len(url)
    return _USERINFO.sub(_userinfo, url[:cut]) + _mask_pairs(url[cut:], _FORM_VALUE)
