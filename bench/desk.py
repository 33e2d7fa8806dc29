"""A desk in front of N waiting cases: from the key that confirms a decision to the next case on the screen.

    .venv/bin/python -m bench.desk [--rows 100000] [--rounds 25]

A reviewer in Chromium, at a real page with its materials, approves case after case with A and Enter. The clock runs
from the press of Enter (the time of its event) until the next case is painted: its name and its decisions are in the
document and a frame has been drawn since, by requestAnimationFrame and the paint timing of the browser, whichever is
later. In the same run the part of the server alone: the post and the page it leads to, over one connection.
"""

import argparse
import math
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from html import unescape
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine, func, select

from app import create_app, tasks
from app.models.application import Review
from bench.crowd import crowd
from bench.databases import databases
from bench.floor import prepared
from bench.harness import Client, Fields, milliseconds, require, save, table, target, timed
from bench.sites import our_server, signed_in
from tests.commands.flow import Flow
from tests.conftest import NOW, settings_for
from tests.journeys.server import FLAGS, chromium_path
from tests.web import case_flow
from tests.web.town import PASSWORD

QUEUE = "/review/bohai-talent-card/employer"
LEAST = 20
PAINT_S, SERVER_S = 0.300, 0.150
SERVER, PAINTED = "server: post and next page", "key press to next case painted"
MEASURE = """
addEventListener("keydown", (event) => {
  if (event.key === "Enter") sessionStorage.setItem("pressed", performance.timeOrigin + event.timeStamp);
}, true);
addEventListener("DOMContentLoaded", () => {
  const isCase = () => document.querySelector("[data-desk] h1") && document.querySelector("#decision");
  const look = () => requestAnimationFrame(() => setTimeout(() => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    if (!isCase() || !paint) return look();
    const shown = performance.timeOrigin + Math.max(performance.now(), paint.startTime);
    document.documentElement.dataset.painted = shown - Number(sessionStorage.getItem("pressed"));
  }));
  if (sessionStorage.getItem("pressed")) look();
});
"""
"""Milliseconds since the confirming key, once the case is on the screen."""


def decided_in_chromium(page: Page, rounds: int) -> list[float]:
    """Seconds of each decision; the first one only warms up."""
    found = []
    for _ in range(rounds + 1):
        before = page.locator("h1").inner_text()
        page.wait_for_load_state("load")
        page.keyboard.press("a")
        page.locator("dialog[open] [data-confirm-accept]:focus").wait_for()
        with page.expect_navigation(url="**/desk/*"):
            page.keyboard.press("Enter")
        page.locator("html[data-painted]").wait_for(state="attached")
        require(page.locator("h1").inner_text() != before, "the next case did not come")
        found.append(float(page.locator("html").get_attribute("data-painted") or 0) / 1000)
    return found[1:]


def at_the_desk(browser: Browser, host: str, username: str) -> Page:
    """A reviewer signed in, at the first case of the queue."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
    page.goto(f"http://{host}/login/employer")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/home")
    page.add_init_script(MEASURE)
    page.goto(f"http://{host}{QUEUE}")
    with page.expect_navigation(url="**/desk/*"):
        page.locator("tbody a[href^='/desk/']").first.click()
    return page


def decided_over_http(client: Client, rounds: int) -> list[float]:
    """Seconds of each post together with the page it leads to; the first one only warms up."""
    client.get(QUEUE)
    client.get(_address(r'href="(/desk/[^"]+)"', client.page))
    found = []
    for _ in range(rounds + 1):
        case = _address(r'action="(/desk/\d+/decide)"', client.page)
        names = ("submission_key", "lock", "from", "csrf_token")
        fields = [(name, client.hidden(name)) for name in names] + [("verb", "approve")]

        def decide(case: str = case, fields: Fields = fields) -> None:
            client.post(case, fields)
            client.get(client.location)

        found.append(timed(decide))
        require('id="decision"' in client.page, "the next case did not come")
    return found[1:]


def _address(pattern: str, page: str) -> str:
    found = re.findall(pattern, page)
    require(found, f"no {pattern} in the page")
    return unescape(found[0])


def _waiting(flow: Flow, url: str, home: Path, rows: int) -> None:
    """`rows` cases at the desk of an employer, each with pictures that can be looked at."""
    case = case_flow.Flow(flow.town).submitted(flow.applicant())
    app = create_app(settings_for(url, home, clock=NOW, app_env="development"))
    with app.app_context():
        worker = tasks.worker_for(app)
        while worker.run_once():
            pass
    crowd(flow, case, rows)


def _decisions(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Review)) or 0


def measured(url: str, home: Path, rows: int, rounds: int) -> dict[str, list[float]]:
    """Everything on one engine, by what was measured; every decision is counted in the database."""
    flow, _ = prepared(url, home)
    _waiting(flow, url, home, rows)
    found: dict[str, list[float]] = {}
    ways: dict[str, Callable[[str], list[float]]] = {
        SERVER: lambda host: decided_over_http(signed_in(host, "employer", flow.firm.username), rounds),
        PAINTED: lambda host: _in_chromium(host, flow.firm.username, rounds),
    }
    with our_server(url, home) as host:
        for title, way in ways.items():
            before = _decisions(flow.engine)
            found[title] = way(host)
            made = _decisions(flow.engine) - before
            require(made == rounds + 1, f"{title}: {made} decisions were written, not {rounds + 1}")
    flow.engine.dispose()
    return found


def _in_chromium(host: str, username: str, rounds: int) -> list[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            return decided_in_chromium(at_the_desk(browser, host, username), rounds)
        finally:
            browser.close()


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, keep the result; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args(arguments)
    require(given.rounds >= LEAST, f"fewer than {LEAST} decisions have no p95 worth its name")
    require(given.rows > 3 * given.rounds, "the desk would be empty before the end")
    lines, targets = [], []
    with databases("desk") as urls, tempfile.TemporaryDirectory() as home:
        for engine, url in urls.items():
            for title, values in measured(url, Path(home), given.rows, given.rounds).items():
                worst, limit = p95(values), PAINT_S if title == PAINTED else SERVER_S
                middle = statistics.median(values)
                lines.append([engine, title, str(len(values)), milliseconds(middle), milliseconds(worst)])
                claim = f"{title}, p95, {engine}"
                wanted = f"< {milliseconds(limit)} ms"
                targets.append(target(claim, wanted, f"{milliseconds(worst)} ms", reached=worst < limit))
    title = f"Decisions at a desk with {given.rows:,} waiting cases, milliseconds"
    made = table(title, ["database", "measured", "decisions", "median", "p95"], lines)
    save("desk", f"--rows {given.rows} --rounds {given.rounds}", [made], targets)
    return int(any(one["reached"] == "no" for one in targets))


if __name__ == "__main__":
    sys.exit(main())
