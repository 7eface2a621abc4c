"""`segments`: how a text would be sent, without sending it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ..errors import InvalidMessage
from ..results import Reason
from ..tabular import table
from ..text import Encoding, NationalLanguage, plan
from .options import Command, echo_json, json_option, read_text

if TYPE_CHECKING:
    from ..text import TextPlan

__all__ = ["command"]

LANGUAGES: Mapping[str, NationalLanguage] = {
    "bn": NationalLanguage.BENGALI,
    "es": NationalLanguage.SPANISH,
    "gu": NationalLanguage.GUJARATI,
    "hi": NationalLanguage.HINDI,
    "kn": NationalLanguage.KANNADA,
    "ml": NationalLanguage.MALAYALAM,
    "or": NationalLanguage.ORIYA,
    "pa": NationalLanguage.PUNJABI,
    "pt": NationalLanguage.PORTUGUESE,
    "ta": NationalLanguage.TAMIL,
    "te": NationalLanguage.TELUGU,
    "tr": NationalLanguage.TURKISH,
    "ur": NationalLanguage.URDU,
}
"""ISO 639-1 codes of the languages that have tables in 3GPP TS 23.038."""
UNITS: Mapping[Encoding, str] = {
    Encoding.GSM7: "septets",
    Encoding.UCS2: "UTF-16 units",
    Encoding.BINARY: "octets",
}


@click.command("segments", cls=Command)
@click.argument("text")
@click.option("--encoding", type=click.Choice(["gsm7", "ucs2"]), help="Force one; by default what the text needs.")
@click.option("--transliterate", is_flag=True, help="Let look-alikes replace characters that GSM 7-bit lacks.")
@click.option(
    "--national",
    multiple=True,
    type=click.Choice(list(LANGUAGES)),
    help="Use a language's tables where they save a segment; may be repeated.",
)
@click.option(
    "--reference-bits",
    type=click.Choice(["8", "16"]),
    default="8",
    help="Of the concatenation reference; 8 if not given.",
)
@json_option
def command(
    text: str, encoding: str | None, transliterate: bool, national: tuple[str, ...], reference_bits: str, as_json: bool
) -> None:
    """Show the encoding and the segments of TEXT.

    TEXT "-" is read from stdin, without its last line end.
    """
    try:
        found = plan(
            read_text(text),
            encoding=Encoding(encoding) if encoding else None,
            transliterate=transliterate,
            national=[LANGUAGES[code] for code in national],
            reference_bits=16 if reference_bits == "16" else 8,
        )
    except ValueError as error:
        raise InvalidMessage(f"the text cannot be sent: {error}", Reason.INVALID_CONTENT) from None
    if as_json:
        echo_json(_values(found))
    else:
        click.echo(_told(found))


def _language(language: NationalLanguage | None) -> str | None:
    return next((code for code, item in LANGUAGES.items() if item is language), None)


def _values(found: TextPlan) -> dict[str, Any]:
    return {
        "encoding": found.encoding,
        "count": found.count,
        "units": found.units,
        "per_segment": found.per_segment,
        "remaining": found.remaining,
        "locking": _language(found.locking),
        "single": _language(found.single),
        "segments": [{"text": segment.text, "units": segment.units} for segment in found.segments],
    }


def _told(found: TextPlan) -> str:
    unit = UNITS[found.encoding]
    facts = [
        ("encoding", str(found.encoding)),
        ("segments", str(found.count)),
        ("units", f"{found.units} {unit}, {found.per_segment} in a segment, {found.remaining} left in the last"),
        ("tables", ", ".join(filter(None, (_language(found.locking), _language(found.single))))),
    ]
    head = "\n".join(f"{name:<9} {value}" for name, value in facts if value)
    rows = [(str(place), str(item.units), item.text) for place, item in enumerate(found.segments, 1)]
    return f"{head}\n\n{table(('SEGMENT', 'UNITS', 'TEXT'), rows)}"
