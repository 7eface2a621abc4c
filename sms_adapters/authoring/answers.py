"""Good answers and refusals, drafted: where the id, the code and the words stand, and what the codes mean."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from ..kits.values import text_of, value_at
from .openapi import Answer, Description, Leaf, Operation
from .vocabulary import best, meaning_of

__all__ = ["answer_of", "errors_of"]

Drafted = tuple[dict[str, Any], list[str]]
WEAK = frozenset({"requestid", "transactionid", "batchid", "trackingid"})
FATES = (
    ("INVALID", "Reason.INVALID_RECIPIENT", 400),
    ("OPTED_OUT", "Reason.OPTED_OUT", 400),
    ("THROTTLED", "Throttled", 429),
    ("UNAVAILABLE", "TemporaryFailure", 503),
)
WORDS = {
    "INVALID": "no such number",
    "OPTED_OUT": "the recipient opted out",
    "THROTTLED": "too many requests",
    "UNAVAILABLE": "try again later",
}


def answer_of(description: Description, operation: Operation) -> Drafted:
    """Answers about a good answer."""
    good = next((one for one in description.answers(operation) if 200 <= one.status < 300), None)
    leaf = None if good is None else best("id", _leaves(description, good))
    if good is None or leaf is None:
        question = "Where is the id of the message in a good answer? Nothing looks like it; drafted is `id`."
        return {"id_path": ["id"], "answer": {"id": "{id}"}, "answer_status": good.status if good else 200}, [question]
    path = list(leaf.path)
    questions = [] if len(path) == 1 else [f"Is `{'.'.join(map(str, path))}` the id that delivery reports have?"]
    return {"id_path": path, "answer": _nested(path, "{id}"), "answer_status": good.status}, questions


def _leaves(description: Description, answer: Answer) -> list[Leaf]:
    """The members of an answer: of its schema, else of its example."""
    return list(description.leaves(answer.schema)) or list(_of_example(answer.example))


def _of_example(value: Any, path: tuple[str | int, ...] = ()) -> list[Leaf]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _of_example(item, (*path, str(key)))]
    if isinstance(value, list):
        return _of_example(value[0], (*path, 0)) if value else []
    return [Leaf(path, {"type": "string"}, True)] if path else []


def _nested(path: Sequence[str | int], value: Any) -> Any:
    """A value inside the objects and lists of a path."""
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value


def _joined(first: Any, second: Any) -> Any:
    """Two shapes in one."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **{key: _joined(first[key], item) if key in first else item for key, item in second.items()}}
    if isinstance(first, list) and isinstance(second, list):
        return [_joined(first[0], second[0])]
    return second


def errors_of(description: Description, operation: Operation) -> Drafted:
    """Answers about refusals: where code and words stand, the table of codes, what the simulator refuses with."""
    refusals, borrowed = _refusals(description, operation)
    shaped = [(one, leaves) for one in refusals if (leaves := _leaves(description, one))]
    if not shaped:
        return _plain(refusals)
    leaves = shaped[0][1]
    texts = [leaf for leaf in leaves if leaf.schema.get("type", "string") in ("string", "integer", "number")]
    words = best("words", [leaf for leaf in texts if leaf.schema.get("type") != "integer"])
    code = best("code", [leaf for leaf in texts if leaf is not words])
    codes = _codes(code, [one for one, _ in shaped])
    answers, questions = _table(codes)
    if code is not None and not codes:
        questions.append(f"Which values has `{_written(code)}` in refusals, and what do they mean?")
    shape: Any = {}
    for leaf, placeholder in ((code, "{code}"), (words, "{words}")):
        shape = _joined(shape, _nested(list(leaf.path), placeholder)) if leaf else shape
    answers |= {
        "code_path": list(code.path) if code else [],
        "words_path": list(words.path) if words else [],
        "refusal": shape or {"message": "{words}"},
    }
    if code is None and words is None:
        answers["words_path"] = ["message"]
        questions.append("Where do refusals say what is wrong? Nothing in the description looks like it.")
    answers |= _simulated(answers["errors"], refusals, words)
    return answers, [*borrowed, *questions, *_statuses(refusals)]


def _refusals(description: Description, operation: Operation) -> tuple[list[Answer], list[str]]:
    """The documented refusals; where the operation has none, one of each status from the others."""
    own = [one for one in description.answers(operation) if one.status == 0 or one.status >= 400]
    if own:
        return own, []
    others = [one for other in description.operations for one in description.answers(other) if one.status >= 400]
    found = sorted({one.status: one for one in reversed(others)}.values(), key=lambda one: one.status)
    question = f"Which refusals has `{operation.title}`? None are documented: drafted are those of other operations."
    return found, [question] if found else []


def _plain(refusals: Sequence[Answer]) -> Drafted:
    """Refusals without a shape: texts, or nothing at all."""
    answers = {"code_path": [], "words_path": [], "refusal": "words", "errors": []}
    question = (
        "What do refusals look like? The description shows none, or plain text: drafted is the HTTP status alone."
    )
    return answers | _simulated([], refusals, None), [question, *_statuses(refusals)]


def _written(leaf: Leaf) -> str:
    return ".".join(map(str, leaf.path))


def _codes(code: Leaf | None, refusals: Sequence[Answer]) -> list[str]:
    """The codes that the description names: by an enumeration, or in its examples."""
    if code is None:
        return []
    listed = code.schema.get("enum")
    found = [
        *(listed if isinstance(listed, list) else ()),
        code.schema.get("example"),
        *(value_at(one.example, *code.path) for one in refusals),
    ]
    return list(dict.fromkeys(text for value in found if (text := text_of(value)) and " " not in text))


def _table(codes: Sequence[str]) -> Drafted:
    """The rows of the error table, and the codes that their names do not explain."""
    rows: dict[str, list[str]] = {}
    for code in codes:
        rows.setdefault(meaning_of(code) or "", []).append(code)
    unknown = rows.pop("", [])
    questions = [f"What do the error codes {', '.join(f'`{code}`' for code in unknown[:20])} mean?"] if unknown else []
    if rows:
        questions.append("The meaning of the other error codes is taken from their names: is it right?")
    return {"errors": [[meaning, line] for meaning, found in rows.items() for line in _lines(found)]}, questions


def _lines(codes: Sequence[str]) -> list[str]:
    """The codes of one meaning, as many in a row as a line takes."""
    return textwrap.wrap(" ".join(codes), 80, break_long_words=False, break_on_hyphens=False)


def _simulated(errors: Sequence[Sequence[str]], refusals: Sequence[Answer], words: Leaf | None) -> dict[str, Any]:
    """What the simulator refuses with: documented statuses and words, and codes of the table."""
    statuses = [one.status for one in refusals if 400 <= one.status < 500 and one.status not in (401, 403, 429)]
    first = {meaning: codes.split()[0] for meaning, codes in errors}
    rows = [
        [fate, (statuses or [status])[0] if status == 400 else status, first.get(meaning, ""), WORDS[fate]]
        for fate, meaning, status in FATES
    ]
    denied = next((one for one in refusals if one.status in (401, 403)), None)
    told = text_of(value_at(denied.example, *words.path)) if denied and words else None
    status = denied.status if denied else 401
    unauthorized = [status, first.get("AuthError", ""), _short(told or "unknown credentials")]
    return {"refusals": rows, "unauthorized": unauthorized}


def _short(words: str) -> str:
    """Words of an answer for one line of code."""
    return textwrap.shorten(words.replace('"', "'").replace("\\", "/"), 60, placeholder="")


def _statuses(refusals: Sequence[Answer]) -> list[str]:
    named = [str(one.status) for one in refusals if one.status]
    missing = [str(status) for status in (401, 429) if str(status) not in named]
    return (
        [f"With which status and words is {' and '.join(missing)} answered? The description does not say."]
        if missing
        else []
    )
