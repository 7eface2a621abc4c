"""What the mounts share: from a route to an answer, whatever interface the server speaks.

A mount says how its server gives path, headers and body. All else is here once: `conversation` is a generator that
yields what has to be called, and `answer` and `aanswer` drive it for the sync and for the async mounts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from ..errors import MalformedInbound
from ..flow import arun, run
from ..http import Headers, WebhookRequest, WebhookResponse
from .core import MAX_BODY, Receipt, Route

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..client import AsyncClient, Client

__all__ = [
    "BodyRefused",
    "Handle",
    "Host",
    "Resolve",
    "Step",
    "aanswer",
    "acall",
    "answer",
    "call",
    "declared_length",
    "described",
    "from_environ",
    "from_scope",
    "to_send",
]

Resolve: TypeAlias = "Callable[[Route], AnyChannel | Awaitable[AnyChannel | None] | None]"
Handle: TypeAlias = "Callable[[AnyChannel, Receipt], Awaitable[None] | None]"
Step: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]
Read: TypeAlias = Callable[[], Any]

log = logging.getLogger("sms_adapters.webhooks")
NOT_FOUND = WebhookResponse.plain("NotForThisAdapter\n", 404)
FAILED = WebhookResponse.plain("the webhook could not be taken, try again later\n", 500)
# Everything printable but "#": a percent-encoded octet stays as it came, one that no URL may hold is encoded.
_KEPT = "".join(map(chr, range(0x21, 0x7F))).replace("#", "")
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class BodyRefused(MalformedInbound):
    """A mount's refusal to read a body, with the HTTP status that says so."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Host(NamedTuple):
    """What the host brings to a mount: its client, and where its channels and events are kept."""

    client: Client | AsyncClient
    resolve: Resolve
    handle: Handle

    def check(self, *, awaited: bool) -> Host:
        """Refuse at start, with a sentence, what would lose every event later."""
        if iscoroutinefunction(self.client.receive) != awaited:
            needed, given = ("AsyncClient", "Client") if awaited else ("Client", "AsyncClient")
            raise TypeError(f"this mount needs {needed}, not {given}")
        for function in (self.resolve, self.handle):
            if not awaited and iscoroutinefunction(function):
                raise TypeError("this mount calls no async function: give a sync one, or use an async mount")
        return self


def conversation(host: Host, route: Route | None, read: Read) -> Generator[Step, Any, WebhookResponse]:
    """From a route to an answer; yields each function to call with its arguments, and is sent what it returned.

    `read` gives the `WebhookRequest`, or raises `BodyRefused`.
    """
    if route is None or not "".join((route.adapter, route.channel, route.action)).isprintable():
        return NOT_FOUND
    channel: AnyChannel | None = yield host.resolve, (route,)
    if channel is None or route.adapter not in (channel.adapter, *channel.manifest.aliases):
        return NOT_FOUND
    try:
        request = yield read, ()
    except BodyRefused as error:
        log.warning("webhook of %s channel %r refused with HTTP %d", channel.adapter, channel.id, error.status)
        return WebhookResponse.plain("MalformedInbound\n", error.status)
    receipt: Receipt = yield host.client.receive, (channel, request)
    if receipt.error is not None:
        _report(channel, receipt.error)
    if receipt.events:
        yield from _stored(host, channel, receipt)
    return receipt.response


def _stored(host: Host, channel: AnyChannel, receipt: Receipt) -> Generator[Step, Any, None]:
    """Let the host store the events; what only memory holds of them goes back there if it does not."""
    stored = False
    try:
        yield host.handle, (channel, receipt)
        stored = True
    finally:
        joiner = host.client._joiner
        if joiner is not None and not stored:
            joiner.give_back((channel.adapter, channel.id), receipt.events)


def answer(host: Host, route: Route | None, read: Read) -> WebhookResponse:
    """Drive the conversation; whatever fails is logged and answered 500, so that the aggregator tries again."""
    try:
        return run(conversation(host, route, read), call)
    except Exception as error:  # noqa: BLE001 - no traceback to the caller, whatever the host's functions raise
        return _failed(route, error)


async def aanswer(host: Host, route: Route | None, read: Read) -> WebhookResponse:
    """`answer` that awaits what is awaitable."""
    try:
        return await arun(conversation(host, route, read), acall)
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(route, error)


def call(step: Step) -> Any:
    """Do a step of a conversation; TypeError for a function whose result has to be awaited."""
    function, arguments = step
    found = function(*arguments)
    if isawaitable(found):
        if iscoroutine(found):
            found.close()
        raise TypeError("a sync mount was given a function whose result has to be awaited")
    return found


async def acall(step: Step) -> Any:
    """Do a step, and await what is awaitable."""
    function, arguments = step
    found = function(*arguments)
    return await found if isawaitable(found) else found


def _failed(route: Route | None, error: Exception) -> WebhookResponse:
    where = (route.adapter, route.channel) if route else ("", "")
    log.error("webhook of %s channel %r failed: %s", *where, described(error))
    return FAILED


def _report(channel: AnyChannel, error: Exception) -> None:
    log.warning("webhook of %s channel %r: %s", channel.adapter, channel.id, described(error))


def described(error: BaseException) -> str:
    """Types and the line that raised: an error's sentence and traceback might show what was received."""
    cause = error.__cause__ or error
    name = type(error).__name__ if cause is error else f"{type(error).__name__} from {type(cause).__name__}"
    trace = cause.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{name} in {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else name


def declared_length(values: Iterable[str]) -> int | None:
    """The length that Content-Length headers state, None without one; BodyRefused for a bad or too large one."""
    stated = {item.strip() for value in values for item in value.split(",")}
    if not stated:
        return None
    first = stated.pop()
    if stated or not (first.isascii() and first.isdigit()):
        raise BodyRefused("Content-Length is no number, or there are several", 400)
    if len(first) > 18 or int(first) > MAX_BODY:
        raise BodyRefused(f"the body is stated to have more than {MAX_BODY} octets", 413)
    return int(first)


def from_scope(scope: Mapping[str, Any], body: bytes = b"", scheme: str | None = None) -> WebhookRequest:
    """The request of an ASGI scope; its URL has the path and query as they were sent, whatever it is mounted under."""
    headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
    path, prefix = scope["path"], scope.get("root_path") or ""
    whole = path if path.startswith(prefix) else prefix + path
    seen = _path(scope.get("raw_path"), whole.encode("utf-8", "surrogatepass"), path.encode("utf-8", "surrogatepass"))
    server, client = scope.get("server") or ("", None), scope.get("client")
    url = _url(scheme or scope.get("scheme") or "http", headers.get("host"), server, seen, scope["query_string"])
    return WebhookRequest(scope["method"], url, headers, body, str(client[0]) if client else None)


def from_environ(environ: Mapping[str, Any], body: bytes = b"", scheme: str | None = None) -> WebhookRequest:
    """The request of a WSGI environment; where the server does not give the path as sent, it is encoded again."""
    named = [(key[5:], value) for key, value in environ.items() if key.startswith("HTTP_")]
    typed = [(key, environ[key]) for key in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(key)]
    headers = Headers([(name.replace("_", "-").title(), value) for name, value in (*typed, *named)])
    whole = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
    sent = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or "")
    raw = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "", sent).partition("?")[0].encode("latin-1", "replace")
    server = (environ.get("SERVER_NAME", ""), environ.get("SERVER_PORT"))
    query = environ.get("QUERY_STRING", "").encode("latin-1")
    url = _url(
        scheme or environ["wsgi.url_scheme"], headers.get("host"), server, _path(raw or None, whole, whole), query
    )
    return WebhookRequest(environ["REQUEST_METHOD"], url, headers, body, environ.get("REMOTE_ADDR") or None)


def _path(sent: bytes | None, whole: bytes, path: bytes) -> str:
    """The path as sent if it is still the one that is served; else, where the host rewrote it, the latter encoded."""
    if sent:
        plain = sent.partition(b"?")[0]
        if unquote_to_bytes(plain).decode("utf-8", "replace").endswith(path.decode("utf-8", "replace")):
            return quote(plain, safe=_KEPT)
    return quote(whole, safe="/:@!$&'()*+,;=~")


def _url(scheme: str, host: str | None, server: tuple[str, Any], path: str, query: bytes) -> str:
    """A URL that can be parsed, whatever the Host header says."""
    named = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    authority = next((one for one in (host or "", named) if _AUTHORITY.fullmatch(one)), "localhost")
    return f"{scheme}://{authority}{path}" + (f"?{quote(query, safe=_KEPT)}" if query else "")


def to_send(response: WebhookResponse, method: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers with the length, and body of an answer; none to HEAD, nor with a status that has none."""
    kept = [pair for pair in response.headers.items() if pair[0].lower() != "content-length"]
    if response.status in (204, 304):
        return response.status, kept, b""
    body = b"" if method.upper() == "HEAD" else response.body
    return response.status, [*kept, ("Content-Length", str(len(body)))], body
