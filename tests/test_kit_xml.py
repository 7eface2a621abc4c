"""XML that adapters write and read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_adapters import AdapterDefect, HttpRequest, HttpResponse, InvalidMessage, WebhookRequest
from sms_adapters.auth import XmlAuth
from sms_adapters.channel import now
from sms_adapters.kits.values import value_at
from sms_adapters.kits.xml import UNWRITABLE, xml_answer, xml_document, xml_values

names = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True)
texts = st.text().filter(lambda text: not UNWRITABLE.search(text))
values = st.recursive(texts, lambda inner: st.dictionaries(names, inner, min_size=1, max_size=4), max_leaves=8)


def read(document: str) -> dict[str, Any]:
    return xml_values(WebhookRequest("POST", "https://x.example", body=document.encode()).xml())


@given(st.dictionaries(names, values, min_size=1, max_size=4))
def test_what_is_written_is_read(tree: dict[str, Any]) -> None:
    assert read(xml_document("message", tree)) == tree


@given(st.sampled_from("\x00\x01\x08\x0b\x0c\x0e\x1f\ufffe\uffff\ud800"))
def test_what_xml_cannot_carry_is_refused_before_anything_is_sent(character: str) -> None:
    with pytest.raises(InvalidMessage, match=f"U\\+{ord(character):04X}"):
        xml_document("message", {"text": f"a{character}b"})


def test_lists_repeat_their_name_and_none_is_left_out() -> None:
    document = xml_document("m", {"to": ["1", "2"], "from": None, "n": 3})
    assert document.endswith("<m><to>1</to><to>2</to><n>3</n></m>")


def test_namespaces_are_left_out_and_what_is_no_xml_has_no_values() -> None:
    assert read('<s:a xmlns:s="urn:x"><s:id>7</s:id></s:a>') == {"id": "7"}
    assert xml_answer(HttpResponse(200, body=b"<html><p>")) == {}
    assert xml_answer(HttpResponse(200, body=b"<!DOCTYPE a><a><id>7</id></a>")) == {}
    assert xml_answer(HttpResponse(200, body=b"<a><id>7</id></a>")) == {"id": "7"}


def test_credentials_are_elements_at_the_end_of_the_root() -> None:
    auth = XmlAuth((("user", "u"), ("password", "p<&>w")), public=("user",))
    request = auth.apply(HttpRequest.xml("https://x.example", xml_document("m", {"text": "</m> a"})), now())
    assert read(request.body.decode()) == {"text": "</m> a", "user": "u", "password": "p<&>w"}
    assert auth.secrets == ("p<&>w",)
    with pytest.raises(AdapterDefect, match="XML element"):
        auth.apply(HttpRequest.json("https://x.example", {}), now())


@pytest.mark.parametrize(
    ("path", "found"),
    [(("a", 1, "b"), "x"), (("a", 2, "b"), None), (("a", 0, "b"), None), (("a", "b"), None), (("c",), None), ((), ...)],
)
def test_a_value_at_a_path_is_found_or_none(path: tuple[Any, ...], found: Any) -> None:
    tree = {"a": ["no object", {"b": "x"}]}
    assert value_at(tree, *path) == (tree if found is ... else found)
