"""The page about the sandbox says what the sandbox does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sms_adapters import Registry
from sms_adapters.cli.describe import redelivery as described
from sms_adapters.cli.sandbox import command
from sms_adapters.manifest import Kind
from sms_adapters.sandbox.models import Faults
from sms_adapters.simulation import FATES, Fate, Redelivery, course_of

REGISTRY = Registry(installed=False)
WITH_WEBHOOKS = [adapter for adapter in REGISTRY.ids() if REGISTRY.manifest(adapter).webhooks]
PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in rows[2:]]


def test_the_table_of_fates_is_the_codes() -> None:
    rows = table("Fates")
    assert {digits: fate.strip("`") for digits, fate, _ in rows if digits.isdigit()} == dict(FATES)
    assert rows[-1][:2] == ["any other", "`delivered`"]


def test_what_the_table_says_of_a_fate_is_its_course() -> None:
    for _, name, words in table("Fates"):
        fate = Fate(name.strip("`"))
        if words.startswith("refused") or fate in (Fate.LOST_ANSWER, Fate.OUT_OF_ORDER):
            continue
        last = course_of(fate)[-1].value
        assert last in words, f"{fate}: {last} is not in {words!r}"


def test_the_table_of_faults_has_every_fault() -> None:
    assert [name.strip("`") for name, _ in table("Faults")] == list(Faults.model_fields)


def test_the_table_of_redelivery_is_made_from_the_simulators() -> None:
    assert [[cell.strip("`") for cell in row] for row in table("Webhooks")] == [list(row) for row in redelivery()]


def redelivery() -> list[tuple[str, str, str]]:
    """A row for each adapter that has webhooks."""
    return [
        (adapter, str(1 + len(REGISTRY.simulator(adapter).redelivery.waits)), described(REGISTRY.manifest(adapter)))
        for adapter in WITH_WEBHOOKS
    ]


@pytest.mark.parametrize("adapter", WITH_WEBHOOKS)
def test_redelivery_is_as_a_document_says_or_stated_not_to_be_documented(adapter: str) -> None:
    manifest, simulated = REGISTRY.manifest(adapter), REGISTRY.simulator(adapter).redelivery
    if manifest.redelivers_as_documented:
        assert re.search(r"\S, https://\S+$", manifest.redelivery), "a title and a URL"
        assert simulated != Redelivery(), "its simulator does not follow the document"
    else:
        assert re.match(r"not documented: \w", manifest.redelivery), manifest.redelivery
        assert simulated == Redelivery(), "a rule of its simulator's that no document gives"


def test_what_holds_a_session_has_no_webhooks_to_come_again() -> None:
    others = [REGISTRY.manifest(adapter) for adapter in REGISTRY.ids() if adapter not in WITH_WEBHOOKS]
    assert {manifest.kind for manifest in others} == {Kind.SESSION}
    assert {manifest.redelivery for manifest in others} == {""}


def test_the_default_rule_is_told_in_words() -> None:
    assert str(Redelivery()) == "again after 10 s, 60 s and 300 s"
    assert str(Redelivery(waits=(1,))) == "again after 1 s"
    assert str(Redelivery(waits=())) == "once only"


def test_the_switches_that_it_names_exist() -> None:
    told = CliRunner().invoke(command, ["--help"]).output
    named = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert named
    assert {name for name in named if name not in told} == set()
