"""SMS text: encodings, segments, the GSM 7-bit codec, user data headers and transliteration.

This package imports nothing else of sms_adapters and only the standard library.
"""

from . import graphemes, gsm7
from .codings import Encoding, UnencodableText
from .headers import (
    Concatenation,
    MalformedHeader,
    UserDataHeader,
    concatenation_header,
    parse_header,
)
from .national import NationalLanguage
from .segments import Segment, TextPlan, TextTooLong, encode_segment, plan
from .transliteration import transliterate

__all__ = [
    "Concatenation",
    "Encoding",
    "MalformedHeader",
    "NationalLanguage",
    "Segment",
    "TextPlan",
    "TextTooLong",
    "UnencodableText",
    "UserDataHeader",
    "concatenation_header",
    "encode_segment",
    "graphemes",
    "gsm7",
    "parse_header",
    "plan",
    "transliterate",
]
