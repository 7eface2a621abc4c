"""Who may come in: names, origins, tokens, sizes and rates."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sms_adapters import Registry
from sms_adapters.sandbox.app import Door
from sms_adapters.sandbox.client import SandboxClient, SandboxError
from sms_adapters.sandbox.desk import Sandbox
from sms_adapters.sandbox.limits import Bucket
from sms_adapters.sandbox.serving import running
from sms_adapters.transports.httpx import ssl_context

TOKEN = "t0ps3cret"


@pytest.fixture(scope="module")
def guarded() -> Iterator[httpx.Client]:
    door = Door(TOKEN, frozenset({"sandbox.example.org"}), largest=1000)
    made = running(lambda: Sandbox(Registry(), adapters=["hormuud"]), door)
    with made as served, httpx.Client(base_url=served.url, verify=ssl_context(), trust_env=False) as client:
        yield client


def test_page_and_api_want_the_token_and_simulators_their_own_credentials(guarded: httpx.Client) -> None:
    for path in ("/", "/api/health", "/page/page.css", "/nothing"):
        assert guarded.get(path).status_code == 401, path
    assert guarded.get("/api/health", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert guarded.post("/hormuud/token").status_code == 400
    with SandboxClient(str(guarded.base_url), token=TOKEN) as client:
        assert client.adapter("hormuud").id == "hormuud"
    with (
        SandboxClient(str(guarded.base_url), token="wrong") as stranger,
        pytest.raises(SandboxError, match="give the token"),
    ):
        stranger.adapters()


def test_the_token_in_the_address_is_changed_for_a_cookie(guarded: httpx.Client) -> None:
    assert guarded.get("/", params={"token": "wrong"}).status_code == 401
    with httpx.Client(base_url=guarded.base_url, verify=ssl_context(), trust_env=False) as browser:
        entered = browser.get("/", params={"token": TOKEN})
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert {"HttpOnly", "SameSite=strict"} <= set(entered.headers["set-cookie"].split("; "))
        assert browser.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example.org"}, 421),
        ({"Host": "evil.example.org:8025"}, 421),
        ({"Host": ""}, 421),
        ({"Host": "["}, 421),
        ({"Host": "127.0.0.1.evil.example.org"}, 421),
        ({"Host": "sandbox.example.org"}, 200),
        ({"Host": "localhost:8025"}, 200),
        ({"Host": "[::1]:8025"}, 200),
        ({"Origin": "https://evil.example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_other_sites_pages_and_rebound_names_are_refused(
    guarded: httpx.Client, headers: dict[str, str], status: int
) -> None:
    given = {"Authorization": f"Bearer {TOKEN}", **headers}
    assert guarded.get("/api/health", headers=given).status_code == status


def test_the_pages_own_requests_pass(guarded: httpx.Client) -> None:
    given = {"Authorization": f"Bearer {TOKEN}", "Origin": str(guarded.base_url)}
    assert guarded.post("/api/reset", headers=given).status_code == 204


def test_a_body_has_its_largest_size_stated_or_not(guarded: httpx.Client) -> None:
    assert guarded.post("/hormuud/token", content=b"a" * 1000).status_code == 400
    assert guarded.post("/hormuud/token", content=b"a" * 1001).status_code == 413
    assert guarded.post("/hormuud/token", content=iter([b"a" * 600] * 2)).status_code == 413


def test_what_is_not_there_is_told_with_what_is(guarded: httpx.Client) -> None:
    given = {"Authorization": f"Bearer {TOKEN}"}
    answer = guarded.get("/twilio/x", headers=given)
    assert answer.status_code == 404
    assert "aggregators are hormuud" in answer.text


def test_an_address_has_its_rate() -> None:
    now = [0.0]
    bucket = Bucket(2, lambda: now[0])
    assert [bucket.take("a") for _ in range(5)] == [True, True, True, True, False]
    assert bucket.take("b")
    now[0] = 0.5
    assert [bucket.take("a") for _ in range(2)] == [True, False]
    assert all(Bucket(0).take("a") for _ in range(100))


def test_who_asks_too_often_is_told_to_wait() -> None:
    made = running(lambda: Sandbox(Registry(), adapters=["hormuud"]), Door(rate=1))
    with made as served, httpx.Client(base_url=served.url, verify=ssl_context()) as client:
        answers = [client.get("/api/health") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "1"
