"""A message read from XML by XPath 1.0, as the External API's `from_xpath` and `text_xpath` say.

Source: "handlers/external/handler.go" of courier,
https://github.com/nyaruka/courier/blob/main/handlers/external/handler.go. Its XPath compares names as they are written,
prefix included, and knows no namespaces; configurations made for it rely on that.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ElementTree, TreeBuilder
from xml.parsers import expat

from ...errors import MalformedInbound

if TYPE_CHECKING:
    from ...http import WebhookRequest

__all__ = ["compile_xpath", "read_xpath", "xml_of"]

DEEPEST = 100
_PREFIX = re.compile(r"([^\W\d][\w.-]*):(?=[\w*])")


@lru_cache(maxsize=256)
def compile_xpath(expression: str) -> Any:
    """The compiled expression; ValueError if it is none, if it finds no text, or if the library for it is missing."""
    try:
        from elementpath import ElementPathError, XPath1Parser, XPathContext
    except ImportError:
        raise ValueError("reading XML by XPath needs a library: install sms-adapters[xpath]") from None
    prefixes = {prefix: prefix for prefix in _PREFIX.findall(expression)}
    try:
        compiled = XPath1Parser(namespaces=prefixes).parse(expression)
        found = compiled.get_results(XPathContext(ElementTree(Element("empty"))))
    except (ElementPathError, RecursionError) as error:
        raise ValueError(f"no XPath 1.0 expression: {error}") from None
    if not isinstance(found, list | str):
        raise ValueError(f"finds a {type(found).__name__}, neither nodes nor text")  # noqa: TRY004 - pydantic reports it
    return compiled


def xml_of(request: WebhookRequest) -> ElementTree[Element]:
    """The body's document with each name as it is written; MalformedInbound if it is none or too deep."""
    request.xml()  # refuses document types and what is not well-formed
    builder, depth = TreeBuilder(), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise MalformedInbound(f"the XML is nested more than {DEEPEST} levels deep")
        kept = {key: value for key, value in attributes.items() if not f"{key}:".startswith("xmlns:")}
        builder.start(_as_written(name), {_as_written(key): value for key, value in kept.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_as_written(name))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.Parse(request.body, True)
    return ElementTree(builder.close())


def _as_written(name: str) -> str:
    """The prefix in the place of the namespace."""
    prefix, colon, local = name.rpartition(":")
    return f"{{{prefix}}}{local}" if colon else name


def read_xpath(document: ElementTree[Element], expression: str) -> str | None:
    """The inner text of the first node found, None if there is none; MalformedInbound if it cannot be worked out."""
    from elementpath import ElementPathError, XPathContext

    try:
        found = compile_xpath(expression).get_results(XPathContext(document))
    except (ElementPathError, RecursionError) as error:
        raise MalformedInbound(f"{expression} cannot be read in this XML ({type(error).__name__})") from error
    first = next(iter(found), None) if isinstance(found, list) else found
    return "".join(first.itertext()) if isinstance(first, Element) else None if first is None else str(first)
