"""The built documentation site in headless Chromium: no page is wider than a phone, and no link leads nowhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

pytestmark = pytest.mark.site
SITE = (Path(__file__).parent.parent.parent / "build" / "site").resolve()
PAGES = (
    *("index", "tutorial/step3", "howto/django", "checks", "_generated/commands", "_generated/manifest-keys"),
    *("_generated/adapters/index", "_generated/adapters/twilio", "_generated/api/errors", "_generated/api/host"),
)
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND"),
)
WIDER = """
return [...document.querySelectorAll('.content *')]
  .filter(node => node.getBoundingClientRect().right > window.innerWidth + 1)
  .filter(node => !node.closest('pre, .table-wrapper, .sig'))
  .map(node => node.outerHTML.slice(0, 120));
"""
CONTRAST = """
const shown = getComputedStyle(document.querySelector('.content p'));
const grey = colour => colour.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
return [grey(shown.color), grey(getComputedStyle(document.body).backgroundColor)];
"""


@pytest.fixture(scope="module", params=["light", "dark"])
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A phone."""
    options = webdriver.ChromeOptions()
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chrome')}"):
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or pytest.fail("Chromium is not installed")
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))) as driver:
        theme = [{"name": "prefers-color-scheme", "value": request.param}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": theme})
        phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        driver.theme = request.param
        yield driver


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_phone_and_can_be_read(browser: Any, page: str) -> None:
    browser.get((SITE / f"{page}.html").as_uri())
    assert browser.find_element(By.TAG_NAME, "h1").is_displayed()
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 391
    assert browser.execute_script(WIDER) == []
    text, ground = browser.execute_script(CONTRAST)
    assert (text > 180 and ground < 60) if browser.theme == "dark" else (text < 60 and ground > 230)


def test_every_link_within_the_site_leads_to_something() -> None:
    pages = {path: path.read_text(encoding="utf-8") for path in SITE.rglob("*.html")}
    anchors = {path: set(re.findall(r'\bid="([^"]+)"', text)) | {""} for path, text in pages.items()}
    lost = []
    for path, text in pages.items():
        for found in re.findall(r'<a [^>]*href="([^"]+)"', text):
            if "://" in found or found.startswith("mailto:"):
                continue
            target, _, anchor = found.partition("#")
            place = (path.parent / unquote(target)).resolve() if target else path
            known = anchors.get(place, {""} if place.is_file() else set())
            if unquote(anchor) not in known:
                lost.append((path.name, found))
    assert len(pages) > 50
    assert lost == []


def test_no_page_shows_a_path_of_the_machine_or_lacks_a_level() -> None:
    """The suite's own report is no page: it shows where an adapter broke."""
    pages = [path for path in SITE.rglob("*.html") if path.name != "conformance.html"]
    assert [path.name for path in pages if str(SITE.parent.parent) in path.read_text(encoding="utf-8")] == []
    assert "not computed" not in (SITE / "_generated" / "adapters" / "index.html").read_text(encoding="utf-8")
