"""When a silent peer is asked, asked again and given up."""

from __future__ import annotations

from sms_adapters.smsc.liveness import NEVER, Liveness


def test_a_peer_is_given_up_after_two_questions_without_an_answer():
    liveness = Liveness(30, 10, now=0)
    assert liveness.due == 30
    liveness.ask(30)
    assert (liveness.due, liveness.dead(40)) == (40, False)
    liveness.ask(40)
    assert (liveness.dead(49), liveness.dead(50)) == (False, True)


def test_whatever_comes_is_an_answer():
    liveness = Liveness(30, 10, now=0)
    liveness.ask(30)
    liveness.ask(40)
    liveness.heard(45)
    assert (liveness.dead(50), liveness.due, liveness.asked) == (False, 75, 0)


def test_an_answer_is_not_awaited_longer_than_silence_is_borne():
    liveness = Liveness(3, 60, now=0)
    liveness.ask(3)
    assert liveness.due == 6


def test_without_an_interval_nothing_is_asked_but_what_somebody_else_asks_is_awaited():
    liveness = Liveness(0, 10, now=0)
    assert liveness.due == NEVER
    liveness.ask(30)
    assert liveness.due == 40
