"""What a dossier lacks, who owes it, and what contradicts itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dossiers import REST, SMSC, TODAY, complete, judged, registry, sentences

from sms_adapters.intake import Dossier, Sort, findings_of, is_complete, read_dossier
from sms_adapters.intake.blank import begin
from sms_adapters.intake.fields import Owner

KINDS: list[dict[str, str]] = [
    {"kind": "rest"},
    *({"kind": "smsc", "vpn": vpn} for vpn in ("ipsec", "wireguard", "none")),
]


@pytest.mark.parametrize("facts", KINDS, ids=lambda facts: "-".join(facts.values()))
def test_a_new_dossier_is_valid_and_complete_once_its_lines_are_completed(
    tmp_path: Path, facts: dict[str, str]
) -> None:
    path = tmp_path / "new.toml"
    known = registry(tmp_path)
    path.write_text(begin(registry=known, **{**(SMSC if facts["kind"] == "smsc" else REST), **facts}))
    begun = findings_of(read_dossier(path, known), known, TODAY)
    assert {item.owner for item in begun if item.sort is Sort.MISSING} == {Owner.US, Owner.THEM}
    _, found = judged(tmp_path, **facts)
    assert sentences(found) == []


@pytest.mark.parametrize("facts", KINDS, ids=lambda facts: "-".join(facts.values()))
def test_every_line_that_somebody_owes_is_missed_when_it_is_taken_out(tmp_path: Path, facts: dict[str, str]) -> None:
    path = complete(tmp_path, **facts)
    known = registry(tmp_path)
    lines = path.read_text().splitlines()
    owed = [number for number, line in enumerate(lines) if line.endswith(("(us)", "(them)")) and " = " in line]
    assert len(owed) > 20
    for number in owed:
        path.write_text("\n".join(line for place, line in enumerate(lines) if place != number))
        found = findings_of(read_dossier(path, known), known, TODAY)
        owner = lines[number].rpartition("(")[2].rstrip(")")
        name = lines[number].partition(" = ")[0].rpartition(".")[2]
        assert not is_complete(found), lines[number]
        assert any(item.owner == owner and item.path.endswith(name) for item in found), lines[number]


@pytest.mark.parametrize(
    ("kind", "old", "new", "sentence"),
    [
        ("rest", 'role = "support"', 'role = "commercial"', "The aggregator owes a support contact (contacts)."),
        ("rest", 'kind = "api"', 'kind = "other"', "The aggregator owes the full API document (documents)."),
        (
            "rest",
            'does = "send"',
            'does = "balance"',
            "The aggregator owes the endpoint that sends a message (rest.endpoints).",
        ),
        (
            "rest",
            'does = "status"',
            'does = "balance"',
            "The aggregator owes how delivery reports reach us (lacks, if they do not) (rest.endpoints).",
        ),
        (
            "smsc",
            'kind = "messaging"',
            'kind = "other"',
            "The operator owes the messaging document of the SMSC (documents).",
        ),
        ("smsc", 'kind = "vpn"', 'kind = "other"', "The operator owes the VPN document (documents)."),
        ("smsc", 'role = "vpn"', 'role = "other"', None),
        ("smsc", 'host = "10.20.0.5"', 'host = "10.20.0.6"', "The SMSC 10.20.0.6 is in none of the networks"),
        (
            "smsc",
            '["10.20.0.5/32"]',
            '["10.20.0.5/32", "192.0.2.20/32"]',
            "192.0.2.20/32 overlaps our 192.0.2.16/29: one side has to translate its addresses",
        ),
        ("smsc", '"192.0.2.16/29"', '"192.0.2.17/29"', "192.0.2.17/29 is no network; 192.0.2.16/29 is"),
        ("smsc", '"192.0.2.16/29"', '"192.0.2.1.6/29"', "192.0.2.1.6/29 is no network (vpn.ours.networks[0])"),
        ("smsc", 'gateway = "203.0.113.20"', 'gateway = "198.51.100.10"', "Both sides have the same gateway"),
    ],
)
def test_what_is_missing_or_contradicts_itself_is_a_sentence(
    tmp_path: Path, kind: str, old: str, new: str, sentence: str | None
) -> None:
    if sentence is None:  # a role that there is not
        with pytest.raises(Exception, match=r"contacts\[1\].role has to be one of"):
            judged(tmp_path, {old: new}, kind=kind)
        return
    _, found = judged(tmp_path, {old: new}, kind=kind)
    assert len(found) == 1
    assert sentence in found[0].sentence
    assert not is_complete(found)


def test_what_the_api_does_not_have_is_not_asked_for(tmp_path: Path) -> None:
    _, found = judged(tmp_path, {'does = "status"': 'does = "balance"', "[rest]": '[rest]\nlacks = ["status"]'})
    assert found == []


def test_a_document_that_is_not_beside_the_dossier_is_missed(tmp_path: Path) -> None:
    change = {'url = "https://docs.example.net/sms"': 'file = "received/api.pdf"'}
    _, found = judged(tmp_path, change)
    assert sentences(found) == ["There is no file received/api.pdf beside the dossier (documents[0].file)."]
    (tmp_path / "received").mkdir()
    (tmp_path / "received" / "api.pdf").write_bytes(b"%PDF-")
    assert judged(tmp_path, change)[1] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('encryption = "aes256"', 'encryption = "3des"', "3des is weak"),
        ('integrity = "sha256"', 'integrity = "sha1"', "sha1 is weak"),
        ("group = 14", "group = 2", "Diffie-Hellman group 2 is weak"),
        ("version = 2 ", "version = 1 ", "IKEv1 is obsolete"),
        ('gateway = "203.0.113.20"', 'gateway = "10.1.1.1"', "10.1.1.1 is a private address"),
    ],
)
def test_what_is_unwise_is_a_warning_and_leaves_a_dossier_complete(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    _, found = judged(tmp_path, {old: new}, kind="smsc")
    assert found
    assert all(item.sort is Sort.WARNING and words in item.sentence for item in found)
    assert is_complete(found)


def test_an_aead_cipher_needs_no_integrity_in_phase_2(tmp_path: Path) -> None:
    lines = complete(tmp_path, kind="smsc").read_text().splitlines()
    esp = next(line for line in lines if line.startswith("integrity") and "phase 2" in line)
    cipher = next(line for line in lines if line.startswith("encryption") and "phase 2" in line)
    _, found = judged(tmp_path, {esp: "", cipher: 'encryption = "aes256gcm16"'}, kind="smsc")
    assert found == []
    _, found = judged(tmp_path, {esp: ""}, kind="smsc")
    assert [item.path for item in found] == ["vpn.esp.integrity"]


def test_the_account_on_the_smsc_is_the_configuration_of_its_adapter(tmp_path: Path) -> None:
    line = next(
        line for line in complete(tmp_path, kind="smsc").read_text().splitlines() if line.startswith('user = "example"')
    )
    _, found = judged(tmp_path, {line: ""}, kind="smsc")
    assert [item.path for item in found] == ["channel.config.username", "smsc.user"]


def test_an_adapter_that_is_not_installed_is_owed_by_us(tmp_path: Path) -> None:
    _, found = judged(tmp_path, {'adapter = "twilio"': 'adapter = "twilo"'})
    assert [(item.path, item.owner) for item in found] == [("adapter", Owner.US)]
    assert "did you mean twilio" in found[0].sentence


# --- the steps

ORDER = ("documents", "vpn_form_sent", "vpn_form_returned", "vpn_up", "routing_told", "test_phase", "live")


def steps(**states: Any) -> Dossier:
    """A dossier of an SMSC of which only the steps are looked at: day of March, state."""
    given = {name: {"state": state, "date": f"2030-02-{day:02}"} for name, (day, state) in states.items()}
    return Dossier.model_validate({"format": 1, "kind": "smsc", "name": "x", "steps": given})


def about_steps(dossier: Dossier, sort: Sort) -> list[str]:
    found = findings_of(dossier, None, TODAY)
    return [item.sentence for item in found if item.path.startswith("steps") and item.sort is sort]


def test_the_steps_are_missed_in_their_order_with_whose_move_it_is() -> None:
    dossier = steps(documents=(1, "done"), vpn_form_sent=(2, "done"))
    assert about_steps(dossier, Sort.MISSING) == [
        "Not done: the VPN form is filled in and returned; it is the operator's move (steps.vpn_form_returned).",
        "Not done: the VPN is up; it is the operator's move (steps.vpn_up).",
        "Not done: the request to route incoming messages to us is made; it is our move (steps.routing_told).",
        "Not done: the test phase; it is our move (steps.test_phase).",
    ]
    assert about_steps(dossier, Sort.CONTRADICTION) == []


@pytest.mark.parametrize("place", range(1, len(ORDER)))
def test_no_step_is_before_the_one_before_it(place: int) -> None:
    done = {name: (number + 1, "done") for number, name in enumerate(ORDER[: place - 1])}
    found = about_steps(steps(**done, **{ORDER[place]: (20, "running")}), Sort.CONTRADICTION)
    assert found == [
        f"The step {ORDER[place]} is running, but {ORDER[place - 1]} before it is open (steps.{ORDER[place]})."
    ]


@pytest.mark.parametrize("place", range(1, len(ORDER)))
def test_dates_follow_the_order(place: int) -> None:
    done = {name: (number + 10, "done") for number, name in enumerate(ORDER)}
    done[ORDER[place]] = (1, "done")
    found = about_steps(steps(**done), Sort.CONTRADICTION)
    assert f"The step {ORDER[place]} is of 2030-02-01, earlier than documents of 2030-02-10" in found[0]


def test_a_date_is_there_and_not_in_the_future() -> None:
    given = {"documents": {"state": "done"}, "vpn_form_sent": {"state": "done", "date": "2030-03-02"}}
    dossier = Dossier.model_validate({"format": 1, "kind": "smsc", "name": "x", "steps": given})
    assert about_steps(dossier, Sort.CONTRADICTION) == [
        "The step documents is done, but has no date (steps.documents).",
        "The step vpn_form_sent is done since 2030-03-02, which is yet to come (steps.vpn_form_sent).",
    ]


def test_a_dossier_is_complete_while_its_test_phase_runs_and_not_after_it_failed() -> None:
    done = {name: (number + 1, "done") for number, name in enumerate(ORDER[:-2])}
    assert about_steps(steps(**done, test_phase=(20, "running")), Sort.MISSING) == []
    assert about_steps(steps(**done, test_phase=(20, "failed")), Sort.MISSING) != []


def test_a_step_of_another_kind_of_dossier_is_told() -> None:
    given = {"vpn_up": {"state": "done", "date": "2030-02-01"}}
    dossier = Dossier.model_validate({"format": 1, "kind": "rest", "name": "x", "steps": given})
    assert about_steps(dossier, Sort.CONTRADICTION) == [
        "The step vpn_up is none of this kind of dossier (steps.vpn_up)."
    ]
