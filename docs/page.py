"""Takes docs/page.jpg, a picture of the page of `numberplate serve` at work: `python docs/page.py`.

A real server reads the synthesized pictures of samples/, and a real browser looks at its page. It needs what
development needs (`pip install -e '.[dev]'`), and chromium with its driver (Debian: chromium-driver).
"""

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

DOCS = Path(__file__).resolve().parent
PICTURES = tuple(DOCS.parent / "samples" / name for name in ("us-ca.jpg", "de.jpg"))
"""What the page is given to read; it shows the last one first."""

SIZE = (1180, 820)
"""Width and height of the browser's window, in pixels."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a server that keeps nothing but in `folder`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = "from numberplate.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", command, "serve", "--port", str(port), "--database", str(folder / "gate.db")],
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{address}/healthz").raise_for_status()
                break
            except httpx.TransportError:
                if server.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def take(address: str, out: Path) -> None:
    """Gives the page its pictures and saves what the browser shows."""
    options = Options()
    options.binary_location = str(shutil.which("chromium"))
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    try:
        browser.set_window_size(*SIZE)
        browser.get(f"{address}/#read")
        # The first picture takes the time that the networks need to start.
        first = PICTURES[0].read_bytes()
        httpx.post(
            f"{address}/api/read", content=first, headers={"Content-Type": "image/jpeg"}, timeout=60
        ).raise_for_status()
        # Once it is seen, the page's script listens; the input itself is hidden behind its label.
        WebDriverWait(browser, 30).until(lambda b: b.find_element(By.ID, "drop").is_displayed())
        browser.find_element(By.ID, "files").send_keys("\n".join(map(str, PICTURES)))
        plates = ".reading .plates .plate"
        WebDriverWait(browser, 60).until(
            lambda b: len(b.find_elements(By.CSS_SELECTOR, plates)) >= len(PICTURES)
        )
        browser.execute_script("document.querySelector('.reading').scrollIntoView()")
        browser.execute_script("window.scrollBy(0, -90)")
        time.sleep(0.5)  # pictures fade in
        shown = cv2.imdecode(np.frombuffer(browser.get_screenshot_as_png(), np.uint8), cv2.IMREAD_COLOR)
        cv2.imwrite(str(out), shown, [cv2.IMWRITE_JPEG_QUALITY, 88])
    finally:
        browser.quit()


def main() -> None:
    """Starts the server, takes the picture, stops the server."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=DOCS / "page.jpg")
    given = parser.parse_args()
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        sys.exit("needs chromium and chromedriver (Debian: chromium-driver)")
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as address:
        take(address, given.out)


if __name__ == "__main__":
    main()
