"""The checks that send let good adapters of other kinds pass: with tokens, with XML, with keys accepted once."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import ids_of, made
from shapes import EVERYTHING, TOKENS, XML

from sms_adapters.conformance.check import NotApplicable, load_checks
from sms_adapters.conformance.guard import loopback_only

SHAPES = {"everything": EVERYTHING, "tokens": TOKENS, "xml": XML, "everything with tokens": (*EVERYTHING, *TOKENS)}
CHECKS = [name for family in ("SND", "ERR", "TXT", "CON") for name in ids_of(family)]
NOT_LOOKED_AT = {"everything": {"SND006"}, "everything with tokens": {"SND006"}}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_adapter_of_another_kind_passes(shape: str, tmp_path: Path) -> None:
    subject = made(tmp_path, *SHAPES[shape])
    skipped = set()
    for name in CHECKS:
        check = load_checks()[name]
        if check.needs is not None and not subject.manifest.offers(check.needs):
            continue
        try:
            with loopback_only():
                check.run(subject)
        except NotApplicable:
            skipped.add(name)
    assert skipped == NOT_LOOKED_AT.get(shape, set())
