"""The page in a real browser: headless Chromium, as Debian packages it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from numberplate.live.areas import Zone
from numberplate.server import new_token

from .conftest import CAR, TEXT, Server, StartServer, picture

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    BROWSER is None or DRIVER is None, reason="needs chromium and chromedriver (Debian: chromium-driver)"
)

Browser = webdriver.Chrome


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


@pytest.fixture
def server(start_server: StartServer, tmp_path: Path) -> Server:
    return start_server("--database", tmp_path / "gate.db", "--keep-uploads")


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
    return WebDriverWait(browser, 15).until(lambda b: any(text in found for found in texts(b, selector)))


def upload(server: Server, camera: str) -> None:
    files = {"upload": ("car.png", CAR)}
    httpx.post(f"{server.url}/v1/plate-reader/", files=files, data={"camera_id": camera}).raise_for_status()


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


@pytest.mark.parametrize("view", ["read", "live", "search", "lists", "sighting/1"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_view_fits_and_names_its_fields(
    browser: Browser, server: Server, view: str, width: int
) -> None:
    upload(server, "a camera with a very long name/" * 3)
    emulated = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulated)
    try:
        browser.get(f"{server.url}/#{view}")
        one(browser, "h1")
        if view in ("live", "search"):
            one(browser, ".cards li")
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
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


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
