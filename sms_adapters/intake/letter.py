"""The letter: what we ask for, what we have already, what we tell, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .fields import Owner
from .form import PROTOCOLS
from .missing import Finding, Sort, has_vpn, rows_of
from .model import Dossier, Kind
from .overview import shown
from .steps import State, Step

__all__ = ["Letter", "Request", "letter"]

HEADINGS = {
    "contacts": "Contacts",
    "documents": "Documents",
    "test": "Test access",
    "channel": "Credentials of the test account",
    "rest": "The API",
    "smsc": "The account on the SMSC",
    "vpn": "The VPN",
}
BY_TELEPHONE = "by telephone or over a channel that we agree on, never in an e-mail"
SECRETS = ("password", "token", "secret", "key")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for under one heading."""

    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """What the templates show; `told` and `known` are pairs of a label and a value, `steps` name, whose move, state."""

    subject: str
    opening: str
    requests: tuple[Request, ...]
    known: tuple[tuple[str, str], ...]
    told: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str, str], ...]


def letter(dossier: Dossier, findings: Sequence[Finding]) -> Letter:
    """The letter of a dossier as it is now."""
    what = "SMSC" if dossier.kind is Kind.SMSC else "messaging API"
    company = dossier.us.company or "Our company"
    return Letter(
        f"Connection to the {what} of {dossier.name}: what we need from you",
        f"{company} is preparing to connect to your {what}. To begin, we need what is listed here.",
        tuple(_requests(findings)),
        tuple(_known(dossier)),
        tuple(_told(dossier)),
        tuple(_steps(dossier)),
    )


def _requests(findings: Sequence[Finding]) -> Iterator[Request]:
    owed = [item for item in findings if item.sort is Sort.MISSING and item.owner is Owner.THEM]
    for section, heading in HEADINGS.items():
        items = [_item(item) for item in owed if item.path.partition(".")[0].partition("[")[0] == section]
        if items and section == "vpn":
            items = ["the VPN form, enclosed, filled in"]
        if items:
            yield Request(heading, tuple(dict.fromkeys(items)))


def _item(finding: Finding) -> str:
    secret = finding.path.rpartition(".")[2].endswith(SECRETS) and not finding.path.startswith("documents")
    return f"{finding.title}, {BY_TELEPHONE}" if secret else finding.title


def _known(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """What we have, so that it can be corrected; of secrets nothing, not even where they are."""
    for document in dossier.documents:
        found = document.url or document.file
        if found:
            yield (
                f"{document.kind.capitalize()} document",
                ", ".join(filter(None, (document.title, document.version, found))),
            )
    for contact in dossier.contacts:
        if contact.email or contact.phone:
            found = ", ".join(filter(None, (contact.name, contact.email, contact.phone)))
            yield f"Contact for {'the VPN' if contact.role == 'vpn' else contact.role}", found
    section = dossier.smsc if dossier.kind is Kind.SMSC else dossier.rest
    for name in ("base_url", "protocol", "version", "host", "port", "user", "address", "bind", "throughput", "window"):
        value = getattr(section, name, None)
        if value is not None:
            yield _label(type(section).model_fields[name].title or name), PROTOCOLS.get(value, shown(value))
    if dossier.test.number:
        yield "Test phone number", dossier.test.number


def _label(title: str) -> str:
    plain = title.removeprefix("the ")
    return plain[:1].upper() + plain[1:]


def _told(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """What the other side needs of us."""
    us = dossier.us
    yield "Company", ", ".join(filter(None, (us.company, us.address)))
    yield "Contact", ", ".join(filter(None, (us.contact, us.email, us.phone)))
    if has_vpn(dossier):
        yield "Our VPN gateway", dossier.vpn.ours.gateway or ""
        yield "Our networks", ", ".join(dossier.vpn.ours.networks)
    if dossier.kind is Kind.REST and dossier.channel.public_url:
        yield "Webhooks reach us at", dossier.channel.public_url


def _steps(dossier: Dossier) -> Iterator[tuple[str, str, str]]:
    for row in rows_of(dossier):
        step: Step = getattr(dossier.steps, row.name)
        since = f" since {step.date}" if step.date and step.state is not State.OPEN else ""
        yield row.title, "we" if row.owner is Owner.US else "you", f"{step.state}{since}"
