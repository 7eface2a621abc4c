"""What a check is, and the table of all checks.

A check is a function of a `Subject` that returns if the adapter meets it and raises `CheckFailed` if not, or
`NotApplicable` with the reason. Its docstring has a title and four paragraphs: What, Why, Mend, Exempt.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ..errors import NotAnOutcome
from ..manifest import Capability

if TYPE_CHECKING:
    from .subject import Subject

__all__ = ["CHECKS", "Check", "CheckFailed", "Level", "NotApplicable", "check", "expect", "load_checks", "selected"]

SECTIONS = ("What", "Why", "Mend", "Exempt")
FAMILIES = {
    "MAN": "Manifest",
    "IMP": "Import and loading",
    "CFG": "Configuration",
    "AUT": "Authentication",
    "SND": "Sending",
    "ERR": "Errors",
    "INB": "Inbound messages",
    "DLR": "Delivery reports",
    "SIG": "Signatures",
    "TXT": "Texts",
    "SEC": "Secrets",
    "REC": "Recordings",
    "CON": "Concurrency and parity",
}


class Level(StrEnum):
    """What an adapter is worth, lowest first; computed from passes and evidence.

    No check is of the level certified: it is gold, and a complete dossier of the account that it was recorded with.
    """

    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    CERTIFIED = "certified"


class CheckFailed(NotAnOutcome):
    """The adapter does not meet a check; the text says what was expected and what was found."""


class NotApplicable(Exception):
    """The check has nothing to look at in this adapter."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `needs` is the capability without which it is not called for.

    `http` says that it is about HTTP requests, answers or webhooks, so that no session with an SMSC can meet it.
    """

    id: str
    level: Level
    needs: Capability | None
    run: Callable[[Subject], None]
    title: str
    doc: dict[str, str]
    http: bool = False

    @property
    def family(self) -> str:
        """The family's name."""
        return FAMILIES[self.id[:3]]


CHECKS: dict[str, Check] = {}


def check(
    id: str,  # noqa: A002 - the checks' own word
    level: Level,
    needs: Capability | None = None,
    *,
    http: bool = False,
) -> Callable[[Callable[[Subject], None]], Callable[[Subject], None]]:
    """Register a function as a check."""

    def register(function: Callable[[Subject], None]) -> Callable[[Subject], None]:
        if id in CHECKS:
            raise ValueError(f"two checks have the id {id}")
        title, doc = _documented(function.__doc__ or "")
        missing = [name for name in SECTIONS if name not in doc]
        if missing or not title:
            raise ValueError(f"the docstring of {id} lacks {', '.join(missing) or 'a title'}")
        CHECKS[id] = Check(id, level, needs, function, title, doc, http)
        return function

    return register


def _documented(text: str) -> tuple[str, dict[str, str]]:
    title, _, rest = text.strip().partition("\n")
    found = re.split(rf"^\s*({'|'.join(SECTIONS)}): ", rest, flags=re.MULTILINE)
    return title.strip(), {name: " ".join(body.split()) for name, body in zip(found[1::2], found[2::2], strict=True)}


def expect(condition: object, sentence: str) -> None:
    """CheckFailed with `sentence` unless `condition` holds."""
    if not condition:
        raise CheckFailed(sentence)


def load_checks() -> dict[str, Check]:
    """All checks by id, in the order of the families."""
    from . import checks

    for module in pkgutil.iter_modules(checks.__path__):
        importlib.import_module(f"{checks.__name__}.{module.name}")
    order = list(FAMILIES)
    return dict(sorted(CHECKS.items(), key=lambda item: (order.index(item[0][:3]), item[0])))


def selected(prefixes: Iterable[str]) -> list[Check]:
    """The checks whose ids begin with one of `prefixes`; all if there are none."""
    wanted = tuple(prefixes)
    return [item for item in load_checks().values() if not wanted or item.id.startswith(wanted)]
