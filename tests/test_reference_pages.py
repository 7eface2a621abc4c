"""The pages made from the code: they hold what the code has, and show text as text."""

from __future__ import annotations

import importlib
import json
import re
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sms_adapters import Capability, Registry
from sms_adapters.cli.app import COMMANDS
from sms_adapters.config_schema import config_fields

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS / "_ext"))
try:
    adapters, api, commands, manifests, markup, pages = (
        importlib.import_module(name)
        for name in ("adapter_pages", "api_pages", "command_page", "manifest_page", "markup", "reference_pages")
    )
finally:
    sys.path.remove(str(DOCS / "_ext"))
REGISTRY = Registry()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The adapters' pages, with a report in which one adapter was judged."""
    checks = {"SND001": {"outcome": "passed"}, "REC012": {"outcome": "failed", "message": "nothing live"}}
    judged = {"adapter": "twilio", "level": "silver", "evidence": {"documented": 7}, "checks": checks}
    path = tmp_path_factory.mktemp("report") / "conformance.json"
    path.write_text(json.dumps({"adapters": [{**judged, "newest": "2026-11-20", "oldest": "2026-11-01"}]}))
    found: dict[str, str] = adapters.adapter_pages(str(path))
    return found


def test_every_adapter_has_a_page_with_its_configuration_and_capabilities(made: dict[str, str]) -> None:
    for name in REGISTRY.ids():
        page = made[f"adapters/{name}.md"]
        fields = [field.name for field in config_fields(REGISTRY.schema(name))]
        capabilities = [capability.value for capability in Capability]
        assert [word for word in (name, *fields, *capabilities) if f"`{word}`" not in page] == [], name
        assert f"[{markup.text(REGISTRY.manifest(name).name)}]({name}.md)" in made["adapters/index.md"]


def test_a_level_is_shown_where_the_suite_computed_one_and_only_there(made: dict[str, str]) -> None:
    rows = [line for line in made["adapters/index.md"].splitlines() if line.startswith("| `")]
    levels = {row.split("`")[1]: row.split(" | ")[2] for row in rows}
    assert {name: level for name, level in levels.items() if level != "not computed"} == {"twilio": "silver"}
    page = made["adapters/twilio.md"]
    assert "Level **silver**. Checks: 1 passed, 1 failed" in page
    assert "not there: `REC012`" in page


def test_every_command_and_every_public_module_has_its_place() -> None:
    page = commands.command_page()
    assert [name for name in COMMANDS if f"`sms-adapters {name}`" not in page] == []
    text = "\n".join(api.api_pages().values())
    assert [name for name in api.public_modules() if f"automodule:: {name}\n" not in text] == []
    assert "sms_adapters.engine" in text
    assert "sms_adapters._jwt" not in text


def test_the_keys_of_the_manifest_have_types_defaults_and_values() -> None:
    page = manifests.manifest_page()
    assert "| `spec_version` | string | required |  |" in page
    assert '| `recipient` | string | `"plus"` | `plus`, `digits`' in page
    assert '| `splits` | string | `"aggregator"` | `aggregator`, `udh`, `separate` |' in page
    assert [name for name in Capability if f"`{name.value}`" not in page] == []


def test_the_manifest_s_schema_takes_every_manifest_and_no_misspelt_one() -> None:
    schema = manifests.manifest_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in REGISTRY.ids():
        values = tomllib.loads((REGISTRY.folder(name) / "manifest.toml").read_text(encoding="utf-8"))
        jsonschema.validate(values, schema)
    for wrong in ({"adaptor": {}}, {"capabilities": {"flsh": "full"}}, {"capabilities": {"flash": "yes"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**values, **wrong}, schema)


def test_a_page_that_has_no_place_of_its_own_is_listed_among_the_guides(tmp_path: Path) -> None:
    for name in ("index", "hooks", "qa", "smsc"):
        (tmp_path / f"{name}.md").write_text("# Page\n")
    guides = pages.pages(tmp_path, "")["guides.inc.md"]
    assert guides.splitlines()[-3:-1] == ["qa", "smsc"]


def test_only_what_changed_is_written_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    pages.write(tmp_path, {"a.md": "1", "b/c.md": "2"})
    before = (tmp_path / "a.md").stat().st_mtime_ns
    pages.write(tmp_path, {"a.md": "1", "d.md": "3"})
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    assert {path.name for path in tmp_path.rglob("*.md")} == {"a.md", "d.md"}


def test_a_docstring_is_plain_text_but_for_its_literals() -> None:
    lines = ["Takes `a|b` and *args, or\nSeveral `lines", "long`s.", "", "::", "", "    a * b | c", "", "Then x_ ends."]
    assert api.plain_docstring(lines) == [
        *("Takes ``a|b`` and \\*args, or", "Several ``lines long``\\ s.", "", "::", "", "    a * b | c", ""),
        "Then x\\_ ends.",
    ]


def test_a_table_in_a_docstring_is_kept_as_it_is() -> None:
    lines = ["====  ===", "`a`   b|c", "====  ===", "", "After `it`."]
    assert api.plain_docstring(lines) == [
        *("::", "", "   ====  ===", "   `a`   b|c", "   ====  ===", "", "After ``it``."),
    ]


@given(st.text(max_size=60))
@example("\\|")
@example("|\\")
def test_text_in_a_table_stays_in_its_cell(value: str) -> None:
    (_, _, row, *rest) = markup.table(("one", "two"), [(markup.text(value), markup.code(value))]).split("\n")
    assert rest == [""]
    # As markdown-it splits a row: one backslash before it keeps a bar in its cell, whatever stands before that.
    assert len(re.findall(r"(?<!\\)\|", row)) == 3
