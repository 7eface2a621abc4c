"""User data of CIMD2 (parameter 033): the printable form in which GSM text travels, and its variants.

A character of the GSM alphabet that the link has no octet for is a combination of "_" and two characters; the
extension table is "_XX" and the character at the same place in the main table. Source: "CIMD Interface Specification"
of the Nokia SMS Center, chapter on character conversion, and its extension in
https://www.infocopter.com/know-how/cimd2.htm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...text import UnencodableText, gsm7

__all__ = ["COMBINATIONS", "CONVERSIONS", "Conversion"]

COMBINATIONS: Mapping[str, int] = {
    "_Oa": 0x00,
    "_L-": 0x01,
    "_Y-": 0x03,
    "_e`": 0x04,
    "_e'": 0x05,
    "_u`": 0x06,
    "_i`": 0x07,
    "_o`": 0x08,
    "_C,": 0x09,
    "_O/": 0x0B,
    "_o/": 0x0C,
    "_A*": 0x0E,
    "_a*": 0x0F,
    "_gd": 0x10,
    "_--": 0x11,
    "_gf": 0x12,
    "_gg": 0x13,
    "_gl": 0x14,
    "_go": 0x15,
    "_gp": 0x16,
    "_gi": 0x17,
    "_gs": 0x18,
    "_gt": 0x19,
    "_gx": 0x1A,
    "_AE": 0x1C,
    "_ae": 0x1D,
    "_ss": 0x1E,
    "_E'": 0x1F,
    "_qq": 0x22,
    "_ox": 0x24,
    "_!!": 0x40,
    '_A"': 0x5B,
    '_O"': 0x5C,
    "_N~": 0x5D,
    '_U"': 0x5E,
    "_so": 0x5F,
    "_??": 0x60,
    '_a"': 0x7B,
    '_o"': 0x7C,
    "_n~": 0x7D,
    '_u"': 0x7E,
    "_a`": 0x7F,
}
"""Combinations and the septets that they stand for."""

ESCAPE = "_XX"

NORDIC = dict(zip("[\\]^{|}~", "ÄÖÅÜäöåü", strict=True))
GERMAN = dict(zip("@[\\]{|}~", "§ÄÖÜäöüß", strict=True))
"""What a link of seven bits has in the places of ISO 646 that nations may fill."""

_TOKEN = re.compile(
    f"{ESCAPE}(?P<shifted>{ESCAPE}|{'|'.join(map(re.escape, COMBINATIONS))}|.)?|"
    f"(?P<combined>{'|'.join(map(re.escape, COMBINATIONS))})|(?P<plain>.)",
    re.DOTALL,
)


class Conversion:
    """One conversion of an account; `places` are characters that the link has in the place of others.

    Written are combinations only, which every centre reads whatever its places are. `combined` false is a centre that
    converts nothing: octets are Latin-1.
    """

    def __init__(self, places: Mapping[str, str], *, combined: bool = True) -> None:
        self.places = dict(places)
        self.combined = combined
        self._written = _written() if combined else {}

    def write(self, text: str) -> str:
        """The parameter's value; UnencodableText for a character that GSM 7-bit, or the link, does not have."""
        if not self.combined:
            return _latin(text)
        gsm7.septets(text)
        return "".join(self._written[character] for character in text)

    def read(self, value: str) -> str:
        """The text of a parameter's value; what is no combination stays as it is."""
        if not self.combined:
            return value
        return "".join(self._shown(token) for token in _TOKEN.finditer(value))

    def cut(self, value: str) -> bool:
        """Whether a value ends in the escape of a character that the next part begins with."""
        if not self.combined or not value.endswith(ESCAPE):
            return False
        return [token.group() for token in _TOKEN.finditer(value)][-1] == ESCAPE

    def _shown(self, token: re.Match[str]) -> str:
        if combined := token["combined"]:
            return _character(bytes((COMBINATIONS[combined],)))
        if plain := token["plain"]:
            return self.places.get(plain, plain)
        return self._extended(token["shifted"] or "")

    def _extended(self, written: str) -> str:
        """The character of the extension table; what has none is shown as a receiver of GSM text shows it."""
        if written in ("", ESCAPE):
            return " "
        septet = COMBINATIONS.get(written)
        main = self.places.get(written, written) if septet is None else _character(bytes((septet,)))
        if not gsm7.fits(main) or gsm7.septets(main) > 1:
            return f" {main}"
        return _character(b"\x1b" + gsm7.encode(main))


def _character(septets: bytes) -> str:
    return gsm7.decode(septets, errors="replace")


def _latin(text: str) -> str:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise UnencodableText(text[error.start], error.start, "Latin-1") from None
    return text


def _written() -> dict[str, str]:
    """How each character of the GSM alphabet and its extension table is written."""
    by_septet = {septet: combination for combination, septet in COMBINATIONS.items()}
    written: dict[str, str] = {}
    for septet in range(0x80):
        alone = _character(bytes((septet,)))
        shown = written.setdefault(alone, by_septet.get(septet, alone))
        extended = _character(bytes((0x1B, septet)))
        if extended != alone:
            written.setdefault(extended, ESCAPE + shown)
    return written


CONVERSIONS: Mapping[str, Conversion] = {
    "nordic": Conversion(NORDIC),
    "german": Conversion(GERMAN),
    "ascii": Conversion({}),
    "latin-1": Conversion({}, combined=False),
}
"""By the name that a channel's configuration has; "nordic" is the centre's own default."""
