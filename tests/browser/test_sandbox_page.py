"""The sandbox's page in headless Chromium, with real aggregators' adapters and a real host on the other side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from contrast import CONTRAST
from hosting import SmallHost, hosting
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from sms_adapters import InboundMessage, OutboundMessage, Rejected

pytestmark = pytest.mark.browser
HANDSET = "+12025550123"
NUMBER = "+12025550100"
HOSTILE = "<script>document.title = 'broken'</script><b id=injected> & \u202e right to left, 1 < 2"
LONG = "Кириллица " * 12
GENEROUS = 15.0


@pytest.fixture
def host() -> Iterator[SmallHost]:
    with hosting() as made:
        yield made


@pytest.fixture
def at(browser: Any, sms_sandbox: Any, host: SmallHost) -> Desk:
    sms_sandbox.register_all(host.url)
    return Desk(browser, sms_sandbox, host)


class Desk:
    """The page, the sandbox behind it, and the host whose channels it talks to."""

    def __init__(self, browser: Any, sandbox: Any, host: SmallHost) -> None:
        self.browser, self.sandbox, self.host = browser, sandbox, host
        self.channels: dict[str, Any] = {}

    def send(self, adapter: str, text: str, to: str = HANDSET) -> Any:
        if adapter not in self.channels:
            self.channels[adapter] = self.host.add(self.sandbox.channel(adapter))
        return self.host.client.send(self.channels[adapter], OutboundMessage(to, text))

    def open(self, place: str = "") -> None:
        self.browser.get(f"{self.sandbox.url}/{place}")
        self.until(lambda: self.one("#live").text.endswith("live"))

    def one(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[Any]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [item.text for item in self.all(selector)]

    def until(self, holds: Any) -> Any:
        waiting = WebDriverWait(self.browser, GENEROUS, 0.05, (StaleElementReferenceException,))
        return waiting.until(lambda _: holds())

    def press(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def click(self, selector: str) -> None:
        """Click an element that may be drawn anew at any time."""
        self.until(lambda: [item.click() for item in self.all(selector)[:1]])

    def open_conversation(self, adapter: str, handset: str = HANDSET) -> None:
        self.open(f"#/c/{adapter}/{handset.replace('+', '%2B')}/{NUMBER.replace('+', '%2B')}")
        self.until(lambda: handset in self.one("#title").text)

    def open_first_message(self) -> None:
        self.click(".bubble")
        self.until(lambda: self.all("#detail-body dl"))


def test_what_an_adapter_sends_appears_and_what_is_typed_reaches_the_host(at: Desk) -> None:
    at.open()
    assert at.until(lambda: "Nothing yet" in at.one("#rows-empty").text)
    at.send("twilio", HOSTILE)
    at.until(lambda: at.texts(".row strong") == [HANDSET])
    at.click(".row")
    at.until(lambda: at.texts(".bubble .text") == [HOSTILE])
    assert at.browser.title == "SMS sandbox"
    assert at.all("#injected") == []
    answer = "Yego, murakoze! 👍🏽 & {{text}}"
    at.browser.execute_script(
        "arguments[0].value = arguments[1]", at.one("#reply"), answer
    )  # the driver types no emoji
    at.one("#reply").send_keys(Keys.ENTER)
    (event,) = at.host.wait_for(InboundMessage)
    assert (event.sender, event.to, event.text) == (HANDSET, NUMBER, answer)
    at.until(lambda: at.texts(".bubble[data-direction=mo] .text") == [answer])
    at.until(lambda: at.texts(".bubble .state") == ["delivered", "delivered"])
    assert at.one(".row .count").text == "2"
    problems = [entry for entry in at.browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert problems == []


@pytest.mark.parametrize(
    ("adapter", "text", "sizes"),
    [
        ("twilio", "10€ [a]", ["GSM-7 · 1 segment"]),
        ("twilio", LONG, ["UCS-2 · 2 segments"]),
        ("vonage", LONG, ["UCS-2 · 1 segment", "UCS-2 · 1 segment"]),
    ],
)
def test_each_message_shows_its_encoding_and_segments(at: Desk, adapter: str, text: str, sizes: list[str]) -> None:
    at.send(adapter, text)
    at.open_conversation(adapter)
    at.until(lambda: [label for label in at.texts(".meta span") if "segment" in label] == sizes)
    assert "".join(at.texts(".bubble .text")).replace(" ", "") == text.replace(" ", "")
    assert [item.get_attribute("data-joined") for item in at.all(".bubble")] == ["false", "true"][: len(sizes)]


def test_a_fate_chosen_by_hand_becomes_of_a_message_that_waits(at: Desk) -> None:
    at.sandbox.settings(hold=True)
    at.send("twilio", "wait")
    at.open_conversation("twilio")
    at.open_first_message()
    Select(at.one("#fate")).select_by_value("expired")
    at.until(lambda: at.texts(".bubble .state") == ["expired"])
    at.until(lambda: "expired" in at.one(".history").text)
    at.sandbox.settings(hold=False)


def test_each_raw_exchange_is_shown_with_secrets_hidden_and_copied_as_curl(at: Desk) -> None:
    at.send("twilio", "Muraho")
    secret = at.channels["twilio"].config.auth_token.get_secret_value()
    at.open_conversation("twilio")
    at.open_first_message()
    at.until(lambda: len(at.all(".exchange")) == 3)  # the submission, and two reports
    for summary in at.all(".exchange:not([open]) summary"):
        summary.click()
    shown = at.one("#detail").text
    assert "host → aggregator" in shown
    assert "aggregator → host" in shown
    assert "Body=Muraho" in shown
    assert f"POST {at.sandbox.url}/twilio/2010-04-01/Accounts/" in shown
    assert "authorization: ***" in shown
    assert secret not in at.browser.page_source
    at.browser.execute_script("navigator.clipboard.writeText = async text => { window.copied = text; }")
    at.one(".exchange button").click()
    copied = at.until(lambda: at.browser.execute_script("return window.copied"))
    assert copied.startswith(f"curl -X POST {at.sandbox.url}/twilio/2010-04-01/")
    assert "Body=Muraho" in copied
    at.until(lambda: "curl command copied" in at.one("#notice").text)


def test_refused_requests_are_seen_in_the_traffic(at: Desk) -> None:
    at.open()
    with pytest.raises(Rejected):
        at.send("twilio", "no", to="+12025550195")
    at.one("#show-traffic").click()
    at.until(lambda: at.texts(".row .state") == ["HTTP 400"])
    at.click(".row")
    at.until(lambda: "21211" in at.one("#detail").text)


def test_conversations_are_filtered_by_text_number_and_aggregator(at: Desk) -> None:
    at.send("twilio", "first", "+12025550110")
    at.send("telnyx", "second", "+12025550111")
    at.open()
    at.until(lambda: len(at.all(".row")) == 2)
    at.one("#filter").send_keys("SECOND")
    at.until(lambda: at.texts(".row strong") == ["+12025550111"])
    at.one("#filter").clear()
    at.one("#filter").send_keys("0110")
    at.until(lambda: at.texts(".row strong") == ["+12025550110"])
    at.send("twilio", "later", "+12025550110")
    at.until(lambda: "later" in at.one(".row .excerpt").text)
    at.one("#filter").send_keys("nothing")
    at.until(lambda: at.one("#rows-empty").is_displayed())
    for _ in "0110nothing":
        at.one("#filter").send_keys(Keys.BACKSPACE)
    at.until(lambda: len(at.all(".row")) == 2)
    Select(at.one("#adapter")).select_by_value("telnyx")
    at.until(lambda: at.texts(".row strong") == ["+12025550111"])


def test_the_keyboard_is_enough(at: Desk) -> None:
    for last in "01":
        at.send("twilio", f"to {last}", f"+1202555011{last}")
    at.open()
    at.until(lambda: len(at.all(".row")) == 2)
    at.press("/")
    assert at.browser.switch_to.active_element == at.one("#filter")
    at.press("to", Keys.ESCAPE)
    at.until(lambda: len(at.all(".row")) == 2)
    at.press("j")
    at.until(lambda: "+12025550111" in at.one("#title").text)
    at.press("j")
    at.until(lambda: "+12025550110" in at.one("#title").text)
    at.press(Keys.ARROW_UP)
    at.press(Keys.ENTER)
    at.until(lambda: "+12025550111" in at.one("#title").text)
    at.press("r")
    at.press("by hand", Keys.ENTER)
    (event,) = at.host.wait_for(InboundMessage)
    assert (event.sender, event.text) == ("+12025550111", "by hand")
    at.press(Keys.ESCAPE)
    at.press(Keys.ESCAPE)
    at.until(lambda: at.one("#title").text == "No conversation chosen")
    at.press("n")
    at.until(lambda: at.browser.switch_to.active_element == at.one("#new-text"))
    at.press(Keys.ESCAPE)
    at.until(lambda: not at.one("#dialog").is_displayed())
    at.press("?")
    at.until(lambda: "lost answer" in at.one("#dialog").text)


def test_a_handset_can_write_first(at: Desk) -> None:
    at.host.add(at.sandbox.channel("telnyx"))
    at.open()
    at.one("#open-new").click()
    Select(at.one("#new-adapter")).select_by_value("telnyx")
    at.one("#new-text").send_keys("Hello?")
    at.one("#dialog [type=submit]").click()
    (event,) = at.host.wait_for(InboundMessage)
    assert (event.sender, event.text) == (HANDSET, "Hello?")
    at.until(lambda: at.texts(".bubble .text") == ["Hello?"])


def test_what_cannot_be_done_is_told_and_nothing_typed_is_lost(at: Desk) -> None:
    at.sandbox.reset(hosts=True)
    at.send("twilio", "Muraho")
    at.open_conversation("twilio")
    at.one("#reply").send_keys("lost?", Keys.ENTER)
    at.until(lambda: "no host is registered" in at.one("#notice").text)
    assert at.one("#reply").get_attribute("value") == "lost?"


def test_faults_are_set_and_the_page_says_that_some_are(at: Desk) -> None:
    at.open()
    assert not at.one("#faulty").is_displayed()
    at.one("#open-faults").click()
    rate = at.until(lambda: at.one("#dialog [name=error_rate]"))
    rate.clear()
    rate.send_keys("1")
    at.one("#dialog [type=submit]").click()
    at.until(lambda: at.one("#faulty").get_attribute("hidden") is None)
    answer = httpx.post(f"{at.sandbox.url}/twilio/2010-04-01/Accounts/x/Messages.json", trust_env=False)
    assert answer.status_code == 500
    at.one("#open-faults").click()
    at.until(lambda: at.one("#dialog [name=error_rate]").get_attribute("value") == "1")
    at.browser.find_element(By.XPATH, "//dialog//button[text()='No faults']").click()
    at.until(lambda: at.one("#faulty").get_attribute("hidden") is not None)
    at.one("#open-faults").click()
    at.until(lambda: at.one("#dialog [name=error_rate]").get_attribute("value") == "0")
    at.one("#dialog [name=smsc_profile] option[value=hex_id]").click()
    at.one("#dialog [type=submit]").click()
    at.until(lambda: at.one("#faulty").get_attribute("hidden") is None)
    assert httpx.get(f"{at.sandbox.url}/api/faults", trust_env=False).json()["smsc_profile"] == "hex_id"


def test_a_reset_from_elsewhere_empties_the_page(at: Desk) -> None:
    at.send("twilio", "Muraho")
    at.open_conversation("twilio")
    at.until(lambda: at.all(".bubble"))
    at.sandbox.reset()
    at.until(lambda: not at.all(".row") and not at.all(".bubble"))


def test_on_a_phone_one_pane_at_a_time_is_shown_and_fits(at: Desk) -> None:
    size = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    at.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    at.send("twilio", "a-word-without-any-end-" * 12)
    at.open()

    def shown() -> list[str]:
        assert at.browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
        return [item.get_attribute("id") for item in at.all("main > *") if item.is_displayed()]

    assert shown() == ["list"]
    at.click(".row")
    at.until(lambda: shown() == ["thread"])
    at.open_first_message()
    at.until(lambda: shown() == ["detail"])
    at.one("#detail .back").click()
    at.until(lambda: shown() == ["thread"])
    at.one("#thread .back").click()
    at.until(lambda: shown() == ["list"])


@pytest.mark.parametrize("browser", ["light", "dark"], indirect=True)
def test_text_stands_out_in_both_themes_and_either_can_be_chosen(at: Desk) -> None:
    at.send("twilio", "Muraho", "+12025550191")
    at.open_conversation("twilio", "+12025550191")
    at.open_first_message()
    at.until(lambda: at.texts(".bubble .state") == ["failed"])
    assert dark(at) == (at.browser.theme == "dark")
    for expected in (at.browser.theme == "dark", False, True):
        chosen = at.all("h1, h2, button, label, .row *, .meta *, .text, dt, dd, pre, .muted, #live, .history li")
        visible = [item for item in chosen if item.is_displayed()]
        ratios = at.browser.execute_script(CONTRAST, visible)
        worst = min(zip(ratios, (item.get_attribute("outerHTML")[:90] for item in visible), strict=True))
        assert worst[0] >= 4.5, worst  # "Web Content Accessibility Guidelines (WCAG) 2.1", 1.4.3
        assert dark(at) == expected
        at.one("#theme").click()


def dark(at: Desk) -> bool:
    background = at.browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in background[4:-1].split(",")) < 300


def test_the_page_is_usable_with_ten_thousand_messages(at: Desk) -> None:
    """Of all that there is, only what is looked at is fetched and shown."""
    channel = at.host.add(at.sandbox.channel("kannel"))
    base, config = at.sandbox.adapter("kannel").base_url, channel.config
    account = {"username": config.username, "password": config.password.get_secret_value()}
    with httpx.Client(trust_env=False) as http:
        for place in range(10_000):
            to = f"+1202{place % 5000:05}23"
            http.get(f"{base}/cgi-bin/sendsms", params={**account, "to": to, "from": NUMBER, "text": str(place)})
    at.open()
    at.until(lambda: len(at.all(".row")) == 60)
    at.one("#rows-more").click()
    at.until(lambda: len(at.all(".row")) == 120)
    at.one("#filter").send_keys("0012323")
    at.until(lambda: at.texts(".row strong") == ["+12020012323"])
    at.click(".row")
    at.until(lambda: at.texts(".bubble .text") == ["123", "5123"])
    fetched = at.browser.execute_script(
        "return performance.getEntriesByType('resource').filter(entry => entry.name.includes('/api/'))"
        ".map(entry => [entry.name, entry.decodedBodySize])"
    )
    assert sum(size for _, size in fetched) < 1_000_000, json.dumps(fetched, indent=1)
