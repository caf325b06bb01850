"""The README's pictures, of a real run: ``python tests/pictures.py [--study FILE | --report FOLDER]``.

``.github/pictures/front.png`` is the front as the report draws it; ``page.png`` is the head of the report's
page as a browser of 1280 points width shows it, down to the weights along the front.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from jrtune.cli import main

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / ".github/pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH = 1280


def run(study: Path, folder: Path) -> Path:
    """Searches, confirms and reports as ``make tune`` does; returns the folder of the report."""
    study = study.resolve()
    with contextlib.chdir(folder):
        if main(["tune", str(study), "--finish"]):
            raise SystemExit(1)
    [page] = folder.glob("out/*/report/report.html")
    return page.parent


def photograph(browser: Browser, page: Path, picture: Path) -> None:
    """Saves what a browser shows of the page, from its top to the end of the weights' section."""
    window = browser.new_page(viewport={"width": WIDTH, "height": WIDTH})
    window.goto(page.resolve().as_uri())
    last = window.locator("#weights").bounding_box()
    if last is None:
        raise SystemExit(f"expected a page that shows #weights, got {page}: give a finished report")
    height = last["y"] + last["height"]
    window.set_viewport_size({"width": WIDTH, "height": round(height)})
    window.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})


def make(report: Path) -> None:
    """Writes both pictures from a report."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        raise SystemExit(f"expected a browser of {', '.join(BROWSERS)}, got none: install one")
    PICTURES.mkdir(exist_ok=True)
    shutil.copyfile(report / "front.png", PICTURES / "front.png")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        photograph(browser, report / "report.html", PICTURES / "page.png")
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--study", type=Path, default=ROOT / "studies/overlaid_images.py")
    source.add_argument("--report", type=Path, help="a finished report's folder, in place of a new run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(given.report or run(given.study, Path(folder)))
