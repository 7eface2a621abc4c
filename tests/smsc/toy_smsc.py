"""A protocol of lines for tests of everything above the codecs: `NAME sequence status field|field` and LF.

It has what the real ones have: requests and responses, a login, keep-alive both ways, an answer to garbage. Numbers
run to 20 and begin again, so that wrapping is met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from pydantic import SecretStr

from sms_adapters import (
    AccountInfo,
    Channel,
    DeliverRequest,
    DeliveryReport,
    InboundMessage,
    Login,
    MalformedInbound,
    PartResult,
    SendResult,
    SessionConfig,
    Status,
    SubmitRequest,
    hookimpl,
)
from sms_adapters.manifest import Capability, Feature, Kind, Manifest, Support
from sms_adapters.messages import PartInfo
from sms_adapters.registry import Plugin
from sms_adapters.results import Reason
from sms_adapters.simulation import Fate, SimulatedMessage
from sms_adapters.smsc.dialects import OK, BindMode, Credentials, Dialect, FrameReader, Outcome, Reply, Verdict
from sms_adapters.smsc.dialects import Kind as FrameKind
from sms_adapters.smsc.errors import FrameError
from sms_adapters.smsc.simulator import Admission, SessionSimulator

LONGEST = 1000
KINDS = {
    "LOGIN": FrameKind.LOGIN,
    "LOGOUT": FrameKind.LOGOUT,
    "SUBMIT": FrameKind.SUBMIT,
    "DELIVER": FrameKind.DELIVER,
    "PING": FrameKind.KEEP_ALIVE,
    "NOTICE": FrameKind.NOTICE,
    "ANSWER": FrameKind.RESPONSE,
}
OUTCOMES = {
    "0": OK,
    "1": Outcome(Verdict.THROTTLED, "1", "SLOW DOWN"),
    "2": Outcome(Verdict.TEMPORARY, "2", "LATER"),
    "3": Outcome(Verdict.REFUSED, "3", "NO SUCH NUMBER", Reason.INVALID_RECIPIENT),
    "4": Outcome(Verdict.AUTH, "4", "WRONG PASSWORD"),
    "5": Outcome(Verdict.SESSION, "5", "NOT BOUND"),
    "6": Outcome(Verdict.DEFECT, "6", "GARBLED"),
}
STATUS_OF = {Reply.ACCEPTED: "0", Reply.RETRY_LATER: "2", Reply.REFUSED: "3"}


class ToyError(FrameError):
    """A line that is none."""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    fields: tuple[str, ...] = ()
    status: str = "0"
    sequence: int = 0


class ToyReader:
    def __init__(self) -> None:
        self._held = b""

    @property
    def pending(self) -> int:
        return len(self._held)

    def feed(self, data: bytes) -> list[tuple[Any, bytes]]:
        *lines, self._held = (self._held + data).split(b"\n")
        found: list[tuple[Any, bytes]] = [(_line(raw), raw + b"\n") for raw in lines]
        if len(self._held) > LONGEST:
            found.append((ToyError("a line without end", fatal=True, raw=self._held), self._held))
            self._held = b""
        return found


def _line(raw: bytes) -> Line | ToyError:
    try:
        name, sequence, status, fields = raw.decode("utf-8").split(" ", 3)
        return Line(name, tuple(fields.split("|")) if fields else (), status, int(sequence))
    except ValueError:
        return ToyError("no such line", raw=raw)


class ToyDialect:
    name = "toy"
    port = 4000
    gapless = False

    def __init__(self, last: int = 20) -> None:
        self.window_limit = self.last = last

    def reader(self) -> FrameReader:
        return ToyReader()

    def sequences(self) -> Iterator[int]:
        return cycle(range(1, self.last + 1))

    peer_sequences = sequences

    def encode(self, frame: Line, sequence: int) -> bytes:
        fields = "|".join(frame.fields)
        if "\n" in fields:
            raise ToyError("a line holds no LF")
        return f"{frame.name} {sequence} {frame.status} {fields}\n".encode()

    def kind(self, frame: Line) -> FrameKind:
        return KINDS.get(frame.name, FrameKind.UNKNOWN)

    def sequence_of(self, frame: Line) -> int:
        return frame.sequence

    def outcome(self, frame: Line) -> Outcome:
        return OUTCOMES.get(frame.status) or Outcome(Verdict.REFUSED, frame.status)

    def answers(self, request: Line, response: Line) -> bool:
        return response.name == "ANSWER"

    def login(self, credentials: Credentials, mode: BindMode) -> Line | None:
        return Line("LOGIN", (credentials.username, credentials.password, mode.value))

    def logout(self) -> Line | None:
        return Line("LOGOUT")

    def keep_alive(self, credentials: Credentials) -> Line:
        return Line("PING")

    def reply_to(self, frame: Line, reply: Reply) -> Line | None:
        if frame.name == "NOTICE":
            return None
        return Line("ANSWER", (), STATUS_OF[reply] if frame.name in KINDS else "6")

    def garbled(self, error: FrameError) -> Line | None:
        return Line("ANSWER", (), "6")

    def without_secrets(self, frame: Line) -> Line:
        return replace(frame, fields=(frame.fields[0], "", *frame.fields[2:])) if frame.name == "LOGIN" else frame

    def describe(self, frame: Line) -> dict[str, Any]:
        shown = self.without_secrets(frame)
        return {"operation": shown.name, "fields": list(shown.fields)}


TOY: Dialect = ToyDialect()


class ToyConfig(SessionConfig):
    base_url: str = "toy://smsc.example.org:4000"
    username: str = "toy-user"
    password: SecretStr = SecretStr("toy-password-1")
    modes: tuple[BindMode, ...] = (BindMode.TRANSCEIVER,)


class ToySession:
    """Submits `to|sender|text`; is delivered `report|id|word` and `message|from|to|text`."""

    Config: Any = ToyConfig
    dialect: Dialect = TOY

    @hookimpl
    def authenticate(self, channel: Channel[ToyConfig]) -> Login:
        config = channel.config
        binds = config.modes * config.connections
        return Login(self.dialect, config.username, config.password.get_secret_value(), binds=binds)

    @hookimpl
    def send(self, channel: Any, message: Any) -> Any:
        frame = Line("SUBMIT", (channel.recipient_of(message), channel.sender_of(message), message.text))
        response = yield SubmitRequest(frame)
        response.raise_for_error()
        return SendResult((PartResult(response.frame.fields[0]),))

    @hookimpl
    def check_account(self, channel: Any) -> Any:
        response = yield SubmitRequest(Line("PING"), submits=False)
        response.raise_for_error()
        return AccountInfo(channel.config.username)

    @hookimpl
    def parse_inbound(self, channel: Any, request: DeliverRequest) -> list[Any]:
        match request.frame.fields:
            case ("report", reference, word):
                return [DeliveryReport(Status(word), reference, word=word, raw=request.values)]
            case ("part", sender, to, text, number):
                return [InboundMessage(channel.number(sender), text, to, part=PartInfo("7", int(number), 2))]
            case ("message", sender, to, text):
                return [InboundMessage(channel.number(sender), text, to, raw=request.values)]
        raise MalformedInbound("neither report nor message")


class ToySmsc(SessionSimulator):
    adapter = "toy_session"
    dialect: Dialect = TOY

    def config(self, base_url: str) -> dict[str, Any]:
        return {"base_url": base_url}

    def login(self, frame: Line) -> Admission:
        if frame.fields[:2] != ("toy-user", "toy-password-1"):
            return Admission(Line("ANSWER", (), "4"), None)
        return Admission(Line("ANSWER"), BindMode(frame.fields[2]))

    def answer(self, frame: Line) -> Iterable[Line]:
        if frame.name != "SUBMIT":
            return [Line("ANSWER", (), "6")]
        to, sender, text = frame.fields
        message = SimulatedMessage(f"m{self.serial()}", to, sender, text)
        refused = {Fate.THROTTLED: "1", Fate.UNAVAILABLE: "2", Fate.INVALID: "3"}.get(message.fate)
        if refused:
            return [Line("ANSWER", (), refused)]
        self.accept(message)
        return [Line("ANSWER", (message.id,))]

    def congested(self, frame: Line) -> Line:
        return Line("ANSWER", (), "1")

    def report(self, message: SimulatedMessage, status: Status) -> DeliverRequest | None:
        return DeliverRequest(Line("DELIVER", ("report", message.id, status.value)), dialect=self.dialect)

    def inbound(self, sender: str, to: str, text: str) -> Iterable[DeliverRequest]:
        return [DeliverRequest(Line("DELIVER", ("message", sender, to, text)), dialect=self.dialect)]


def toy_session_channel(adapter: Any = None, **options: Any) -> Channel[Any]:
    """A channel of `ToySession`, with configuration values as keywords beside those of `Channel`."""
    adapter = adapter or ToySession()
    features = (Capability.UNICODE, Capability.INBOUND, Capability.DELIVERY_REPORTS, Capability.CHECK_ACCOUNT)
    manifest = Manifest(
        "toy_session",
        "Toy SMSC",
        "1.0",
        "toy_smsc:ToySession",
        Kind.SESSION,
        features={name: Feature(Support.FULL) for name in features},
    )
    own = {name: options.pop(name) for name in list(options) if name in ToyConfig.model_fields}
    plugin = Plugin("toy_session", manifest, adapter, ToyConfig)
    given = {"id": "5e55", "address": "+12025550100", "country": "US", **options}
    return Channel(plugin, config=adapter.Config(**own), **given)
