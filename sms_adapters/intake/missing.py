"""What is still missing in a dossier and who owes it, what contradicts itself, and what is unwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..channels_file import config_schema_of
from ..config_schema import config_fields
from ..errors import SmsError
from ..registry import Registry
from .account import account_config
from .fields import Owner, Section, owner_of, title_of
from .model import Document, Dossier, Endpoint, Kind
from .steps import STEPS, WANTED, State, contradictions, stages
from .vpn_soundness import vpn_contradictions, vpn_warnings

if TYPE_CHECKING:
    from .steps import Stage

__all__ = ["Finding", "Sort", "concerns", "findings_of", "has_vpn", "is_complete", "rows_of"]


class Sort(StrEnum):
    """What kind of finding it is; only a warning leaves a dossier complete."""

    MISSING = "missing"
    CONTRADICTION = "contradiction"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: `path` is the dotted place, `owner` who has to move, `title` what is missing, without a verb."""

    sort: Sort
    path: str
    owner: Owner
    sentence: str
    title: str = ""

    def to_dict(self, them: str = Owner.THEM) -> dict[str, str]:
        """JSON-ready values; `them` is the word for the other side."""
        owner = Owner.US if self.owner is Owner.US else them
        return {key: str(value) for key, value in {**asdict(self), "owner": owner}.items() if value}


class _Wanted(NamedTuple):
    """A list that has to have an item whose `key` is `value`."""

    path: str
    key: str
    value: str
    title: str
    when: str = "always"


LISTS: Sequence[_Wanted] = (
    _Wanted("documents", "kind", "api", "the full API document", "rest"),
    _Wanted("documents", "kind", "messaging", "the messaging document of the SMSC", "smsc"),
    _Wanted("documents", "kind", "vpn", "the VPN document", "vpn"),
    _Wanted("contacts", "role", "support", "a support contact"),
    _Wanted("contacts", "role", "vpn", "a contact for the VPN", "vpn"),
    _Wanted("rest.endpoints", "does", "send", "the endpoint that sends a message", "rest"),
    _Wanted("rest.endpoints", "does", "receive", "how incoming messages reach us (lacks, if they do not)", "rest"),
    _Wanted("rest.endpoints", "does", "status", "how delivery reports reach us (lacks, if they do not)", "rest"),
)


def findings_of(
    dossier: Dossier, registry: Registry | None = None, today: date | None = None, folder: Path | None = None
) -> list[Finding]:
    """All that a dossier lacks or that is odd in it, in the order of the file; `folder` is where its documents are."""
    day = today or datetime.now(UTC).date()
    found = [*_unset(dossier, dossier, "", ""), *_lists(dossier), *_items(dossier, folder)]
    found += _configuration(dossier, registry or Registry())
    found += _steps(dossier, day)
    if has_vpn(dossier):
        found += _told(Sort.CONTRADICTION, vpn_contradictions(dossier.vpn, dossier.smsc.host))
        found += _told(Sort.WARNING, vpn_warnings(dossier.vpn))
    order = list(Dossier.model_fields)
    return sorted(found, key=lambda item: order.index(item.path.partition(".")[0].partition("[")[0]))


def is_complete(findings: Sequence[Finding]) -> bool:
    """Whether nothing is missing and nothing contradicts itself."""
    return all(item.sort is Sort.WARNING for item in findings)


def has_vpn(dossier: Dossier) -> bool:
    """Whether the connection goes through a VPN."""
    return dossier.kind is Kind.SMSC and dossier.vpn.kind != "none"


def concerns(dossier: Dossier, path: str) -> bool:
    """Whether a section is one of this kind of dossier."""
    vpn = dossier.vpn
    rules = {
        "rest": dossier.kind is Kind.REST,
        "test.console": dossier.kind is Kind.REST,
        "smsc": dossier.kind is Kind.SMSC,
        "vpn": has_vpn(dossier),
        "vpn.ike": vpn.kind == "ipsec",
        "vpn.esp": vpn.kind == "ipsec",
        "vpn.wireguard": vpn.kind == "wireguard",
        "steps": False,  # their own rules, below
    }
    return rules.get(path, True)


def rows_of(dossier: Dossier) -> tuple[Stage, ...]:
    """The steps of a dossier, in order."""
    return stages(smsc=dossier.kind is Kind.SMSC, vpn=has_vpn(dossier))


def _missing(dossier: Dossier, path: str, owner: Owner, title: str) -> Finding:
    who = "We owe" if owner is Owner.US else f"The {dossier.them} owes"
    return Finding(Sort.MISSING, path, owner, f"{who} {title} ({path}).", title)


def _unset(dossier: Dossier, section: Section, path: str, of: str) -> Iterator[Finding]:
    """The fields that are asked for and not there, in this section and in those below."""
    for name in type(section).model_fields:
        place = f"{path}.{name}" if path else name
        value, owner = getattr(section, name), owner_of(type(section), name)
        if owner is not None and value in (None, ()) and not _needless(dossier, place):
            yield _missing(dossier, place, owner, title_of(type(section), name) + of)
        elif isinstance(value, Section) and concerns(dossier, place):
            yield from _unset(dossier, value, place, of)
        elif isinstance(value, tuple):
            for number, item in enumerate(value):
                if isinstance(item, Section) and concerns(dossier, place):
                    yield from _unset(dossier, item, f"{place}[{number}]", _of(item))


def _of(item: Section) -> str:
    return f" for the endpoint {item.does}" if isinstance(item, Endpoint) else ""


def _needless(dossier: Dossier, path: str) -> bool:
    """What is asked for in general and not here: an AEAD cipher has no integrity of its own."""
    return path == "vpn.esp.integrity" and "gcm" in (dossier.vpn.esp.encryption or "")


def _lists(dossier: Dossier) -> Iterator[Finding]:
    holds = {"always": True, "rest": dossier.kind is Kind.REST, "smsc": dossier.kind is Kind.SMSC}
    holds["vpn"] = has_vpn(dossier)
    for row in LISTS:
        items: Any = dossier
        for key in row.path.split("."):
            items = getattr(items, key)
        there = {getattr(item, row.key) for item in items} | set(dossier.rest.lacks)
        if holds[row.when] and row.value not in there:
            yield _missing(dossier, row.path, Owner.THEM, row.title)


def _items(dossier: Dossier, folder: Path | None) -> Iterator[Finding]:
    """What single documents, contacts and endpoints lack."""
    for number, contact in enumerate(dossier.contacts):
        if contact.email is None and contact.phone is None:
            title = f"an e-mail address or telephone number of the contact for {contact.role}"
            yield _missing(dossier, f"contacts[{number}]", Owner.THEM, title)
    for number, document in enumerate(dossier.documents):
        yield from _of_document(dossier, document, f"documents[{number}]", folder)
    for number, endpoint in enumerate(dossier.rest.endpoints):
        if endpoint.url is None and endpoint.does not in ("receive", "status"):
            title = f"the address of the endpoint {endpoint.does}"
            yield _missing(dossier, f"rest.endpoints[{number}].url", Owner.THEM, title)
    if has_vpn(dossier) and dossier.vpn.kind == "ipsec" and dossier.vpn.authentication == "psk" and not dossier.vpn.psk:
        yield _missing(dossier, "vpn.psk", Owner.US, "the place of the pre-shared key, which is agreed by telephone")


def _of_document(dossier: Dossier, document: Document, path: str, folder: Path | None) -> Iterator[Finding]:
    if document.url is None and document.file is None:
        yield _missing(dossier, path, Owner.THEM, f"the {document.kind} document itself: its url or file")
    elif folder is not None and document.file is not None and not (folder / document.file).is_file():
        sentence = f"There is no file {document.file} beside the dossier ({path}.file)."
        yield Finding(Sort.CONTRADICTION, f"{path}.file", Owner.US, sentence)


def _configuration(dossier: Dossier, registry: Registry) -> Iterator[Finding]:
    """What the adapter's configuration requires; for an SMSC the account is in a section of its own."""
    if dossier.adapter is None:
        return
    try:
        schema = config_schema_of(registry.manifest(dossier.adapter).id, registry)
    except SmsError as error:
        yield Finding(Sort.MISSING, "adapter", Owner.US, f"We owe the adapter: {error}.", "the adapter")
        return
    given = account_config(dossier, schema)
    for field in config_fields(schema):
        if field.required and field.name not in given:
            title = f"the {field.title[:1].lower()}{field.title[1:]}" if field.title else field.name
            yield _missing(dossier, f"channel.config.{field.name}", Owner.THEM, title)


def _steps(dossier: Dossier, today: date) -> Iterator[Finding]:
    rows = rows_of(dossier)
    for name, text in contradictions(dossier.steps, rows, today):
        owner = next((row.owner for row in STEPS if row.name == name), Owner.US)
        yield Finding(Sort.CONTRADICTION, f"steps.{name}", owner, f"{text[:1].upper()}{text[1:]} (steps.{name}).")
    for row in rows:
        state = getattr(dossier.steps, row.name).state
        if state is not State.DONE and (row.name, state) != (WANTED, State.RUNNING):
            move = "it is our move" if row.owner is Owner.US else f"it is the {dossier.them}'s move"
            sentence = f"Not done: {row.title}; {move} (steps.{row.name})."
            yield Finding(Sort.MISSING, f"steps.{row.name}", row.owner, sentence, f"a step: {row.title}")
        if row.name == WANTED:
            return


def _told(sort: Sort, found: Iterator[tuple[str, str]]) -> Iterator[Finding]:
    for path, sentence in found:
        yield Finding(sort, path, Owner.THEM, f"{sentence} ({path}).")
