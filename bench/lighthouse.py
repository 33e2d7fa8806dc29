"""Lighthouse on a simulated phone: performance and accessibility of the screens that people open most.

    .venv/bin/python -m bench.lighthouse [--rounds 3] [--data-dir DIR]

Lighthouse's own settings for a phone: 412 pixels wide, a slow processor, a slow 4G line (simulated). The product runs
with the demo data on a directory of its own; `--data-dir` keeps that for the next run. Lighthouse comes from npm at a
pinned version, into `.bench/lighthouse`.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.harness import CACHE, Client, require, save, table, target
from scripts.pictures import DESK, FLAGS, PASSWORD, chromium, kept, started, wait_for_previews

VERSION = "12.8.2"
"""The last one that runs on Node.js 18 and 20."""
HOME = CACHE / "lighthouse"
PERFORMANCE, ACCESSIBILITY = 95, 98
TRIES = 3
"""On a busy machine Chromium sometimes loses the trace, and Lighthouse asks to be run again."""
CHROMIUM = ("--headless=new", "--disable-quic", "--no-first-run", "--disable-sync", *FLAGS)
FIGURES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")


@dataclass(frozen=True, slots=True)
class Screen:
    """A page: an account at an address, or where the first link with this ending leads from there."""

    title: str
    path: str
    entry: str = ""
    username: str = ""
    ending: str = ""


SCREENS = (
    Screen("sign-in", "/login/person"),
    Screen("home of a person", "/home", "person", "per-a1"),
    Screen("home of an employer", "/home", "employer", "emp-a"),
    Screen("home of an officer", "/home", "officer", "county-a-specialist"),
    Screen("queue of an employer", f"{DESK}/employer", "employer", "emp-a"),
    Screen("queue of an officer", f"{DESK}/county_specialist", "officer", "county-a-specialist"),
    Screen("desk", f"{DESK}/county_specialist", "officer", "county-a-specialist", r"/desk/[^\"]+"),
    Screen("application form", "/home", "person", "per-a1", r"/apply/\d+/form"),
)


def installed() -> list[str]:
    """The command of Lighthouse, fetched where it is missing."""
    for needed in ("node", "npm"):
        require(shutil.which(needed), f"{needed} is not installed: Lighthouse needs it")
    program = HOME / "node_modules" / "lighthouse" / "cli" / "index.js"
    there = program.parent.parent / "package.json"
    if not there.exists() or json.loads(there.read_text())["version"] != VERSION:
        print(f"installing lighthouse {VERSION} …", flush=True)
        HOME.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--prefix", str(HOME), "--no-audit", "--no-fund", "--silent"]
        subprocess.run([*npm, f"lighthouse@{VERSION}"], check=True)
    return ["node", str(program)]


def signed_in(host: str, screen: Screen, known: dict[str, Client]) -> Client:
    """A browser of the screen's account; one sign-in an account, for sign-ins are counted."""
    if screen.username not in known:
        client = known[screen.username] = Client(host)
        if screen.username:
            client.get(f"/login/{screen.entry}")
            fields = [("username", screen.username), ("password", PASSWORD)]
            client.post(f"/login/{screen.entry}", [*fields, ("csrf_token", client.hidden("csrf-token"))])
    return known[screen.username]


def pages(host: str) -> list[tuple[Screen, str, str]]:
    """Every screen with the path of the page itself and the cookies that open it."""
    known: dict[str, Client] = {}
    found = []
    for screen in SCREENS:
        client = signed_in(host, screen, known)
        client.get(screen.path)
        path = client.link(screen.ending) if screen.ending else screen.path
        found.append((screen, path, client.cookie))
    return found


def measured(command: Sequence[str], url: str, cookie: str) -> Mapping[str, Any]:
    """One report of Lighthouse; the page asked for must be the one that was measured."""
    asked = [
        *command, url, "--quiet", "--output=json", "--output-path=stdout",
        "--only-categories=performance,accessibility", f"--chrome-flags={' '.join(CHROMIUM)}",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
    ]  # fmt: skip
    settings = {**os.environ, "CHROME_PATH": chromium()}
    for _ in range(TRIES):
        done = subprocess.run(asked, capture_output=True, text=True, check=False, env=settings)
        if done.returncode == 0 and done.stdout:
            break
    require(done.returncode == 0 and done.stdout, f"lighthouse failed on {url}:\n{done.stderr[-2000:]}")
    report: Mapping[str, Any] = json.loads(done.stdout)
    shown = urlsplit(report["finalDisplayedUrl"]).path
    require(shown == urlsplit(url).path, f"{url} led to {shown}")
    return report


def score(reports: Sequence[Mapping[str, Any]], category: str) -> int:
    """The median of a category, 0 to 100."""
    return round(statistics.median(r["categories"][category]["score"] * 100 for r in reports))


def complaints(report: Mapping[str, Any]) -> list[str]:
    """Audits of a report that found something, with what they weigh."""
    weights = {
        ref["id"]: ref["weight"] for part in report["categories"].values() for ref in part["auditRefs"]
    }
    return [
        f"{name} ({audit['score']})"
        for name, audit in report["audits"].items()
        if weights.get(name) and audit["score"] is not None and audit["score"] < 1
    ]


def line(title: str, reports: Sequence[Mapping[str, Any]]) -> list[str]:
    """A row of the table."""
    times = [
        f"{statistics.median(r['audits'][figure]['numericValue'] for r in reports):.0f}" for figure in FIGURES
    ]
    shift = statistics.median(r["audits"]["cumulative-layout-shift"]["numericValue"] for r in reports)
    weight = statistics.median(r["audits"]["total-byte-weight"]["numericValue"] for r in reports) / 1024
    scores = [str(score(reports, category)) for category in ("performance", "accessibility")]
    return [title, *scores, *times, f"{shift:.3f}", f"{weight:.0f}"]


def main() -> int:
    """Print the table, keep the result; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data-dir", type=Path, help="keep the demo data here")
    asked = parser.parse_args()
    command, lines, targets = installed(), [], []
    with kept(asked.data_dir) as data_dir, started(data_dir) as base:
        wait_for_previews(data_dir)
        for screen, path, cookie in pages(urlsplit(base).netloc):
            reports = [measured(command, base + path, cookie) for _ in range(asked.rounds)]
            lines.append(line(screen.title, reports))
            print(", ".join(complaints(reports[-1])) or "no complaint", flush=True)
            for category, least in (("performance", PERFORMANCE), ("accessibility", ACCESSIBILITY)):
                found = score(reports, category)
                claim = f"{category}, {screen.title}"
                targets.append(target(claim, f">= {least}", str(found), reached=found >= least))
    head = ["screen", "performance", "accessibility", "FCP ms", "LCP ms", "TBT ms", "CLS", "kB"]
    title = f"Lighthouse {VERSION}, phone, medians of {asked.rounds}"
    save("lighthouse", f"--rounds {asked.rounds}", [table(title, head, lines)], targets)
    return 0 if all(one["reached"] == "yes" for one in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
