"""Phone numbers in and out: E.164 inside, and the wire forms that aggregators want.

| written as | read as |
|---|---|
| `+` and 7 to 15 digits | E.164, unchecked: numbering metadata lags the plans |
| `00` and 7 to 15 digits | E.164; with a country, what is dialled there instead (`011`, `810`, ...) as well |
| digits, no country: 3 to 8 | short code: hardly a number is that short with its country code |
| digits, no country: 9 to 15, not starting with 0 | E.164 without its `+` |
| digits, with a country: 3 to 6 | short code, save in the few plans as short as that (`_SHORT_PLANS`) |
| digits, with a country: 7 and more | the likelier of national and international (`_Plan.likelihood`) |
| digits, with a country: 7 or 8, not even possible as a mobile | short code, where the country has such long ones |
| digits, with a country: 9 and more, impossible | E.164 if they start with its calling code, else refused |

Possible is a matter of length, not of ranges known to be assigned. Spaces, hyphens, dots, parentheses and invisible
controls are dropped; decimal digits of any script become ASCII. The extra `phone` (phonenumbers or phonenumberslite) is
imported only for a national form, or to place a number. No text makes a function here raise anything but InvalidNumber.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from . import sender_ids
from ._quick import quick

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

__all__ = [
    "Address",
    "InvalidNumber",
    "NumberKind",
    "WireForm",
    "country_code",
    "from_wire",
    "mask",
    "parse_inbound",
    "parse_recipient",
    "parse_sender",
    "region",
    "to_wire",
]

# Regions where a mobile, or at least a landline, has 6 digits or fewer and short codes have fewer still. Elsewhere
# hardly a landline is that short, and 3 to 6 digits mean a short code. From libphonenumber's metadata.
_SHORT_MOBILES = {"AC", "AD", "CK", "FK", "FO", "GL", "NC", "NF", "NU", "PM", "SB", "SH", "TK", "TV", "WF"}
_SHORT_PLANS = _SHORT_MOBILES | {"KI", "SR", "TA", "TO", "VU", "WS"}

_SHORT_CODE_MIN, _SHORT_CODE_SURE, _SHORT_CODE_MAX = 3, 6, 8
_RAW_MAX, _SHOWN_MAX = 64, 32
_POSSIBLE, _POSSIBLE_MOBILE, _ASSIGNED, _ASSIGNED_MOBILE = 1, 2, 3, 4

_match_e164 = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
_match_digits = re.compile(r"[0-9]+").fullmatch
# "+44 (0)7700 900123": the zero is dialled only inside the country. In +39 it belongs to the number.
_TRUNK_ZERO = re.compile(r"^(\(*(?:\+|00)(?!\(*39)[0-9(]+\)?)\(0\)")

_WRITTEN = dict.fromkeys("+\uff0b\ufe62", "+") | {"(": "(", "\uff08": "(", ")": ")", "\uff09": ")"}
_WRITTEN |= dict.fromkeys("\t\n\r.\u00b7\uff0e\u2212", "")
_DROPPED_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf"})


class InvalidNumber(ValueError):
    """What was given is no address; the message says why and how to mend it."""


class NumberKind(StrEnum):
    """What an address is."""

    E164 = "e164"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


class WireForm(StrEnum):
    """How an aggregator writes E.164 numbers; short codes and sender ids are the same in every form."""

    PLUS = "plus"
    DIGITS = "digits"
    DOUBLE_ZERO = "00"
    NATIONAL = "national"
    NATIONAL_SIGNIFICANT = "national_significant"


_INTERNATIONAL_PREFIX = {WireForm.PLUS: "+", WireForm.DIGITS: "", WireForm.DOUBLE_ZERO: "00"}


@quick
@dataclass(frozen=True, slots=True)
class Address:
    """Who sends or receives: E.164 with its `+`, the digits of a short code, or a sender id as typed."""

    value: str
    kind: NumberKind

    def __str__(self) -> str:
        return self.value

    @property
    def digits(self) -> str:
        """The value without `+`; raises InvalidNumber for an alphanumeric sender id, which has none."""
        if self.kind == NumberKind.ALPHANUMERIC:
            raise InvalidNumber(f"{_shown(self.value)} is an alphanumeric sender id and has no digits to dial")
        return self.value.removeprefix("+")


def is_e164(raw: str) -> bool:
    """Whether a number is written in full, `+` and digits alone: then there is nothing to read."""
    return _match_e164(raw) is not None


def parse_recipient(raw: str, country: str | None = None) -> Address:
    """Read a phone number or short code; `country` is the ISO 3166 alpha-2 code whose national forms are meant."""
    if _match_e164(raw):
        return Address(raw, NumberKind.E164)
    return _read(raw, country, check_codes=True)


def parse_sender(raw: str, country: str | None = None) -> Address:
    """Read a number, a short code or an alphanumeric sender id: 1 to 11 GSM-7 septets, at least one letter.

    Any 3 to 8 digits that are no number of the country are a short code here: an account knows its own.
    """
    if _match_e164(raw):
        return Address(raw, NumberKind.E164)
    if any(map(str.isalpha, raw[:_RAW_MAX])):
        return Address(_sender_id(raw), NumberKind.ALPHANUMERIC)
    return _read(raw, country, check_codes=False)


def parse_inbound(raw: str, country: str | None = None) -> Address:
    """Read what an aggregator delivered as sender or recipient; only an empty or invisible text is refused.

    What is neither a number nor a short code of up to 8 digits is kept as delivered, without control characters,
    as ALPHANUMERIC: a name ("Bank"), but also digits that cannot be placed. Without the extra `phone`, or with an
    unknown country, digits are read as if no country were known.
    """
    return _inbound(raw, None, country)


def to_wire(address: Address, form: WireForm, country: str | None = None) -> str:
    """Write an address as an aggregator wants it; without `country`, national forms are those of the number's own.

    NATIONAL is what people write inside the country, with the trunk prefix where there is one (0788..., but 11 9...
    in Brazil); NATIONAL_SIGNIFICANT has neither trunk prefix nor country code, and keeps the zeros that belong to
    the number. Raises InvalidNumber for a national form of a number from elsewhere, which would reach a stranger.
    """
    if address.kind != NumberKind.E164:
        return address.value
    if form in _INTERNATIONAL_PREFIX:
        return _INTERNATIONAL_PREFIX[form] + address.value[1:]
    plan = _Plan(country)
    number = plan.parse(address.value)
    if number is None or not plan.likelihood(number) or (country and number.country_code != plan.code):
        where = f"in {_shown(country)}" if country else "in any known numbering plan"
        raise InvalidNumber(f"{_shown(address.value)} has no national form {where}; use an international wire form")
    return plan.national_form(number, form)


def from_wire(raw: str, form: WireForm, country: str | None = None) -> Address:
    """Read what `to_wire` wrote, and whatever else comes, as `parse_inbound` does.

    Short forms are ambiguous: in the national forms up to 8 digits are a number only where the module's table says so;
    in DIGITS, 7 or 8 digits are one only when they start with the country's own calling code.
    """
    return _inbound(raw, form, country)


def country_code(address: Address) -> int | None:
    """The country calling code (250, 1, 800); None for what is no E.164 number or in no known plan."""
    number = _Plan().parse(address.value) if address.kind == NumberKind.E164 else None
    return number.country_code if number else None


def region(address: Address) -> str | None:
    """The ISO 3166 alpha-2 code of the number's country; None where the metadata cannot tell, or there is none."""
    return _Plan().region(address.value) if address.kind == NumberKind.E164 else None


def mask(raw: str) -> str:
    """For logs: "+2507•••••23", always five dots for the four or more digits hidden; short codes and names stay."""
    text = _visible(raw[:_RAW_MAX])
    digits = "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())
    if len(digits) <= _SHORT_CODE_SURE:
        return text if len(text) <= sender_ids.MOST_SEPTETS else text[:2] + "•••••"
    plus = "+" if _WRITTEN.get(text.lstrip("(")[0]) == "+" else ""
    return f"{plus}{digits[: min(4, len(digits) - 6)]}•••••{digits[-2:]}"


def _shown(raw: str) -> str:
    return repr(raw if len(raw) <= _SHOWN_MAX else raw[:_SHOWN_MAX] + "…")


def _visible(raw: str) -> str:
    """The text without controls, unpaired surrogates and other code points that show nothing."""
    spaced = (" " if char.isspace() else char for char in raw)
    return "".join(filter(str.isprintable, spaced)).strip()


def _clean(raw: str) -> str:
    """Digits, after a `+` where one is written; raises InvalidNumber naming the first character that is neither."""
    text = raw.strip()
    if len(text) > _RAW_MAX:
        raise InvalidNumber(f"{_shown(text)} is {len(text)} characters long; a phone number has at most 15 digits")
    plain = text if text.isascii() and text.isdigit() else "".join(_normal(char, raw) for char in text)
    if not plain:
        raise InvalidNumber(f"{_shown(raw)} has no digits; write + and the country code, then the number")
    return _TRUNK_ZERO.sub(r"\1", plain).replace("(", "").replace(")", "")


def _normal(char: str, raw: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    written = "" if unicodedata.category(char) in _DROPPED_CATEGORIES else _WRITTEN.get(char)
    if written is None:
        raise InvalidNumber(f"{_shown(raw)} contains {char!r}, which no number has; write + and digits only")
    return written


def _sender_id(raw: str) -> str:
    text = sender_ids.typed(raw)
    if wrong := sender_ids.flaw(text):
        raise InvalidNumber(f"sender id {_shown(text)} {wrong}")
    return text


def _read(raw: str, country: str | None, *, check_codes: bool) -> Address:
    text = _clean(raw)
    address = _e164(text)
    if address is None and _match_digits(text):
        address = _place(text, country)
        in_doubt = check_codes and country and len(text) > _SHORT_CODE_SURE
        if address is None and len(text) >= _SHORT_CODE_MIN and not (in_doubt and not _Plan(country).has_code(text)):
            address = _short_code(text)
    return address or _refuse(raw, text, country)


def _refuse(raw: str, text: str, country: str | None) -> NoReturn:
    if text.startswith("+"):
        why = "is not international: after + come a country code, which never starts with 0, and 7 to 15 digits in all"
    elif len(text) < _SHORT_CODE_MIN:
        why = "is too short; a short code has 3 to 8 digits, a number more"
    elif country:
        why = f"is not a possible number in {_shown(country)}; write + and the country code, 7 to 15 digits in all"
    else:
        why = "is not an international number; write + and the country code, 7 to 15 digits in all, or name the country"
    raise InvalidNumber(f"{_shown(raw)} {why}")


def _inbound(raw: str, form: WireForm | None, country: str | None) -> Address:
    if _match_e164(raw):
        return Address(raw, NumberKind.E164)
    text, plain = _visible(raw), ""
    if not text:
        raise InvalidNumber("the address is empty; an MO has a sender and a recipient")
    with suppress(InvalidNumber):
        plain = _clean(text)
    digits = plain.removeprefix("+")
    number = _e164(plain) or (_delivered(digits, form, country) if _match_digits(digits) else None)
    return number or Address(text, NumberKind.ALPHANUMERIC)


def _delivered(digits: str, form: WireForm | None, country: str | None) -> Address | None:
    with suppress(InvalidNumber):
        number = _read_form(digits, form, country) or _place(digits, country)
        return number or _short_code(digits)
    return _place(digits, None) or _short_code(digits)


def _read_form(digits: str, form: WireForm | None, country: str | None) -> Address | None:
    if form not in _INTERNATIONAL_PREFIX:
        return _Plan(country).from_national(digits, form) if form and country else None
    if form == WireForm.DOUBLE_ZERO and digits.startswith("00"):
        return _e164("+" + digits[2:]) or _short_code(digits)
    if form == WireForm.DIGITS and len(digits) > _SHORT_CODE_SURE:
        own = len(digits) > _SHORT_CODE_MAX or (country and _Plan(country).is_own(digits))
        return _e164("+" + digits) if own else _short_code(digits)
    return _short_code(digits)


def _place(digits: str, country: str | None) -> Address | None:
    """Digits without `+` as E.164, or None where they are no number; the table in the module's docstring."""
    international = _e164("+" + digits.removeprefix("00")) if len(digits) > _SHORT_CODE_MAX else None
    if not country:
        return international
    if len(digits) <= _SHORT_CODE_SURE and country.upper() not in _SHORT_PLANS:
        return None
    try:
        plan = _Plan(country)
    except InvalidNumber:
        if digits.startswith("00"):
            return international
        raise
    return plan.place(digits) or (international if digits.startswith(("00", str(plan.code))) else None)


def _short_code(digits: str) -> Address | None:
    return Address(digits, NumberKind.SHORT_CODE) if len(digits) <= _SHORT_CODE_MAX else None


def _e164(text: str) -> Address | None:
    return Address(text, NumberKind.E164) if _match_e164(text) else None


class _Plan:
    """The numbering plans as seen from one country, or from none; all that needs the extra."""

    def __init__(self, country: str | None = None) -> None:
        try:
            import phonenumbers
        except ImportError as error:
            what = "this form of a phone number needs the numbering plans"
            raise InvalidNumber(f"{what}; install sms-adapters[phone], or write + and the country code") from error
        self._library: ModuleType = phonenumbers
        self._region = country.upper() if country else None
        self.code: int = phonenumbers.country_code_for_region(self._region or "")
        if country and not self.code:
            raise InvalidNumber(f"country {_shown(country)} has no numbering plan; use an ISO 3166 code such as RW")

    def parse(self, text: str) -> PhoneNumber | None:
        try:
            number: PhoneNumber = self._library.parse(text, self._region)
        except self._library.NumberParseException:
            return None
        return number

    def likelihood(self, number: PhoneNumber | None) -> int:
        """0 impossible, then possible by length, possible as a mobile, in an assigned range, in one of mobiles."""
        if number is None:
            return 0
        types, whole = self._library.PhoneNumberType, self._library.ValidationResult.IS_POSSIBLE
        if self._library.is_valid_number(number):
            mobile = self._library.number_type(number) in (types.MOBILE, types.FIXED_LINE_OR_MOBILE)
            return _ASSIGNED_MOBILE if mobile else _ASSIGNED
        if self._library.is_possible_number_for_type_with_reason(number, types.MOBILE) == whole:
            return _POSSIBLE_MOBILE
        return _POSSIBLE if self._library.is_possible_number_with_reason(number) == whole else 0

    def place(self, digits: str) -> Address | None:
        """The likelier reading; of equals international where the digits say so, then national."""
        texts = [digits, "+" + digits.removeprefix("00")]
        if digits.startswith(("00", str(self.code))):
            texts.reverse()
        best, likeliest = None, 0
        for number in map(self.parse, texts):
            likelihood = self.likelihood(number)
            if likelihood > likeliest:
                best, likeliest = number, likelihood
            if likeliest == _ASSIGNED_MOBILE:
                break
        return self._address(best) if best and self._is_no_code(digits, likeliest) else None

    def from_national(self, digits: str, form: WireForm) -> Address | None:
        """The possible number of this country whose national form is exactly `digits`."""
        # The last reading is for plans whose written 0 the library does not read again (+241 7..., written 07...).
        for text in (f"+{self.code}{digits}", digits, f"+{self.code}{digits.removeprefix('0')}"):
            number = self.parse(text)
            own = number and number.country_code == self.code and self.national_form(number, form) == digits
            if number and own and self._is_no_code(digits, self.likelihood(number)):
                return self._address(number)
        return None

    def national_form(self, number: PhoneNumber, form: WireForm) -> str:
        if form == WireForm.NATIONAL_SIGNIFICANT:
            return str(self._library.national_significant_number(number))
        written = str(self._library.format_number(number, self._library.PhoneNumberFormat.NATIONAL))
        return "".join(filter(str.isdecimal, written))

    def is_own(self, digits: str) -> bool:
        """Whether digits that start with a calling code are a possible number of this country."""
        number = self.parse("+" + digits)
        return bool(number and number.country_code == self.code and self.likelihood(number))

    def has_code(self, digits: str) -> bool:
        """Whether the country has short codes as long as this."""
        number = self._library.PhoneNumber(country_code=self.code, national_number=int(digits))
        return bool(self._library.is_possible_short_number_for_region(number, self._region))

    def region(self, value: str) -> str | None:
        number = self.parse(value)
        if number is None:
            return None
        codes = self._library.region_codes_for_country_code(number.country_code)
        found = codes[0] if len(codes) == 1 else self._library.region_code_for_number(number)
        return None if found in (None, self._library.REGION_CODE_FOR_NON_GEO_ENTITY) else str(found)

    def _address(self, number: PhoneNumber) -> Address | None:
        return _e164(f"+{number.country_code}{self._library.national_significant_number(number)}")

    def _is_no_code(self, digits: str, likelihood: int) -> bool:
        """Whether digits are a number rather than a short code: the shorter they are, the surer that has to be."""
        if len(digits) > _SHORT_CODE_MAX:
            return likelihood >= _POSSIBLE
        return likelihood >= _POSSIBLE_MOBILE and (len(digits) > _SHORT_CODE_SURE or self._region in _SHORT_PLANS)
