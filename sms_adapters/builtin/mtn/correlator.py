"""The id that a submission carries, and that its reports quote: at most 36 characters, from the message's id alone."""

from __future__ import annotations

import re
from hashlib import sha256
from uuid import UUID

__all__ = ["correlator_of", "message_id_of"]

LIMIT = 36
PLAIN = re.compile(rf"[A-Za-z0-9-]{{1,{LIMIT}}}")
PART = re.compile(r"([0-9a-f]{32})-([1-9][0-9]{0,2})")
HASHED = re.compile(r"x[0-9a-f]{35}")
CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def correlator_of(message_id: str, number: int, total: int) -> str:
    """The message's id where it fits; of a text in several parts a UUID without hyphens, and the part's number.

    Any other id is hashed with the number.
    """
    if total == 1 and PLAIN.fullmatch(message_id) and message_id_of(message_id) == message_id:
        return message_id
    if total > 1 and number < 1000 and CANONICAL.fullmatch(message_id):
        return f"{message_id.replace('-', '')}-{number}"
    return f"x{sha256(f'{number}/{message_id}'.encode()).hexdigest()[: LIMIT - 1]}"


def message_id_of(correlator: str) -> str | None:
    """The message's id that a correlator was made of; None where it was hashed."""
    if HASHED.fullmatch(correlator):
        return None
    part = PART.fullmatch(correlator)
    return str(UUID(part[1])) if part else correlator
