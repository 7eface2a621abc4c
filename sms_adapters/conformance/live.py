"""The run against a test account: which cases are recorded, and how each is brought about.

Messages of a live run are sent for real, and cost what they cost. A case that does not come out as it should is told
and not saved; the others are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SmsError
from ..manifest import Capability
from ..messages import DeliveryReport, InboundMessage, OutboundMessage
from ..network import NetworkPolicy
from .accounts import Account, RecordingFailed, mistaken
from .recorder import Recorded, record_case
from .scrub import ScrubRefused
from .tape import Tape

if TYPE_CHECKING:
    from ..http import WebhookRequest, WebhookResponse
    from ..transports import Transport
    from .cases import Source
    from .subject import Subject

__all__ = ["CASES", "Finished", "LiveCase", "Step", "Target", "cases_for", "record"]

Serve = Callable[[Callable[["WebhookRequest"], "WebhookResponse"]], AbstractContextManager[str]]
Awaited = Callable[[Tape], bool]

GSM = "Muraho: 10€ [a|b] {c} ~ ^ @ & % + = #?"
LONG_UNICODE = "Кириллица, العربية, 中文, ไทย, 👨‍👩‍👧 and 😀: none of it may be cut, lost or replaced. " * 3


def _reported(tape: Tape) -> bool:
    return any(isinstance(event, DeliveryReport) and event.status.final for event in tape.events)


def _answered(tape: Tape) -> bool:
    return any(isinstance(event, InboundMessage) for event in tape.events)


@dataclass(frozen=True, slots=True)
class LiveCase:
    """One case: `expects` is the type of its result or error; `asks` is what a person has to do meanwhile."""

    name: str
    title: str
    expects: str = "SendResult"
    hook: str = "send"
    needs: Capability | None = None
    text: str = GSM
    refused: bool = False
    mistaken: bool = False
    report: bool = False
    awaits: Awaited | None = None
    asks: str = ""


CASES: tuple[LiveCase, ...] = (
    LiveCase("account", "the account", "AccountInfo", "check_account", Capability.CHECK_ACCOUNT),
    LiveCase("login_refused", "wrong credentials", "AuthError", mistaken=True),
    LiveCase("text", "a GSM text"),
    LiveCase("text_unicode_long", "a long Unicode text", text=LONG_UNICODE, needs=Capability.UNICODE),
    LiveCase("status", "the status of a message", "DeliveryReport", "query_status", Capability.QUERY_STATUS),
    LiveCase("refused_recipient", "a recipient that is refused", "Rejected", refused=True),
    LiveCase(
        "report",
        "a message until it is reported",
        needs=Capability.DELIVERY_REPORTS,
        report=True,
        awaits=_reported,
        asks="the handset has to be on",
    ),
    LiveCase(
        "reply",
        "a message that is answered",
        needs=Capability.INBOUND,
        text="Please answer this message.",
        awaits=_answered,
        asks="answer the message from the handset now",
    ),
)
"""In the order in which they are run: what costs nothing first."""


@dataclass(frozen=True, slots=True)
class Target:
    """Against what cases are recorded, and where to.

    `to` is the number of the test handset, `refused` one that the aggregator refuses; both have to be in the account's
    `numbers` unless they are reserved for examples. `seconds` is how long a webhook is awaited.
    """

    subject: Subject
    account: Account
    folder: Path
    source: Source
    to: str
    refused: str
    seconds: float = 120.0
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    transport: Transport | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is: the case that begins, its number among `total`, and what somebody has to do."""

    case: LiveCase
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a case; `error` says why nothing was saved, empty if it was recorded."""

    case: LiveCase
    recorded: Recorded | None = None
    error: str = ""


def cases_for(subject: Subject, names: Collection[str] = ()) -> list[LiveCase]:
    """The cases of those names, or all that the adapter's manifest calls for; RecordingFailed for an unknown name."""
    known = {case.name: case for case in CASES}
    if unknown := [name for name in names if name not in known]:
        raise RecordingFailed(f"there is no case {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in known if name in names] if names else CASES
    missing = [case for case in chosen if case.needs is not None and not subject.manifest.offers(case.needs)]
    if names and missing:
        raise RecordingFailed(f"{subject.id} does not offer what {', '.join(case.name for case in missing)} needs")
    return [case for case in chosen if case not in missing]


def record(
    target: Target, cases: Iterable[LiveCase], *, serve: Serve | None = None, tell: Callable[[Step], object] = bool
) -> list[Finished]:
    """Record cases one after the other; `serve` gives the loopback webhook server, `tell` hears of each case.

    Webhooks come to the account's `public_url`, which has to lead to that server, or to the server itself.
    """
    chosen = list(cases)
    session = _Session(target)
    awaited = target.subject.manifest.webhooks and any(case.awaits for case in chosen)  # a session needs no server
    with session.listening(serve if awaited else None):
        finished = []
        for number, case in enumerate(chosen, 1):
            tell(Step(case, number, len(chosen)))
            finished.append(session.run(case))
    return finished


@dataclass(slots=True)
class _Session:
    """A run: the tape of the case that is being recorded, and the id of the last message that was accepted."""

    target: Target
    tape: Tape = field(default_factory=Tape)
    reference: str | None = None

    @contextmanager
    def listening(self, serve: Serve | None) -> Iterator[None]:
        """Serve webhooks, if any are awaited, under the account's public URL or one of loopback."""
        with serve(lambda request: self.tape.receive(request)) if serve else nullcontext("") as url:
            live = self.target.account.live
            if url and not live.get("public_url"):
                account = replace(self.target.account, live={**live, "public_url": url})
                self.target = replace(self.target, account=account)
            yield

    def run(self, case: LiveCase) -> Finished:
        """Record a case; whatever is wrong with it leaves the others alone."""
        try:
            recorded = self._recorded(case)
        except (RecordingFailed, ScrubRefused, SmsError, ValueError, AssertionError) as error:
            return Finished(case, error=str(error) or type(error).__name__)
        self.reference = next(
            (part["id"] for part in recorded.outcome.get("parts", ()) if "id" in part), self.reference
        )
        return Finished(case, recorded)

    def _recorded(self, case: LiveCase) -> Recorded:
        target, self.tape = self.target, Tape()
        hook = self._hook(case)
        if hook == "query_status" and self.reference is None:
            raise RecordingFailed(f"{case.name}: no message was accepted whose status could be asked for")
        return record_case(
            target.folder,
            case.name,
            subject=target.subject,
            account=mistaken(target.subject, target.account) if case.mistaken else target.account,
            source=replace(target.source, title=f"{target.source.title}: {case.title}"),
            hook=hook,
            message=self._message(case) if hook == "send" else None,
            reference=self.reference if hook == "query_status" else None,
            transport=target.transport,
            network=target.network,
            tape=self.tape,
            until=self._until(case),
            expects=case.expects,
        )

    def _hook(self, case: LiveCase) -> str:
        """Wrong credentials are tried where nothing is sent, if there is such a request."""
        free = case.mistaken and self.target.subject.manifest.offers(Capability.CHECK_ACCOUNT)
        return "check_account" if free else case.hook

    def _message(self, case: LiveCase) -> OutboundMessage:
        to = self.target.refused if case.refused else self.target.to
        return OutboundMessage(to, case.text, report=case.report)

    def _until(self, case: LiveCase) -> Callable[[Tape], object] | None:
        awaits, seconds = case.awaits, self.target.seconds
        if awaits is None:
            return None

        def wait(tape: Tape) -> None:
            if not tape.wait(awaits, seconds):
                sentence = f"{case.name}: what was awaited did not come within {seconds:.0f} seconds"
                raise RecordingFailed("; ".join([sentence, *_came(tape)]))

        return wait


def _came(tape: Tape) -> Iterator[str]:
    """What came instead of what was awaited."""
    for arrival in tape.webhooks:
        if arrival.receipt is not None and arrival.receipt.error is not None:
            yield f"a webhook was refused: {type(arrival.receipt.error).__name__}: {arrival.receipt.error}"
        elif arrival.receipt is not None:
            kinds = (type(event).__name__ for event in arrival.receipt.events)
            yield f"a webhook brought {', '.join(kinds) or 'nothing'}"
