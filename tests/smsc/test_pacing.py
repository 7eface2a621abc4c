"""How much at a time, how fast, and when again: the numbers alone, without a session."""

from __future__ import annotations

from sms_adapters.smsc.pacing import Allowance, BackOff, Pace


def test_pauses_after_complaints_double_up_to_half_a_minute_and_begin_anew_after_a_window_without_one():
    allowance = Allowance(4)
    assert [allowance.halve(4, 1.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert allowance.room == 1
    allowance.recover()
    assert allowance.halve(4, 1.0) == 0.5


def test_a_pause_is_at_random_between_half_and_all_of_it():
    assert (Allowance(4).halve(4, 0.0), Allowance(4).halve(4, 0.5)) == (0.25, 0.375)


def test_a_window_is_halved_and_grows_back_to_itself_and_no_further():
    allowance = Allowance(10)
    allowance.halve(10, 1.0)
    assert (allowance.room, allowance.full) == (5, False)
    rooms = []
    while not allowance.full:
        allowance.recover()
        rooms.append(allowance.room)
    assert rooms == sorted(rooms)
    assert set(rooms) == {5, 6, 7, 8, 9, 10}
    for _ in range(200):
        allowance.recover()
    assert (allowance.room, allowance.full) == (10, True)
    assert rooms.count(9) > 4 * rooms.count(7), "beyond what was too much it grows slowly"


def test_attempts_to_connect_are_made_after_ever_longer_pauses_and_soon_again_after_a_stable_connection():
    back_off = BackOff(1, 10)
    assert [back_off.pause(0, 1.0, refused=False) for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert back_off.pause(0, 0.0, refused=False) == 5
    back_off.bound(100)
    assert back_off.pause(101, 1.0, refused=False) == 10, "a connection that was lost at once shows nothing"
    back_off.bound(200)
    assert back_off.pause(230, 1.0, refused=False) == 1


def test_a_refused_account_is_tried_after_the_longest_pause():
    assert BackOff(1, 60).pause(0, 1.0, refused=True) == 60


def test_what_was_not_used_is_not_made_up_for():
    pace = Pace(10)
    taken = [pace.take(now) for now in (0.0, 0.05, 0.1, 5.0, 5.0, 5.0)]
    assert taken == [True, False, True, True, True, False]
