"""From a tape to the files of a case: scrubbed, remade, inspected and played."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SmsError, TransportError
from ..http import HttpRequest, HttpResponse, WebhookRequest
from ..manifest import Capability
from ..messages import DeliveryReport, InboundMessage, OutboundMessage
from .accounts import Account, RecordingFailed
from .case_files import cassette, http_file, json_file, message_table, own_values, save, source_table, toml_file
from .cases import WAITING, Source, channel_options, exchange_cases, inbound_cases, outcome, shared_channel
from .frames import dialect_of, receive, scrubbed
from .playing import events_of, play, receive_case, receiver
from .remaking import Answer, Deed, compare, declared_digests, remake
from .scrub import Piece, Scrubber, ScrubRefused, token_like, tokens_in
from .tape import Tape

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..messages import InboundEvent
    from ..smsc.dialects import Dialect
    from ..webhooks.core import Receipt
    from .subject import Subject

__all__ = ["Draft", "Run", "expectation"]

ROUNDS = 3
EXCHANGES, INBOUND = "exchanges", "inbound"
TOLD = (
    *("error", "retryable", "provider_code", "provider_text", "reason", "retry_after", "capability", "sent"),
    "accepted_ids",
)
"""What a case expects of an error; our own sentence may change without the aggregator."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is done, with which account, at which time and with which seed; `folder` is the adapter's."""

    folder: Path
    name: str
    subject: Subject
    account: Account
    deed: Deed
    clock: datetime
    entropy: str

    def live(self, **options: Any) -> AnyChannel:
        """The channel as it works, made anew."""
        return self._opened(self.account.live, options)

    def test(self, kind: str = EXCHANGES, **options: Any) -> AnyChannel:
        """The channel as it is published, made anew."""
        return self._opened(self.published(kind), options)

    def published(self, kind: str = EXCHANGES) -> dict[str, Any]:
        """All values of the published channel: those of `channel.toml` with the account's own."""
        shared = shared_channel(self.folder / kind)
        config = {**shared.get("config", {}), **self.account.test.get("config", {})}
        return {**shared, **self.account.test, "config": config}

    def _opened(self, values: Mapping[str, Any], options: Mapping[str, Any]) -> AnyChannel:
        fixed = {"id": "8eb23e93", "clock": self.clock, "entropy": self.entropy}
        return self.subject.registry.open(self.subject.id, **channel_options({**fixed, **values, **options}))

    def place(self, kind: str, name: str, suffix: str) -> Path:
        """The file, or the one beside it where there is one already."""
        path = self.folder / kind / f"{name}{suffix}"
        return path.with_name(f"{name}{WAITING}{suffix}") if path.exists() else path

    def table(self, kind: str, clock: datetime) -> dict[str, Any]:
        """A case's own table `channel`."""
        own = own_values(self.published(kind), shared_channel(self.folder / kind))
        config = {"config": own.pop("config")} if "config" in own else {}
        return {**own, "clock": clock, "entropy": self.entropy, **config}


@dataclass(slots=True)
class Draft:
    """A recording on its way to the files; nothing is written before `files` has given them."""

    run: Run
    source: Source
    tape: Tape
    result: object
    expect: Mapping[str, Any] = field(default_factory=dict)
    _scrubber: Scrubber = field(init=False)
    _answers: list[Answer] = field(init=False)
    _dialect: Dialect | None = field(init=False)

    def __post_init__(self) -> None:
        raw = [interaction.answer for interaction in self.tape.interactions]
        self._answers = [answer for answer in raw if answer is not None]
        if len(self._answers) < len(raw) or not raw:
            raise RecordingFailed(f"{self.run.name}: {'a request has no answer' if raw else 'no request was made'}")
        run = self.run
        self._dialect = dialect_of(run.live())
        self._scrubber = self._learnt(run.account.scrubber(run.published(), run.live(), run.test()))

    def _learnt(self, scrubber: Scrubber) -> Scrubber:
        """The scrubber with the tokens that answers and webhooks brought."""
        messages: list[HttpResponse | WebhookRequest] = [arrival.request for arrival in self.tape.webhooks]
        messages += [answer for answer in self._answers if isinstance(answer, HttpResponse)]
        tokens = dict.fromkeys(token for message in messages for token in tokens_in(message))
        known = {*scrubber.secrets, *scrubber.names, *scrubber.numbers, *scrubber.secrets.values()}
        new = [token for token in tokens if token not in known]
        return scrubber.knowing({token: token_like(number, token) for number, token in enumerate(new, 1)})

    def files(self) -> dict[Path, bytes]:
        """The files of the case; ScrubRefused or RecordingFailed unless they are clean and play to the same outcome."""
        files, pieces = self._exchange()
        for more, others in self._webhooks():
            files |= more
            pieces += others
        pieces += [Piece(f"{path.parent.name}/{path.name}", data, whole=True) for path, data in files.items()]
        findings = self._scrubber.inspect(pieces)
        if findings:
            raise ScrubRefused(f"{self.run.name}: the recording is not clean, nothing was saved", findings)
        _replay(self.run, files)
        return files

    # --- the exchange

    def _exchange(self) -> tuple[dict[Path, bytes], list[Piece]]:
        deed = self._scrubbed_deed()
        requests, result = self._remade(deed)
        self.expect = self._expected(result)
        table: dict[str, Any] = {
            "hook": None if deed.hook == "send" else deed.hook,
            "reference": deed.reference,
            "source": source_table(self.source),
            "channel": self.run.table(EXCHANGES, self.run.clock),
            "message": message_table(deed.message) if deed.message else None,
            "expect": self.expect,
        }
        place = self.run.place(EXCHANGES, self.run.name, ".yaml")
        exchanges = list(zip(requests, self._scrubbed_answers(), strict=True))
        files = {place: cassette(exchanges), place.with_suffix(".toml"): toml_file(table)}
        return files, list(_exchange_pieces(f"{EXCHANGES}/{place.name}", exchanges))

    def _scrubbed_deed(self) -> Deed:
        hook, message, reference = self.run.deed.hook, self.run.deed.message, self.run.deed.reference
        if message is not None:
            values = {item.name: self._scrubber.value(getattr(message, item.name)) for item in fields(message)}
            values["media"] = tuple(replace(item, url=self._scrubber.text(item.url)) for item in message.media)
            message = OutboundMessage(**values)
        return Deed(hook, message, None if reference is None else self._scrubber.text(reference))

    def _remade(self, deed: Deed) -> tuple[list[HttpRequest], object]:
        """The requests that the adapter makes with test values, once no digest of a real one is left to learn."""
        for _ in range(ROUNDS):
            requests, result = remake(self.run.test, deed, self._scrubbed_answers())
            pairs = self._compared(requests)
            new = {old: other for old, other in pairs.items() if old not in self._scrubber.learned}
            if not new:
                return requests, result
            self._scrubber = self._scrubber.knowing(new)
        raise ScrubRefused(f"{self.run.name}: each remade request brings other digests")

    def _scrubbed_answers(self) -> list[Answer]:
        return [
            scrubbed(self._scrubber, self._dialect, answer, self._scrubber.response(answer))
            if isinstance(answer, HttpResponse)
            else TransportError(self._scrubber.text(answer.message), sent=answer.sent)
            for answer in self._answers
        ]

    def _compared(self, requests: Sequence[HttpRequest]) -> dict[str, str]:
        declared = {name.lower() for name in self.run.account.digests} | declared_digests(self.run.test())
        found: list[str] = []
        pairs: dict[str, str] = {}
        recorded = (interaction.request for interaction in self.tape.interactions)
        for number, (old, new) in enumerate(zip(recorded, requests, strict=True), 1):
            clean = scrubbed(self._scrubber, self._dialect, old, self._scrubber.request(old))
            differences, digests = compare(clean, new, declared)
            found += [f"request {number}: {place}" for place in differences]
            pairs |= digests
        if found:
            sentence = "what the adapter sends with test values differs from what was recorded"
            raise ScrubRefused(f"{self.run.name}: {sentence}: {'; '.join(found)}")
        return pairs

    def _expected(self, remade: object) -> dict[str, Any]:
        """What comes of the scrubbed answers, which has to be what came of the real ones."""
        live, found = self._scrubber.value(expectation(self.result)), expectation(remade)
        different = [key for key in dict.fromkeys((*live, *found)) if live.get(key) != found.get(key)]
        if different:
            sentence = f"the scrubbed answers lead to another outcome: {', '.join(different)}"
            raise ScrubRefused(f"{self.run.name}: {sentence}")
        self._check_numbers(found, "the outcome")
        return found

    def _check_numbers(self, values: Mapping[str, Any], where: str) -> None:
        """ScrubRefused if an event or result names a phone number that is nobody's to publish."""
        for key, item in values.items():
            for text in item if isinstance(item, list) else [item]:
                number = isinstance(text, str) and text.startswith("+") and text[1:].isdecimal()
                if number and not self._scrubber.is_public(text):
                    raise ScrubRefused(f"{self.run.name}: {where}: {key} is a phone number that is not mapped")

    # --- the webhooks

    def _webhooks(self) -> Iterator[tuple[dict[Path, bytes], list[Piece]]]:
        """The files of each webhook; names tell what it brought."""
        used: dict[str, int] = {}
        for number, arrival in enumerate(self.tape.webhooks, 1):
            seen = arrival.at.astimezone(UTC).replace(microsecond=0)
            request = self._resigned(arrival.request)
            receipt = receive(receiver(self.run.subject.plugin), self.run.test(INBOUND, clock=seen), request)
            self._check_receipt(number, receipt)
            name = f"{self.run.name}_{_kind(receipt.events)}"
            used[name] = used.get(name, 0) + 1
            place = self.run.place(INBOUND, name if used[name] == 1 else f"{name}_{used[name]}", ".http")
            yield self._inbound_files(place, request, receipt, seen), list(_webhook_pieces(place, request))

    def _resigned(self, request: WebhookRequest) -> WebhookRequest:
        """The webhook under the URL that the aggregator used, scrubbed, and signed with the test key."""
        subject = self.run.subject
        if self._dialect is not None:
            return scrubbed(self._scrubber, self._dialect, request, self._scrubber.webhook(request))
        clean = self._scrubber.webhook(replace(request, url=self.run.live().external_url(request)))
        return subject.registry.simulator(subject.id).resign(clean) if subject.manifest.simulator else clean

    def _check_receipt(self, number: int, receipt: Receipt) -> None:
        if receipt.error is not None:
            signed = self.run.subject.manifest.offers(Capability.SIGNED_WEBHOOKS)
            mend = "; the simulator's `resign` has to sign with the key of the test values" if signed else ""
            raise ScrubRefused(f"{self.run.name}: scrubbed, webhook {number} is refused ({receipt.error}){mend}")
        for event in receipt.events:
            self._check_numbers(outcome(event), f"webhook {number}")

    def _inbound_files(
        self, place: Path, request: WebhookRequest, receipt: Receipt, seen: datetime
    ) -> dict[Path, bytes]:
        answer: dict[str, Any] = {"status": receipt.response.status}
        answer["content_type"] = receipt.response.headers.get("content-type")
        answer["body"] = receipt.response.body.decode("utf-8", "replace") or None
        table = {"source": source_table(self.source), "channel": self.run.table(INBOUND, seen), "answer": answer}
        return {
            place: http_file(request),
            place.with_suffix(".json"): json_file(events_of(receipt)),
            place.with_suffix(".toml"): toml_file(table),
        }


def _replay(run: Run, files: Mapping[Path, bytes]) -> None:
    """Play the case from the octets that are about to be saved, in a folder that holds nothing else."""
    shared = [run.folder / kind / "channel.toml" for kind in (EXCHANGES, INBOUND)]
    octets = {**{path: path.read_bytes() for path in shared if path.exists()}, **files}
    with tempfile.TemporaryDirectory() as made:
        trial = Path(made)
        save({trial / path.parent.name / path.name.replace(f"{WAITING}.", "."): data for path, data in octets.items()})
        for exchange in exchange_cases(trial):
            found = outcome(play(run.subject, exchange))
            _expect_same(run, {key: found.get(key) for key in exchange.expect}, dict(exchange.expect))
        for case in inbound_cases(trial):
            _expect_same(run, events_of(receive_case(run.subject, case)), case.expect)


def _expect_same(run: Run, found: object, wanted: object) -> None:
    if found != wanted:
        raise RecordingFailed(f"{run.name}: what was written comes to another outcome when it is played")


def expectation(result: object) -> dict[str, Any]:
    """The table `expect` for a result or an error; without a `raw` that TOML cannot write, since it has nulls."""
    values = outcome(result)
    if isinstance(result, SmsError):
        return {key: values[key] for key in TOLD if key in values}
    return {key: item for key, item in values.items() if key != "raw" or not _has_null(item)}


def _has_null(value: object) -> bool:
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return value is None or any(map(_has_null, items))


def _kind(events: Sequence[InboundEvent]) -> str:
    """A word for what a webhook brought first."""
    event = events[0] if events else None
    if isinstance(event, DeliveryReport):
        return f"report_{event.status.value}"
    return "message" if isinstance(event, InboundMessage) else type(event).__name__.lower() if event else "webhook"


def _exchange_pieces(file: str, exchanges: Iterable[tuple[HttpRequest, Answer]]) -> Iterator[Piece]:
    """Each part of a cassette by itself, so that a finding says where it is."""
    for number, (request, answer) in enumerate(exchanges, 1):
        yield Piece(f"{file}, request {number}, url", request.url.encode())
        yield from _parts(f"{file}, request {number},", request)
        if isinstance(answer, TransportError):
            yield Piece(f"{file}, answer {number}, failure", answer.message.encode())
        else:
            yield from _parts(f"{file}, answer {number},", answer)


def _webhook_pieces(place: Path, request: WebhookRequest) -> Iterator[Piece]:
    file = f"{INBOUND}/{place.name}"
    yield Piece(f"{file}, url", request.url.encode())
    yield from _parts(f"{file},", request)


def _parts(place: str, message: HttpRequest | HttpResponse | WebhookRequest) -> Iterator[Piece]:
    for name, value in message.headers.items():
        yield Piece(f"{place} header {name}", value.encode())
    yield Piece(f"{place} body", message.body)
