"""A dossier's file: what it refuses, in which words, and that none of them shows a secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from dossiers import complete, registry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sms_adapters import ConfigError, Registry
from sms_adapters.intake import Dossier, findings_of, read_dossier
from sms_adapters.intake.docs import keys_page, schema_text
from sms_adapters.intake.reading import problems_of
from sms_adapters.intake.schema import FILE, committed_schema
from sms_adapters.intake.secrecy import MEND

ALL_SECTIONS = [
    section for section in (committed_schema(), *committed_schema()["$defs"].values()) if "properties" in section
]
ROOT = Path(__file__).parent.parent.parent
HEAD = 'format = 1\nkind = "smsc"\nname = "Example Telecom"\n'
REGISTRY = Registry(installed=False)
SECRET = "s3cr3t-Gehe1m"


def refused(folder: Path, text: str, head: str = HEAD) -> str:
    path = folder / "x.toml"
    path.write_text(head + text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_dossier(path, REGISTRY)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour = 1", "the dossier: unknown key 'colour'"),
        ('[smsc]\nhosst = "x"', "smsc: unknown key 'hosst'; did you mean host?"),
        ('[smsc]\nport = "2775"', "smsc.port has to be a whole number"),
        ("[smsc]\nport = 70000", "smsc.port has to be a port, 1 to 65535"),
        ("[smsc]\nport = true", "smsc.port has to be a whole number"),
        ('[smsc]\nprotocol = "smtp"', 'smsc.protocol has to be one of "smpp", "ucp_emi", "cimd2"'),
        ("[vpn.ike]\ngroup = 3", "vpn.ike.group has to be one of 2, 5, 14, 15, 16, 19, 20, 21, 31"),
        ('[test]\nnumber = "0788123123"', "test.number has to be a phone number with + and country code"),
        ("[[contacts]]\n", "contacts[0]: role is missing"),
        ('[us]\nemail = "ada"', "us.email has to be an e-mail address"),
        ('[us]\nanswer_by = "soon"', "us.answer_by has to be a date such as 2030-01-31"),
        ("[us]\nanswer_by = 2030-01-31T10:00:00", "us.answer_by has to be a date such as 2030-01-31"),
        ("us = 1", "us has to be a table"),
        ("contacts = 1", "contacts has to be a list"),
        ('[us]\ncompany = "a\\nb"', "us.company holds a line break or control"),
        ('[us]\ncompany = "a\\n"', "us.company holds a line break or control"),
        ('[vpn.wireguard]\nour_key = "short"', "vpn.wireguard.our_key has to be a WireGuard key in base64"),
        (
            '[smsc]\npassword = { file = "/etc/x" }',
            'smsc.password: a reference is written { env = "NAME" } or { keyring = "SERVICE/USER" }',
        ),
        ('[smsc]\npassword = { env = "A B" }', "smsc.password: a reference is written"),
        ('[vpn.ours]\ngateway = "vpn example"', "vpn.ours.gateway has to be an IP address or host name"),
    ],
)
def test_each_mistake_has_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    assert refused(tmp_path, text).startswith(sentence)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = refused(tmp_path, '[smsc]\nport = 0\ntls = "yes"\n[us]\nphone = "1"')
    assert told.count(" has to be ") == 3


def test_a_file_that_is_none_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no dossier .*: `sms-adapters intake new` writes one"):
        read_dossier(tmp_path / "none.toml")
    assert "the dossier: kind is missing" in refused(tmp_path, "", head="format = 1\n")
    assert "format has to be 1" in refused(tmp_path, "", head='format = 2\nkind = "rest"\nname = "x"\n')


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f'[smsc]\npassword = "{SECRET}"', "smsc.password holds a secret"),
        (f'[vpn]\npsk = "{SECRET}"', "vpn.psk holds a secret"),
        (f'[vpn.wireguard]\nprivate_key = "{SECRET}"', "vpn.wireguard.private_key holds a secret"),
        (f'[test.console]\npassword = "{SECRET}"', "test.console.password holds a secret"),
        (f'[channel]\ncallback_secret = "{SECRET}"', "channel.callback_secret holds a secret"),
        (f'adapter = "twilio"\n[channel.config]\nauth_token = "{SECRET}"', "channel.config.auth_token holds a secret"),
        (f'[channel.config]\npassword = "{SECRET}"', "channel.config.password holds a secret"),
        (f'[channel.config.keys]\nmain_secret = "{SECRET}"', "channel.config.keys.main_secret holds a secret"),
        (f'notes = "the password is: {SECRET}"', None),
        (f'notes = "login example, password: {SECRET}"', "notes holds a password, key or token"),
        (f'[steps.vpn_up]\nnote = "PSK={SECRET}"', "steps.vpn_up.note holds a password, key or token"),
        (f'[us]\naddress = "https://ada:{SECRET}@example.org"', "us.address holds a URL with a password"),
        ('notes = "-----BEGIN EC PRIVATE KEY-----"', "notes holds a private key"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path: Path, text: str, place: str | None) -> None:
    if place is None:  # words about a password, without one behind a colon of its own
        text = text.replace("is: ", "comes by telephone, not ")
        path = tmp_path / "x.toml"
        path.write_text(HEAD + text)
        assert read_dossier(path, REGISTRY).notes
        return
    told = refused(tmp_path, text)
    assert told.startswith(f"{place}: name where it is instead")
    assert SECRET not in told


@pytest.mark.parametrize("key", ["psk", "password"])
@given(secret=st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=8, max_size=40))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_sentence_is_the_same_whatever_the_secret_is(tmp_path: Path, key: str, secret: str) -> None:
    literal = "".join(f"\\u{ord(char):04x}" for char in secret)
    place = "vpn.psk" if key == "psk" else "smsc.password"
    told = refused(tmp_path, f'[{place.partition(".")[0]}]\n{key} = "{literal}"\ncolour = 1\n')
    assert told.removesuffix(f"; {place} holds a line break or control") == f"{place} holds a secret: {MEND}"


@pytest.mark.parametrize(
    "good",
    [
        '[smsc]\npassword = { env = "SMSC_PASSWORD" }',
        '[smsc]\npassword = { keyring = "example telecom/qa@example.org" }',
        'adapter = "twilio"\n[channel.config]\nauth_token = { env = "TOKEN" }',
        'adapter = "kannel"\n[channel.config]\nusername = "password"',
    ],
)
def test_where_a_secret_is_may_be_said(tmp_path: Path, good: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(HEAD + good)
    assert isinstance(read_dossier(path, REGISTRY), Dossier)


@pytest.mark.parametrize("kind", ["rest", "smsc"])
def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path, kind: str) -> None:
    path = complete(tmp_path, kind=kind)
    before = read_dossier(path, registry(tmp_path))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_dossier(path, registry(tmp_path)) == before


KEYS = sorted({name for section in ALL_SECTIONS for name in section["properties"]} | {"env", "keyring", "other"})
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "rest", "smsc"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYS), below, max_size=4),
    max_leaves=12,
)


@given(values=st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=6), kind=st.sampled_from(["rest", "smsc"]))
@settings(max_examples=150, deadline=None)
def test_whatever_a_file_holds_there_is_a_sentence_or_a_dossier(values: dict[str, object], kind: str) -> None:
    problems = problems_of({"format": 1, "kind": kind, "name": "x", **values}, REGISTRY)
    assert all(isinstance(sentence, str) and sentence for sentence in problems)
    if not problems:
        dossier = Dossier.model_validate({"format": 1, "kind": kind, "name": "x", **values})
        assert findings_of(dossier, REGISTRY)


# --- what is generated


@pytest.mark.parametrize(
    ("file", "made", "how"),
    [(FILE, schema_text, "schema"), (ROOT / "docs" / "intake-keys.md", keys_page, "keys")],
    ids=["schema", "keys"],
)
def test_what_is_generated_is_committed(file: Path, made: Callable[[], str], how: str) -> None:
    assert file.read_text(encoding="utf-8") == made(), f"python -m sms_adapters.intake.docs {how} > {file.name}"


def test_the_schema_is_one_and_describes_every_key() -> None:
    schema = committed_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    sections = [schema, *(each for each in schema["$defs"].values() if "properties" in each)]
    assert len(sections) > 15
    for section in sections:
        assert section["additionalProperties"] is False
        assert all("null" not in str(node) for node in section["properties"].values())
    for section in sections:
        for name, node in section["properties"].items():
            assert node.get("title") or "$ref" in node, name


def test_every_pattern_says_what_it_wants() -> None:
    def nodes(value: object) -> list[dict[str, object]]:
        found = [value] if isinstance(value, dict) else []
        below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return found + [node for item in below for node in nodes(item)]

    patterned = [node for node in nodes(committed_schema()) if "pattern" in node or "minimum" in node]
    assert patterned
    assert all("errorMessage" in node for node in patterned)
