"""The webhooks as Django views: `urlpatterns = webhooks.django.urlpatterns(client, resolve, handle)`."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import sync_to_async
from django.core.exceptions import RequestDataTooBig  # type: ignore[import-untyped]
from django.http import HttpRequest, HttpResponse  # type: ignore[import-untyped]
from django.http.request import UnreadablePostError  # type: ignore[import-untyped]
from django.urls import re_path  # type: ignore[import-untyped]
from django.views.decorators.csrf import csrf_exempt  # type: ignore[import-untyped]

from .core import Route
from .mounting import (
    BodyRefused,
    Handle,
    Host,
    Resolve,
    aanswer,
    answer,
    declared_length,
    from_environ,
    from_scope,
    to_send,
)

if TYPE_CHECKING:
    from ..client import AsyncClient, Client
    from ..http import WebhookRequest, WebhookResponse

__all__ = ["async_webhook_view", "urlpatterns", "webhook_view"]

View = Callable[..., Any]


def webhook_view(client: Client, resolve: Resolve, handle: Handle) -> View:
    """A view for `path("c/<str:adapter>/<str:channel>/<str:action>", view)`, exempt from CSRF and login.

    `resolve(route)` gives the channel, None for an unknown one; `route.adapter` may be an alias. `handle(channel,
    receipt)` stores `receipt.events` before the answer is sent, and is called only where there are some: if it
    raises, the answer is 500 and the aggregator delivers again. An aggregator does so as well when an answer was
    lost, so `handle` must be idempotent on the `id` of an event. Of what goes wrong type and place are logged, never
    a value. A body beyond `DATA_UPLOAD_MAX_MEMORY_SIZE` is refused with 413.
    """
    host = Host(client, resolve, handle).check(awaited=False)

    def view(request: HttpRequest, adapter: str, channel: str, action: str) -> HttpResponse:
        made = answer(host, Route(adapter, channel, action), lambda: _seen(request))
        return _response(made, request)

    return _open(view)


def async_webhook_view(client: AsyncClient, resolve: Resolve, handle: Handle) -> View:
    """`webhook_view` for asynchronous Django; sync `resolve` and `handle` run in Django's thread, as its ORM needs."""
    host = Host(client, _awaited(resolve), _awaited(handle)).check(awaited=True)

    async def view(request: HttpRequest, adapter: str, channel: str, action: str) -> HttpResponse:
        made = await aanswer(host, Route(adapter, channel, action), lambda: _seen(request))
        return _response(made, request)

    return _open(view)


def urlpatterns(client: Client | AsyncClient, resolve: Resolve, handle: Handle) -> list[Any]:
    """The one pattern to `include`: `path("sms/", include(urlpatterns(...)))`; async for an `AsyncClient`."""
    make: Callable[..., View] = async_webhook_view if iscoroutinefunction(client.receive) else webhook_view
    pattern = r"^c/(?P<adapter>[^/]+)/(?P<channel>[^/]+)/(?P<action>[^/]+)/?\Z"
    return [re_path(pattern, make(client, resolve, handle), name="sms-webhook")]


def _open(view: View) -> View:
    exempt: Any = csrf_exempt(view)
    exempt.login_required = False
    return cast("View", exempt)


def _awaited(function: Callable[..., Any]) -> Callable[..., Any]:
    if iscoroutinefunction(function):
        return function
    threaded = sync_to_async(function)

    async def call(*arguments: Any) -> Any:
        found = await threaded(*arguments)
        return await found if isawaitable(found) else found

    return call


def _seen(request: HttpRequest) -> WebhookRequest:
    body = _body(request)
    if hasattr(request, "scope"):
        return from_scope(request.scope, body, request.scheme)
    # Django has put the decoded path where WSGI has one octet for each character.
    path = request.path.encode("utf-8", "surrogatepass").decode("latin-1")
    return from_environ({**request.META, "SCRIPT_NAME": "", "PATH_INFO": path}, body, request.scheme)


def _body(request: HttpRequest) -> bytes:
    """The whole body; BodyRefused for one that Django does not read, or that was cut."""
    stated = request.META.get("CONTENT_LENGTH")
    length = declared_length((stated,)) if stated else 0
    if not stated and "HTTP_TRANSFER_ENCODING" in request.META and not hasattr(request, "scope"):
        raise BodyRefused("Django reads no chunked body from WSGI", 411)
    try:
        body = bytes(request.body)
    except RequestDataTooBig as error:
        raise BodyRefused("the body is more than DATA_UPLOAD_MAX_MEMORY_SIZE allows", 413) from error
    except UnreadablePostError as error:
        raise BodyRefused("the body could not be read to its end", 400) from error
    if len(body) < (length or 0):
        raise BodyRefused("the body is shorter than Content-Length says", 400)
    return body


def _response(made: WebhookResponse, request: HttpRequest) -> HttpResponse:
    status, headers, body = to_send(made, request.method or "")
    response = HttpResponse(body, status=status, headers=dict(headers))
    if not any(name.lower() == "content-type" for name, _ in headers):
        del response["Content-Type"]
    return response
