"""Characters and texts that the tests of the text engine draw from."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import regex
from hypothesis import strategies as st

from sms_adapters.text import NationalLanguage

TABLES_FILE = Path(__file__).with_name("ts23038_tables.txt")


def read_tables() -> dict[tuple[NationalLanguage | None, str], dict[int, str]]:
    """(language, "locking" or "single") -> septet -> character."""
    tables = {}
    for line in TABLES_FILE.read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            name, kind, *cells = line.split()
            language = None if name == "default" else NationalLanguage[name.upper()]
            tables[language, kind] = {septet: chr(int(cell, 16)) for septet, cell in enumerate(cells) if cell != "-"}
    return tables


def clusters(text: str) -> list[str]:
    """Extended grapheme clusters, by the independent implementation."""
    return regex.findall(r"\X", text)


def is_known(character: str) -> bool:
    """Assigned in this Python's Unicode, and no surrogate: `regex` may know a later Unicode than `unicodedata`."""
    return unicodedata.category(character) not in {"Cn", "Cs"}


CORPUS = {
    "french, decomposed": "De\u0301ja\u0300 vu\r\nce soir",
    "vietnamese, decomposed": unicodedata.normalize("NFD", "Tiếng Việt có thanh điệu"),
    "arabic with vowels": "السَّلَامُ عَلَيْكُمْ",
    "hebrew with points": "בְּרֵאשִׁית בָּרָא",
    "hindi": "क्षत्रिय स्त्री की संस्कृति, हिन्दी में",
    "hindi with joiners": "क्\u200dष क्\u200cष श्री",
    "bengali": "বাংলাদেশের স্বাধীনতা ক্ষমতা",
    "tamil": "தமிழ் மொழி ஸ்ரீ",
    "telugu": "తెలుగు భాష క్షేత్రం",
    "kannada": "ಕನ್ನಡ ಭಾಷೆ ಕ್ಷೇತ್ರ",
    "malayalam": "മലയാളം ഭാഷ സ്ത്രീ",
    "sinhala": "සිංහල ශ්\u200dරී ලංකා",
    "thai": "ภาษาไทยน้ำใจ",
    "lao": "ພາສາລາວ ນ້ຳ",
    "khmer": "ភាសាខ្មែរ",
    "burmese": "မြန်မာဘာသာ",
    "korean": "한국어 안녕하세요",
    "korean, decomposed": unicodedata.normalize("NFD", "한국어 안녕하세요"),
    "chinese": "你好，世界",
    "family": "👨‍👩‍👧‍👦 and 👩‍❤️‍💋‍👨",
    "skin tones": "👍🏽👋🏿🤝🏻",
    "flags": "🇫🇷🇩🇪🇷🇼🇧🇷 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "keycaps": "1️⃣2️⃣#️⃣",
    "text and emoji presentation": "❤︎ ❤️ ☎️",
    "prepended": "\u06001234 \u06dd5",
    "zalgo": "h\u0321\u032b\u0353e\u0334\u0308\u030al\u0489p",
}

# Small alphabets full of characters that stick together: random texts from them are mostly awkward.
STICKY = "a\r\n\u0301\u200d\u200c❤️👩👨👧🏽🇦🇧🇨क्षाि್ಕᄀ가각ᆨᅡ\u0600é\xad\U000e0061\u09be\u0e33©x1\u20e3"
sticky_texts = st.text(st.sampled_from(STICKY), max_size=400)
known_texts = st.text(st.characters(exclude_categories=("Cs", "Cn")).filter(is_known), max_size=200)
_DEFAULT = read_tables()[None, "locking"] | {128 + s: c for s, c in read_tables()[None, "single"].items()}
GSM_CHARACTERS = "".join(_DEFAULT.values())
gsm_texts = st.text(st.sampled_from(GSM_CHARACTERS), max_size=700)
