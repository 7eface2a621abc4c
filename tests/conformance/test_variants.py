"""Webhooks are taken apart and put together without a loss: what a check changes is all that is changed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import Headers, WebhookRequest
from sms_adapters.bodies import FORM
from sms_adapters.conformance.variants import MISSING, Field, batches_of, fields_of

URL = "https://sms.example.org/c/acme/8eb23e93/receive"


def posted(kind: str, body: str, query: str = "", **headers: str) -> WebhookRequest:
    typed = Headers({"Content-Type": kind, "Host": "sms.example.org", **headers})
    return WebhookRequest("POST", f"{URL}?{query}" if query else URL, typed, body.encode())


def the(place: str, request: WebhookRequest) -> Field:
    (found,) = [field for field in fields_of(request) if field.place == place]
    return found


XML = '<batch><message id="1"><text>a</text></message><message id="2"><text>b &amp; c</text></message></batch>'
NESTED = {"JSON a": {"b": [1, None]}, "JSON a.b": [1, None], "JSON a.b.0": 1, "JSON a.b.1": None}
FORM_PLACES = {"query id": "7", "form From": "+12025550123", "form Body": "a b"}
PLACES = [
    (posted(FORM, "From=%2B12025550123&Body=a+b", "id=7"), FORM_PLACES),
    (posted("application/json", '{"a":{"b":[1,null]}}'), NESTED),
    (posted("text/xml", "<a x='1'><b>t</b></a>"), {"XML a x": "1", "XML b": "t"}),
    (posted("text/plain", "hello", Signature="abc"), {"header Signature": "abc", "body": "hello"}),
    (posted("application/json", "{"), {"body": "{"}),
    (WebhookRequest("GET", f"{URL}?text=%00M"), {"query text": "\x00M"}),
]


@pytest.mark.parametrize(("request_", "places"), PLACES, ids=range(len(PLACES)))
def test_every_value_has_a_place(request_: WebhookRequest, places: dict[str, Any]) -> None:
    assert {field.place: field.value for field in fields_of(request_)} == places


def test_one_value_is_replaced_and_the_others_stay() -> None:
    form = the("form Body", posted(FORM, "From=a&Body=b&Body2=c")).put("1 & 2 = é")
    assert dict(form.form().items()) == {"From": "a", "Body": "1 & 2 = é", "Body2": "c"}
    document = the("JSON a.1", posted("application/json", '{"a":[1,2],"b":3}')).put({"c": None})
    assert document.json() == {"a": [1, {"c": None}], "b": 3}
    element = the("XML text", posted("text/xml", '<m id="1"><text>a</text></m>')).put("<b>")
    assert (element.xml().findtext("text"), element.xml().get("id")) == ("<b>", "1")
    headed = the("header X-Sign", posted("text/plain", "a", **{"X-Sign": "s", "X-Other": "o"})).put("t")
    assert (headed.headers.get("x-sign"), headed.headers.get("x-other"), headed.body) == ("t", "o", b"a")


def test_a_value_is_left_out() -> None:
    assert the("form a", posted(FORM, "a=1&b=2")).put(MISSING).form().to_dict() == {"b": "2"}
    assert the("query a", posted(FORM, "", "a=1&b=2")).put(MISSING).query().to_dict() == {"b": "2"}
    assert the("JSON a.0", posted("application/json", '{"a":[1,2]}')).put(MISSING).json() == {"a": [2]}
    assert the("XML b", posted("text/xml", "<a><b/><c/></a>")).put(MISSING).xml().find("b") is None
    assert the("XML a x", posted("text/xml", "<a x='1' y='2'/>")).put(MISSING).xml().attrib == {"y": "2"}
    assert "Sign" not in the("header Sign", posted("text/plain", "a", Sign="s")).put(MISSING).headers


TEXTS = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=20)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(TEXTS.filter(bool), TEXTS), min_size=1, max_size=6), st.data())
def test_a_value_that_is_put_back_changes_nothing(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    encoded = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    request = posted(FORM, encoded, encoded)
    field = data.draw(st.sampled_from(fields_of(request)))
    again = field.put(field.value)
    assert again.form() == request.form()
    assert again.query() == request.query()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=40), st.text("abc", min_size=1, max_size=3))
def test_octets_of_another_parameter_are_kept(octets: bytes, value: str) -> None:
    request = WebhookRequest("GET", f"{URL}?text={quote(octets)}&id=1")
    changed = the("query id", request).put(value)
    pairs = parse_qsl(changed.url.partition("?")[2], keep_blank_values=True, encoding="latin-1")
    assert pairs == [("text", octets.decode("latin-1")), ("id", value)]


def test_a_batch_is_a_list_of_objects_or_of_like_elements() -> None:
    document = {"events": [{"id": 1}, {"id": 2}], "numbers": [1, 2], "none": []}
    (batch,) = batches_of(posted("application/json", json.dumps(document)))
    assert batch.having([*batch.items, None]).json() == {**document, "events": [{"id": 1}, {"id": 2}, None]}
    (root,) = batches_of(posted("application/json", '[{"id": 1}]'))
    assert root.having([]).json() == []
    (elements,) = batches_of(posted("application/xml", XML))
    doubled = elements.having([*elements.items, *elements.items]).xml()
    assert [item.get("id") for item in doubled] == ["1", "2", "1", "2"]
    assert [item.findtext("text") for item in elements.having([*elements.items[1:], *elements.broken]).xml()] == [
        "b & c",
        None,
        None,
    ]
    assert batches_of(posted(FORM, "a=1")) == batches_of(posted("application/json", "{")) == []
