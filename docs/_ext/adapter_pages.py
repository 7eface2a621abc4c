"""A page for each adapter, and the table of all: from manifest, configuration schema and the suite's own report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markup import code, heading, link, table, text, toctree

from sms_adapters import Capability, Manifest, Registry
from sms_adapters.cli.describe import redelivery
from sms_adapters.config_schema import ConfigField, config_fields
from sms_adapters.registry import Listing

__all__ = ["adapter_pages"]

Judged = Mapping[str, Mapping[str, Any]]
SHOWN = (Capability.DELIVERY_REPORTS, Capability.INBOUND, Capability.SIGNED_WEBHOOKS)
EVIDENCE = ("live", "sandbox", "reference", "documented", "simulated")
ABOUT = """# Adapters

Each row is an adapter that is built in or comes with `sms-adapters-contrib`. The level is computed by a run of the
conformance suite at the time this page was made, from what passed and from where the knowledge is: none, bronze,
silver, gold or certified. [The checks](../../checks.md) say what each asks for.
"""
REPORT = """
<a href="../../conformance.html">The report</a> of that run shows every check with the exchanges behind it.
"""


def adapter_pages(report: str) -> dict[str, str]:
    """The pages by their path."""
    registry, judged = Registry(), _judged(report)
    listings = [listing for listing in registry.listings() if listing.manifest is not None]
    pages = {
        f"adapters/{listing.id}.md": "\n".join(_page(listing, config_fields(registry.schema(listing.id)), judged))
        for listing in listings
    }
    return {"adapters/index.md": _index(listings, judged), **pages}


def _judged(report: str) -> Judged:
    if not report:
        return {}
    found = json.loads(Path(report).read_text(encoding="utf-8"))
    return {item["adapter"]: item for item in found["adapters"]}


def _index(listings: list[Listing], judged: Judged) -> str:
    rows = []
    for listing in listings:
        manifest = _manifest(listing)
        supports = [manifest.support(capability).value for capability in SHOWN]
        name = f"[{text(manifest.name)}]({listing.id}.md)"
        rows.append((code(listing.id), name, _level(judged, listing.id), manifest.kind.value, *supports))
    heads = ("id", "name", "level", "kind", "reports", "inbound", "signed webhooks")
    note = REPORT if judged else "\nThis build was made without a run of the suite, so that it shows no levels.\n"
    names = [listing.id for listing in listings]
    return "\n".join((ABOUT, table(heads, rows), note, toctree(names)))


def _manifest(listing: Listing) -> Manifest:
    if listing.manifest is None:
        raise ValueError(f"{listing.id} has no manifest: {listing.error}")
    return listing.manifest


def _level(judged: Judged, adapter: str) -> str:
    return str(judged.get(adapter, {}).get("level") or "not computed")


def _page(listing: Listing, fields: tuple[ConfigField, ...], judged: Judged) -> Iterator[str]:
    manifest = _manifest(listing)
    yield heading(text(manifest.name))
    yield f"{text(manifest.summary)}.\n" if manifest.summary else ""
    yield table(("", ""), _facts(listing, manifest))
    sections = (
        ("Level and evidence", _evidence(judged.get(listing.id))),
        ("Configuration", table(("key", "", "default", "meaning"), map(_field, fields))),
        ("Open a channel", _opening(manifest, fields)),
        ("Capabilities", table(("capability", "support", "note"), _capabilities(manifest))),
        ("Webhooks", table(("URL", "methods", "brings"), _webhooks(manifest))),
        ("Limits", table(("limit", "note"), _limits(manifest))),
        ("Documents", table(("title", "read on"), _documents(manifest))),
    )
    for title, body in sections:
        if body:
            yield heading(title, 2)
            yield body


def _facts(listing: Listing, manifest: Manifest) -> list[tuple[str, str]]:
    rules, numbers = manifest.text, manifest.numbers
    most = [(rules.max_chars, "characters"), (rules.max_segments, "segments")]
    facts = (
        ("id", ", ".join(map(code, (manifest.id, *manifest.aliases)))),
        ("comes with", text("sms-adapters" if listing.origin == "built in" else listing.origin)),
        ("kind", manifest.kind.value),
        ("homepage", link(manifest.homepage, manifest.homepage)),
        ("API version", text(manifest.api_version)),
        ("countries", "all" if manifest.countries == ("*",) else ", ".join(manifest.countries)),
        ("webhook signature", text(manifest.signature)),
        ("webhook redelivery", text(redelivery(manifest))),
        ("long texts", ", ".join([f"split by {rules.splits}", *(f"{n} {unit} a request" for n, unit in most if n)])),
        ("numbers", f"recipient {numbers.recipient}, sender {numbers.sender}, inbound {numbers.inbound}"),
        ("test account", text(manifest.test_account)),
        ("contacts", ", ".join(link(contact, contact) for contact in manifest.contacts)),
    )
    return [fact for fact in facts if fact[1]]


def _evidence(judged: Mapping[str, Any] | None) -> str:
    if judged is None:
        return "This build was made without a run of the suite.\n"
    outcomes = [item["outcome"] for item in judged["checks"].values()]
    counts = [f"{outcomes.count(kind)} {kind}" for kind in ("passed", "failed", "exempt", "not applicable")]
    told = [f"{judged['evidence'][kind]} {kind}" for kind in EVIDENCE if judged["evidence"].get(kind)]
    failed = [key for key, item in sorted(judged["checks"].items()) if item["outcome"] == "failed"]
    lines = [f"Level **{judged['level']}**. Checks: {', '.join(counts)}. Cases: {', '.join(told) or 'none'}."]
    if judged.get("newest"):
        lines.append(f"The newest knowledge is of {judged['newest']}, the oldest of {judged['oldest']}.")
    if failed:
        lines.append(f"What the next levels ask for and is not there: {', '.join(map(code, failed))}.")
    return "\n".join((*lines, ""))


def _field(field: ConfigField) -> tuple[str, str, str, str]:
    kind = ", ".join(word for word, holds in (("required", field.required), ("secret", field.secret)) if holds)
    default = "" if field.default is None else code(field.default)
    return code(field.name), kind, default, text(f"{field.title}: {field.description}".strip(": "))


def _opening(manifest: Manifest, fields: tuple[ConfigField, ...]) -> str:
    """The call that opens a channel, with what has to be given."""
    needed = [field.name for field in fields if field.required]
    config = ", ".join(f'"{name}": ...' for name in needed)
    lines = ["```python", "channel = registry.open(", f'    "{manifest.id}",', '    id="8eb23e93",']
    lines += ['    address="+12025550100",', '    public_url="https://sms.example.org",', f"    config={{{config}}},"]
    return "\n".join((*lines, ")", "```", ""))


def _capabilities(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    for capability in Capability:
        feature = manifest.features.get(capability)
        yield code(capability.value), manifest.support(capability).value, text(feature.note if feature else "")


def _webhooks(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    prefix = next(iter(manifest.aliases), manifest.id)
    for hook in manifest.webhooks:
        url = f"{{public_url}}/c/{prefix}/{{channel id}}/{hook.action}"
        yield code(url), ", ".join(hook.methods), text(hook.brings)


def _limits(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for limit in manifest.limits:
        per, of = (f" per {limit.per}" if limit.per else ""), (f", {limit.of}" if limit.of else "")
        yield text(f"{limit.value:g} {limit.unit}{per}{of}"), text(limit.note)


def _documents(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for document in manifest.documents:
        yield link(document.title, document.url), text(document.seen)
