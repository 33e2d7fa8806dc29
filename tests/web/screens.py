"""What a page must be in Chromium at every width: accessible, silent, light, never wider than the screen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page

AXE = (Path(__file__).resolve().parents[1] / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
FAULTS = Path(__file__).with_name("faults.js").read_text(encoding="utf-8")
WIDTHS = ((1440, 900), (768, 1024), (390, 844), (320, 640))
"""Of a desk, a tablet, a phone and a narrow phone; a page is loaded at the first and then made narrower."""
REACH_ONLY = 320
"""As narrow a page is laid out like the next wider one: where time is short only its reach is looked at."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
MOST_REQUESTS = 8
MOST_BYTES = 60_000
_BYTES = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter((entry) => !new URL(entry.name).pathname.startsWith("/files/"))
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""
"""Nothing comes from the cache; page images of uploaded files are as large as they are."""
_TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


def context_of(browser: Browser, address: str, client: FlaskClient | None = None) -> BrowserContext:
    """A browser of its own, signed in as the client is."""
    width, height = WIDTHS[0]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    cookie = client.get_cookie("sid") if client else None
    if cookie is not None:
        context.add_cookies([{"name": "sid", "value": cookie.value, "url": address}])
    return context


@dataclass(slots=True)
class Screen:
    """A tab of somebody's browser that is held against the rules, page after page."""

    address: str
    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    unfolded: dict[int, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, context: BrowserContext, address: str) -> Self:
        """A new tab that keeps nothing in its cache and shows changes at once."""
        made = cls(address, context.new_page())
        made.page.emulate_media(reduced_motion="reduce")
        session = context.new_cdp_session(made.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        made.page.on(
            "console",
            lambda message: made.said.append(message.text) if message.type in {"error", "warning"} else None,
        )
        made.page.on("pageerror", lambda error: made.said.append(str(error)))
        made.page.on("request", lambda request: made.asked.append(request.url))
        return made

    def faults(
        self, url: str, *, status: int = 200, most_bytes: int = MOST_BYTES, narrow: bool = True
    ) -> list[str]:
        """Everything that is wrong with a page and with what is folded away on it.

        Unless it is judged at the narrowest width too, only its reach is looked at there.
        """
        found = self._opened(url, status)
        self.page.evaluate(AXE)
        for size in WIDTHS:
            self._resize(*size)
            judged = self._judged(size[0]) if narrow or size[0] != REACH_ONLY else self._reach()
            found += [f"at {size[0]} px {fault}" for fault in judged]
            if size == WIDTHS[0]:  # by now has come whatever the page asked for; what is folded has not
                found += self._heavy(most_bytes)
            if size in (WIDTHS[0], WIDTHS[2]):  # a dialog is laid out for a desk or for a phone
                found += [f"at {size[0]} px {fault}" for fault in self._folded(size[0])]
        return [f"{url}: {fault}" for fault in [*found, *self._strange(), *self.said]]

    def plain_faults(self, url: str, *, most_bytes: int = MOST_BYTES) -> list[str]:
        """What is wrong with a page that is built like one judged before: messages, weight and reach."""
        found = self._opened(url, 200)
        for width, height in WIDTHS:
            self._resize(width, height)
            found += [f"at {width} px {fault}" for fault in self._reach()]
        return [
            f"{url}: {fault}" for fault in [*found, *self._heavy(most_bytes), *self._strange(), *self.said]
        ]

    def _opened(self, url: str, status: int) -> list[str]:
        self.said.clear()
        self.asked.clear()
        self._resize(*WIDTHS[0])
        answer = self.page.goto(self.address + url, wait_until="load")
        assert answer is not None
        if status != 200:
            self.said[:] = [text for text in self.said if f"status of {status}" not in text]
        return [] if answer.status == status else [f"answers {answer.status}"]

    def _resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def _reach(self) -> list[str]:
        return ["wider than the screen"] if self.page.evaluate(_TOO_WIDE) else []

    def _judged(self, _width: int) -> list[str]:
        found: list[str] = self.page.evaluate(FAULTS, {"rules": list(RULES), "met": None})["found"]
        return found

    def _folded(self, width: int) -> list[str]:
        met = self.unfolded.setdefault(width, set())
        judged = self.page.evaluate(FAULTS, {"rules": list(RULES), "met": list(met)})
        met.update(judged["keys"])
        found: list[str] = judged["found"]
        return found

    def _heavy(self, most_bytes: int) -> Iterator[str]:
        asked = [url for url in self.asked if not url.startswith(self.address + "/files/")]
        if len(asked) > MOST_REQUESTS:
            yield f"{len(asked)} requests"
        if (size := self.page.evaluate(_BYTES)) > most_bytes:
            yield f"{size} bytes"

    def _strange(self) -> Iterator[str]:
        known = (self.address, "blob:", "data:")
        yield from (f"asks {url}" for url in self.asked if not url.startswith(known))
