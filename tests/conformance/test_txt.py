"""Each check of texts lets a good adapter pass, and catches those that change what was typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import ADAPTER, CLASS, MANIFEST, Broken, Edit, broken, ids_of, made, rows, with_method
from mutants import catches, good, passes

TEXT = '"text": part.text,'
ANY_LENGTH = Edit(MANIFEST, "max_chars = 1000", "max_chars = 0")
NO_UNICODE = Edit(MANIFEST, 'unicode = "full"', 'unicode = "none"')
NO_LONG_TEXT = Edit(MANIFEST, 'long_text = "full"', 'long_text = "none"')
REFUSES_UNICODE = Edit(
    ADAPTER,
    TEXT,
    '"text": part.text if part.text.isascii() or plan(part.text).encoding == "gsm7" else self.refuse(),',
)
REFUSES = Edit(
    ADAPTER,
    CLASS,
    CLASS
    + """
    def refuse(self):
        from sms_adapters.errors import InvalidMessage
        raise InvalidMessage("not in this alphabet")
""",
)
PLAN = Edit(ADAPTER, "from pydantic", "from sms_adapters.text import plan\nfrom pydantic")
UDH, SEPARATE = (Edit(MANIFEST, 'splits = "aggregator"', f'splits = "{name}"') for name in ("udh", "separate"))
UDH_REF = Edit(ADAPTER, TEXT, f'{TEXT} "udh": part.udh.hex(),')


def text(check: str, what: str, says: str, expression: str, *further: Edit) -> Broken:
    """A row in which something becomes of a part's text."""
    return broken(check, what, says, TEXT, f'"text": {expression},', *further)


def split(check: str, what: str, says: str, pieces: str, *further: Edit) -> Broken:
    """A row in which the adapter makes its own parts of a text `t`."""
    method = f"""
    def split(self, channel, message):
        t = message.text
        pieces = {pieces}
        return [Part(piece, number, len(pieces)) for number, piece in enumerate(pieces, 1)]
"""
    return with_method(check, what, says, method, *further)


TABLE: tuple[Broken, ...] = (
    text("TXT001", "stripped", "spaces at both ends", "part.text.strip()"),
    text("TXT001", "line ends", "CR LF: the text arrived changed", r'part.text.replace("\r\n", "\n")'),
    text("TXT001", "templates", "template braces", 'part.text.replace("{{to}}", message.to)'),
    text("TXT001", "unescaped", "metacharacters", '__import__("html").unescape(part.text)'),
    text("TXT001", "decoded twice", "metacharacters", '__import__("urllib.parse").parse.unquote(part.text)'),
    text("TXT001", "a value that says nothing", "words of formats", 'part.text.replace("null", "") or "-"'),
    text("TXT001", "no extension table", "the extension table", 'part.text.replace("€", "E")'),
    text(
        "TXT002",
        "question marks",
        "accents: the text arrived changed",
        'part.text.encode("latin-1", "replace").decode("latin-1")',
    ),
    text("TXT002", "normalised", "combining marks", '__import__("unicodedata").normalize("NFC", part.text)'),
    text(
        "TXT002",
        "surrogates",
        "Chinese: the text arrived changed",
        '"".join(c if c < "\\U00010000" else "??" for c in part.text)',
    ),
    text(
        "TXT002", "refused", "should have been accepted", "part.text if part.text.isascii() else self.refuse()", REFUSES
    ),
    text("TXT002", "not offered, but sent", "became", 'part.text.encode("ascii", "replace").decode()', NO_UNICODE),
    text("TXT003", "ends at NUL", "NUL: the text arrived changed", r'part.text.split("\x00")[0]'),
    text(
        "TXT003",
        "throttled",
        "for good and whole",
        "part.text if part.text.isprintable() else self.later()",
        Edit(ADAPTER, CLASS, CLASS + "\n    def later(self):\n        raise TemporaryFailure('odd')\n"),
    ),
    text("TXT004", "cut off", "with 1000 characters instead of 1600", "part.text[:1000]", ANY_LENGTH),
    Broken("TXT004", "refused", "should have been accepted, but ended in Rejected", (ANY_LENGTH,)),
    split("TXT004", "in disorder", "a text of 1600 characters", "[t] if len(t) <= 900 else [t[900:], t[:900]]"),
    split("TXT004", "the first part alone", "characters instead of 161", "[t[:160]]", NO_LONG_TEXT),
    text("TXT005", "a letter", "the text '", 'part.text.replace("Ñ", "N")'),
    text("TXT005", "a joiner", "the text '", r'part.text.replace("\u200d", "")'),
    split("TXT006", "anywhere", "within a character", "[t[at : at + 1000] for at in range(0, len(t), 1000)]"),
    split(
        "TXT006",
        "too long",
        "max_chars is 900",
        "[t[at : at + 950] for at in range(0, len(t), 950)]",
        Edit(MANIFEST, "max_chars = 1000", "max_chars = 900"),
    ),
    split(
        "TXT006",
        "beyond a header",
        "there is room for 67",
        "list(chunks(t, 70))",
        UDH,
        ANY_LENGTH,
        Edit(ADAPTER, "parts import Part", "parts import Part, chunks"),
    ),
    split(
        "TXT006",
        "beyond a segment",
        "a message of its own needs",
        "list(chunks(t, 100))",
        SEPARATE,
        ANY_LENGTH,
        Edit(ADAPTER, "parts import Part", "parts import Part, chunks"),
    ),
    broken("TXT007", "always one", "are 2 segments, the result says 1", "_segments(values),", "1,"),
    broken("TXT007", "characters", "are 1 segments, the result says 160", "_segments(values),", "len(part.text),"),
)


@pytest.mark.parametrize("row", rows(TABLE))
def test_a_check_catches(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, made(tmp_path, *row.edits))


@pytest.mark.parametrize("check", ids_of("TXT"))
def test_the_specimen_passes(check: str) -> None:
    passes(check, good())


@pytest.mark.parametrize(
    "edits", [(UDH, ANY_LENGTH), (SEPARATE, ANY_LENGTH), (SEPARATE,)], ids=["udh", "single", "of 1000"]
)
@pytest.mark.parametrize("check", ["TXT004", "TXT005", "TXT006"])
def test_whoever_splits_as_it_should_passes(check: str, edits: tuple[Edit, ...], tmp_path: Path) -> None:
    passes(check, made(tmp_path, *edits))


def test_an_adapter_without_unicode_may_refuse(tmp_path: Path) -> None:
    passes("TXT002", made(tmp_path, NO_UNICODE, REFUSES, REFUSES_UNICODE, PLAN))


def test_every_check_has_a_broken_adapter() -> None:
    assert {row.check for row in TABLE} == set(ids_of("TXT"))
