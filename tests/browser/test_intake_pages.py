"""The letter and the VPN form in headless Chromium: on a desk, on a phone, typed into, and printed."""

from __future__ import annotations

import base64
import io
import shutil
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from sms_adapters.intake import Dossier, findings_of
from sms_adapters.intake.export import pages_of

pytestmark = pytest.mark.browser
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND"),
)
LONG = "Extraordinarily-Long-Company-Name-Without-A-Single-Space-Ltd-And-Partners-International"
INCHES = {"a4": (8.27, 11.69), "letter": (8.5, 11.0)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """Addresses of the pages, by name and paper."""
    vpn = {"ours": {"gateway": "198.51.100.10", "networks": ["192.0.2.16/29", "2001:db8:1234:5678:9abc:def0::/96"]}}
    values = {"format": 1, "kind": "smsc", "name": LONG, "us": {"company": LONG, "contact": "Ada Example"}, "vpn": vpn}
    dossier = Dossier.model_validate(values)
    folder, found = tmp_path_factory.mktemp("pages"), {}
    for paper in INCHES:
        for name, text in pages_of(dossier, findings_of(dossier), paper).items():
            path = folder / f"{paper}-{name}"
            path.write_text(text, encoding="utf-8")
            found[name, paper] = path.as_uri()
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or pytest.fail("Chromium is not installed")
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))) as driver:
        yield driver


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("name", ["letter.html", "vpn-form.html"])
def test_a_page_fits_its_window(browser: Any, pages: dict[tuple[str, str], str], name: str, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 1000}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(pages[name, "a4"])
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert LONG in browser.find_element(By.TAG_NAME, "main").text


def test_every_field_has_a_name_that_is_read_out_and_takes_what_is_typed(
    browser: Any, pages: dict[tuple[str, str], str]
) -> None:
    browser.get(pages["vpn-form.html", "a4"])
    fields = browser.find_elements(By.CSS_SELECTOR, "input, textarea")
    assert len(fields) > 20
    for field in fields:
        assert field.accessible_name, field.get_attribute("name")
    names = [field.get_attribute("name") for field in fields]
    assert len(set(names)) == len(names)
    gateway = browser.find_element(By.NAME, "vpn.theirs.gateway")
    gateway.send_keys("203.0.113.20")
    assert gateway.get_property("value") == "203.0.113.20"
    assert gateway.accessible_name == "Public address of the gateway"


@pytest.mark.parametrize("paper", INCHES)
@pytest.mark.parametrize("name", ["letter.html", "vpn-form.html"])
def test_a_page_prints_on_its_paper(browser: Any, pages: dict[tuple[str, str], str], name: str, paper: str) -> None:
    browser.get(pages[name, paper])
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    sheets = pypdf.PdfReader(io.BytesIO(base64.b64decode(printed["data"]))).pages
    assert 1 <= len(sheets) <= 3
    sizes = {tuple(round(float(side) / 72, 1) for side in sheet.mediabox[2:]) for sheet in sheets}
    assert sizes == {tuple(round(side, 1) for side in INCHES[paper])}
