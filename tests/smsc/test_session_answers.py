"""Which answers a session believes and which it gives: peers that answer ahead, twice, or something else."""

from __future__ import annotations

import pytest
from toy_smsc import TOY, Line
from virtual import Answer, Rig

from sms_adapters.smsc.backlog import Waiting
from sms_adapters.smsc.dialects import Reply
from sms_adapters.smsc.states import Connect, State

GUESS = TOY.encode(Line("ANSWER", ("guessed",)), 2)


def unwritten(rig: Rig, text: str = "Hi") -> Answer:
    """A submission that is encoded, while nobody takes what is to be written."""
    answer = Answer()
    rig.backlog.put(Line("SUBMIT", ("+12025550123", "+12025550100", text)), answer, rig.now)
    rig.session.pump(rig.now)
    return answer


def sent(rig: Rig) -> list[str]:
    return [frame.fields[2] for frame in rig.peer.seen if frame.name == "SUBMIT"]


# Answers to what was not asked yet.


def test_what_is_not_written_cannot_be_answered():
    rig = Rig().open()
    answer = unwritten(rig)
    rig.session.receive(GUESS, rig.now)
    assert answer.state == "waiting"
    assert "came before its request was written" in rig.session.happened[-1].reason
    rig.run(1)
    assert (answer.result.frame.fields, answer.told, sent(rig)) == (("m1",), 1, ["Hi"])


def test_a_login_that_is_not_written_cannot_be_answered():
    rig = Rig()
    rig.peer.silent.add("LOGIN")
    rig.session.open(rig.now)
    rig.session.connected(rig.now)
    rig.session.receive(TOY.encode(Line("ANSWER"), 1), rig.now)
    assert rig.session.state is State.BINDING


def test_an_answer_ahead_puts_back_no_message_that_was_written():
    rig = Rig().open()
    rig.peer.silent.add("SUBMIT")
    written = rig.submit("written")
    rig.peer.silent.clear()
    waiting = unwritten(rig, "unwritten")
    rig.arrive(rig.session, TOY.encode(Line("ANSWER", ("guessed",)), 3))
    rig.lose()
    rig.run(60)
    assert (written.state, waiting.state) == ("in doubt", "ok")
    assert sent(rig) == ["written", "unwritten"]


def test_an_answer_ahead_of_the_login_answers_no_message_even_where_the_connection_ends_at_once():
    rig = Rig()
    answers = [rig.submit("one"), rig.submit("two")]
    rig.peer.silent.add("LOGIN")
    rig.run(0.1)
    rig.peer.silent.clear()
    rig.arrive(rig.session, TOY.encode(Line("ANSWER"), 1) + GUESS + b"x" * 2000)
    assert rig.session.state is State.LOST
    rig.run(60)
    assert [one.state for one in answers] == ["ok", "ok"]
    assert sent(rig) == ["one", "two"]


# What is left to write when the connection is given up.


def test_an_answer_to_a_logout_goes_out_though_a_submission_is_taken_back():
    rig = Rig().open()
    answer = unwritten(rig)
    rig.session.receive(rig.peer.push(Line("LOGOUT")), rig.now)
    assert rig.session.link.output() == b"ANSWER 1 0 \n"
    rig.run(10)
    assert (answer.state, sent(rig)) == ("ok", ["Hi"])


def test_an_acknowledgement_that_was_taken_is_written_though_a_submission_is_taken_back():
    rig = Rig().open()
    rig.handle = lambda delivery: None
    rig.arrive(rig.session, rig.peer.push(Line("DELIVER", ("message", "1", "2", "Yego"))))
    rig.settle()
    unwritten(rig)
    assert rig.session.acknowledge(rig.deliveries[0], Reply.ACCEPTED, rig.now)
    rig.session.receive(rig.peer.push(Line("LOGOUT")), rig.now)
    rig.settle()
    assert [(one.sequence, one.status) for one in rig.peer.answers] == [(1, "0"), (2, "0")]
    assert sent(rig) == []


def test_a_message_put_while_an_idle_connection_logs_out_opens_another():
    rig = Rig(idle_limit=5, keep_alive=0).open()
    rig.peer.silent.add("LOGOUT")
    rig.run(5)
    assert rig.session.state is State.CLOSING
    answer = rig.submit()
    rig.lose(reason="the SMSC closed the connection")
    assert answer.state == "waiting"
    rig.run(1)
    assert (answer.state, rig.peer.connections) == ("ok", 2)


def test_a_connection_that_is_given_up_while_closing_is_left_before_another_is_made():
    rig = Rig(idle_limit=5, keep_alive=0).open()
    rig.peer.silent.add("LOGOUT")
    rig.run(5)
    rig.backlog._items.append(Waiting(Line("SUBMIT", ("1", "2", "Hi")), Answer(), rig.now + 30))
    rig.session.happened.clear()
    rig.session.receive(b"x" * 2000, rig.now)
    kinds = [type(one).__name__ for one in rig.session.happened]
    assert kinds.index("Disconnect") < kinds.index(Connect.__name__)


# Numbers that are all in use.


def busy(rig: Rig, answered_after: float) -> None:
    """An SMSC that takes its time with messages."""

    def later(frame: Line) -> list[Line] | None:
        if frame.name != "SUBMIT":
            return None
        octets = b"".join(TOY.encode(one, frame.sequence) for one in rig.smsc.answer(frame))
        rig.at(rig.now + answered_after, lambda: rig.arrive(rig.session, octets))
        return []

    rig.peer.override = later


def test_a_keep_alive_that_no_number_is_free_for_is_no_unanswered_one():
    rig = Rig(window=20, keep_alive=1, response_timeout=30).open()
    busy(rig, 10)
    answers = [rig.submit(str(number)) for number in range(20)]
    rig.run(20)
    assert {one.state for one in answers} == {"ok"}
    assert rig.peer.connections == 1


def test_a_silent_connection_on_which_no_number_is_left_to_ask_with_is_made_anew():
    rig = Rig(window=20, keep_alive=1, response_timeout=5).open()
    rig.peer.silent.add("SUBMIT")
    answers = [rig.submit(str(number)) for number in range(20)]
    rig.run(20)
    assert {one.state for one in answers} == {"in doubt"}
    assert (rig.peer.connections, rig.session.state) == (2, State.BOUND)


def test_a_logout_that_no_number_is_free_for_is_left_out():
    rig = Rig(window=20, keep_alive=0, response_timeout=30).open()
    rig.peer.silent.add("SUBMIT")
    for _ in range(20):
        rig.submit().cancelled = True
    rig.session.close(rig.now)
    rig.settle()
    assert rig.session.state is State.CLOSED


# Deliveries that come again.


def deliver(rig: Rig, text: str, number: int) -> None:
    rig.arrive(rig.session, TOY.encode(Line("DELIVER", ("message", "1", "2", text)), number))
    rig.run(1)


@pytest.mark.parametrize("reply", [Reply.RETRY_LATER, Reply.REFUSED])
def test_a_delivery_that_the_host_did_not_take_reaches_it_again_under_the_same_number(reply: Reply):
    rig = Rig().open()
    rig.handle = lambda delivery: reply
    deliver(rig, "Yego", 7)
    rig.handle = lambda delivery: Reply.ACCEPTED
    deliver(rig, "Yego", 7)
    assert len(rig.deliveries) == 2
    assert [one.status for one in rig.peer.answers][1:] == ["0"]
    deliver(rig, "Yego", 7)
    assert len(rig.deliveries) == 2


@pytest.mark.parametrize("stored", [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_deliveries_under_one_number_are_accepted_only_if_both_were_stored(
    stored: tuple[bool, bool], order: tuple[int, int]
):
    rig = Rig().open()
    rig.handle = lambda delivery: None
    for text in ("first", "second"):
        deliver(rig, text, 7)
    assert [one.frame.fields[3] for one in rig.deliveries] == ["first", "second"]
    for place in order:
        assert rig.peer.answers == []
        reply = Reply.ACCEPTED if stored[place] else Reply.RETRY_LATER
        assert rig.session.acknowledge(rig.deliveries[place], reply, rig.now)
        if place == order[0]:
            deliver(rig, ("first", "second")[place], 7)  # its answer is held back, so it may come again
        rig.settle()
    assert len(rig.deliveries) == 2
    assert [one.status for one in rig.peer.answers] == ["0" if all(stored) else "2"] * 2
    rig.handle = lambda delivery: Reply.ACCEPTED
    deliver(rig, "second", 8)
    assert len(rig.deliveries) == 3


def test_what_is_delivered_before_the_login_is_answered_is_asked_for_later():
    rig = Rig()
    rig.peer.silent.add("LOGIN")
    rig.session.open(rig.now)
    rig.run(0.1)
    rig.arrive(rig.session, rig.peer.push(Line("DELIVER", ("message", "1", "2", "Yego"))))
    rig.run(0.1)
    assert [one.status for one in rig.peer.answers] == ["2"]
    assert (rig.deliveries, rig.session.state) == ([], State.BINDING)
    assert "an unexpected request came: DELIVER" in rig.health[-1].reason


# Broken frames.


def test_broken_frames_are_lived_with_where_they_are_few_for_the_time():
    rig = Rig(keep_alive=0).open()
    for _ in range(100):
        rig.arrive(rig.session, b"what?\n")
        rig.run(7)
    assert (rig.session.state, rig.peer.connections) == (State.BOUND, 1)
    rig.arrive(rig.session, b"what?\n" * 9)
    assert rig.session.state is State.LOST
