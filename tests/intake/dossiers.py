"""Dossiers for tests: begun by the program itself and completed with its own examples."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from sms_adapters import Registry
from sms_adapters.intake import Dossier, Finding, findings_of, read_dossier
from sms_adapters.intake.blank import begin
from sms_adapters.smsc.config import SessionConfig

TODAY = date(2030, 3, 1)
REST = {"kind": "rest", "name": "Acme", "adapter": "twilio", "country": "US"}
SMSC = {"kind": "smsc", "name": "Example Telecom", "adapter": "acme_smsc", "protocol": "smpp", "country": "RW"}
MANIFEST = '[adapter]\nid = "acme_smsc"\nname = "Acme SMSC"\nspec_version = "1.0"\nimplementation = "adapter:Adapter"\n'


def registry(folder: Path) -> Registry:
    """The built-in adapters, and one for an SMSC that is only its manifest and the schema of its configuration."""
    package = folder / "acme_smsc"
    package.mkdir(exist_ok=True)
    (package / "manifest.toml").write_text(f'{MANIFEST}[text]\nsplits = "separate"\nmax_chars = 160\n')
    (package / "config.schema.json").write_text(json.dumps(SessionConfig.model_json_schema()))
    return Registry(installed=False, folders=[package])


def completed(text: str) -> str:
    """The file with every example line taken for true, save what would contradict it."""
    lines = [re.sub(r"^# ?(?=( *[a-z_.]+ = )|\]| +\{)", "", line) for line in text.splitlines()]
    kept = (line for line in lines if not re.match(r"(party|lacks|file|live) = ", line))
    return "\n".join(kept) + "\n"


def complete(folder: Path, changes: dict[str, str] | None = None, **facts: str) -> Path:
    """A complete dossier in `folder`; `changes` are texts in it to others, each of which has to be there."""
    given = {**(SMSC if facts.get("kind") == "smsc" else REST), **facts}
    text = completed(begin(registry=registry(folder), **given))
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "acme.dossier.toml"
    path.write_text(text, encoding="utf-8")
    return path


def judged(folder: Path, changes: dict[str, str] | None = None, **facts: str) -> tuple[Dossier, list[Finding]]:
    """A dossier that was complete before the changes, and what is found in it."""
    path = complete(folder, changes, **facts)
    known = registry(folder)
    dossier = read_dossier(path, known)
    return dossier, findings_of(dossier, known, TODAY, folder)


def sentences(found: list[Finding]) -> list[str]:
    return [item.sentence for item in found]
