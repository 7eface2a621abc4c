"""The protocols under an SMSC that answers twice, what was not written, and numbers that nothing was asked under."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from test_session_protocols import PROTOCOLS, Bench
from virtual import Answer

from sms_adapters import OutboundMessage
from sms_adapters.smsc.cimd import Nack
from sms_adapters.smsc.cimd.dialect import CIMD2
from sms_adapters.smsc.states import State

STEPS = 600


class Liar(Bench):
    """Steps at random; what is on the way from the SMSC comes in any order, or is lost with the connection."""

    def __init__(self, adapter: str, seed: int) -> None:
        super().__init__(adapter, window=6, throttle_retries=100, response_timeout=300)
        self.dice = random.Random(seed)
        self.answers: list[Answer] = []
        self.coming: list[bytes] = []
        self.done: list[Any] = []
        self.lies = 0

    def put(self) -> None:
        text = str(len(self.answers))
        frame = next(self.channel.plugin.adapter.send(self.channel, OutboundMessage("+12025550123", text))).frame
        self.answers.append(Answer())
        self.backlog.put(frame, self.answers[-1], self.now)
        self.session.pump(self.now)

    def write(self) -> None:
        """What is to be written reaches the SMSC, each request on its own; one of CIMD2 it may take for damaged."""
        reader = self.peer.dialect.reader()
        for frame, octets in reader.feed(self.session.link.output()):
            if self.peer.dialect is CIMD2 and self.dice.random() < 0.05:
                self.coming.append(CIMD2.encode(Nack(), self.peer.dialect.sequence_of(frame)))
                return
            self.coming.append(self.answer(octets))

    def hear(self) -> None:
        if self.coming:
            answer = self.coming.pop(self.dice.randrange(len(self.coming)) if self.peer.dialect is not CIMD2 else 0)
            self.done += [frame for frame, _ in self.peer.dialect.reader().feed(answer) if type(frame) is not Nack]
            self.session.receive(answer * self.dice.randint(1, 2), self.now)

    def lie(self) -> None:
        link, dialect = self.session.link, self.peer.dialect
        waiting = {*link.flying, *link.asked} - link.unwritten
        free = sorted({*range(1, 100, 2)} - waiting)
        if self.done:
            number = self.dice.choice(sorted(link.unwritten) or free)
            self.lies += number in link.unwritten
            self.session.receive(dialect.encode(self.dice.choice(self.done), number), self.now)

    def cut(self) -> None:
        self.session.cut("reset by peer", self.now)

    def step(self) -> None:
        if self.session.state is State.LOST:
            self.coming.clear()
            self.reconnect()
        moves = (self.put, self.write, self.hear, self.lie, self.cut)
        self.dice.choices(moves, (30, 25, 25, 20, 1))[0]()
        self.session.happened.clear()

    def finish(self) -> None:
        while any(not one.told for one in self.answers):
            if self.session.state is State.LOST:
                self.coming.clear()
                self.reconnect()
            self.session.pump(self.now)
            self.write()
            while self.coming and self.session.state is State.BOUND:
                self.hear()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("adapter", PROTOCOLS)
def test_no_lie_makes_a_message_accepted_that_was_not_or_sends_one_twice(adapter: str, seed: int):
    liar = Liar(adapter, seed)
    for _ in range(STEPS):
        liar.step()
    liar.finish()
    arrived = Counter(int(one.text) for one in liar.smsc.accepted)
    assert set(arrived.values()) == {1}
    states = Counter(one.state for one in liar.answers)
    accepted = {place for place, one in enumerate(liar.answers) if one.state == "ok"}
    assert accepted <= set(arrived)
    told_unsent = {place for place, one in enumerate(liar.answers) if one.state not in ("ok", "in doubt")}
    assert not told_unsent & set(arrived)
    assert [one.told for one in liar.answers] == [1] * len(liar.answers)
    assert states["ok"] > 60
    assert liar.lies > 20
