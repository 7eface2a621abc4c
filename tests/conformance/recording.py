"""A test account of Acme's that is served over HTTP, with secrets and numbers that must not be published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mutants import copied, edit, opened

from sms_adapters import Headers, HttpRequest, HttpResponse, NetworkPolicy, OutboundMessage, TransportError
from sms_adapters.conformance.cases import Evidence, Source
from sms_adapters.conformance.recorder import Account, Recorded, Tape, record_case
from sms_adapters.conformance.subject import Subject
from sms_adapters.http import WebhookRequest, WebhookResponse
from sms_adapters.sandbox.server import serve
from sms_adapters.simulation import Simulator
from sms_adapters.transports.httpx import HttpxTransport

KEY, SECRET = "live-acme-key-9z8y7x6w", "4f3e2d1c0b9a8f7e6d5c4b3a"
TEST_KEY, TEST_SECRET = "test_acme_key_1", "acme-signing-secret-1"
HANDSET, ADDRESS = "+250788123123", "+250788000111"
PUBLIC_HANDSET, PUBLIC_ADDRESS = "+12025550123", "+12025550100"
PUBLIC_URL = "https://api.acme.example"
PRIVATE = (KEY, SECRET, "788123123", "788000111", "127.0.0.1")
LOOPBACK = NetworkPolicy(networks=("127.0.0.0/8",))
SOURCE = Source(Evidence.LIVE, "Acme's test account", date(2026, 11, 23), "https://acme.example/", "Acme API 3.14")
RESIGN = '''
    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """The signature with the specimen's key."""
        given = request.headers.get("Acme-Signature") or ""
        at = dict(item.partition("=")[::2] for item in given.split(",")).get("t") or "0"
        digest = hmac.new(SECRET.encode(), f"{at}.".encode() + request.body, hashlib.sha256).hexdigest()
        headers = request.headers.having("Acme-Signature", f"t={at},v1={digest}")
        return WebhookRequest(request.method, request.url, headers, request.body)

    def handle('''


def adapter(tmp_path: Path, *changes: tuple[str, str, str], resigns: bool = True) -> Path:
    """A copy of the specimen, changed: file, before, after."""
    folder = copied(tmp_path)
    if resigns:
        edit(folder, "simulator.py", "\n    def handle(", RESIGN)
    for change in changes:
        edit(folder, *change)
    return folder


def simulator(tmp_path: Path) -> Simulator:
    """Acme with the real account."""
    folder = copied(tmp_path)
    edit(folder, "simulator.py", TEST_KEY, KEY)
    edit(folder, "simulator.py", TEST_SECRET, SECRET)
    return opened(folder).registry.simulator("acme")


@dataclass
class Bench:
    """An adapter's folder, and Acme behind `url`, which may be told to answer otherwise."""

    folder: Path
    subject: Subject
    acme: Simulator
    tape: Tape = field(default_factory=Tape)
    url: str = ""
    hook: str = ""
    answer: Callable[[WebhookRequest], WebhookResponse] | None = None

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """What Acme answers."""
        return (self.answer or self.acme.handle)(request)

    def account(self, **changes: Any) -> Account:
        """The account, live and published."""
        config = {"api_key": KEY, "signing_secret": SECRET, "base_url": self.url}
        live = {"config": config, "address": ADDRESS, "country": "US", "public_url": self.hook}
        test = {"config": {"base_url": PUBLIC_URL}}
        return Account(**{"live": live, "test": test, "numbers": {HANDSET: PUBLIC_HANDSET}, **changes})

    def record(self, name: str = "recorded", **options: Any) -> Recorded:
        """Record a message to the handset."""
        given = {"message": OutboundMessage(HANDSET, "Muraho"), "account": self.account(), "network": LOOPBACK}
        if "hook" in options:
            del given["message"]
        return record_case(
            self.folder, name, **{"subject": self.subject, "source": SOURCE, "tape": self.tape, **given, **options}
        )

    def fire(self, requests: Iterable[HttpRequest]) -> list[HttpResponse]:
        """Call the webhooks as Acme would."""
        transport = HttpxTransport()
        try:
            return [transport.send(request) for request in requests]
        finally:
            transport.close()

    def reported(self, _: Tape) -> None:
        """Have the message reported and answered."""
        self.acme.inbound_url = self.hook + "/c/acme/8eb23e93/receive"
        for message in self.acme.accepted:
            answers = self.fire(self.acme.reports(message))
            answers += self.fire(self.acme.inbound(HANDSET, ADDRESS, f"Yego {HANDSET}"))
            assert [answer.status for answer in answers] == [200, 200, 200]

    def files(self, name: str = "recorded") -> dict[str, bytes]:
        """What was saved under a name."""
        found = [path for kind in ("exchanges", "inbound") for path in (self.folder / kind).glob(f"{name}*")]
        return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(found)}


@contextmanager
def bench(tmp_path: Path, *changes: tuple[str, str, str], resigns: bool = True) -> Iterator[Bench]:
    """A bench with the specimen, changed or not."""
    folder = adapter(tmp_path, *changes, resigns=resigns)
    made = Bench(folder, opened(folder), simulator(tmp_path))
    with ExitStack() as stack:
        made.url = stack.enter_context(serve(made.handle))
        made.hook = stack.enter_context(serve(made.tape.receive))
        yield made


@dataclass
class Scripted:
    """A transport that gives answers in order: a response, or a failure as text and whether the request was sent."""

    answers: list[HttpResponse | TransportError]
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        self.requests.append(request)
        answer = self.answers[len(self.requests) - 1]
        if isinstance(answer, TransportError):
            raise replace_error(answer)
        return answer

    def close(self) -> None:
        pass


def replace_error(error: TransportError) -> TransportError:
    """Another error of the same kind: one that is raised again keeps its traceback."""
    return TransportError(error.message, sent=error.sent)


def accepted(**values: Any) -> HttpResponse:
    """Acme's answer to a message."""
    import json

    body = json.dumps({"id": "a-1", "status": "queued", "segments": 1, **values}).encode()
    return HttpResponse(202, Headers({"Content-Type": "application/json"}), body)
