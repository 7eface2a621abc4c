"""Characters outside the GSM 7-bit alphabet replaced by ones inside it that a reader takes for the same."""

import re
from bisect import bisect_right
from functools import cache, lru_cache

from .code_points import edges
from .gsm7 import alphabet, fits

# One row for each replacement: what is put, and every character that it stands in for.
_LOOK_ALIKES = {
    "'": "`´ʹʻʼʽˈ‘’‚‛′‵‹›",
    '"': "«»“”„‟″‶〝〞〟",
    "-": "‐‑‒–—―⁃−﹘﹣",
    ".": "·․",
    "..": "‥",
    "...": "…",
    "*": "•",
    "/": "⁄∕",
    ":": "∶",
    "^": "ˆ",
    "~": "˜∼",
    " ": "\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\v\x85\u2028\u2029",
    "£": "￡",
    "¥": "￥",
    "Å": "\u212b",
    "K": "\u212a",
    "OE": "Œ",
    "i": "ı",
    "oe": "œ",
    "ß": "ẞ",
    "Ω": "\u2126",
}
_REPLACEMENTS = {character: put for put, characters in _LOOK_ALIKES.items() for character in characters}

# Their compatibility decomposition says the same: digraphs, ligatures, numero sign, Roman numerals, full width ASCII.
_COMPATIBLE = edges("132-133 13F-140 149 17F 1C4-1CC 1F1-1F3 2116 2160-217F FB00-FB06 FF01-FF5E")

# Removed where what stands on both sides is in the alphabet; elsewhere they may hold an emoji or a word together.
_INVISIBLE = "\xad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff"

_WITH_MARKS = re.compile("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")
_LONGEST = 4
"""A letter and three marks: no language heaps more on one letter, and what does is not there to be read plainly."""

_MODIFIED_LETTER = re.compile(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH ")


def transliterate(text: str) -> str:
    """`text` with look-alikes from the GSM 7-bit alphabet where a reader misses nothing.

    Typographic quotes, dashes, dots and spaces become plain ones, invisible characters go, ligatures, Roman numerals
    and full width letters become ordinary letters, and a Latin letter with a mark that the alphabet does not have
    becomes the nearest one that it has (ê to e, ç to c, ǘ to ü; é stays). Other scripts, emoji and letters of their own
    such as þ stay. The result may still need UCS-2.
    """
    if fits(text):
        return text
    clusters = _WITH_MARKS.findall(text)
    replaced = "".join([_look_alike(cluster) if len(cluster) <= _LONGEST else cluster for cluster in clusters])
    return _removable().sub("", replaced)


@cache
def _removable() -> re.Pattern[str]:
    inside = "".join(map(re.escape, sorted(alphabet().repertoire)))
    return re.compile(f"(?<![^{inside}])[{_INVISIBLE}]+(?![^{inside}])")


@lru_cache(maxsize=4096)
def _look_alike(cluster: str) -> str:
    """What to put for one character with the combining marks that follow it."""
    from unicodedata import normalize

    character, marks = cluster[0], cluster[1:]
    if character in _REPLACEMENTS:
        put = _REPLACEMENTS[character]
    elif bisect_right(_COMPATIBLE, ord(character)) % 2:
        put = "".join(map(_look_alike, normalize("NFKC", character)))
    else:
        put = character
    return put[:-1] + _nearest_letter(put[-1] + marks)


def _nearest_letter(cluster: str) -> str:
    """The Latin letter of `cluster`, with its first mark if the alphabet has the two together."""
    from unicodedata import name, normalize

    decomposed = normalize("NFD", cluster)
    letter, marks = decomposed[0], decomposed[1:]
    if cluster in alphabet().repertoire or not name(letter, "").startswith("LATIN "):
        return cluster
    for nearest in (normalize("NFC", letter + marks[:1]), letter):
        if nearest in alphabet().repertoire:
            return nearest
    modified = _MODIFIED_LETTER.match(name(letter))
    if modified is None:
        return cluster
    return modified[2] if modified[1] == "CAPITAL" else modified[2].lower()
