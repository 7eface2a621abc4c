"""The sandbox itself: every simulated aggregator, what it took, what it reports, and what handsets answer."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..channel import now
from ..manifest import Capability, Kind
from ..results import Status
from ..simulation import Fate, LostAnswer, SimulatedMessage, choosing, number_key
from . import ledger
from .aggregator import HOST_NUMBER, Aggregator, counted, origin
from .courses import ACCEPTED, Courses, Live
from .deliveries import Deliveries, Webhook
from .events import Events
from .faulting import Dropped, meet
from .models import Faults, HostSettings, Injection, Settings
from .records import Message, Traffic
from .store import Store

if TYPE_CHECKING:
    from ..http import HttpRequest, WebhookRequest, WebhookResponse
    from ..registry import Registry

__all__ = ["Conflict", "Sandbox", "Unknown"]

log = logging.getLogger("sms_adapters.sandbox")
MO_FATES = (Fate.DELIVERED, Fate.LATE, Fate.DUPLICATED, Fate.OUT_OF_ORDER)
BROKEN = "the simulator failed"


class Unknown(LookupError):
    """There is no such adapter or message."""


class Conflict(ValueError):
    """It cannot be done as things are; the sentence says what to do first."""


class Sandbox:
    """All simulators of a registry, below `{base_url}/{adapter}`.

    Everything but the constructor belongs to one event loop. `adapters` are those to simulate, none for all. `path`
    is the database file, None for memory. A `seed` makes faults strike alike at each start.
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
    ) -> None:
        self.registry = registry
        self._wanted = frozenset(registry.manifest(adapter).id for adapter in adapters)
        self.settings = self._first_settings = settings or Settings()
        self.faults = self._first_faults = faults or Faults()
        self.fates: dict[str, Fate] = {}
        self.chosen: dict[str, Fate] = {}
        self.store, self.events = Store(path), Events()
        self.aggregators: dict[str, Aggregator] = {}
        self.deliveries = Deliveries(self._record, lambda: self.settings, self.faults_of)
        self.courses = Courses(self._enter, lambda: self.settings)
        self.changed = asyncio.Event()
        self.host_errors = 0
        self._chance = random.Random(seed)
        self._ids = ledger.Ids()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, base_url: str) -> None:
        """Open the store, make the simulators, and take up what an earlier run left."""
        self.store.start()
        for adapter in self._simulated():
            self.aggregators[adapter] = Aggregator(self.registry, adapter, f"{base_url}/{adapter}")
        self._ids = await self.store.run(ledger.last_ids)
        await self._resume()

    def _simulated(self) -> list[str]:
        """The adapters that have a simulator and are wanted."""
        usable = [item.manifest for item in self.registry.listings() if item.manifest and item.error is None]
        served = [found for found in usable if found.simulator and found.kind is not Kind.SESSION]
        return [found.id for found in served if not self._wanted or found.id in self._wanted]

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
                if not message.done and not self.settings.hold:
                    self.courses.begin(Live(message, simulated))

    async def stop(self) -> None:
        """Drop what is under way, and close the store."""
        self.events.close()
        await self._drop()
        await self.deliveries.stop()
        await asyncio.to_thread(self.store.close)

    async def _drop(self) -> None:
        await self.courses.drop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.deliveries.drop()

    async def reset(self, *, hosts: bool = False) -> None:
        """Forget all that happened, and be as at the start; registered hosts stay unless `hosts` says otherwise."""
        await self._drop()
        await self.store.run(ledger.erase)
        self._ids = ledger.Ids()
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
        self._tell("reset", {})

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
        self.deliveries.faults_changed()
        self._tell("faults", {"adapter": adapter})

    def choose(self, number: str, fate: Fate | None) -> None:
        """Give a number a fate whatever its digits say; None takes it back."""
        self.chosen.pop(number, None)
        self.fates.pop(number_key(number), None)
        if fate is not None:
            self.chosen[number] = fate
            self.fates[number_key(number)] = fate
        self._tell("fates", {"number": number})

    def register(self, adapter: str, host: HostSettings) -> str:
        """Point an aggregator's console at a host; the inbound URL."""
        if host.public_url is None and host.inbound_url is None:
            raise Conflict("give public_url, or inbound_url for a host without this package's mounts")
        url = self.aggregator(adapter).register(host)
        self.deliveries.allowed.add(origin(url))
        self._tell("hosts", {"adapter": adapter})
        return url

    async def answer(self, aggregator: Aggregator, request: WebhookRequest) -> WebhookResponse:
        """The aggregator's answer, once what it took is committed; Dropped where the connection is to be reset."""
        faults, began, at = self.faults_of(aggregator), time.perf_counter(), now().isoformat()
        if faults.latency:
            await asyncio.sleep(faults.latency)
        met = meet(faults, self._chance)
        taken: list[SimulatedMessage] = []
        answer, error = met.answer, "the connection was reset" if met.reset else None
        if met.answer is None and not met.reset:
            taken, answer, error = self._handled(aggregator, request)
            if met.lost_answer:
                answer, error = None, "the answer was lost"
        place = {"direction": "to_aggregator", "at": at, "attempt": 1}
        await self._take(aggregator, taken, Traffic(request, answer, error, place), began)
        if answer is None:
            raise Dropped(error)
        return answer

    def _handled(
        self, aggregator: Aggregator, request: WebhookRequest
    ) -> tuple[list[SimulatedMessage], WebhookResponse | None, str | None]:
        """What the simulator took, its answer, and why there is none."""
        simulator = aggregator.pointed_at("")
        before = len(simulator.accepted)
        answer, error = None, None
        with choosing(self.fates):
            try:
                answer = simulator.handle(aggregator.relative(request))
            except LostAnswer:
                error = "the answer was lost"
            except Exception as failure:  # noqa: BLE001 - a simulator that fails must not take the others down
                answer, error = ledger.failed(aggregator.id, failure), f"{BROKEN}: {type(failure).__name__}"
        return simulator.accepted[before:], answer, error

    async def _take(
        self, aggregator: Aggregator, taken: Sequence[SimulatedMessage], traffic: Traffic, began: float
    ) -> None:
        """Commit a request and the messages that it brought, tell of them, and let them take their course."""
        exchange, at = self._ids.exchange(), traffic.place["at"]
        with choosing(self.fates):
            rows = [aggregator.taken(self._ids.message(), message, at, exchange) for message in taken]
        place = {"id": exchange, "adapter": aggregator.id, "duration": time.perf_counter() - began, **traffic.place}
        serial, redactor = aggregator.simulator.made, aggregator.redactor
        kept = Traffic(traffic.request, traffic.answer, traffic.error, place)
        await self.store.run(lambda database: ledger.take(database, kept.kept(redactor), rows, serial))
        for row, message in zip(rows, taken, strict=True):
            self._tell_message(row)
            if not self.settings.hold:
                self.courses.begin(Live(row, message))
        self._tell("exchange", ledger.brief(kept, [row.id for row in rows]))

    async def _enter(self, live: Live, status: Status, last: bool) -> None:
        """Let a message enter a status, and report it; the first attempt is over when this returns."""
        message, aggregator = live.message, self.aggregators[live.message.adapter]
        message.status = Status(message.status).merge(status)
        message.entered(status, now().isoformat())
        message.done = int(last)
        await self.store.run(lambda database: ledger.update(database, message))
        self._tell_message(message)
        try:
            webhook = aggregator.pointed_at(message.number).report(live.simulated, status)
        except Exception:
            log.exception("%s: the simulator cannot report", aggregator.id)
            return
        if webhook is not None:
            await self.deliveries.fire(aggregator, webhook, [message.id]).tried.wait()

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
        self.courses.begin(Live(message, message.simulated()), at_once=True)
        return message

    async def inject(self, injection: Injection) -> Message:
        """A handset sends a message; it is on its way to the host when this returns."""
        aggregator, number = self.aggregator(injection.adapter), injection.to or HOST_NUMBER
        if aggregator.inbound_url(number) is None and not aggregator.manifest.offers(Capability.FETCH_INBOUND):
            raise Conflict(f"no host is registered: PUT /api/adapters/{aggregator.id}/host, or start with --webhooks")
        with choosing(self.fates):
            fate = injection.fate or _mo_fate(injection.sender)
        webhooks = list(aggregator.pointed_at(number).inbound(injection.sender, number, injection.text))
        encoding, segments = counted(injection.text)
        message = Message(
            id=self._ids.message(),
            adapter=aggregator.id,
            direction="mo",
            provider_id=None,
            handset=injection.sender,
            number=number,
            text=injection.text,
            data=None,
            encoding=encoding,
            segments=segments,
            status="queued",
            fate=fate.value,
            at=now().isoformat(),
        )
        serial = aggregator.simulator.made
        await self.store.run(lambda database: ledger.give(database, message, serial))
        self._tell_message(message)
        self._spawn(self._bring(aggregator, message, _disturbed(webhooks, fate)))
        return message

    async def _bring(self, aggregator: Aggregator, message: Message, webhooks: Sequence[HttpRequest]) -> None:
        """Fire the webhooks of a handset's message one after the other, and say in the end whether they were taken."""
        if message.fate == Fate.LATE:
            await asyncio.sleep(self.settings.late_after * self.settings.pace)
        fired = []
        for request in webhooks:
            fired.append(self.deliveries.fire(aggregator, request, [message.id]))
            await fired[-1].tried.wait()
        outcomes = [await webhook.ended for webhook in fired]
        message.status = Status.DELIVERED if all(outcomes) else Status.FAILED
        message.entered(message.status, now().isoformat())
        message.done = 1
        await self.store.run(lambda database: ledger.update(database, message))
        self._tell_message(message)

    async def _record(self, webhook: Webhook, attempt: int, duration: float, traffic: Traffic) -> None:
        """Keep an attempt of a webhook."""
        aggregator = webhook.aggregator
        place = {"id": self._ids.exchange(), "adapter": aggregator.id, "duration": duration, "attempt": attempt}
        kept = Traffic(traffic.request, traffic.answer, traffic.error, {**place, **traffic.place})
        if traffic.answer is None or not aggregator.simulator.redelivery.takes(traffic.answer):  # type: ignore[arg-type]
            self.host_errors += 1
        await self.store.run(
            lambda database: ledger.attempt(database, kept.kept(aggregator.redactor), webhook.messages)
        )
        self._tell("exchange", ledger.brief(kept, webhook.messages))

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell_message(self, message: Message) -> None:
        self._tell("message", ledger.values_of(message))

    def _tell(self, kind: str, data: Any) -> None:
        self.events.publish(kind, data)
        self.changed.set()
        self.changed = asyncio.Event()


def _mo_fate(sender: str) -> Fate:
    from ..simulation import fate_of

    fate = fate_of(sender)
    return fate if fate in MO_FATES else Fate.DELIVERED


def _disturbed(webhooks: Iterable[HttpRequest], fate: Fate) -> list[HttpRequest]:
    """The webhooks as their fate has them: each twice, or the parts in reverse."""
    made = list(webhooks)
    if fate is Fate.DUPLICATED:
        return [request for request in made for _ in range(2)]
    return made[::-1] if fate is Fate.OUT_OF_ORDER else made
