"""A new package: the template's files, then what is made from the code in them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..conformance.cases import Evidence, Source
from ..errors import ConfigError
from ..http import HttpResponse
from ..manifest import Capability
from ..registry import Registry
from .bench import made_up, write_schema
from .exchanges import Deed, new_message, write_exchange
from .skeleton import Skeleton, generate
from .webhooks import simulate_webhooks

__all__ = ["QUESTIONS", "NewPackage", "forget", "new_package", "open_questions"]

QUESTIONS = "QUESTIONS.md"
REFUSED = "+12025550195"


@dataclass(frozen=True, slots=True)
class NewPackage:
    """What was made: the package's folder, the adapter's id, and what the aggregator has to be asked."""

    folder: Path
    id: str
    package: str
    questions: tuple[str, ...]


def new_package(
    skeleton: Skeleton,
    into: Path | None,
    answers: Mapping[str, Any],
    *,
    ask: bool = False,
    example: HttpResponse | None = None,
) -> NewPackage:
    """Make a package in `into`, by default a new folder named like the distribution.

    `example` is the answer to a send that the aggregator's own description shows.
    """
    today = datetime.now(UTC).date()
    folder = into or Path(f"sms-{str(answers.get('id', '')).replace('_', '-')}")
    found = generate(skeleton, folder, {"seen": today.isoformat(), **answers}, ask=ask)
    name, package = str(found["id"]), str(found["package"])
    registry = Registry(builtin=False, installed=False, folders=[folder / package])
    try:
        _make(registry, name, found, example)
    finally:
        forget(folder)
    return NewPackage(folder, name, package, open_questions(folder))


def _make(registry: Registry, adapter: str, found: Mapping[str, Any], example: HttpResponse | None) -> None:
    """Schema, exchanges and inbound examples."""
    today = datetime.now(UTC).date()
    write_schema(registry, adapter)
    simulated = made_up("this package's simulator: put the aggregator's own example in its place", today)
    described = Source(Evidence.REFERENCE, f"{found['document_title']}: example", today, str(found["document_url"]))
    expect = write_exchange(registry, adapter, "text", source=described if example else simulated, answer=example)
    if "error" in expect:
        raise ConfigError(f"the adapter made cannot read the description's own example: {expect['error']}")
    write_exchange(registry, adapter, "refused", source=simulated, deed=new_message(REFUSED))
    if registry.manifest(adapter).offers(Capability.CHECK_ACCOUNT):
        write_exchange(registry, adapter, "account", source=simulated, deed=Deed("check_account"))
    if registry.manifest(adapter).offers(Capability.INBOUND):
        simulate_webhooks(registry, adapter)


def forget(folder: Path) -> None:
    """Drop what Python kept of the modules: they are about to be edited, and belong to no package of this process."""
    for cache in folder.rglob("__pycache__"):
        for path in cache.iterdir():
            path.unlink()
        cache.rmdir()
    for name in [name for name in sys.modules if name.startswith("sms_adapters_loose_")]:
        file = getattr(sys.modules[name], "__file__", None)
        if file and folder.resolve() in Path(file).resolve().parents:
            del sys.modules[name]


def open_questions(folder: Path) -> tuple[str, ...]:
    """The questions in a package's list, each on one line."""
    lines = (folder / QUESTIONS).read_text(encoding="utf-8").splitlines()
    return tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
