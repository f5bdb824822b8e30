"""The page in a real browser: headless Chromium, as Debian packages it."""

import itertools
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import httpx
import numpy as np
import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from numberplate.configuration import load_configuration
from numberplate.live.areas import Areas, Zone
from numberplate.server import new_token
from numberplate.sightings import Sightings

from ..live.conftest import write_video
from ..sightings.conftest import sighting
from .conftest import CAR, TEXT, Server, StartServer, picture, starting

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    BROWSER is None or DRIVER is None, reason="needs chromium and chromedriver (Debian: chromium-driver)"
)

Browser = webdriver.Chrome

RUNG = "return Number(document.getElementById('alarms').dataset.rung ?? 0)"
"""How often an alarm was heard."""

FOCUSED = """const one = document.activeElement;
    return one.getAttribute('aria-label') ?? (one.id || one.innerText)"""
"""What the keyboard's keys go to."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    options = Options()
    options.binary_location = str(BROWSER)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """One whose console stays empty: neither a script's fault nor a breach of the content policy."""
    chromium.delete_all_cookies()
    yield chromium
    faults = [e for e in chromium.get_log("browser") if e["level"] == "SEVERE"]
    chromium.get("about:blank")
    # Chromium reports every refusal by the server there; those are the tests' own.
    assert [e for e in faults if e["source"] != "network"] == []


@pytest.fixture(scope="module")
def running(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server for all tests, and its database."""
    folder = tmp_path_factory.mktemp("page")
    with starting(weights, folder) as start:
        yield start("--database", folder / "gate.db", "--keep-uploads"), folder / "gate.db"


@pytest.fixture
def server(running: tuple[Server, Path], browser: Browser) -> Server:
    """The server, with nothing in its database, and nothing of it in the browser."""
    server, database = running
    browser.get("about:blank")
    end = time.monotonic() + 30
    while "numberplate_accepted_pictures 0.0" not in httpx.get(f"{server.url}/metrics").text:
        assert time.monotonic() < end, "what the last test sent is still being read"
        time.sleep(0.05)
    # They are kept in order, some after the answer: once this one is there, so is what the last test read.
    files = {"upload": ("car.png", CAR)}
    httpx.post(f"{server.url}/v1/plate-reader/", files=files, data={"camera_id": "last"}).raise_for_status()
    with Sightings(database) as store:
        while "last" not in [sighting.source for sighting in store.search(limit=500).sightings]:
            assert time.monotonic() < end, "it was not kept"
            time.sleep(0.05)
        store.delete(sighting.id for sighting in store.search(limit=500).sightings)
        for entry in store.watch_list.entries():
            store.watch_list.remove(entry.id)
    return server


def newest(server: Server) -> int:
    """The number of the sighting that was added last."""
    number: int = httpx.get(f"{server.url}/api/sightings/last").json()["id"]
    return number


@pytest.fixture
def car(tmp_path: Path) -> Path:
    path = tmp_path / "car.png"
    path.write_bytes(CAR)
    return path


def one(browser: Browser, selector: str) -> WebElement:
    """The element, once it is there and seen."""
    program = """return [...document.querySelectorAll(arguments[0])].find((e) => e.checkVisibility());"""
    return WebDriverWait(browser, 15).until(lambda b: b.execute_script(program, selector))


def texts(browser: Browser, selector: str) -> list[str]:
    """Of the elements that are seen. Asked for at once: the page may replace them at any time."""
    program = """return [...document.querySelectorAll(arguments[0])]
        .filter((found) => found.checkVisibility()).map((found) => found.innerText);"""
    found: list[str] = browser.execute_script(program, selector)
    return found


def says(browser: Browser, selector: str, text: str) -> bool:
    """Whether such an element that is seen has the text, or comes to have it."""
    try:
        return WebDriverWait(browser, 15).until(lambda b: any(text in found for found in texts(b, selector)))
    except TimeoutException as error:
        raise AssertionError(f"{selector} says {texts(browser, selector)} and never {text!r}") from error


@contextmanager
def unreachable(browser: Browser, addresses: str) -> Iterator[None]:
    """The browser cannot reach addresses of this pattern meanwhile."""
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [addresses]})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})


def upload(server: Server, camera: str) -> None:
    """Has a picture read, and waits until its sighting is in the database: on a busy machine that takes time
    that the reply does not wait for."""
    before = newest(server)
    files = {"upload": ("car.png", CAR)}
    httpx.post(f"{server.url}/v1/plate-reader/", files=files, data={"camera_id": camera}).raise_for_status()
    end = time.monotonic() + 30
    while newest(server) == before:
        assert time.monotonic() < end, "it was not kept"
        time.sleep(0.05)


def test_reads_a_picture(browser: Browser, server: Server, car: Path, tmp_path: Path) -> None:
    browser.get(server.url)
    one(browser, "#drop")
    two = tmp_path / "<b>two & more.png"
    two.write_bytes(picture((4, 16), (14, 30)))
    browser.find_element(By.ID, "files").send_keys(f"{car}\n{two}")
    WebDriverWait(browser, 15).until(lambda b: len(texts(b, ".plates .plate")) == 3)
    assert texts(browser, ".reading h2") == [two.name, car.name]  # a name stays a text
    assert texts(browser, ".plates .plate") == [TEXT] * 3
    reading = browser.find_elements(By.CSS_SELECTOR, ".reading")[1]
    characters = reading.find_elements(By.CSS_SELECTOR, ".characters li")
    assert [c.find_element(By.TAG_NAME, "b").text for c in characters] == list(TEXT)
    sure = [int(c.find_element(By.TAG_NAME, "small").text) for c in characters]
    assert all(50 < s <= 100 for s in sure)
    assert sure[-1] == min(sure)  # of which the network is less sure
    crop = reading.find_element(By.CSS_SELECTOR, "img.crop")
    assert crop.get_property("naturalWidth") > 2 * crop.get_property("naturalHeight")  # type: ignore[operator]
    # The outline lies over the plate, whatever size the picture is shown at.
    image = reading.find_element(By.CSS_SELECTOR, ".picture img").rect
    outline = reading.find_element(By.CSS_SELECTOR, "polygon").rect
    scale = image["width"] / 320
    assert outline["x"] - image["x"] == pytest.approx(68 * scale, abs=4)
    assert outline["y"] - image["y"] == pytest.approx(52 * scale, abs=4)
    assert outline["width"] == pytest.approx(128 * scale, abs=6)
    assert TEXT in browser.find_element(By.ID, "read-status").get_property("textContent")  # type: ignore[operator]


def test_says_why_a_picture_cannot_be_read(browser: Browser, server: Server, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(b"no picture")
    browser.get(server.url)
    one(browser, "#drop")
    browser.find_element(By.ID, "files").send_keys(str(tmp_path / "text.png"))
    assert says(browser, ".reading .fault", "not a picture")


def test_pasted_picture_is_read(browser: Browser, server: Server) -> None:
    browser.get(server.url)
    one(browser, "#drop")
    browser.execute_script(
        "const data = new DataTransfer();"
        "data.items.add(new File([new Uint8Array(arguments[0])], 'pasted.png', {type: 'image/png'}));"
        "window.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));",
        list(CAR),
    )
    assert says(browser, ".plates .plate", TEXT)


def test_cells_of_a_spreadsheet_that_are_pasted_into_a_field_are_text(
    browser: Browser, server: Server
) -> None:
    paste = """const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(arguments[0])], 'image.png', {type: 'image/png'}));
        if (arguments[1]) data.setData('text/plain', arguments[1]);
        const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true});
        document.activeElement.dispatchEvent(event);"""
    browser.get(f"{server.url}/#lists")
    one(browser, "#entry-pattern").click()
    browser.execute_script(paste, list(CAR), "AB12CDE")
    assert browser.execute_script("return location.hash") == "#lists"
    assert browser.find_elements(By.CSS_SELECTOR, ".reading") == []
    browser.execute_script(paste, list(CAR), "")  # nothing but a picture is one there, too
    assert says(browser, ".plates .plate", TEXT)


def test_pictures_beyond_those_that_are_shown_are_not_read_and_that_is_said(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{i:02}.png" for i in range(33)]
    for path in paths:
        path.write_bytes(CAR)
    browser.get(server.url)
    one(browser, "#drop")
    browser.find_element(By.ID, "files").send_keys("\n".join(map(str, paths)))
    assert says(browser, "#read-left", "the last 3 of these were left out")
    WebDriverWait(browser, 60).until(lambda b: len(texts(b, ".plates .plate")) == 30)
    assert texts(browser, ".reading h2") == [f"{i:02}.png" for i in reversed(range(30))]
    browser.find_element(By.ID, "files").send_keys(str(paths[32]))  # there is room again
    WebDriverWait(browser, 15).until(lambda b: texts(b, ".reading h2")[0] == "32.png")
    assert texts(browser, "#read-left") == []
    assert texts(browser, ".reading h2")[-1] == "01.png"


def test_expected_regions_are_those_of_the_field(browser: Browser, server: Server, car: Path) -> None:
    browser.get(server.url)
    one(browser, "#regions").send_keys("qq")
    browser.find_element(By.ID, "files").send_keys(str(car))
    assert says(browser, ".reading .fault", "qq")


def test_a_picture_that_is_too_large_is_not_sent(browser: Browser, server: Server, tmp_path: Path) -> None:
    browser.get(server.url)
    one(browser, "#drop")
    browser.execute_script(GONE)  # whoever asked would be told so
    with (tmp_path / "large.png").open("wb") as large:
        large.truncate(20_000_001)
    browser.find_element(By.ID, "files").send_keys(str(tmp_path / "large.png"))
    assert says(browser, ".reading .fault", "at most 20 MB")


def test_a_server_that_is_busy_is_asked_again_when_it_says(
    browser: Browser, server: Server, car: Path
) -> None:
    browser.get(server.url)
    one(browser, "#drop")
    browser.execute_script(
        """const asked = window.fetch;
        window.refused = 0;
        window.fetch = (path, ...rest) => {
          if (!path.startsWith("/api/read") || window.refused === 2) return asked(path, ...rest);
          window.refused += 1;
          const headers = { "Retry-After": "1" };
          return Promise.resolve(new Response('{"error": "too much is waiting"}', { status: 503, headers }));
        };"""
    )
    browser.find_element(By.ID, "files").send_keys(str(car))
    assert says(browser, ".plates .plate", TEXT)
    assert browser.execute_script("return window.refused") == 2


def test_a_file_that_is_taken_away_is_not_taken_for_a_server_that_is_gone(
    browser: Browser, server: Server, car: Path, tmp_path: Path
) -> None:
    browser.get(server.url)
    one(browser, "#drop")
    browser.execute_script(
        """const asked = window.fetch;
        const released = new Promise((resolve) => (window.release = resolve));
        window.fetch = async (...what) => (await released, asked(...what));"""
    )
    other = tmp_path / "other.png"
    other.write_bytes(CAR)
    files = browser.find_element(By.ID, "files")
    files.send_keys(str(car))
    files.send_keys(str(other))  # whose turn comes when the first is read
    other.unlink()
    browser.execute_script("window.release()")
    assert says(browser, ".reading .fault", "cannot be read")
    assert texts(browser, ".plates .plate") == [TEXT]


GONE = """window.asked = window.fetch;
    window.fetch = () => Promise.reject(new TypeError("Failed to fetch"));"""
"""The server is gone, for this page."""


def test_a_server_that_is_gone_and_comes_back_while_the_list_is_paused(
    browser: Browser, server: Server
) -> None:
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-state", "live")
    one(browser, "#live-pause").click()
    assert says(browser, "#live-state", "paused")
    browser.execute_script(GONE)
    assert says(browser, "#live-state", "cannot be reached")
    browser.execute_script("window.fetch = window.asked")
    assert says(browser, "#live-state", "paused")


@pytest.mark.parametrize("view", ["read", "live", "lists"])
def test_a_server_that_is_away_as_the_page_opens(browser: Browser, server: Server, view: str) -> None:
    upload(server, "gate")
    with unreachable(browser, "*/api/*"):
        browser.get(f"{server.url}/#{view}")
        assert says(browser, "#fault", "cannot be reached")
    one(browser, {"read": "#drop", "live": "#live-list .card", "lists": "#entries .empty"}[view])


def test_a_view_that_was_not_to_be_had_is_asked_for_again(browser: Browser, server: Server) -> None:
    upload(server, "gate")
    browser.get(server.url)
    one(browser, "#drop")
    browser.execute_script(GONE)
    browser.execute_script("location.hash = '#live'")
    assert says(browser, "#fault", "cannot be reached")
    browser.execute_script("window.fetch = window.asked")
    one(browser, "#live-list .card")


def test_a_state_that_stays_is_not_read_aloud_again(browser: Browser, server: Server) -> None:
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-state", "live")
    browser.execute_script(
        """window.said = 0;
        window.polled = 0;
        const asked = window.fetch;
        window.fetch = (...what) => ((window.polled += 1), asked(...what));
        const watching = new MutationObserver((changes) => (window.said += changes.length));
        const all = { childList: true, characterData: true, subtree: true };
        watching.observe(document.getElementById("live-state"), all);"""
    )
    WebDriverWait(browser, 15).until(lambda b: b.execute_script("return window.polled") > 2)
    assert browser.execute_script("return window.said") == 0


def test_a_database_that_begins_anew_is_followed(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    """Its sightings have lower numbers than the last that the page knows of."""
    _, database = running
    for _ in range(3):
        upload(server, "gate")
    before = newest(server)
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-list .card", TEXT)
    with Sightings(database) as store:
        store.delete(found.id for found in store.search(limit=500).sightings)
        with sqlite3.connect(database) as connection:
            connection.execute("DELETE FROM sqlite_sequence")
        connection.close()
        time.sleep(4)  # for the page to ask
        store.watch_list.add("XY1", "alert")
        now = datetime.now(UTC)
        assert store.add(sighting("XY1", first_seen=now, last_seen=now)).id < before
    assert says(browser, ".alarm .plate", "XY1")
    assert says(browser, "#live-list .plate", "XY1")


def test_a_sighting_that_comes_late_leaves_the_view_that_was_opened_since(
    browser: Browser, server: Server
) -> None:
    upload(server, "gate")
    browser.get(f"{server.url}/#live")
    one(browser, "#live-list .card")
    browser.execute_script(
        """const asked = window.fetch;
        window.fetch = async (path, ...rest) => {
          const reply = await asked(path, ...rest);
          if (/sightings[/][0-9]+$/.test(path)) await new Promise((resolve) => (window.reply = resolve));
          return reply;
        };"""
    )
    one(browser, "#live-list .card").click()
    WebDriverWait(browser, 15).until(lambda b: b.execute_script("return Boolean(window.reply)"))
    browser.execute_script("location.hash = '#lists'")
    one(browser, "#entry-form")
    browser.execute_script("window.reply()")
    WebDriverWait(browser, 15).until(
        lambda b: b.execute_script("return document.querySelector('#sighting .plate') !== null")
    )
    time.sleep(0.2)  # what comes of that is to come to nothing
    assert texts(browser, "h1") == ["Watch lists"]
    assert browser.title.startswith("Watch lists")


def test_sightings_show_up_as_they_happen(browser: Browser, server: Server) -> None:
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-none", "Nothing seen yet")
    upload(server, "gate <1>")
    assert says(browser, "#live-list .card", TEXT)
    assert says(browser, "#live-list .card", "gate <1>")
    WebDriverWait(browser, 10).until(
        lambda b: b.find_element(By.CSS_SELECTOR, "#live-list img").get_property("naturalWidth")
    )
    upload(server, "yard")
    WebDriverWait(browser, 10).until(lambda b: len(b.find_elements(By.CSS_SELECTOR, "#live-list .card")) == 2)
    assert says(browser, "#live-list .card", "yard")  # the newest comes first
    one(browser, "#live-list .card").send_keys(Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda b: texts(b, "#sighting-title") == [TEXT])
    one(browser, "#sighting polygon")
    assert says(browser, "#sighting dl", "yard")


def test_a_zone_is_drawn_over_a_frame(browser: Browser, server: Server, tmp_path: Path) -> None:
    upload(server, "gate")
    browser.get(f"{server.url}/#live")
    one(browser, "#live-list .card").send_keys(Keys.ENTER)
    one(browser, "#sighting figure img")
    WebDriverWait(browser, 15).until(lambda b: one(b, "#sighting figure img").size["height"] > 9)
    buttons = "return [...document.querySelectorAll('#sighting button')]"
    find = f"{buttons}.find((b) => b.textContent === arguments[0])"
    WebDriverWait(browser, 15).until(lambda b: b.execute_script(find, "Draw a zone")).click()
    image = one(browser, "#sighting figure img")
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", image)
    click = """const box = arguments[0].getBoundingClientRect();
        const [clientX, clientY] = [box.left + arguments[1] * box.width, box.top + arguments[2] * box.height];
        const event = new MouseEvent("click", { bubbles: true, clientX, clientY });
        document.elementFromPoint(clientX, clientY).dispatchEvent(event);"""
    for x, y in ((0.25, 0.6), (0.75, 0.6), (0.5, 0.9)):
        browser.execute_script(click, image, x, y)
    (said,) = texts(browser, "#sighting output")
    zone = Zone.parse(re.search(r"--zone 'NAME=(.*)'", said)[1].join(("drive=", "")))
    assert np.abs(np.array(zone.points) - [(0.25, 0.6), (0.75, 0.6), (0.5, 0.9)]).max() < 0.03
    # Without HTTPS a browser has no clipboard for pages.
    browser.execute_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    copy = browser.find_element(By.CSS_SELECTOR, "button[aria-label='Copy the option']")
    copy.click()
    WebDriverWait(browser, 15).until(lambda _: copy.text == "Copied")
    browser.execute_script(find, "Undo").click()
    assert texts(browser, "#sighting output") in ([""], [])
    browser.save_screenshot(str(tmp_path / "zone.png"))


def test_search(browser: Browser, server: Server) -> None:
    for camera in ("gate", "yard", "gate"):
        upload(server, camera)
    browser.get(f"{server.url}/#search")
    WebDriverWait(browser, 10).until(lambda b: len(texts(b, "#search-list .card")) == 3)
    Select(one(browser, "#search-source")).select_by_visible_text("gate")
    one(browser, "#search-text").send_keys("ab?2*", Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda b: len(texts(b, "#search-list .card")) == 2)
    assert says(browser, "#search-status", "2 sightings")
    one(browser, "#search-text").send_keys("!", Keys.ENTER)
    assert says(browser, "#search-status", "'!'")


def test_what_is_searched_for_is_what_the_form_says(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    with Sightings(running[1]) as store:
        store.add_all(sighting(text, i) for i, text in enumerate(("AB12CDE", "AB12CDX", "ZZ99ZZZ")))

    def found(**fields: str | bool) -> list[str]:
        browser.get("about:blank")
        browser.get(f"{server.url}/#search")
        assert says(browser, "#search-status", "3 sightings")
        fill = """for (const [name, value] of Object.entries(arguments[0])) {
              const field = document.getElementById(`search-${name}`);
              if (field.type === "checkbox") field.checked = value;
              else if (field.type !== "datetime-local") field.value = value;
              else { // in the browser's zone
                const when = new Date(value);
                field.value = new Date(when - when.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
              }
            }
            document.getElementById("search-status").textContent = "";
            document.getElementById("search-form").requestSubmit();"""
        browser.execute_script(fill, fields)
        WebDriverWait(browser, 15).until(lambda b: texts(b, "#search-status") not in ([], [""]))
        return texts(browser, "#search-list .plate")

    assert found(text="ab12cde") == ["AB12CDE"]
    assert found(text="ab12cde", fuzzy=True) == ["AB12CDX", "AB12CDE"]
    assert found(start="2026-11-24T12:01:00Z") == ["ZZ99ZZZ", "AB12CDX"]
    assert found(start="2026-11-24T12:01:00Z", end="2026-11-24T12:02:00Z") == ["AB12CDX"]


def test_the_longest_text_that_may_be_searched_for(browser: Browser, server: Server) -> None:
    browser.get(f"{server.url}/#search")
    assert says(browser, "#search-status", "No sighting")
    one(browser, "#search-text").send_keys("A" * 40, Keys.ENTER)
    time.sleep(2)  # for what the page asks after that
    assert texts(browser, "#search-status") == ["No sighting like that."]


def test_a_sighting_whose_pictures_were_deleted_meanwhile(browser: Browser, server: Server) -> None:
    upload(server, "gate")
    with unreachable(browser, "*/frame.jpg"):
        browser.get(f"{server.url}/#sighting/{newest(server)}")
        assert says(browser, "#sighting .stage", "no longer kept")


def test_more_is_of_what_was_searched_for(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    with Sightings(running[1]) as store:
        store.add_all(sighting(f"AB{i}", minutes=i) for i in range(30))
    browser.get(f"{server.url}/#search")
    assert says(browser, "#search-status", "24 sightings")
    one(browser, "#search-text").send_keys("XY*")  # which is not searched for yet
    more = one(browser, "#search-more")
    browser.execute_script("arguments[0].click(); arguments[0].click()", more)
    assert says(browser, "#search-status", "30 sightings, the newest first")
    assert len(set(texts(browser, "#search-list .plate"))) == 30


def test_how_sure_a_sighting_is_and_how_far_off_an_entry_may_be(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    with Sightings(running[1]) as store:
        for text, sure in (("AB1", 0.9996), ("AB2", 0.9951), ("AB3", 0.6), ("AB4", 1.0)):
            store.add(sighting(text, confidence=sure))
    browser.get(f"{server.url}/#live")
    one(browser, "#live-list .card")
    found = dict(zip(texts(browser, ".card .plate"), texts(browser, ".card .line .faint"), strict=True))
    assert found == {"AB1": "> 99.9 %", "AB2": "99.5 %", "AB3": "60 %", "AB4": "100 %"}
    browser.execute_script("location.hash = '#lists'")
    one(browser, "#entry-pattern").send_keys("AB12CDE")
    one(browser, "#entry-distance").click()
    one(browser, "#entry-pattern").send_keys(Keys.ENTER)
    assert says(browser, "#entries td", "± 1")
    with Sightings(running[1]) as store:
        assert [entry.distance for entry in store.watch_list.entries()] == [1]


def test_nothing_is_deleted_that_was_not_agreed_to(browser: Browser, server: Server) -> None:
    upload(server, "gate")
    id = newest(server)
    browser.get(f"{server.url}/#sighting/{id}")
    button = WebDriverWait(browser, 15).until(
        lambda b: next(iter(b.find_elements(By.XPATH, "//button[text()='Delete this sighting']")), None)
    )
    browser.execute_script("window.confirm = (question) => { window.question = question; return false; }")
    button.click()
    assert TEXT in browser.execute_script("return window.question")
    time.sleep(1)  # for what is not to be asked
    assert httpx.get(f"{server.url}/api/sightings/{id}").status_code == 200
    assert texts(browser, "#sighting-title") == [TEXT]


def test_what_is_refused_is_said(browser: Browser, server: Server) -> None:
    upload(server, "gate")
    id = newest(server)
    browser.get(f"{server.url}/#sighting/{id}")
    button = WebDriverWait(browser, 15).until(
        lambda b: next(iter(b.find_elements(By.XPATH, "//button[text()='Delete this sighting']")), None)
    )
    httpx.delete(f"{server.url}/api/sightings/{id}").raise_for_status()
    browser.execute_script("window.confirm = () => true")
    button.click()
    assert says(browser, "#fault", f"there is no sighting {id}")


def test_a_page_asks_once_at_a_time_however_often_it_is_looked_at(browser: Browser, server: Server) -> None:
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-state", "live")
    asked = browser.execute_async_script(
        """for (let i = 0; i < 20; i += 1) document.dispatchEvent(new Event("visibilitychange"));
        performance.clearResourceTimings();
        const tell = arguments[arguments.length - 1];
        setTimeout(() => tell(performance.getEntriesByType("resource").map((one) => one.name)), 5000);"""
    )
    assert 1 <= len([name for name in asked if "/since/" in name]) <= 5


def test_plates_of_other_scripts_stand_in_the_order_of_the_plate(
    browser: Browser, running: tuple[Server, Path], server: Server
) -> None:
    """Where each character is drawn counts: a browser reorders what runs from right to left."""
    printed = {
        "أبج١٢٣": "١٢٣جبأ",
        "۱۲م۳۴۵۶۷": "۱۲م۳۴۵۶۷",
        "12345ھ6": "12345ھ6",
        "صنع5566": "5566عنص",
        "צ123456": "צ123456",
        "皖A12345": "皖A12345",
        "AB12CDE": "AB12CDE",
    }
    with Sightings(running[1]) as store:
        store.add_all(sighting(text, minutes=i) for i, text in enumerate(printed))
    browser.get(f"{server.url}/#search")
    WebDriverWait(browser, 10).until(lambda b: len(texts(b, "#search-list .card")) == len(printed))
    program = r"""return [...document.querySelectorAll("#search-list .plate")].map((shown) => {
        const text = shown.firstChild, range = document.createRange();
        const placed = [...text.data].map((character, i) => {
            range.setStart(text, i);
            range.setEnd(text, i + 1);
            return {character, left: range.getBoundingClientRect().left};
        }).filter(({character}) => character !== "\u200e");
        return placed.sort((a, b) => a.left - b.left).map(({character}) => character).join("");
    });"""
    assert browser.execute_script(program)[::-1] == [*printed.values()]


def test_watch_lists(browser: Browser, server: Server) -> None:
    browser.get(f"{server.url}/#lists")
    one(browser, "#entry-pattern").send_keys("ab 12?", Keys.TAB, Keys.TAB, "stolen", Keys.ENTER)
    assert says(browser, "#entries .plate", "AB12?")
    upload(server, "gate")
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-list li.alert", "stolen")
    browser.get("about:blank")  # so that the list that was shown before is gone
    browser.get(f"{server.url}/#lists")
    one(browser, "#entries button").click()
    assert says(browser, "#entries .empty", "No entries yet")


def test_the_focus_stays_in_a_list_of_which_entries_are_removed(browser: Browser, server: Server) -> None:
    for pattern in ("AB12", "CD34", "EF56"):
        entry = {"pattern": pattern, "kind": "alert"}
        httpx.post(f"{server.url}/api/watch-list", json=entry).raise_for_status()
    browser.get(f"{server.url}/#lists")
    one(browser, "#entries button")
    order = [text.split()[0] for text in texts(browser, "#entries tbody tr")]
    one(browser, f"#entries [aria-label='Remove {order[1]}']").send_keys(Keys.ENTER)
    for focused in (f"Remove {order[2]}", f"Remove {order[0]}", "entry-pattern"):
        WebDriverWait(browser, 10).until(lambda b, wanted=focused: b.execute_script(FOCUSED) == wanted)
        browser.switch_to.active_element.send_keys(Keys.ENTER)


def test_an_alarm_is_seen_and_heard_on_every_view(browser: Browser, server: Server) -> None:
    entry = {"pattern": TEXT, "kind": "alert", "note": "stolen"}
    httpx.post(f"{server.url}/api/watch-list", json=entry).raise_for_status()
    browser.get(f"{server.url}/#live")
    one(browser, "#alarm-sound").click()  # which rings once, to be heard
    WebDriverWait(browser, 10).until(lambda b: b.execute_script(RUNG) == 1)
    browser.get(f"{server.url}/#read")
    one(browser, "#drop")
    upload(server, "gate <1>")
    assert says(browser, ".alarm", TEXT)
    assert says(browser, ".alarm", "stolen. gate <1>")
    assert browser.find_element(By.ID, "alarms").get_attribute("role") == "alert"
    WebDriverWait(browser, 10).until(lambda b: b.execute_script(RUNG) == 2)
    one(browser, ".alarm a").click()
    WebDriverWait(browser, 10).until(lambda b: texts(b, "#sighting-title") == [TEXT])
    assert texts(browser, ".alarm") == []
    browser.execute_script("localStorage.clear()")


def test_a_page_that_may_not_be_heard_yet_says_so(browser: Browser, server: Server) -> None:
    httpx.post(f"{server.url}/api/watch-list", json={"pattern": TEXT, "kind": "alert"}).raise_for_status()
    browser.get(server.url)
    browser.execute_script("localStorage['alarm-sound'] = 'yes'")
    browser.get("about:blank")  # as on a computer that was started anew: nobody has touched the page since
    browser.get(server.url)
    assert says(browser, "#alarm-silent", "silent until you click")
    for camera in ("gate", "yard"):
        upload(server, camera)
        assert says(browser, ".alarm", camera)
    assert browser.execute_script(RUNG) == 0
    one(browser, "h1").click()
    WebDriverWait(browser, 10).until(lambda b: texts(b, "#alarm-silent") == [])
    WebDriverWait(browser, 10).until(lambda b: b.execute_script(RUNG) == 1)  # not both at a time
    browser.execute_script("localStorage.clear()")


def test_alarms_leave_room_on_a_telephone(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    emulated = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulated)
    try:
        browser.get(f"{server.url}/#lists")
        one(browser, "#entries .empty")
        plates = ["AB12CDE", "FG34HJK", "LM56NOP", "QR78STU", "QR78STU"]
        with Sightings(running[1]) as store:
            for plate in dict.fromkeys(plates):
                store.watch_list.add(plate, "alert", note="a note of some length about this car")
            for plate in plates:
                now = datetime.now(UTC)
                store.add(sighting(plate, first_seen=now, last_seen=now))
        assert says(browser, ".alarm", "2\N{NO-BREAK SPACE}times")  # one banner of a car that comes again
        assert [text.split()[0] for text in texts(browser, ".alarm")] == ["QR78STU", *plates[2::-1]]
        place = "return document.getElementById('alarms').getBoundingClientRect().bottom"
        assert browser.execute_script(place) < 420
        for _ in range(4):
            one(browser, ".alarm button").click()
        assert texts(browser, ".alarm") == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_alarms_beyond_those_that_are_shown_wait_behind_them(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    browser.get(f"{server.url}/#lists")
    one(browser, "#entries .empty")
    plates = [f"AB1{i}CDE" for i in range(7)]
    with Sightings(running[1]) as store:
        for plate in plates:
            store.watch_list.add(plate, "alert")
        for plate in plates:
            now = datetime.now(UTC)
            store.add(sighting(plate, first_seen=now, last_seen=now))
    assert says(browser, ".more-alarms", "3 earlier alarms")
    assert texts(browser, ".alarm .plate") == plates[:2:-1]
    for left, text in ((2, "2 earlier alarms"), (1, "1 earlier alarm")):
        one(browser, ".alarm button").send_keys(Keys.ENTER)
        assert says(browser, ".more-alarms", text)
        assert texts(browser, ".alarm .plate") == plates[left : left + 4][::-1]
        assert browser.execute_script(FOCUSED) == f"Dismiss the alarm of {plates[left + 3]}"
    one(browser, ".more-alarms button").send_keys(Keys.ENTER)
    assert texts(browser, "#alarms") == []
    assert browser.execute_script(FOCUSED) == "main"


def test_an_alarm_is_a_notification_of_the_system(browser: Browser, server: Server) -> None:
    browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"origin": server.url, "permissions": ["notifications"]}
    )
    browser.get(f"{server.url}/#live")
    browser.execute_script(
        "window.told = []; const Real = window.Notification;"
        "window.Notification = class extends Real { constructor(title, options) {"
        " super(title, options); window.told.push([title, options.body]); } };"
    )
    one(browser, "#alarm-notify").click()
    WebDriverWait(browser, 10).until(
        lambda b: b.execute_script("return localStorage['alarm-notify'] === 'yes'")
    )
    one(browser, "#alarm-test").click()
    (told,) = browser.execute_script("return window.told")
    assert told == ["TEST – alert", "a trial\nthis page"]
    # Android's browsers let a page have the permission, and not the notification.
    browser.execute_script(
        "window.Notification = class { static permission = 'granted';"
        " constructor() { throw new TypeError('Illegal constructor'); } };"
    )
    one(browser, "#alarm-test").click()
    assert says(browser, "#alarm-hint", "shows no notifications")
    assert not one(browser, "#alarm-notify").is_selected()
    assert says(browser, ".alarm", "2\N{NO-BREAK SPACE}times")
    browser.execute_script("localStorage.clear()")


def test_what_is_kept_long_after_it_was_seen_raises_no_alarm(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-state", "live")
    with Sightings(running[1]) as store:
        store.watch_list.add("AB12CDE", "alert")
        store.add(sighting("AB12CDE"))
    one(browser, "#live-list .alert")
    assert texts(browser, ".alarm") == []


def test_an_allowance_raises_no_alarm(browser: Browser, server: Server) -> None:
    httpx.post(f"{server.url}/api/watch-list", json={"pattern": TEXT, "kind": "allow"}).raise_for_status()
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-none", "Nothing seen yet")
    upload(server, "gate")
    assert says(browser, "#live-list .card", "allow")
    assert texts(browser, ".alarm") == []


def test_a_sighting_is_put_on_a_list_and_corrected(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    upload(server, "gate")
    browser.get(f"{server.url}/#sighting/{newest(server)}")
    one(browser, "#sighting details:first-of-type summary").click()
    one(browser, "#sighting-watch input").send_keys("a neighbour", Keys.ENTER)
    assert says(browser, "#sighting .more p", f"{TEXT} is on the alert list")
    one(browser, "#sighting-watch input").send_keys(Keys.ENTER)
    assert says(browser, "#sighting .fault", "is on the alert list already")
    browser.find_elements(By.CSS_SELECTOR, "#sighting details summary")[1].click()
    field = one(browser, "#sighting-correct input")
    assert field.get_property("value") == TEXT
    field.clear()
    field.send_keys("!", Keys.ENTER)
    assert says(browser, "#sighting .fault", "expected 2 to")
    field.clear()
    field.send_keys("ab 128", Keys.ENTER)
    assert says(browser, "#sighting-correction", "AB128")
    store = Sightings(running[1])
    assert [s.correction for s in store.corrected()] == ["AB128"]
    one(browser, "#sighting-correction button").click()
    WebDriverWait(browser, 10).until(lambda b: texts(b, "#sighting-correction") == [])
    assert list(store.corrected()) == []
    store.close()


def test_copies_and_downloads(browser: Browser, server: Server, car: Path, tmp_path: Path) -> None:
    browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"origin": server.url, "permissions": ["clipboardReadWrite"]}
    )
    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    browser.get(server.url)
    one(browser, "#drop")
    browser.find_element(By.ID, "files").send_keys(str(car))
    one(browser, ".plates button").click()
    assert says(browser, ".plates button", "Copied")
    read = "navigator.clipboard.readText().then(arguments[0])"
    assert browser.execute_async_script(read) == TEXT
    next(b for b in browser.find_elements(By.CSS_SELECTOR, ".facts button") if "JSON" in b.text).click()
    saved = tmp_path / "car.png.json"
    WebDriverWait(browser, 10).until(lambda _: saved.exists())
    report = json.loads(saved.read_text())
    assert report["plates"][0]["text"] == TEXT
    assert "crop" not in report["plates"][0]


def test_samples_for_a_first_visit(browser: Browser, server: Server) -> None:
    browser.get(server.url)
    one(browser, ".sample")
    WebDriverWait(browser, 10).until(
        lambda b: all(
            b.execute_script(
                "return [...document.querySelectorAll('.sample img')].map((image) => image.naturalWidth)"
            )
        )
    )
    one(browser, ".sample").click()
    WebDriverWait(browser, 15).until(lambda b: texts(b, ".reading h2") == ["br.jpg"])
    assert texts(browser, ".sample") == []
    browser.get("about:blank")
    browser.get(server.url)
    one(browser, ".sample")
    browser.execute_script(GONE)
    one(browser, ".sample").click()
    assert says(browser, "#fault", "The server cannot be reached.")


def test_the_day_by_camera(browser: Browser, server: Server) -> None:
    for camera in ("gate", "yard", "gate"):
        upload(server, camera)
    browser.get(f"{server.url}/#day")
    assert says(browser, "#day-status", "3 sightings")
    assert [name for name in texts(browser, ".day-row .name") if name] == ["gate", "yard"]
    marks = browser.find_elements(By.CSS_SELECTOR, ".day-row svg a")
    assert len(marks) == 3
    assert (marks[0].get_attribute("aria-label") or "").startswith(f"{TEXT}, ")
    one(browser, "#day-back").click()
    assert says(browser, "#day-status", "Nothing was seen")
    one(browser, "#day-on").click()
    assert says(browser, "#day-status", "3 sightings")
    browser.find_element(By.LINK_TEXT, "yard").click()
    assert says(browser, "#search-status", "1 sighting")


def test_cameras(browser: Browser, server: Server) -> None:
    for camera in ("gate", "yard", "gate"):
        upload(server, camera)
    browser.get(f"{server.url}/#cameras")
    one(browser, "#cameras-list polygon")
    assert texts(browser, "#cameras-list h2") == ["gate", "yard"]
    assert "2 today" in texts(browser, "#cameras-list li")[0]
    browser.find_element(By.LINK_TEXT, "2 today").click()
    assert says(browser, "#search-status", "2 sightings")


@contextmanager
def installation(folder: Path, weights: Path, settings: str = "") -> Iterator[str]:
    """The server of an installation of the cameras gate, with a sighting, and yard; gives its address."""
    with Sightings(folder / "gate.db") as store:
        store.add(sighting("AB12CDE", source="gate"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "numberplate.toml").write_text(
        f'database = "gate.db"\nweights = "{weights}"\n[server]\nport = {port}\n{settings}\n'
        '[[camera]]  # at the drive\nname = "gate"\nsource = "rtsp://camera/1"\n'
        'zones = ["drive=0.1,0.4 0.9,0.4 1,1 0,1"]  # all of it\n'
        'masks = ["0,0 0.4,0.1"]\nline = "0.5,1 0.5,0.2"\n'
        '[[camera]]\nname = "yard"\nsource = "rtsp://camera/2"\n'
    )
    command = [sys.executable, "-c", "from numberplate.cli import main; main()", "run", "--only", "server"]
    process = subprocess.Popen([*command, "--config", folder / "numberplate.toml"], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz")
                break
            except httpx.TransportError:
                assert time.monotonic() < end, "the server did not start"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def test_cameras_of_an_installation_are_shown_with_their_zones(
    browser: Browser, weights: Path, tmp_path: Path
) -> None:
    with installation(tmp_path, weights) as address:
        browser.get(f"{address}/#cameras")
        one(browser, "#cameras-list polygon.zone")
        for shape in ("polygon.mask", "polyline.crossing", "text.zone-name"):
            one(browser, f"#cameras-list li[data-source=gate] {shape}")
        zone = browser.find_element(By.CSS_SELECTOR, "polygon.zone").get_attribute("points")
        assert zone == "4,12 36,12 40,30 0,30"  # of a frame of 40 by 30 pixels
        gate, yard = texts(browser, "#cameras-list > li")
        assert "drive" in gate
        assert "1 mask" in gate
        assert "nothing seen yet" in yard


@pytest.mark.parametrize(("day", "hours"), [((2026, 10, 25), 25), ((2026, 3, 29), 23), ((2026, 6, 1), 24)])
def test_a_day_on_which_the_clock_is_changed(
    browser: Browser, weights: Path, tmp_path: Path, day: tuple[int, int, int], hours: int
) -> None:
    noon = datetime(*day, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    with Sightings(tmp_path / "gate.db") as store:
        seen = noon.astimezone(UTC)
        store.add(sighting("NOON", first_seen=seen, last_seen=seen))
    try:
        with installation(tmp_path, weights) as address:
            browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Europe/Berlin"})
            browser.get(f"{address}/#day")
            field = one(browser, "#day-date")
            browser.execute_script(
                "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))",
                field,
                noon.date().isoformat(),
            )
            mark = one(browser, ".day-row svg a[aria-label^='NOON,'] rect")
            lines = browser.find_elements(By.CSS_SELECTOR, ".day-row svg line.six")
            labels = browser.find_elements(By.CSS_SELECTOR, ".hours span")
            left = float(mark.get_attribute("x") or -1)
            assert [float(line.get_attribute("x1") or -1) for line in lines][2] == pytest.approx(
                left, abs=0.1
            )
            assert left == pytest.approx(1000 * (hours - 12) / hours, abs=0.1)
            assert [label.text for label in labels] == ["0:00", "6:00", "12:00", "18:00", "24:00"]
            box, wide = labels[2].rect, one(browser, ".hours").rect
            share = left / 1000
            assert box["x"] + share * box["width"] == pytest.approx(wide["x"] + share * wide["width"], abs=2)
    finally:
        browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


GATE = "#cameras-list li[data-source=gate]"


def press(browser: Browser, label: str, card: str = GATE) -> None:
    find = """return [...document.querySelectorAll(`${arguments[0]} button`)].find(
        (b) => [b.textContent, b.ariaLabel].includes(arguments[1]) && !b.disabled);"""
    button = WebDriverWait(browser, 15).until(lambda b: b.execute_script(find, card, label))
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", button)
    button.click()


def draw(browser: Browser, *places: tuple[float, float], card: str = GATE) -> None:
    """Clicks with the mouse at these places of the frame, in fractions of it."""
    image = one(browser, f"{card} figure img")
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", image)
    size = image.size
    for x, y in places:
        # From its middle, and a little inside of it.
        across, down = ((share - 0.5) * 0.98 * size[side] for share, side in ((x, "width"), (y, "height")))
        ActionChains(browser).move_to_element_with_offset(image, round(across), round(down)).click().perform()


def camera_areas(file: Path) -> Areas:
    return next(one for one in load_configuration(file).camera if one.name == "gate").areas()


def test_what_is_drawn_with_the_mouse_is_kept_in_the_configuration(
    browser: Browser, weights: Path, tmp_path: Path
) -> None:
    file = tmp_path / "numberplate.toml"
    with installation(tmp_path, weights) as address:
        browser.get(f"{address}/#cameras")
        press(browser, "Change zones")
        draw(browser, (0.25, 0.5), (0.75, 0.5), (0.5, 0.9))
        one(browser, f"{GATE} input[aria-label='Name of the zone']").send_keys("by the <bin>")
        press(browser, "Save")
        assert says(browser, f"{GATE} .fault", "expected a zone's name")
        name = one(browser, f"{GATE} input[aria-label='Name of the zone']")
        name.clear()
        name.send_keys("bay 1")
        one(browser, f"{GATE} input[aria-label='Least width of a plate in it']").send_keys("60", Keys.ENTER)
        assert says(browser, f"{GATE} [role=status]", "Kept in numberplate.toml")
        drive, bay = camera_areas(file).zones
        assert (drive.name, bay.name, bay.min_width, bay.min_length) == ("drive", "bay 1", 60, None)
        assert np.abs(np.array(bay.points) - [(0.25, 0.5), (0.75, 0.5), (0.5, 0.9)]).max() < 0.04
        assert len(browser.find_elements(By.CSS_SELECTOR, f"{GATE} polygon.zone")) == 2
        # A line in place of the one that is there, and a mask beside the other.
        for kind, corners in (("Line", ((0.1, 0.9), (0.9, 0.9))), ("Mask", ((0, 0), (0.5, 0), (0.5, 0.2)))):
            press(browser, "Change zones")
            Select(one(browser, f"{GATE} select")).select_by_visible_text(kind)
            draw(browser, *corners)
            press(browser, "Save")
            assert says(browser, f"{GATE} [role=status]", "Kept in numberplate.toml")
        line, masks = camera_areas(file).line, camera_areas(file).masks
        assert line is not None
        assert np.abs(np.array([line.start, line.end]) - [(0.1, 0.9), (0.9, 0.9)]).max() < 0.04
        assert [len(mask.points) for mask in masks] == [4, 3]
        press(browser, "Change zones")
        assert browser.execute_script(FOCUSED) == "What is drawn"
        press(browser, "Remove zone drive")
        assert says(browser, f"{GATE} [role=status]", "Kept in numberplate.toml")
        assert "Kept in numberplate.toml" in browser.execute_script(FOCUSED)
        assert [zone.name for zone in camera_areas(file).zones] == ["bay 1"]
        browser.save_screenshot(str(tmp_path / "zones.png"))
        # Somebody else changes them, while this page shows what they were.
        press(browser, "Change zones")
        file.write_text(file.read_text().replace("bay 1", "bay 2"))
        press(browser, "Remove mask 1")
        assert says(browser, f"{GATE} .fault", "look at them again")
    text = file.read_text()
    assert "# at the drive" in text
    assert "# all of it" in text


def test_zones_are_drawn_over_what_a_camera_sees_now(browser: Browser, weights: Path, tmp_path: Path) -> None:
    video = write_video(tmp_path / "yard.mkv", [(9, 10)] * 3)
    file = tmp_path / "numberplate.toml"
    with installation(tmp_path, weights) as address:
        file.write_text(file.read_text().replace("rtsp://camera/2", str(video)))
        browser.get(f"{address}/#cameras")
        yard = "#cameras-list li[data-source=yard]"
        assert says(browser, yard, "nothing seen yet")
        press(browser, "Show what it sees now", yard)
        image = one(browser, f"{yard} figure img")
        assert browser.execute_script(
            "return [arguments[0].naturalWidth, arguments[0].naturalHeight]", image
        ) == [
            320,
            160,
        ]
        press(browser, "Change zones", yard)
        draw(browser, (0.25, 0.5), (0.75, 0.5), (0.5, 0.9), card=yard)
        one(browser, f"{yard} input[aria-label='Name of the zone']").send_keys("bay", Keys.ENTER)
        assert says(browser, f"{yard} [role=status]", "Kept in numberplate.toml")
        # It is shown over the same frame.
        one(browser, f"{yard} figure polygon.zone")
        # Of a camera that cannot be reached, it is said.
        press(browser, "Show what it sees now", GATE)
        assert says(browser, f"{GATE} .fault", "gate: ")


def test_who_may_not_change_zones_is_not_offered_to(browser: Browser, weights: Path, tmp_path: Path) -> None:
    token, digest = new_token()
    with installation(tmp_path, weights, f'tokens = "{digest}:read"') as address:
        browser.get(f"{address}/#cameras")
        one(browser, "#token").send_keys(token, Keys.ENTER)
        one(browser, f"{GATE} polygon.zone")
        assert says(browser, f"{GATE} button", "Draw a zone")  # for the command line
        assert browser.find_elements(By.CSS_SELECTOR, f"{GATE} button[type=submit]") == []


def test_a_corrected_plate_is_found_by_its_right_text(browser: Browser, server: Server) -> None:
    upload(server, "gate")
    correction = f"{server.url}/api/sightings/{newest(server)}/correction"
    httpx.put(correction, json={"text": "XY99ZZZ"}).raise_for_status()
    browser.get(f"{server.url}/#search")
    for text in ("xy 99", "xy99zzz", TEXT):
        one(browser, "#search-text").clear()
        one(browser, "#search-text").send_keys(text, Keys.ENTER)
        if text == "xy 99":
            assert says(browser, "#search-status button", "Show plates with xy 99 in them")
            one(browser, "#search-status button").click()
        assert says(browser, "#search-list .card", "is XY99ZZZ")


def test_on_a_telephone_the_view_that_is_shown_is_in_sight_among_the_views(
    browser: Browser, server: Server
) -> None:
    emulated = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulated)
    try:
        for view in ("lists", "read"):
            browser.get(f"{server.url}/#{view}")
            one(browser, f"nav a[data-view={view}][aria-current]")
            place = "const b = document.querySelector('nav a[aria-current]').getBoundingClientRect();"
            left, right = browser.execute_script(f"{place} return [b.left, b.right]")
            assert 0 <= left < right <= 360
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_interfaces_are_described(browser: Browser, server: Server) -> None:
    browser.get(f"{server.url}/#api")
    assert says(browser, "#reference h2", "Plate Recognizer")
    (entry,) = [
        found
        for found in browser.find_elements(By.CSS_SELECTOR, "#reference details")
        if "/v1/plate-reader/" in found.text
    ]
    entry.find_element(By.TAG_NAME, "summary").click()
    assert "camera_id" in entry.text
    assert f"curl -F upload=@car.jpg '{server.url}/v1/plate-reader/'" in entry.text


def test_signing_in(browser: Browser, start_server: StartServer) -> None:
    token, digest = new_token()
    server = start_server("--tokens", digest)
    browser.get(server.url)
    one(browser, "#token").send_keys("wrong", Keys.ENTER)
    assert says(browser, "#sign-in-fault", "not known")
    assert not browser.find_element(By.ID, "drop").is_displayed()
    one(browser, "#token").clear()
    one(browser, "#token").send_keys(token, Keys.ENTER)
    one(browser, "#drop")
    assert token not in str(browser.execute_script("return document.cookie"))
    one(browser, "#sign-out").click()
    one(browser, "#token")


def test_who_is_no_longer_signed_in_is_asked_to(
    browser: Browser, start_server: StartServer, tmp_path: Path
) -> None:
    token, digest = new_token()
    server = start_server("--tokens", digest, "--database", tmp_path / "gate.db")
    browser.get(f"{server.url}/#live")
    one(browser, "#token").send_keys(token, Keys.ENTER)
    assert says(browser, "#live-state", "live")
    browser.delete_all_cookies()  # as at the token's end, or in another tab
    one(browser, "#token").send_keys(token, Keys.ENTER)
    assert says(browser, "#live-state", "live")


def test_who_signs_in_anew_is_offered_what_that_token_permits(
    browser: Browser, start_server: StartServer, tmp_path: Path
) -> None:
    (reading, seen), (admin, all_) = new_token(), new_token()
    server = start_server("--tokens", f"{seen}:read,{all_}", "--database", tmp_path / "gate.db")
    with Sightings(tmp_path / "gate.db") as store:
        store.watch_list.add("AB12CDE", "alert")
    browser.get(f"{server.url}/#lists")
    one(browser, "#token").send_keys(reading, Keys.ENTER)
    one(browser, "#entries .plate")
    assert texts(browser, "#entry-form, #entries button") == []
    browser.delete_all_cookies()
    one(browser, "#token").send_keys(admin, Keys.ENTER)  # what is asked for again and again was refused
    one(browser, "#entry-form")
    one(browser, "#entries button")


def test_keyboard_alone(browser: Browser, server: Server) -> None:
    browser.get(server.url)
    one(browser, "#drop")
    seen = []
    for _ in range(12):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        focused = browser.switch_to.active_element
        seen.append(focused.get_attribute("id") or focused.get_attribute("data-view") or focused.text)
    assert [s for s in seen if s in ("read", "live", "search", "lists", "files", "regions")] == [
        *("read", "live", "search", "lists"),
        *("files", "regions"),
    ]


@pytest.mark.parametrize("view", ["read", "live", "day", "cameras", "search", "lists", "sighting", "api"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_view_fits_and_names_its_fields(
    browser: Browser, server: Server, view: str, width: int
) -> None:
    upload(server, "a camera with a very long name/" * 3)
    emulated = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulated)
    try:
        browser.get(f"{server.url}/#{view}{f'/{newest(server)}' if view == 'sighting' else ''}")
        one(browser, "h1")
        if view in ("live", "search", "cameras"):
            one(browser, ".cards li")
        if view == "day":
            one(browser, ".day-row svg a")
        if view == "api":
            one(browser, "#reference details")
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width
        tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})
        roles = ("button", "link", "textbox", "combobox", "checkbox", "image", "searchbox")
        nameless = [
            node
            for node in tree["nodes"]
            if not node["ignored"] and node["role"]["value"] in roles and not node["name"]["value"]
        ]
        assert nameless == []
        small = """return [...document.querySelectorAll('main a, main button')]
            .filter((one) => one.checkVisibility() && one.parentElement.innerText === one.innerText)
            .filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < 24).map((one) => one.outerHTML)"""
        assert browser.execute_script(small) == []  # too small for a finger; within a sentence links may be
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_plates_of_many_characters_stay_within_a_telephone(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    text, now = "ABCDEFGHIJ" * 4, datetime.now(UTC)
    emulated = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulated)
    try:
        browser.get(f"{server.url}/#live")
        assert says(browser, "#live-state", "live")
        with Sightings(running[1]) as store:
            store.watch_list.add(text, "alert", note=text)
            kept = store.add(sighting(text, first_seen=now, last_seen=now))
            store.correct(kept.id, "WMWMWMWMWMWM")
        assert says(browser, ".alarm .plate", text)
        for view in ("live", "search", "cameras", f"sighting/{kept.id}", "day"):
            browser.execute_script("location.hash = arguments[0]", view)
            one(browser, f"#view-{view.partition('/')[0]}")
            if view != "day":
                one(browser, f"#view-{view.partition('/')[0]} .plate")
            beyond = """return [...document.querySelectorAll(".plate, h1, .chip")]
                .filter((found) => found.checkVisibility())
                .filter((found) => found.getBoundingClientRect().right > innerWidth)
                .map((found) => found.outerHTML);"""
            assert browser.execute_script(beyond) == []
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [320, 1280])
def test_long_names_leave_pictures_and_texts_in_sight(
    browser: Browser, server: Server, running: tuple[Server, Path], width: int
) -> None:
    with Sightings(running[1]) as store:
        store.add(sighting("ABCDEFGHIJ" * 4, source="rtsp://10.0.0.20/" + "Streaming/" * 6))
        store.watch_list.add("AB12CDE", "alert", note="a note that is not short")
    emulated = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulated)
    beyond = """const edge = document.querySelector(arguments[0]).getBoundingClientRect().right;
        return [...document.querySelectorAll(`${arguments[0]} *`)]
            .filter((found) => found.getBoundingClientRect().right > edge + 1)
            .map((found) => found.outerHTML);"""
    try:
        for view in ("live", "search"):
            browser.get(f"{server.url}/#{view}")
            one(browser, f"#{view}-list .card")
            assert browser.execute_script(beyond, f"#{view}-list > li") == []
        browser.get(f"{server.url}/#lists")
        assert one(browser, "td .chip").size["height"] < 30  # a word on a line
        browser.get(f"{server.url}/#day")
        field = one(browser, "#day-date")
        change = "arguments[0].value = '2026-11-24'; arguments[0].dispatchEvent(new Event('change'))"
        browser.execute_script(change, field)
        one(browser, ".hours span")
        hours = browser.find_elements(By.CSS_SELECTOR, ".hours span")
        shown = [found.rect for found in hours if found.is_displayed()]
        assert len(shown) >= 3
        assert all(a["x"] + a["width"] < b["x"] for a, b in itertools.pairwise(shown)), shown
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_names_that_run_from_right_to_left_leave_a_sentence_in_its_order(
    browser: Browser, server: Server, running: tuple[Server, Path]
) -> None:
    browser.get(f"{server.url}/#live")
    assert says(browser, "#live-state", "live")
    with Sightings(running[1]) as store:
        now = datetime.now(UTC)
        store.watch_list.add("AB12CDE", "alert", note="סיור")
        store.add(sighting(source="שער 2", first_seen=now, last_seen=now))
    what = one(browser, ".alarm .what")
    note, source = (found.rect for found in what.find_elements(By.TAG_NAME, "bdi"))
    when = what.find_element(By.TAG_NAME, "time").rect
    assert note["x"] + note["width"] <= source["x"]
    assert source["x"] + source["width"] <= when["x"]


def test_light_and_dark(browser: Browser, server: Server) -> None:
    browser.get(server.url)
    one(browser, "#drop")
    means = []
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        shot = cv2.imdecode(np.frombuffer(browser.get_screenshot_as_png(), np.uint8), cv2.IMREAD_GRAYSCALE)
        means.append(shot.mean())
    assert means[0] > 200 > 60 > means[1]
