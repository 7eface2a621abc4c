"""The OpenAPI document says what the API does: requests made from it are answered as it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from sms_adapters import Registry
from sms_adapters.sandbox.api import router
from sms_adapters.sandbox.desk import Sandbox
from sms_adapters.sandbox.serving import running

WAITING = ("/api/events", "/api/wait")
"""What answers late by design."""
OPERATIONS = sorted((next(iter(route.methods)), route.path) for route in router.routes if route.path not in WAITING)


@pytest.fixture(scope="module")
def described() -> Iterator[schemathesis.BaseSchema]:
    with running(lambda: Sandbox(Registry(), adapters=["twilio", "vonage"])) as served:
        yield schemathesis.openapi.from_url(f"{served.url}/api/openapi.json")


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_api_does_what_its_document_says(
    described: schemathesis.BaseSchema, method: str, path: str, mode: schemathesis.GenerationMode
) -> None:
    operation = described[path][method]
    if mode is schemathesis.GenerationMode.NEGATIVE and not list(operation.iter_parameters()) and not operation.body:
        pytest.skip("nothing in it can be wrong")

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=6,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate()

    check()


def test_the_document_is_of_openapi_31_and_names_every_route(described: schemathesis.BaseSchema) -> None:
    document = described.raw_schema
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {route.path for route in router.routes}
    unsaid = [
        (path, method) for path, item in document["paths"].items() for method in item if not item[method]["description"]
    ]
    assert unsaid == []
