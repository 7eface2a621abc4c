"""XML written from values and read into them: for aggregators whose bodies are XML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from ..errors import InvalidMessage, ProtocolError
from ..http import HttpResponse
from ..results import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["xml_answer", "xml_document", "xml_values"]

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document can hold, not even escaped (https://www.w3.org/TR/xml/#charsets)."""


def xml_document(root: str, values: Mapping[str, Any]) -> str:
    """A document of elements: a mapping nests, a list repeats its name, None leaves it out.

    InvalidMessage for a text with a character that XML cannot carry.
    """
    return f"{DECLARATION}{''.join(_elements(root, values))}"


def _elements(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _elements(name, item)
    elif isinstance(value, Mapping):
        yield f"<{name}>{''.join(part for key, item in value.items() for part in _elements(key, item))}</{name}>"
    elif value is not None:
        yield f"<{name}>{_text(str(value))}</{name}>"


def _text(text: str) -> str:
    if found := UNWRITABLE.search(text):
        raise InvalidMessage(f"XML cannot carry the character U+{ord(found[0]):04X}", Reason.INVALID_CONTENT)
    return escape(text, quote=False).replace("\r", "&#13;")  # a bare one would be read as a line feed


def xml_values(element: Element) -> dict[str, Any]:
    """The elements below `element` by name, without namespaces: texts, or mappings that nest; the last of several."""
    return {child.tag.rpartition("}")[2]: xml_values(child) if len(child) else child.text or "" for child in element}


def xml_answer(response: HttpResponse) -> dict[str, Any]:
    """`xml_values` of an answer; none where it is no XML."""
    try:
        return xml_values(response.xml())
    except ProtocolError:
        return {}
