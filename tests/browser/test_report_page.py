"""The report's page in headless Chromium: what it shows, with a keyboard, on a phone, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from contrast import CONTRAST
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sms_adapters import Registry
from sms_adapters.conformance.check import load_checks
from sms_adapters.conformance.evidence import Outcome, Result
from sms_adapters.conformance.report import write_report

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("browser", ["light", "dark"], indirect=True)]
HOSTILE = "</script><script>document.title = 'broken'</script><b id=injected>"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of two adapters, one with a failure whose message is hostile."""
    passed = {key: Result(key, Outcome.PASSED) for key in load_checks()}
    skipped = Result("SIG001", Outcome.NOT_APPLICABLE, "not applicable: the manifest does not offer signed_webhooks")
    failed = {**passed, "SND001": Result("SND001", Outcome.FAILED, HOSTILE), "SIG001": skipped}
    folder = tmp_path_factory.mktemp("report")
    write_report(folder, {"kannel": failed, "twilio": passed}, Registry(installed=False))
    return (folder / "conformance.html").as_uri()


def cell(browser: Any, adapter: str, check: str) -> Any:
    return browser.find_element(By.CSS_SELECTOR, f"tr[data-adapter={adapter}] [data-check={check}]")


def test_the_matrix_has_every_check_below_its_family(browser: Any, page: str) -> None:
    browser.get(page)
    heads = browser.find_elements(By.CSS_SELECTOR, "tr.families th[colspan]")
    spans = [(head.text, int(head.get_attribute("colspan"))) for head in heads]
    shown = [name for name, count in spans for _ in range(count)]
    cells = browser.find_elements(By.CSS_SELECTOR, "tr[data-adapter=twilio] .cell")
    assert [each.get_attribute("data-check")[:3] for each in cells] == shown
    assert len(cells) == len(load_checks())


def test_a_cell_opens_the_check_the_failure_and_the_exchanges(browser: Any, page: str) -> None:
    browser.get(page)
    cell(browser, "kannel", "SND001").click()
    dialog = browser.find_element(By.ID, "dialog")
    check = load_checks()["SND001"]
    assert f"SND001 {check.title}" in dialog.text
    assert " ".join(check.doc["Mend"].split()) in dialog.text
    assert HOSTILE in dialog.text
    summaries = dialog.find_elements(By.CSS_SELECTOR, "summary")
    assert len(summaries) > 10
    summaries[0].click()
    assert "interactions:" in dialog.find_element(By.CSS_SELECTOR, "details[open] pre").text
    assert browser.title == "SMS adapter conformance"
    assert browser.find_elements(By.ID, "injected") == []


def test_the_keyboard_is_enough(browser: Any, page: str) -> None:
    browser.get(page)
    first = browser.find_element(By.CSS_SELECTOR, ".cell")
    browser.execute_script("arguments[0].focus()", first)
    browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    second = list(load_checks())[1]
    assert browser.switch_to.active_element == cell(browser, "twilio", second)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    dialog = browser.find_element(By.ID, "dialog")
    assert dialog.is_displayed()
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not dialog.is_displayed()
    assert browser.switch_to.active_element == cell(browser, "twilio", second)


def test_adapters_are_filtered_by_name_and_by_failure(browser: Any, page: str) -> None:
    def shown() -> list[str]:
        rows = browser.find_elements(By.CSS_SELECTOR, "tbody tr")
        return [row.get_attribute("data-adapter") for row in rows if row.is_displayed()]

    browser.get(page)
    assert shown() == ["kannel", "twilio"]
    browser.find_element(By.ID, "filter").send_keys("twi")
    assert shown() == ["twilio"]
    browser.find_element(By.ID, "filter").clear()
    browser.find_element(By.ID, "filter").send_keys(" ")
    browser.find_element(By.ID, "only-failed").click()
    assert shown() == ["kannel"]


def test_on_a_phone_nothing_is_wider_than_the_screen_and_cells_can_be_touched(browser: Any, page: str) -> None:
    size = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(page)
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    box = cell(browser, "kannel", "MAN001").rect
    assert min(box["width"], box["height"]) >= 36
    cell(browser, "kannel", "MAN001").click()
    assert browser.find_element(By.ID, "dialog").rect["width"] <= 360


def test_text_stands_out_in_both_themes(browser: Any, page: str) -> None:
    browser.get(page)
    background = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    dark = sum(int(part) for part in background[4:-1].split(",")) < 300
    assert dark == (browser.theme == "dark")
    chosen = browser.find_elements(By.CSS_SELECTOR, "h1, p, .level, .cell, th, label, small, .state")
    ratios = browser.execute_script(CONTRAST, chosen)
    worst = min(zip(ratios, (each.get_attribute("class") or each.tag_name for each in chosen), strict=True))
    assert worst[0] >= 4.5, worst  # "Web Content Accessibility Guidelines (WCAG) 2.1", 1.4.3


def test_the_page_asks_for_nothing_beyond_itself(browser: Any, page: str) -> None:
    browser.get(page)
    fetched = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert fetched == []
