"""Frames of a session in recordings: scrubbed by their fields and written anew, so that lengths and checksums hold."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..flow import run
from ..http import HttpRequest, HttpResponse, WebhookRequest
from ..manifest import Kind
from ..smsc.background import Arrival, BackgroundPool
from ..smsc.dialects import Dialect, Reply
from ..smsc.values import DeliverResponse, Login, SubmitRequest
from ..transports.frames import DELIVER, LOGIN, delivery_of, read_frame, status_of, webhook_of

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..client import Client
    from ..network import NetworkPolicy
    from ..webhooks.core import Receipt
    from .scrub import Scrubber
    from .tape import Tape

__all__ = ["LiveSessions", "dialect_of", "login_of", "receive", "scrubbed"]

Message = TypeVar("Message", bound=HttpRequest | HttpResponse | WebhookRequest)


def login_of(channel: AnyChannel) -> Login | None:
    """The login of a channel that holds a connection; None for any other."""
    if channel.manifest.kind is not Kind.SESSION:
        return None
    return cast("Login", channel.plugin.adapter.authenticate(channel))


def dialect_of(channel: AnyChannel) -> Dialect | None:
    """The protocol of a channel that holds a connection; None for any other."""
    login = login_of(channel)
    return login.dialect if login else None


def receive(client: Client, channel: AnyChannel, request: WebhookRequest) -> Receipt:
    """Hand a webhook to a client, or the frame that stands in its place."""
    dialect = dialect_of(channel) if request.method == DELIVER else None
    if dialect is None:
        return client.receive(channel, request)
    return run(client._delivered(channel, delivery_of(dialect, request)), client._perform)


def scrubbed(scrubber: Scrubber, dialect: Dialect | None, message: Message, plain: Message) -> Message:
    """`plain`, a message scrubbed octet by octet, with the frame of `message` scrubbed by its fields instead."""
    frame = read_frame(dialect, message.body) if dialect is not None else None
    if dialect is None or frame is None:
        return plain
    clean = dialect.without_secrets(_values(scrubber, frame))
    return replace(plain, body=dialect.encode(clean, dialect.sequence_of(frame)))


def _values(scrubber: Scrubber, value: Any) -> Any:
    if isinstance(value, str | bytes):
        return scrubber.value(value)
    if is_dataclass(value) and not isinstance(value, type):
        old = {item.name: getattr(value, item.name) for item in fields(value) if item.init}
        new = {name: _values(scrubber, item) for name, item in old.items()}
        return replace(value, **{name: item for name, item in new.items() if item != old[name]})
    if isinstance(value, tuple | list):
        made = [_values(scrubber, item) for item in value]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    return value


class LiveSessions:
    """Real connections as a transport: what `transports.frames` makes of frames is sent, and what comes is told."""

    def __init__(self, client: Client, channel: AnyChannel, login: Login) -> None:
        self._pool = BackgroundPool(client._engine)
        self._channel, self._login = channel, login

    @property
    def pool(self) -> BackgroundPool:
        """The connections."""
        return self._pool

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The SMSC's response, under the number of the request."""
        from ..errors import AuthError
        from ..talk import Submission

        dialect = self._login.dialect
        frame = read_frame(dialect, request.body)
        number = dialect.sequence_of(frame)
        if request.method == LOGIN:
            frame = dialect.keep_alive(self._login)
        submission = Submission(self._channel, self._login, SubmitRequest(frame, submits=False))
        try:
            answer = self._pool.submit(submission).frame
        except AuthError:
            answer = None
        if request.method == LOGIN or answer is None:
            answer = read_frame(dialect, self._pool.login_answer(self._channel, self._login))
        return HttpResponse(status_of(dialect, answer), body=dialect.encode(answer, number))

    @contextmanager
    def heard(self, tape: Tape) -> Iterator[None]:
        """Within the block, put what the SMSC delivers on a tape, and answer it as the tape has it read."""
        arrivals: SimpleQueue[Arrival | None] = SimpleQueue()
        self._pool.listen(self._channel, self._login, arrivals)
        thread = threading.Thread(target=self._note, args=(tape, arrivals), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._pool.leave(self._channel)
            arrivals.put(None)
            thread.join()

    def _note(self, tape: Tape, arrivals: SimpleQueue[Arrival | None]) -> None:
        url = self._channel.config.base_url
        while (arrival := arrivals.get()) is not None:
            request = webhook_of(self._login.dialect, arrival.request, url)
            receipt = tape.respond(request) if tape.respond else None
            tape.webhook(request, receipt)
            arrival.answer((receipt and receipt.reply) or DeliverResponse(Reply.RETRY_LATER))

    def close(self) -> None:
        """Log out and disconnect."""
        self._pool.close()
