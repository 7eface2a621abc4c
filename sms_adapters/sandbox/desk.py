"""The sandbox itself: every simulated aggregator, what it took, what it reports, and what handsets answer."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ..errors import ConfigError, SmsError
from ..manifest import Kind
from ..redact import Redactor
from ..results import Status
from ..simulation import Fate, LostAnswer, SimulatedMessage, choosing, number_key
from . import ledger
from .aggregator import Aggregator, origin
from .courses import ACCEPTED, Courses, Live, Step
from .deliveries import Deliveries, Webhook
from .errors import Conflict, Unknown
from .events import Events
from .faulting import Asked, Dropped, meet
from .handsets import Handsets
from .hiding import hide
from .intake import Intake, Taken, kept
from .lines import FrameTraffic, Line, misbehave
from .models import Faults, HostSettings, Settings
from .records import Message, Place, Traffic, as_it_was, exchange_values
from .stamps import stamp
from .store import Store

if TYPE_CHECKING:
    from ..http import WebhookRequest, WebhookResponse
    from ..manifest import Manifest
    from ..registry import Registry
    from ..smsc.dialects import Frame

__all__ = ["Sandbox"]

log = logging.getLogger("sms_adapters.sandbox")
LOST = "the answer was lost"
NOTHING_CHOSEN = nullcontext()
T = TypeVar("T")


class Sandbox:
    """All simulators of a registry, below `{base_url}/{adapter}`.

    Everything but the constructor belongs to one event loop. `adapters` are those to simulate, none for all that can
    be: `left_out` says of the others why. `path`
    is the database file, None for memory. A `seed` makes faults strike alike at each start. SMSCs listen on ports of
    their own: `smsc_port` 0 is a free one for each, None its protocol's, or a free one if that is taken.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        adapters: Iterable[str] = (),
        path: Path | None = None,
        settings: Settings | None = None,
        faults: Faults | None = None,
        seed: int | None = None,
        smsc_port: int | None = 0,
    ) -> None:
        self.registry = registry
        self._wanted = frozenset(registry.manifest(adapter).id for adapter in adapters)
        self.settings = self._first_settings = settings or Settings()
        self.faults = self._first_faults = faults or Faults()
        self.fates: dict[str, Fate] = {}
        self.chosen: dict[str, Fate] = {}
        self.store, self.events = Store(path), Events()
        self.aggregators: dict[str, Aggregator] = {}
        self.left_out: dict[str, str] = {}
        self.deliveries = Deliveries(self._record, lambda: self.settings, self.faults_of)
        self.intake = Intake(self.store, self._begin)
        self.courses = Courses(self._enter, self._report, lambda: self.settings)
        self._waiting: list[asyncio.Future[None]] = []
        self.host_errors = 0
        self._smsc_port = smsc_port
        self._chance = random.Random(seed)
        self.ids = ledger.Ids()
        self.handsets = Handsets(self)

    async def start(self, base_url: str, address: str = "127.0.0.1") -> None:
        """Open the store, make the simulators, and take up what an earlier run left; SMSCs listen on `address`."""
        self.store.start()
        for manifest in self._simulated():
            if self._is_left_out(manifest.id):
                continue
            if manifest.kind is Kind.SESSION:
                line = self.aggregators[manifest.id] = Line(self.registry, manifest.id, self.answer_frame)
                await line.listen(address, self._smsc_port, self._record, urlsplit(base_url).hostname)
            else:
                self.aggregators[manifest.id] = Aggregator(self.registry, manifest.id, f"{base_url}/{manifest.id}")
        misbehave(self.aggregators.values(), self.faults_of)
        self.ids = await self.store.run(ledger.last_ids)
        await self._resume()

    def _simulated(self) -> list[Manifest]:
        """The adapters that have a simulator and are wanted."""
        usable = [item.manifest for item in self.registry.listings() if item.manifest and item.error is None]
        return [found for found in usable if found.simulator and (not self._wanted or found.id in self._wanted)]

    def _is_left_out(self, adapter: str) -> bool:
        """Whether its simulator cannot work here, which is an error where the adapter was asked for."""
        try:
            if lacking := self.registry.simulator(adapter).lacking():
                raise ConfigError(f"{adapter} cannot be simulated: {lacking}", mend=lacking.rpartition(": ")[2])
        except SmsError as error:
            if self._wanted:
                raise
            self.left_out[adapter] = str(error)
        return adapter in self.left_out

    @property
    def lines(self) -> list[Line]:
        """The SMSCs."""
        return [found for found in self.aggregators.values() if isinstance(found, Line)]

    @property
    def pending(self) -> int:
        """How many webhooks and frames are on their way to hosts."""
        return self.deliveries.pending + sum(line.pending for line in self.lines)

    async def _resume(self) -> None:
        serials, rows = await self.store.run(ledger.taken_before)
        taken: dict[str, list[tuple[Message, SimulatedMessage]]] = {}
        for message in rows:
            taken.setdefault(message.adapter, []).append((message, message.simulated()))
        for adapter, aggregator in self.aggregators.items():
            pairs = taken.get(adapter, [])
            aggregator.simulator.restore((simulated for _, simulated in pairs), serials.get(adapter, 0))
            for message, simulated in pairs:
                # What it tells of a message when asked is what it reported last.
                aggregator.simulator.report(simulated, Status(message.status))
            if not self.settings.hold:
                self.courses.begin([Live(message, simulated) for message, simulated in pairs if not message.done])

    async def stop(self) -> None:
        """Drop what is under way, and close the store."""
        self.events.close()
        await self.intake.settle()
        await self._drop()
        await self.deliveries.stop()
        for line in self.lines:
            await line.close()
        self.store.close()

    async def _drop(self) -> None:
        await self.courses.drop()
        await self.handsets.drop()
        await self.deliveries.drop()

    async def reset(self, *, hosts: bool = False) -> None:
        """Forget all that happened, and be as at the start; registered hosts stay unless `hosts` says otherwise."""
        await self.intake.settle()
        await self._drop()
        await self.store.run(ledger.erase)
        self.ids = ledger.Ids()
        self.settings, self.faults = self._first_settings, self._first_faults
        self.chosen.clear()
        self.fates.clear()
        self.host_errors = 0
        for aggregator in self.aggregators.values():
            aggregator.faults = None
            aggregator.renew()
            if hosts:
                aggregator.forget_hosts()
        self.deliveries.faults_changed()
        self._tell("reset", dict)

    def aggregator(self, adapter: str) -> Aggregator:
        """An aggregator by its adapter's id; Unknown names those that there are."""
        if adapter not in self.aggregators:
            raise Unknown(f"no aggregator {adapter!r} is simulated here; there are {', '.join(self.aggregators)}")
        return self.aggregators[adapter]

    def faults_of(self, aggregator: Aggregator) -> Faults:
        """The faults of an aggregator: its own, else those of all."""
        return aggregator.faults or self.faults

    def set_faults(self, faults: Faults | None, adapter: str | None = None) -> None:
        """Change the faults of an aggregator (None: those of all again), or of all."""
        if adapter is not None:
            self.aggregator(adapter).faults = faults
        else:
            self.faults = faults or self._first_faults
        misbehave(self.aggregators.values(), self.faults_of)
        self.deliveries.faults_changed()
        self._tell("faults", lambda: {"adapter": adapter})

    def _chosen_fates(self) -> AbstractContextManager[None]:
        """The fates chosen by hand hold while the context lasts."""
        return choosing(self.fates) if self.fates else NOTHING_CHOSEN

    def set_settings(self, settings: Settings) -> None:
        """Change how time passes, from the next wait on."""
        self.settings = settings
        self._tell("settings", dict)

    def choose(self, number: str, fate: Fate | None) -> None:
        """Give a number a fate whatever its digits say; None takes it back."""
        self.chosen.pop(number, None)
        self.fates.pop(number_key(number), None)
        if fate is not None:
            self.chosen[number] = fate
            self.fates[number_key(number)] = fate
        self._tell("fates", lambda: {"number": number})

    def register(self, adapter: str, host: HostSettings) -> str:
        """Point an aggregator's console at a host; the inbound URL."""
        if isinstance(self.aggregator(adapter), Line):
            raise Conflict(f"{adapter} delivers to whoever logs in as a receiver: there is no webhook to register")
        if host.public_url is None and host.inbound_url is None:
            raise Conflict("give public_url, or inbound_url for a host without this package's mounts")
        url = self.aggregator(adapter).register(host)
        self.deliveries.allowed.add(origin(url))
        self._tell("hosts", lambda: {"adapter": adapter})
        return url

    async def answer(self, aggregator: Aggregator, request: WebhookRequest, url: str) -> WebhookResponse:
        """The aggregator's answer, once what it took is committed; Dropped where the connection is to be reset.

        `request.url` is relative to the aggregator's place, `url` as it came.
        """
        began, place = time.perf_counter(), _arrived()
        aggregator.pointed_at("")
        asked: Asked[WebhookResponse] = Asked(
            lambda: aggregator.simulator.handle(request),
            lambda answer: answer,
            lambda failure: ledger.failed(aggregator.id, failure),
        )
        taken, answer, error = await self._ask(aggregator, asked)
        await self._take(aggregator, taken, Traffic(request, url, answer, error, place), began)
        if answer is None:
            raise Dropped(error)
        return answer

    async def answer_frame(self, line: Line, frame: Frame) -> Sequence[Frame] | None:
        """An SMSC's responses, once what it took is committed; None where the connection is to be reset."""
        began, place = time.perf_counter(), _arrived()
        asked: Asked[list[Frame]] = Asked(
            lambda: list(line.simulator.answer(frame)), lambda _: [line.simulator.congested(frame)], lambda _: None
        )
        taken, answers, error = await self._ask(line, asked)
        first = answers[0] if answers else None
        traffic = FrameTraffic(line.simulator.dialect, line.base_url, frame, first, error, place)
        await self._take(line, taken, traffic, began)
        return answers

    async def _ask(
        self, aggregator: Aggregator, asked: Asked[T]
    ) -> tuple[list[SimulatedMessage], T | None, str | None]:
        """What the simulator took, its answer, and why there is none; with the faults that strike."""
        faults = self.faults_of(aggregator)
        if faults.latency:
            await asyncio.sleep(faults.latency)
        met = meet(faults, self._chance)
        if met.reset:
            return [], None, "the connection was reset"
        if met.answer is not None:
            return [], asked.faulty(met.answer), None
        taken, answer, error = self._handled(aggregator, asked)
        return (taken, None, LOST) if met.lost_answer else (taken, answer, error)

    def _handled(self, aggregator: Aggregator, asked: Asked[T]) -> tuple[list[SimulatedMessage], T | None, str | None]:
        simulator = aggregator.simulator
        before = len(simulator.accepted)
        answer: T | None = None
        error = None
        with self._chosen_fates():
            try:
                answer = asked.call()
            except LostAnswer:
                error = LOST
            except Exception as failure:  # noqa: BLE001 - a simulator that fails must not take the others down
                answer, error = asked.broken(failure), f"the simulator failed: {type(failure).__name__}"
        return simulator.accepted[before:], answer, error

    async def _take(
        self,
        aggregator: Aggregator,
        taken: Sequence[SimulatedMessage],
        traffic: Traffic | FrameTraffic,
        began: float,
    ) -> None:
        """Commit a request and the messages that it brought."""
        place = traffic.place
        place.id, place.adapter, lasting = self.ids.exchange(), aggregator.id, self.store.lasting
        with self._chosen_fates():
            rows = [aggregator.taken(self.ids.message(), message, place.at, place.id, lasting) for message in taken]
        place.duration = time.perf_counter() - began
        await self.intake.take(Taken(aggregator, traffic, taken, rows))

    def _begin(self, together: list[Taken]) -> None:
        """Tell of what was committed, and let messages take their course."""
        lives = []
        for taken in together:
            for row, message in zip(taken.rows, taken.messages, strict=True):
                self.events.publish("message", as_it_was, *row.now)
                lives.append(Live(row, message))
            self.events.publish("exchange", ledger.brief, *taken.traffic.told, [row.id for row in taken.rows])
        if not self.settings.hold:
            self.courses.begin(lives)
        self._wake()

    async def _enter(self, steps: list[Step]) -> None:
        """Let messages enter a status each."""
        at = stamp()
        for live, status, last in steps:
            message = live.message
            message.status = Status(message.status).merge(status)
            message.entered(status, at)
            message.done = int(last)
        await self.store.run(lambda database: ledger.update(database, *(live.message for live, _, _ in steps)))
        for live, _, _ in steps:
            self.events.publish("message", as_it_was, *live.message.now)
        self._wake()

    def _report(self, live: Live, status: Status) -> asyncio.Event | None:
        """Begin to report a status; set when the first attempt is over, None where there is nothing to report."""
        message, aggregator = live.message, self.aggregators[live.message.adapter]
        try:
            webhook = aggregator.pointed_at(message.number).report(live.simulated, status)
        except Exception:
            log.exception("%s: the simulator cannot report", aggregator.id)
            return None
        return self.deliveries.fire(aggregator, webhook, [message.id]).tried if webhook is not None else None

    async def change_fate(self, number: int, fate: Fate) -> Message:
        """Choose what becomes of an accepted message; it happens at once."""
        if fate not in ACCEPTED:
            raise Conflict(f"the message was accepted already; it can become {', '.join(ACCEPTED)}")
        await self.courses.leave(number)
        message = await self.store.run(lambda database: ledger.message(database, number))
        if message is None or message.direction != "mt":
            raise Unknown(f"there is no message {number} that went to a handset")
        message.fate, message.done = fate.value, 0
        await self.store.run(lambda database: ledger.update(database, message))
        self.courses.begin([Live(message, self._accepted(message))], at_once=True)
        return message

    def _accepted(self, message: Message) -> SimulatedMessage:
        """The submission that a message was."""
        wanted = (message.provider_id, message.handset)
        accepted = reversed(self.aggregator(message.adapter).simulator.accepted)
        return next((one for one in accepted if (one.id, one.to) == wanted), None) or message.simulated()

    async def _record(self, webhook: Webhook, attempt: int, duration: float, traffic: Traffic | FrameTraffic) -> None:
        """Keep an attempt of a webhook."""
        aggregator = webhook.aggregator
        place = traffic.place
        place.id, place.adapter, place.duration, place.attempt = self.ids.exchange(), aggregator.id, duration, attempt
        self.host_errors += int(traffic.failed)
        lasting = self.store.lasting
        await self.store.run(
            lambda database: ledger.attempt(database, kept(aggregator, traffic, lasting), webhook.messages)
        )
        self._tell("exchange", ledger.brief, *traffic.told, webhook.messages)

    def shown(self, found: ledger.Found) -> dict[str, Any]:
        """An exchange of the API, without secrets."""
        row, messages = found
        aggregator = self.aggregators.get(row.adapter)
        return exchange_values(hide(row, aggregator.redactor if aggregator else Redactor()), messages)

    def tell_message(self, message: Message) -> None:
        """Tell whoever looks on that a message is new, or has changed."""
        self._tell("message", as_it_was, *message.now)

    def _tell(self, kind: str, word: Callable[..., Any], *values: Any) -> None:
        self.events.publish(kind, word, *values)
        self._wake()

    def _wake(self) -> None:
        """Let those go on who wait for a change."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def change(self) -> asyncio.Future[None]:
        """Done as soon as something happens."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return future


def _arrived() -> Place:
    """Where a request that arrives now is kept."""
    return Place("to_aggregator", stamp())
