"""The steps from the first document to a working connection: their order, and what contradicts it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from .fields import Day, Line, Owner, Section, told

__all__ = ["STEPS", "Stage", "State", "Step", "Steps", "contradictions", "stages"]


class State(StrEnum):
    """How far a step is."""

    OPEN = "open"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Step(Section):
    """A step on the way; `date` is that of its state."""

    state: State = Field(default=State.OPEN, title="how far it is", examples=["done"])
    date: Day | None = told("since when", date(2030, 1, 15))
    note: Line | None = told("a note", "ticket 4711")


def _step(title: str) -> Step:
    made: Step = Field(default=Step(), title=title)
    return made


class Steps(Section):
    """All steps; each kind of dossier has some of them."""

    documents: Step = _step("the documents are here")
    account: Step = _step("the test account is open")
    vpn_form_sent: Step = _step("the VPN form is sent")
    vpn_form_returned: Step = _step("the VPN form is filled in and returned")
    vpn_up: Step = _step("the VPN is up")
    routing_told: Step = _step("the request to route incoming messages to us is made")
    test_phase: Step = _step("the test phase")
    live: Step = _step("live traffic")


class Stage(NamedTuple):
    """A row of the order of steps: whose move it is, and in which dossiers it is there."""

    name: str
    owner: Owner
    rest: bool = True
    smsc: bool = True
    vpn: bool = False

    @property
    def title(self) -> str:
        """What it is called."""
        return Steps.model_fields[self.name].title or self.name


STEPS: tuple[Stage, ...] = (
    Stage("documents", Owner.THEM),
    Stage("account", Owner.THEM, smsc=False),
    Stage("vpn_form_sent", Owner.US, rest=False, vpn=True),
    Stage("vpn_form_returned", Owner.THEM, rest=False, vpn=True),
    Stage("vpn_up", Owner.THEM, rest=False, vpn=True),
    Stage("routing_told", Owner.US, rest=False),
    Stage("test_phase", Owner.US),
    Stage("live", Owner.US),
)
"""In order: nothing is routed before the VPN is up, nothing tested before messages are routed."""
WANTED = "test_phase"
"""The last step that a complete dossier has begun: the test phase is what it is needed for."""


def stages(*, smsc: bool, vpn: bool) -> tuple[Stage, ...]:
    """The steps of a dossier."""
    return tuple(row for row in STEPS if (row.smsc if smsc else row.rest) and (vpn or not row.vpn))


def contradictions(steps: Steps, rows: tuple[Stage, ...], today: date) -> Iterator[tuple[str, str]]:
    """What cannot be: the name of a step and a sentence about it."""
    before: list[Stage] = []
    for row in rows:
        step: Step = getattr(steps, row.name)
        if step.state is not State.OPEN:
            yield from ((row.name, text) for text in _odd(row, step, steps, before, today))
        before.append(row)
    shown = {row.name for row in rows}
    for name in Steps.model_fields:
        if name not in shown and getattr(steps, name) != Step():
            yield name, f"the step {name} is none of this kind of dossier"


def _odd(row: Stage, step: Step, steps: Steps, before: list[Stage], today: date) -> Iterator[str]:
    if step.date is None:
        yield f"the step {row.name} is {step.state}, but has no date"
    elif step.date > today:
        yield f"the step {row.name} is {step.state} since {step.date}, which is yet to come"
    for earlier in before:
        other: Step = getattr(steps, earlier.name)
        if other.state is not State.DONE:
            yield f"the step {row.name} is {step.state}, but {earlier.name} before it is {other.state}"
            return
        if step.date and other.date and step.date < other.date:
            yield f"the step {row.name} is of {step.date}, earlier than {earlier.name} of {other.date}"
            return
