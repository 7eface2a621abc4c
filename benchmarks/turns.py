"""Ratios that hold on a loaded machine: floor and candidate take short turns, and each pair of turns gives one ratio.

The median over many rounds is told with the quartiles around it, so that one slow moment of the machine changes
neither. CPU is that of this process, user and system, so what a server beside it takes does not count.
"""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Case = Callable[[int], None]
Clock = Callable[[], float]


class Turn(NamedTuple):
    """What one message took, in microseconds."""

    cpu: float
    wall: float


class Target(NamedTuple):
    """`candidate` may take at most `most` times what `floor` takes of `kind`; None for a ratio that is only told."""

    candidate: str
    floor: str
    most: float | None
    kind: str = "cpu"


def of_children() -> float:
    """CPU seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def turn(case: Case, count: int, warm: int, clock: Clock) -> Turn:
    """One turn, once the connections are open and the garbage of the turn before is collected."""
    if warm:
        case(warm)
    gc.collect()
    wall, cpu = time.perf_counter(), clock()
    case(count)
    wall, cpu = time.perf_counter() - wall, clock() - cpu
    return Turn(cpu / count * 1e6, wall / count * 1e6)


def take_turns(
    cases: Mapping[str, Case], count: int, rounds: int, *, warm: int = 0, clock: Clock = time.process_time
) -> dict[str, list[Turn]]:
    """`rounds` turns of each case after one that does not count, every other round in the reverse order."""
    order = list(cases)
    for name in order:
        turn(cases[name], count, warm, clock)
    found: dict[str, list[Turn]] = {name: [] for name in order}
    for number in range(rounds):
        for name in order if number % 2 else reversed(order):
            found[name].append(turn(cases[name], count, warm, clock))
    return found


def judged(target: Target, turns: Mapping[str, list[Turn]]) -> dict[str, Any]:
    """The ratios of a target's rounds."""
    pairs = zip(turns[target.candidate], turns[target.floor], strict=True)
    ratios = [getattr(one, target.kind) / getattr(other, target.kind) for one, other in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4)
    met = None if target.most is None else middle <= target.most
    return {**target._asdict(), "ratio": middle, "quartiles": (low, high), "rounds": len(ratios), "met": met}


def print_cases(turns: Mapping[str, list[Turn]]) -> None:
    """What each case took at the median."""
    print(f"{'case':34}{'CPU us':>9}{'wall us':>9}")
    for name, found in turns.items():
        cpu, wall = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:34}{cpu:9.0f}{wall:9.0f}")


def print_targets(rows: list[dict[str, Any]]) -> None:
    """Each ratio beside its target."""
    print(f"\n{'':34}{'compared with':34}{'ratio':>7}{'quartiles':>15}{'target':>9}")
    for row in rows:
        low, high = row["quartiles"]
        told = "" if row["most"] is None else f"<= {row['most']:.2f}"
        verdict = {None: "", True: "  met", False: "  NOT MET"}[row["met"]]
        names = f"{row['candidate']:34}{row['floor']:34}"
        print(f"{names}{row['ratio']:7.2f}{low:8.2f} -{high:5.2f}{told:>9}{verdict}")
