"""A running system for browser tests: the application under waitress, its worker, and Chromium."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright
from waitress import create_server

from app.cli.worker import embedded_worker

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}


def chromium_path() -> str:
    """Where Chromium is; without it the test is skipped, or fails where services are required."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    if os.environ.get("REQUIRE_SERVICES"):
        raise AssertionError("Chromium is required and not installed")
    pytest.skip("Chromium is not installed")


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """The address of the application while it answers; no job of it is done."""
    server = create_server(app, host="127.0.0.1", port=0, threads=6)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(timeout=1)  # a browser may keep its connection; the thread ends with the process


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of the application while it and its worker run."""
    worker = embedded_worker(app)
    worker.start()
    try:
        with listening(app) as address:
            yield address
    finally:
        worker.stop()


@dataclass(slots=True)
class Party:
    """One person at a browser; collects what the console complains about."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str]
    device: str = "desktop"

    def go(self, path: str) -> None:
        """Open a page and wait until it is there."""
        self.page.goto(self.base + path)

    def sign_in(self, entry: str, username: str, password: str) -> None:
        """Sign in as a person does: from the entry, with the keyboard."""
        self.go(f"/login/{entry}")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url("**/home")

    def confirm(self) -> None:
        """Press OK in the confirmation dialog."""
        self.page.locator("dialog[open] button[value=ok]").click()

    def press_and_confirm(self, button: Locator) -> None:
        """Press a button that asks first, say OK, and wait for the next page."""
        button.click()
        with self.page.expect_navigation():
            self.confirm()

    def follow_todo(self, words: str) -> None:
        """Follow a line of what is to be done, in the middle of the page."""
        self.page.get_by_role("main").get_by_role("link").filter(has_text=words).first.click()
        self.page.wait_for_load_state("load")

    def upload(self, dialog: Locator, file: Path) -> None:
        """Give a file to an open dialog and close it; the page is then read again (R11, R37)."""
        with self.page.expect_response(
            lambda answer: "materials" in answer.url and answer.request.method == "POST"
        ) as done:
            dialog.locator("input[type=file]").set_input_files(str(file))
        assert done.value.status == 200, done.value.text()
        with self.page.expect_navigation():
            dialog.locator(".dialog-foot [data-close]").click()

    def picture(self, name: str) -> None:
        """A step of a way: no wider than the screen; kept as a picture where YINGCAI_PICTURES says."""
        self.page.wait_for_load_state()
        width, seen = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= WIDTHS[self.device][0] == seen, f"{name} is {width} wide, the screen shows {seen}"
        home = os.environ.get("YINGCAI_PICTURES")
        if home:
            Path(home).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{home}/{name}-{self.device}.png", full_page=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def party(browser: Browser, base: str, *, device: str = "desktop", touches: bool | None = None) -> Party:
    """Someone new at a browser of their own; a phone is touched unless it is said that it is not."""
    width, height = WIDTHS[device]
    is_touched = device == "phone" if touches is None else touches
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        accept_downloads=True,
        has_touch=is_touched,
        is_mobile=is_touched,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return Party(context, page, base, complaints, device)
