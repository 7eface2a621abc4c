"""The session as a state machine, under a clock of the test's own."""

from __future__ import annotations

import gc
import random

import pytest
from toy_smsc import TOY, Line
from virtual import Answer, Rig

from sms_adapters import AuthError, ConfigError, Throttled, TransportError
from sms_adapters.smsc.dialects import BindMode, Reply
from sms_adapters.smsc.session import Session
from sms_adapters.smsc.states import TABLE, Delivery, Event, State

WHOLE = b"SUBMIT 2 0 +12025550123|+12025550100|Hi\n"
RESPONSE = b"ANSWER 2 0 m1\n"


def test_the_table_knows_every_state_and_leads_back_to_closed():
    assert set(TABLE) == set(State)
    assert {event for steps in TABLE.values() for event in steps} == set(Event)
    for state in State:
        reached, waiting = {state}, [state]
        while waiting:
            for following in TABLE[waiting.pop()].values():
                if following not in reached:
                    reached.add(following)
                    waiting.append(following)
        assert State.CLOSED in reached


def test_from_closed_to_bound_and_back():
    rig = Rig().open()
    assert rig.session.state is State.BOUND
    rig.session.close(rig.now)
    rig.run(1)
    assert rig.states == [State.CONNECTING, State.BINDING, State.BOUND, State.CLOSING, State.CLOSED]
    assert [frame.name for frame in rig.peer.seen] == ["LOGIN", "LOGOUT"]
    assert rig.session.due == float("inf")


def test_a_submission_is_answered():
    rig = Rig().open()
    answer = rig.submit()
    rig.run(1)
    assert (answer.state, answer.result.frame.fields, answer.result.raw) == ("ok", ("m1",), RESPONSE)


def test_the_first_submission_opens_the_connection():
    rig = Rig()
    answer = rig.submit()
    rig.run(1)
    assert answer.state == "ok"


def test_no_more_than_the_window_is_in_flight():
    rig = Rig(window=3).open()
    rig.peer.silent.add("SUBMIT")
    answers = [rig.submit(str(number)) for number in range(10)]
    rig.run(1)
    assert len(rig.peer.seen) - 1 == len(rig.session.link.flying) == 3
    rig.peer.silent.clear()
    for sequence in (2, 3, 4):
        rig.arrive(rig.session, TOY.encode(Line("ANSWER", ("late",)), sequence))
    rig.run(1)
    assert all(answer.state == "ok" for answer in answers)


def test_sequence_numbers_begin_again_and_none_is_given_twice_at_a_time():
    rig = Rig(window=1000).open()
    answers = [rig.submit(str(number)) for number in range(200)]
    rig.run(5)
    assert all(answer.state == "ok" for answer in answers)
    assert [one.text for one in rig.smsc.accepted] == [str(number) for number in range(200)]
    assert len({answer.result.frame.fields for answer in answers}) == 200


# What is certain, and what is in doubt.


@pytest.mark.parametrize("offset", range(1, len(WHOLE) + 1))
def test_a_connection_cut_at_any_octet_of_a_submission_leaves_it_in_doubt_and_is_not_repeated(offset: int):
    rig = Rig().open()
    rig.cut_after = offset
    rig.cut_answers_after = 0
    answer = rig.submit()
    rig.run(60)
    assert answer.state == "in doubt"
    assert rig.session.state is State.BOUND  # it has connected again
    assert len(rig.smsc.accepted) == (1 if offset == len(WHOLE) else 0)
    assert answer.told == 1


@pytest.mark.parametrize("offset", range(len(RESPONSE) + 1))
def test_a_connection_cut_at_any_octet_of_a_response(offset: int):
    rig = Rig().open()
    rig.cut_answers_after = offset
    answer = rig.submit()
    rig.run(60)
    assert answer.state == ("ok" if offset == len(RESPONSE) else "in doubt")
    assert (len(rig.smsc.accepted), answer.told) == (1, 1)


def test_what_waits_when_the_connection_is_lost_is_sent_by_the_next():
    rig = Rig(window=1).open()
    rig.peer.silent.add("SUBMIT")
    first, second = rig.submit("first"), rig.submit("second")
    rig.lose()
    rig.peer.silent.clear()
    rig.run(60)
    assert (first.state, second.state) == ("in doubt", "ok")
    assert [one.text for one in rig.smsc.accepted] == ["second"]


def test_what_was_encoded_but_not_written_goes_out_on_the_next_connection():
    rig = Rig().open()
    answer = Answer()
    rig.backlog.put(Line("SUBMIT", ("+12025550123", "x", "Hi")), answer, rig.now)
    rig.session.pump(rig.now)  # and nobody takes the output before the connection breaks
    assert len(rig.session.link.flying) == 1
    rig.lose()
    rig.run(60)
    assert answer.state == "ok"
    assert len(rig.smsc.accepted) == 1


def test_a_peer_that_never_answers_leaves_every_submission_in_doubt_in_time():
    rig = Rig(response_timeout=10, window=2).open()
    rig.peer.silent.add("SUBMIT")
    answers = [rig.submit(str(number)) for number in range(4)]
    rig.run(10.5)
    assert [answer.state for answer in answers] == ["in doubt", "in doubt", "waiting", "waiting"]
    rig.run(10.5)
    assert [answer.state for answer in answers] == ["in doubt"] * 4
    assert rig.session.state is State.BOUND  # it answers the keep-alives


def test_a_request_has_a_timeout_of_its_own():
    rig = Rig(response_timeout=100).open()
    rig.peer.silent.add("SUBMIT")
    slow, quick = rig.submit(), rig.submit(timeout=2)
    rig.run(3)
    assert (slow.state, quick.state) == ("waiting", "in doubt")


def test_a_peer_that_answers_nothing_at_all_is_left():
    rig = Rig(response_timeout=10, keep_alive=30).open()
    rig.peer.silent.update(("SUBMIT", "PING"))
    answer = rig.submit()
    rig.run(31)
    assert answer.state == "in doubt"
    assert State.LOST in rig.states
    assert "two keep-alives" in next(one.reason for one in rig.health if one.state is State.LOST)


def test_a_second_answer_and_one_to_nothing_change_nothing_but_are_told():
    rig = Rig().open()
    answer = rig.submit()
    rig.run(1)
    rig.arrive(rig.session, RESPONSE + TOY.encode(Line("ANSWER", ("m9",)), 17))
    rig.run(1)
    assert (answer.told, rig.session.state) == (1, State.BOUND)
    assert [one.reason for one in rig.health[-2:]] == [
        "a response came that nothing asked for (sequence number 2)",
        "a response came that nothing asked for (sequence number 17)",
    ]


def test_a_late_answer_is_not_taken_for_that_to_another_submission():
    rig = Rig(response_timeout=5).open()
    rig.peer.silent.add("SUBMIT")
    lost = rig.submit("lost")
    rig.run(6)
    rig.peer.silent.clear()
    answers = [rig.submit(str(number)) for number in range(40)]  # twice around all numbers
    rig.run(5)
    assert 2 not in [frame.sequence for frame in rig.peer.seen[3:] if frame.name == "SUBMIT"]
    rig.arrive(rig.session, TOY.encode(Line("ANSWER", ("late",)), 2))
    rig.run(1)
    assert lost.state == "in doubt"
    assert all(answer.state == "ok" for answer in answers)
    assert "after its request was given up" in rig.health[-1].reason


def test_when_every_number_was_given_up_the_connection_is_made_anew():
    rig = Rig(response_timeout=5, window=100).open()
    rig.peer.silent.add("SUBMIT")
    lost = [rig.submit() for _ in range(20)]
    rig.run(6)
    rig.peer.silent.clear()
    answer = rig.submit()
    rig.run(10)
    assert {one.state for one in lost[:19]} == {"in doubt"}
    assert answer.state == "ok"
    assert rig.peer.connections == 2
    [lost_for] = [one.reason for one in rig.health if one.state is State.LOST]
    assert lost_for == "every sequence number is in use by a request that was never answered"


def test_who_no_longer_waits_is_not_told():
    rig = Rig(window=1).open()
    rig.peer.silent.add("SUBMIT")
    first, second = rig.submit("first"), rig.submit("second")
    first.cancelled = second.cancelled = True
    rig.arrive(rig.session, RESPONSE)
    rig.run(1)
    assert (first.told, second.told) == (0, 0)
    assert [frame.fields[2] for frame in rig.peer.seen if frame.name == "SUBMIT"] == ["first"]


# Connecting.


def test_a_connection_that_never_was_fails_what_waits_at_once():
    rig = Rig()
    rig.peer.refuse_connections = 1
    answer = rig.submit()
    rig.run(0.1)
    assert answer.state == "unsent: TransportError"
    assert "connection refused" in str(answer.error)
    again = rig.submit()
    assert again.state == "unsent: TransportError"
    rig.run(5)
    assert rig.submit().state == "waiting"  # connected by now
    rig.run(1)
    assert len(rig.smsc.accepted) == 1


def test_between_attempts_the_pauses_grow_have_jitter_and_an_end():
    rig = Rig(reconnect_first=1, reconnect_longest=60).open()
    rig.peer.refuse_connections = 12
    rig.lose()
    rig.run(600)
    attempts = [one.at for one in rig.health if one.state is State.CONNECTING][1:]
    lost = [one.at for one in rig.health if one.state is State.LOST]
    pauses = [attempt - before for attempt, before in zip(attempts, lost, strict=False)]
    for number, pause in enumerate(pauses[:12]):
        longest = min(2.0**number, 60)
        assert longest / 2 <= pause <= longest
    assert len({round(pause % 1, 6) for pause in pauses}) > 5
    assert rig.session.state is State.BOUND


def test_after_a_stable_connection_the_pauses_begin_anew():
    rig = Rig(reconnect_first=1, reconnect_longest=60).open()
    rig.peer.refuse_connections = 6
    rig.lose()
    rig.run(120)
    assert rig.session.state is State.BOUND
    rig.run(60)
    rig.lose()
    lost = rig.now
    rig.run(2)
    [attempt] = [one.at for one in rig.health if one.state is State.CONNECTING and one.at >= lost]
    assert attempt <= lost + 1


def test_what_waits_too_long_for_a_connection_fails_unsent():
    rig = Rig(queue_timeout=20).open()
    rig.peer.refuse_connections = 100
    rig.lose()
    answer = rig.submit()
    rig.run(19)
    assert answer.state == "waiting"
    rig.run(2)
    assert answer.state == "unsent: TransportError"
    assert "connection refused" in str(answer.error)


def test_a_refused_login_is_told_to_all_and_tried_again_only_after_the_longest_pause():
    rig = Rig(password="wrong-password-1", reconnect_longest=120)
    answer = rig.submit()
    rig.run(10)
    assert isinstance(answer.error, AuthError)
    assert answer.error.provider_text == "WRONG PASSWORD"
    again = rig.submit()
    assert isinstance(again.error, AuthError)
    assert again.error is not answer.error
    rig.run(49)
    assert rig.peer.connections == 1
    rig.run(61)
    assert rig.peer.connections == 2


@pytest.mark.parametrize(("status", "final"), [("3", True), ("4", True), ("2", False), ("6", False)])
def test_only_a_login_that_the_smsc_will_not_have_is_told_as_a_refusal(status: str, final: bool):
    rig = Rig()
    rig.peer.override = lambda frame: [Line("ANSWER", (), status)]
    answer = rig.submit()
    rig.run(1)
    assert isinstance(answer.error, AuthError) == final


def test_a_login_refused_for_the_time_being_is_tried_again_soon():
    rig = Rig()
    rig.peer.override = lambda frame: [Line("ANSWER", (), "2")] if rig.peer.connections < 3 else None
    rig.session.open(rig.now)
    rig.run(20)
    assert rig.session.state is State.BOUND


def test_a_login_without_an_answer_ends_in_time():
    rig = Rig(connect_timeout=10)
    rig.peer.silent.add("LOGIN")
    answer = rig.submit()
    rig.run(11)
    assert answer.state == "unsent: TransportError"
    assert "no answer to the login within 10 s" in str(answer.error)


def test_a_login_that_cannot_be_written_is_the_configurations_fault():
    rig = Rig(password="two\nlines")
    answer = rig.submit()
    rig.run(1)
    assert isinstance(answer.error, ConfigError)


# Keep-alive and idle.


def test_after_silence_the_peer_is_asked_whether_it_is_there():
    rig = Rig(keep_alive=30).open()
    rig.run(95)
    assert [frame.name for frame in rig.peer.seen] == ["LOGIN", "PING", "PING", "PING"]
    assert rig.session.state is State.BOUND


def test_traffic_makes_keep_alives_needless():
    rig = Rig(keep_alive=30).open()
    for _ in range(10):
        rig.submit()
        rig.run(20)
    assert "PING" not in [frame.name for frame in rig.peer.seen]


def test_no_keep_alive_where_none_is_wanted():
    rig = Rig(keep_alive=0).open()
    rig.run(3600)
    assert [frame.name for frame in rig.peer.seen] == ["LOGIN"]


def test_the_peers_keep_alives_are_answered_in_every_state_of_a_login():
    rig = Rig(throttle_retries=0).open()
    rig.arrive(rig.session, rig.peer.push(Line("PING")))
    rig.peer.override = lambda frame: [Line("ANSWER", (), "1")] if frame.name == "SUBMIT" else None
    rig.submit()
    rig.run(0.05)
    assert rig.session.state is State.THROTTLED
    rig.arrive(rig.session, rig.peer.push(Line("PING")))
    rig.run(0.05)
    assert [frame.status for frame in rig.peer.answers] == ["0", "0"]


def test_a_connection_without_messages_is_closed_and_opened_when_needed():
    rig = Rig(idle_limit=300, keep_alive=30).open()
    rig.run(301)
    assert rig.session.state is State.CLOSED
    answer = rig.submit()
    rig.run(1)
    assert answer.state == "ok"
    rig.session.held_open = True
    rig.run(1000)
    assert rig.session.state is State.BOUND


# Throttling.


def test_a_throttled_submission_waits_and_is_sent_again():
    rig = Rig(window=10).open()
    refused = iter(range(5))
    rig.peer.override = lambda frame: (
        [Line("ANSWER", (), "1")] if frame.name == "SUBMIT" and next(refused, None) is not None else None
    )
    answers = [rig.submit(str(number)) for number in range(10)]
    rig.run(0.1)
    assert rig.session.state is State.THROTTLED
    rig.run(20)
    assert [answer.state for answer in answers] == ["ok"] * 10
    assert [int(one.text) for one in rig.smsc.accepted] == [5, 6, 7, 8, 9, 0, 1, 2, 3, 4]
    assert rig.states.count(State.THROTTLED) == 1  # a burst counts once


def test_throttling_slows_down_and_recovers():
    rig = Rig(window=16).open()
    rig.peer.override = lambda frame: [Line("ANSWER", (), "1")] if frame.name == "SUBMIT" else None
    for number in range(16):
        rig.submit(str(number))
    rig.run(1.0)
    rig.peer.override = lambda frame: None
    rig.peer.silent.add("SUBMIT")
    rig.run(2)
    assert len(rig.session.link.flying) <= 8
    rig.peer.silent.clear()
    rig.run(40)
    answers = [rig.submit(str(number)) for number in range(1500)]
    rig.run(20)
    assert all(answer.state == "ok" for answer in answers)
    rig.peer.silent.add("SUBMIT")
    for _ in range(20):
        rig.submit()
    assert len(rig.session.link.flying) == 16


def test_what_is_throttled_again_and_again_is_told_with_the_smscs_words():
    rig = Rig(throttle_retries=2).open()
    rig.peer.override = lambda frame: [Line("ANSWER", (), "1")] if frame.name == "SUBMIT" else None
    answer = rig.submit()
    rig.run(30)
    assert answer.state == "throttled"
    assert answer.result.outcome.text == "SLOW DOWN"
    assert answer.result.retry_after > 0
    told = answer.result.error()
    assert isinstance(told, Throttled)
    assert told.retry_after == answer.result.retry_after
    assert sum(frame.name == "SUBMIT" for frame in rig.peer.seen) == 3
    pauses = [one.reason for one in rig.health if one.state is State.THROTTLED]
    assert len(pauses) == 3


def test_what_was_throttled_and_then_waits_in_vain_is_told_with_the_smscs_words():
    rig = Rig(window=1, queue_timeout=5).open()
    rig.peer.override = lambda frame: [Line("ANSWER", (), "1")] if frame.name == "SUBMIT" else None
    throttled, behind = rig.submit(), rig.submit()
    rig.run(0.1)
    rig.peer.refuse_connections = 100
    rig.lose()
    rig.run(6)
    assert (throttled.state, behind.state) == ("throttled", "unsent: TransportError")


def test_a_small_window_of_the_peer_is_found_out():
    rig = Rig(window=10, throttle_retries=20).open()
    waiting: list[Line] = []

    def small(frame: Line) -> list[Line] | None:
        if frame.name != "SUBMIT":
            return None
        if len(waiting) >= 2:
            return [Line("ANSWER", (), "1")]
        waiting.append(frame)
        rig.at(rig.now + 0.2, lambda: rig.arrive(rig.session, _accepted(rig, waiting.pop(0))))
        return []

    rig.peer.override = small
    answers = [rig.submit(str(number)) for number in range(60)]
    rig.run(20)
    assert [answer.state for answer in answers] == ["ok"] * 60
    assert len(rig.smsc.accepted) == 60
    assert rig.states.count(State.THROTTLED) < 10


def _accepted(rig: Rig, frame: Line) -> bytes:
    [answer] = rig.smsc.answer(frame)
    return TOY.encode(answer, frame.sequence)


def test_the_throughput_is_kept():
    rig = Rig(throughput=10, window=100).open()
    answers = [rig.submit(str(number)) for number in range(100)]
    rig.run(5)
    assert 45 <= len(rig.smsc.accepted) <= 55
    rig.run(6)
    assert all(answer.state == "ok" for answer in answers)


# Deliveries.


def test_a_delivery_is_answered_once_the_host_has_it():
    rig = Rig().open()
    rig.handle = lambda delivery: None
    rig.arrive(rig.session, rig.peer.push(Line("DELIVER", ("message", "1", "2", "Yego"))))
    rig.run(1)
    assert rig.peer.answers == []
    [delivery] = rig.deliveries
    assert rig.session.acknowledge(delivery, Reply.ACCEPTED, rig.now)
    rig.settle()
    assert [(one.status, one.sequence) for one in rig.peer.answers] == [("0", 1)]
    assert not rig.session.acknowledge(delivery, Reply.ACCEPTED, rig.now)


def test_what_the_host_fails_at_is_asked_for_again():
    rig = Rig().open()
    rig.handle = lambda delivery: Reply.RETRY_LATER
    rig.arrive(rig.session, rig.peer.push(Line("DELIVER", ("message", "1", "2", "Yego"))))
    rig.run(1)
    assert [one.status for one in rig.peer.answers] == ["2"]


def test_no_other_connection_is_answered_in_place_of_the_lost_one():
    rig = Rig().open()
    rig.handle = lambda delivery: None
    rig.arrive(rig.session, rig.peer.push(Line("DELIVER", ("message", "1", "2", "Yego"))))
    rig.run(1)
    rig.lose()
    rig.run(10)
    rig.arrive(rig.session, rig.peer.push(Line("DELIVER", ("message", "1", "2", "Oya"))))
    rig.run(1)
    first, second = rig.deliveries
    assert not rig.session.acknowledge(first, Reply.ACCEPTED, rig.now)
    rig.settle()
    assert rig.peer.answers == []
    assert rig.session.acknowledge(second, Reply.ACCEPTED, rig.now)


def test_a_delivery_that_is_repeated_is_handed_over_once_and_answered_again():
    rig = Rig().open()
    octets = rig.peer.push(Line("DELIVER", ("message", "1", "2", "Yego")))
    rig.arrive(rig.session, octets)
    rig.run(1)
    rig.arrive(rig.session, octets)
    rig.run(1)
    assert len(rig.deliveries) == 1
    assert [one.status for one in rig.peer.answers] == ["0", "0"]


def test_more_than_the_host_can_take_is_asked_for_later():
    rig = Rig().open()
    rig.handle = lambda delivery: None
    for number in range(1001):
        rig.arrive(rig.session, TOY.encode(Line("DELIVER", ("message", "1", "2", "Yego")), number + 1))
    rig.run(1)
    assert len(rig.deliveries) == 1000
    assert [one.status for one in rig.peer.answers] == ["2"]


# Odd frames.


def test_garbage_is_answered_and_lived_with_for_a_while():
    rig = Rig().open()
    rig.arrive(rig.session, b"what?\n")
    rig.run(1)
    answer = rig.submit()
    rig.run(1)
    assert answer.state == "ok"
    assert rig.peer.answers[0].status == "6"
    rig.arrive(rig.session, b"what?\n" * 20)
    rig.run(0.1)
    assert rig.session.state is State.LOST


def test_nothing_is_read_of_a_connection_that_was_given_up():
    rig = Rig().open()
    rig.arrive(rig.session, b"what?\n" * 10 + rig.peer.push(Line("DELIVER", ("message", "1", "2", "Yego"))))
    rig.settle()
    assert rig.deliveries == []
    assert rig.health[-1].state is State.LOST
    assert rig.health[-1].reason.startswith("what comes is not toy")


def test_a_stream_that_cannot_be_read_on_is_left():
    rig = Rig().open()
    rig.arrive(rig.session, b"x" * 2000)
    assert rig.session.state is State.LOST
    rig.run(5)
    assert rig.session.state is State.BOUND


def test_an_unknown_operation_is_refused_and_a_notice_is_not_answered():
    rig = Rig().open()
    rig.arrive(rig.session, b"DANCE 7 0 \nNOTICE 8 0 \n")
    rig.run(1)
    assert [(one.sequence, one.status) for one in rig.peer.answers] == [(7, "6")]
    assert rig.session.state is State.BOUND


def test_a_logout_of_the_peer_is_answered_and_followed_by_a_new_connection():
    rig = Rig().open()
    rig.arrive(rig.session, rig.peer.push(Line("LOGOUT")))
    rig.settle()
    assert [one.status for one in rig.peer.answers] == ["0"]
    rig.run(5)
    assert rig.session.state is State.BOUND
    assert rig.peer.connections == 2


def test_a_session_that_the_smsc_no_longer_knows_is_made_anew_and_the_message_sent_again():
    rig = Rig().open()
    rig.peer.override = lambda frame: (
        [Line("ANSWER", (), "5")] if frame.name == "SUBMIT" and rig.peer.connections == 1 else None
    )
    answer = rig.submit()
    rig.run(10)
    assert (answer.state, len(rig.smsc.accepted)) == ("ok", 1)


def test_slow_octets_are_put_together():
    rig = Rig().open()
    rig.peer.silent.add("SUBMIT")
    answer = rig.submit()
    for octet in RESPONSE:
        rig.arrive(rig.session, bytes([octet]))
        rig.run(1)
    assert answer.state == "ok"


# Closing.


def test_closing_waits_for_the_last_responses_and_takes_no_more():
    rig = Rig(window=1).open()
    rig.peer.silent.add("SUBMIT")
    first, second = rig.submit("first"), rig.submit("second")
    rig.session.close(rig.now)
    rig.run(2)
    assert rig.session.state is State.CLOSING
    rig.arrive(rig.session, RESPONSE)
    rig.run(1)
    assert (first.state, second.state) == ("ok", "unsent: TransportError")
    assert rig.session.state is State.CLOSED
    assert rig.peer.seen[-1].name == "LOGOUT"


def test_a_logout_that_is_not_answered_is_not_waited_for_as_long_as_a_message():
    rig = Rig(response_timeout=60).open()
    rig.peer.silent.add("LOGOUT")
    rig.session.close(rig.now)
    rig.run(4)
    assert rig.session.state is State.CLOSING
    rig.run(2)
    assert rig.session.state is State.CLOSED


def test_what_is_throttled_while_closing_is_told_at_once_and_not_kept_for_later():
    rig = Rig(window=2).open()
    rig.peer.silent.add("SUBMIT")
    first, second = rig.submit("first"), rig.submit("second")
    rig.session.close(rig.now)
    rig.arrive(rig.session, TOY.encode(Line("ANSWER", (), "1"), 2))
    assert (first.state, second.state) == ("throttled", "waiting")
    assert len(rig.backlog) == 0


def test_closing_does_not_wait_for_ever():
    rig = Rig(response_timeout=10, keep_alive=3).open()
    rig.peer.silent.update(("SUBMIT", "LOGOUT", "PING"))
    answer = rig.submit()
    rig.session.close(rig.now)
    rig.run(20)
    assert (rig.session.state, answer.state) == (State.CLOSED, "in doubt")


@pytest.mark.parametrize("seconds", [0.0, 0.015])
def test_closing_before_the_login_is_answered_is_at_once(seconds: float):
    rig = Rig()
    rig.peer.silent.add("LOGIN")
    rig.session.open(rig.now)
    rig.run(seconds)
    rig.session.close(rig.now)
    rig.settle()
    assert rig.session.state is State.CLOSED
    rig.run(1000)
    assert rig.session.state is State.CLOSED


# Several binds.


def test_a_receiver_submits_nothing_and_a_transmitter_sends_all():
    rig = Rig(modes=(BindMode.RECEIVER, BindMode.TRANSMITTER)).open()
    answer = rig.submit()
    rig.run(1)
    assert answer.state == "ok"
    assert rig.peer.connections == 2
    assert (rig.sessions[0].mode.submits, rig.sessions[1].mode.receives) == (False, False)


def test_one_bind_takes_over_what_another_did_not_write():
    rig = Rig(modes=(BindMode.TRANSCEIVER,) * 2, window=1).open()
    rig.peer.silent.add("SUBMIT")
    first, second, third = (rig.submit(str(number)) for number in range(3))
    rig.peer.silent.clear()
    rig.lose(rig.sessions[0])
    rig.arrive(rig.sessions[1], RESPONSE)
    rig.run(1)
    assert (first.state, second.state, third.state) == ("in doubt", "ok", "ok")


def test_a_second_bind_that_is_refused_does_not_fail_what_the_first_sends():
    rig = Rig(modes=(BindMode.TRANSCEIVER,) * 2)
    logins: list[Line] = []

    def one_only(frame: Line) -> list[Line] | None:
        if frame.name != "LOGIN":
            return None
        logins.append(frame)
        return [Line("ANSWER", (), "4")] if len(logins) > 1 else None

    rig.peer.override = one_only
    rig.open()
    answer = rig.submit()
    rig.run(1)
    assert answer.state == "ok"
    assert [one.state for one in rig.sessions] == [State.BOUND, State.LOST]


# Endurance.


class Day:
    """Cuts about every half minute, at any octet; the SMSC delivers again what was not acknowledged.

    It also lies: it answers twice, under numbers that nothing was asked under, and what was not written yet.
    """

    def __init__(self) -> None:
        self.dice = random.Random(7)
        self.rig = Rig(window=5, reconnect_longest=20, keep_alive=10, response_timeout=10, queue_timeout=60).open()
        self.undelivered = {str(number): Line("DELIVER", ("message", "1", "2", str(number))) for number in range(3000)}
        self.stored: list[str] = []
        self.answers: list[Answer] = []
        self.pushed: dict[tuple[int, int], str] = {}
        self.lies = 0
        self.truth, self.rig.arrive = self.rig.arrive, self.arrive
        self.rig.handle, self.rig.peer.override = self.handle, self.acknowledged
        for start in (self.push, self.flap, self.send):
            start()

    def handle(self, delivery: Delivery) -> Reply:
        self.stored.append(delivery.frame.fields[3])
        return Reply.ACCEPTED

    def push(self) -> None:
        self.rig.at(self.rig.now + 20, self.push)
        for text in list(self.undelivered)[:5]:
            octets = self.rig.peer.push(self.undelivered[text])
            self.pushed[self.rig.peer.connections, int(octets.split()[1])] = text
            self.rig.arrive(self.rig.session, octets)

    def acknowledged(self, frame: Line) -> list[Line] | None:
        if frame.name == "ANSWER":
            text = self.pushed.pop((self.rig.peer.connections, frame.sequence), "")
            self.undelivered.pop(text, None)
        return None

    def flap(self) -> None:
        rig, octets = self.rig, self.dice.randrange(200)
        rig.at(rig.now + self.dice.uniform(1, 60), self.flap)
        match self.dice.randrange(4):
            case 0:
                rig.lose()
            case 1:
                rig.cut_after = octets
            case 2:
                rig.cut_answers_after = octets
            case 3:
                rig.peer.refuse_connections = octets % 3

    def arrive(self, session: Session, data: bytes, wire: int | None = None) -> None:
        lie = self.lie() if self.dice.randrange(2) else b""
        self.truth(session, lie + data * self.dice.randint(1, 2), wire)

    def lie(self) -> bytes:
        """An answer to a number that waits for none: unwritten where there is one."""
        link = self.rig.session.link
        waiting = ({*link.flying, *link.asked} - link.unwritten) | link.numbers._kept_back
        number = self.dice.choice(sorted(link.unwritten - waiting) or sorted({*range(1, 21)} - waiting))
        self.lies += number in link.unwritten
        return TOY.encode(Line("ANSWER", ("guessed",)), number)

    def send(self) -> None:
        rig = self.rig
        rig.at(rig.now + 9.7, self.send)
        if rig.session.state is State.BOUND:
            rig.backlog.put(Line("SUBMIT", ("1", "2", str(len(self.answers)))), answer := Answer(), rig.now)
            rig.session.pump(rig.now)
            rig.session.receive(self.lie(), rig.now)
            rig.settle()
            self.answers.append(answer)
        else:
            self.answers.append(rig.submit(str(len(self.answers))))
        self.rig.health.clear()
        self.rig.deliveries.clear()


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_a_day_of_flapping_loses_no_acknowledged_message_and_keeps_nothing():
    day = Day()
    day.rig.run(12 * 3600)
    half = _objects()
    day.rig.run(12 * 3600)
    # Only what this test itself keeps has grown: an answer, a message, a frame and what they hold.
    assert _objects() - half < 12 * len(day.answers)
    assert day.lies > 3000
    assert ("guessed",) not in {one.result.frame.fields for one in day.answers if one.result}
    assert not day.undelivered
    assert set(day.stored) == {str(number) for number in range(3000)}
    told = [int(one.text) for one in day.rig.smsc.accepted]
    assert len(told) == len(set(told))  # nothing reached the SMSC twice
    assert all(answer.told == 1 for answer in day.answers[:-20])
    accepted = {number for number, answer in enumerate(day.answers) if answer.state == "ok"}
    unsent = {number for number, answer in enumerate(day.answers) if answer.state.startswith("unsent")}
    assert accepted <= set(told)
    assert not unsent & set(told)
    assert len(accepted) > 6000
    assert len(day.rig.session.link.flying) + len(day.rig.backlog) < 30


def test_an_error_that_a_host_gets_is_its_own():
    rig = Rig()
    rig.peer.refuse_connections = 1
    first, second = rig.submit(), rig.submit()
    rig.run(0.1)
    assert isinstance(first.error, TransportError)
    assert first.error is not second.error
