"""How long `plan` takes beside the libraries that count SMS segments: `python benchmarks/text_plan.py [--json]`.

Every contender works on the same texts in the same run, turn by turn, and the best of its turns counts. The figures
are ratios: how many times as long as `plan` a contender takes; above 1 `plan` is faster. What they do is not the same:
smsutil splits and counts as `plan` does, without grapheme clusters. gsm0338 and smspdudecoder are codecs: they encode,
and the segments are worked out by division; a text outside GSM they only refuse, which is not timed. smpplib cuts the
encoded octets to length, through surrogate pairs and clusters and without their texts. `plan` cuts UCS-2 into the units
of each segment, at the ends of clusters, and says how many there are; at which characters of the text they end it works
out when that is asked for, and `texts` is all of it with the text of each segment. The turns leave out what the first
long text of a process costs more, ten to forty milliseconds. smpplib and smspdudecoder take part if they are installed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
import timeit
from collections.abc import Callable
from functools import partial
from typing import Any

from sms_adapters.text import plan

TEXTS = {
    "OTP": "481516 is your code. Do not share it.",
    "1000 GSM": ("Dear customer, your parcel arrives today between 9 and 11. " * 17)[:1000],
    "1000 GSM, extension": ("Déjà payé: 5€ [net], à régler. " * 33)[:1000],
    "1000 Cyrillic": ("Уважаемый клиент, ваша посылка прибудет сегодня. " * 21)[:1000],
    "1000 Hindi": ("आपका पार्सल आज क्षेत्र में पहुँचेगा। " * 30)[:1000],
    "emoji": "Happy 🎉 day 😀 from 👨‍👩‍👧 and 👍🏽! " * 30,
}
TURNS = 25
TURN_SECONDS = 0.01


Count = Callable[[str], int | None]


def texts() -> Count:
    """What `plan` takes with the texts of the segments."""
    return lambda text: len(plan(text).segments)


def smsutil() -> Count:
    """Split by smsutil."""
    split = importlib.import_module("smsutil").split
    return lambda text: len(split(text).parts)


def gsm0338() -> Count:
    """Encode by gsm0338, divide."""
    codec = importlib.import_module("gsm0338").Codec()
    return lambda text: divided(lambda: len(codec.encode(text)[0]))


def smspdudecoder() -> Count:
    """Encode by smspdudecoder (packed, hexadecimal), divide."""
    encode = importlib.import_module("smspdudecoder.codecs").GSM.encode
    return lambda text: divided(lambda: len(encode(text)) * 4 // 7)


def smpplib() -> Count:
    """Encode and cut by smpplib."""
    make_parts = importlib.import_module("smpplib.gsm").make_parts
    return lambda text: len(make_parts(text)[0])


CONTENDERS = (texts, smsutil, gsm0338, smspdudecoder, smpplib)


def divided(count_septets: Callable[[], int]) -> int | None:
    """Segments by division, None if the codec refuses the text."""
    try:
        septets = count_septets()
    except ValueError:
        return None
    return 1 if septets <= 160 else -(-septets // 153)


def installed() -> dict[str, Count]:
    """The contenders that can be imported."""
    found = {}
    for contender in CONTENDERS:
        try:
            found[contender.__name__] = contender()
        except ImportError:
            continue
    return found


def best_times(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """CPU seconds of one call of each, the best of turns that alternate, so that a slow spell hits all."""
    calls = {name: max(1, int(TURN_SECONDS / timeit.timeit(call, number=1))) for name, call in work.items()}
    best = dict.fromkeys(work, float("inf"))
    for _ in range(TURNS):
        for name, call in work.items():
            spent = timeit.timeit(call, number=calls[name], timer=time.process_time)
            best[name] = min(best[name], spent / calls[name])
    return best


def measure() -> list[dict[str, Any]]:
    """One row for each text: microseconds of `plan`, ratios of the others, and the segments that each counts."""
    contenders: dict[str, Count] = {"plan": lambda text: plan(text).count, **installed()}
    return [measured(kind, text, contenders) for kind, text in TEXTS.items()]


def measured(kind: str, text: str, contenders: dict[str, Count]) -> dict[str, Any]:
    """The row of one text."""
    segments = {name: count(text) for name, count in contenders.items()}
    able = [name for name, found in segments.items() if found is not None]
    times = best_times({name: partial(contenders[name], text) for name in able})
    ratios = {name: round(times[name] / times["plan"], 2) if name in times else None for name in contenders}
    del ratios["plan"]
    return {"text": kind, "plan_us": round(times["plan"] * 1e6, 2), "ratios": ratios, "segments": segments}


def print_table(rows: list[dict[str, Any]]) -> None:
    """The rows as a table; a star marks a count of segments other than that of `plan`."""
    names = list(rows[0]["ratios"])
    print(f"{'text':<22}{'plan us':>9}" + "".join(f"{name + ' x':>18}" for name in names))
    for row in rows:
        print(f"{row['text']:<22}{row['plan_us']:>9}" + "".join(f"{cell(row, name):>18}" for name in names))
    print("x: times as long as plan; -: refuses the text; *: counts other segments than plan.")


def cell(row: dict[str, Any], name: str) -> str:
    """One figure of the table."""
    if row["ratios"][name] is None:
        return "- "
    return f"{row['ratios'][name]}{' ' if row['segments'][name] == row['segments']['plan'] else '*'}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="rows as JSON instead of a table")
    rows = measure()
    if parser.parse_args().json:
        print(json.dumps(rows, indent=2))
    else:
        print_table(rows)


if __name__ == "__main__":
    main()
