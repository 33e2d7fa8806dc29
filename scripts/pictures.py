"""The pictures of README and guides: the main screens of the demo data, at the width of a desk and of a phone.

usage: python scripts/pictures.py [--data-dir DIR] [NAME …]

Starts the product on a directory and a port of its own, signs in as the demo accounts and takes a picture of every
screen of `SCREENS`, or of those named. A directory that is given is kept: the next run starts faster.
"""

import argparse
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "app" / "static" / "pictures"
"""Beside the other files the product serves, where README reaches them too."""
PASSWORD = "Demo-pass-2026"  # noqa: S105 - that of every demo account
DESK = "/review/bohai-talent-card"
PATIENCE_S = 1800
COLOURS = 256
SIZES = {"desktop": (1440, 900, 1200), "phone": (390, 844, 1700)}
"""Width, least and greatest height. What is longer than that is cut."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
)


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture: an account at an address, or where the first link of this kind leads from there."""

    name: str
    path: str
    who: str = ""
    link: str = ""


SCREENS = (
    Screen("landing", "/"),
    Screen("verify", "/verify/{token}"),
    Screen("person-home", "/home", "person:per-a1"),
    Screen("application-form", "/home", "person:per-a1", "main a[href$='/form']"),
    Screen("employer-data", "/employer", "employer:emp-returned"),
    Screen("employer-home", "/home", "employer:emp-a"),
    Screen("persons-review", "/persons/review", "employer:emp-a"),
    Screen("employer-query", "/query", "employer:emp-a-specialist"),
    Screen("employer-queue", f"{DESK}/employer", "employer:emp-a"),
    Screen("roster", "/rosters", "employer:emp-a", "tbody a[href^='/rosters/']"),
    Screen("employers-review", "/employers/review", "officer:county-a-specialist"),
    Screen("county-queue", f"{DESK}/county_specialist", "officer:county-a-specialist"),
    Screen("desk", f"{DESK}/county_specialist", "officer:county-a-specialist", "tbody a[href^='/desk/']"),
    Screen("query", "/query", "officer:city-leader"),
    Screen("statistics", "/statistics", "officer:city-leader"),
    Screen("officer-home", "/home", "officer:county-a-specialist"),
    Screen("print-queue", "/cards/queue", "officer:city-print"),
    Screen("card", "/cards", "officer:city-print", "tbody a[href^='/cards/']"),
    Screen("audit", "/audit", "officer:auditor"),
    Screen("programmes", "/programmes/", "officer:admin"),
    Screen("roles", "/roles/list/", "officer:admin", "tr:has-text('县区服务专员') a[href*='/edit/']"),
    Screen("console", "/console/application/", "officer:admin"),
)


def main() -> int:
    """Take the pictures and say how large they are."""
    asked = argparse.ArgumentParser(description="Take the pictures of README and guides.")
    asked.add_argument("--data-dir", type=Path, help="keep the demo data here")
    asked.add_argument("names", nargs="*", metavar="NAME", help="these screens only")
    given = asked.parse_args()
    screens = [screen for screen in SCREENS if not given.names or screen.name in given.names]
    with kept(given.data_dir) as data_dir, started(data_dir) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        wait_for_previews(data_dir)
        take(browser, address, screens, token_of_a_card(data_dir))
        browser.close()
    return 0


@contextmanager
def kept(given: Path | None) -> Iterator[Path]:
    """The directory given, or one that lasts as long as this run."""
    if given:
        yield given.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="yingcai-pictures-") as made:
        yield Path(made)


@contextmanager
def started(data_dir: Path) -> Iterator[str]:
    """The address of the product while it runs on this directory."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    given = {**bare, "DATA_DIR": str(data_dir), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    data_dir.mkdir(parents=True, exist_ok=True)
    said = data_dir / "pictures.log"
    with (
        said.open("wb") as out,
        subprocess.Popen([sys.executable, "run.py"], cwd=ROOT, env=given, stdout=out, stderr=out) as process,
    ):
        try:
            wait_for(process, said)
            yield address
        finally:
            process.terminate()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def wait_for(process: subprocess.Popen[bytes], said: Path) -> None:
    """Until the product greets; without demo data that takes a minute or two."""
    end = time.monotonic() + PATIENCE_S
    while b"Yingcai is running" not in said.read_bytes():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(said.read_text())
        time.sleep(0.2)


def chromium() -> str:
    """Where Chromium is."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise SystemExit("Chromium is not installed: make browser")


def wait_for_previews(data_dir: Path) -> None:
    """Until the worker has drawn every uploaded file; a desk asks again and again until then."""
    end = time.monotonic() + PATIENCE_S
    while stored(data_dir, "SELECT count(*) FROM blob WHERE preview_state = 'waiting'") != "0":
        if time.monotonic() > end:
            raise SystemExit("The previews of the demo's files are not drawn yet.")
        time.sleep(1)


def token_of_a_card(data_dir: Path) -> str:
    """What the code on a demo card leads to; no page shows it."""
    return stored(data_dir, "SELECT token FROM card_print ORDER BY id LIMIT 1")


def stored(data_dir: Path, statement: str) -> str:
    """One value of the database, read only."""
    with closing(sqlite3.connect(f"file:{data_dir / 'yingcai.db'}?mode=ro", uri=True)) as database:
        return str(database.execute(statement).fetchone()[0])


def take(browser: Browser, address: str, screens: list[Screen], token: str) -> None:
    """Every screen at both sizes; one sign-in an account, for sign-ins are counted."""
    for who in dict.fromkeys(screen.who for screen in screens):
        state = signed_in(browser, address, who)
        for device, (width, height, _most) in SIZES.items():
            context = browser.new_context(
                storage_state=state,
                viewport={"width": width, "height": height},
                locale="zh-CN",
                reduced_motion="reduce",  # charts stand at once
            )
            for screen in screens:
                if screen.who == who:
                    page = opened(context, address, screen, token)
                    keep(page, device, PICTURES / f"{screen.name}-{device}.webp")
                    page.close()
            context.close()


def signed_in(browser: Browser, address: str, who: str) -> dict[str, object]:
    """The cookies of an account after it signed in; of nobody, none."""
    context = browser.new_context(locale="zh-CN")
    if who:
        entry, _, username = who.partition(":")
        page = context.new_page()
        page.goto(f"{address}/login/{entry}")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/home")
    state = dict(context.storage_state())
    context.close()
    return state


def opened(context: BrowserContext, address: str, screen: Screen, token: str) -> Page:
    """The page of a screen."""
    page = context.new_page()
    page.goto(address + screen.path.format(token=token))
    if screen.link:
        target = page.locator(screen.link).first.get_attribute("href")
        page.goto(f"{address}{target}")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    return page


def keep(page: Page, device: str, target: Path) -> None:
    """A picture as high as the page, within limits, in a palette that keeps the file small and letters sharp."""
    width, least, most = SIZES[device]
    needed = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(max(needed, least), most)})
    page.wait_for_timeout(300)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    target.parent.mkdir(parents=True, exist_ok=True)
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.convert("RGB").save(target, lossless=True, method=6)
    print(f"{target.name:<32} {picture.width} x {picture.height}  {target.stat().st_size // 1024} kB")


if __name__ == "__main__":
    sys.exit(main())
