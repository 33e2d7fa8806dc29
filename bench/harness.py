"""What every benchmark needs: peers' environments, servers, a browser, medians, tables, results."""

import json
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".bench"
RESULTS = CACHE / "results"
STARTING_S = 180
Fields = Sequence[tuple[str, str]]


def require(holds: object, otherwise: str) -> None:
    """End with a sentence where a measurement would be worth nothing."""
    if not holds:
        raise SystemExit(otherwise)


def timed(call: Callable[[], object]) -> float:
    """Seconds of wall clock."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def median(call: Callable[[], object], rounds: int) -> float:
    """The median of some rounds, in seconds."""
    return statistics.median(timed(call) for _ in range(rounds))


def machine() -> dict[str, str]:
    """What the numbers were measured on, and what else the machine was doing."""
    cpu = (
        re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
        if sys.platform == "linux"
        else None
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": f"{os.cpu_count()} x {cpu[1].strip() if cpu else platform.processor()}",
        "memory": f"{memory:.0f} GB",
        "python": platform.python_version(),
        "load": " ".join(f"{value:.1f}" for value in os.getloadavg()),
    }


def python_of(peer: str) -> Path:
    """The interpreter of a peer's own environment, made with its pinned requirements where it is missing."""
    pins = ROOT / "bench" / "peers" / f"{peer}.txt"
    home, stamp = CACHE / peer, CACHE / peer / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != pins.read_text():
        print(f"making the environment of {peer} …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [str(home / "bin" / "pip"), "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(pins)], check=True)
        stamp.write_text(pins.read_text())
    return home / "bin" / "python"


@contextmanager
def served(command: Sequence[str], **environment: str) -> Iterator[str]:
    """A server of its own process, answering on 127.0.0.1; yields its host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = CACHE / "server.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, str(port)], stdout=out, stderr=out, env={**os.environ, **environment}, cwd=ROOT
        )
    try:
        _wait_for(process, port, log)
        yield f"127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + STARTING_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"a server did not start:\n{log.read_text()[-4000:]}")


class Client:
    """A browser that keeps cookies and one connection, and follows the token of the last page."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._connection = HTTPConnection(host, timeout=3600)
        self._cookies: dict[str, str] = {}
        self.page = ""
        self.location = ""
        self.status = 0
        self.statements = 0

    def get(self, url: str) -> str:
        """A page, redirects followed."""
        return self._send("GET", url, None)

    def post(self, url: str, fields: Fields) -> str:
        """A form; a redirect is the answer and is not followed."""
        return self._send("POST", url, urlencode(list(fields)), follow=False)

    def hidden(self, name: str) -> str:
        """The value of a field of the last page."""
        tags = re.findall(rf'<(?:input|meta)[^>]*name="{re.escape(name)}"[^>]*>', self.page)
        found = [m[1] for tag in tags if (m := re.search(r'(?:value|content)="([^"]*)"', tag))]
        require(found, f"no field {name} in the page: {self.status} {self.page[:600]}")
        return unescape(found[0])

    def link(self, pattern: str) -> str:
        """The first address of the last page that fits a pattern."""
        found = re.search(rf'href="({pattern})"', self.page)
        require(found, f"no link {pattern} in the page: {self.status} {self.page[:600]}")
        return unescape(found[1])  # type: ignore[index]

    @property
    def cookie(self) -> str:
        """What this browser sends as its cookies."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def _send(self, method: str, url: str, body: str | None, *, follow: bool = True) -> str:
        headers = {"Cookie": self.cookie}
        headers |= {"Referer": f"http://{self._host}/", "Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, url, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie", []):
            name, _, value = header.split(";", 1)[0].partition("=")
            self._cookies[name] = value
        self.location = answer.headers.get("Location", "")
        self.status, self.statements = answer.status, int(answer.headers.get("X-Statements", 0))
        require(self.status < 400, f"{method} {url}: {self.status} {text[:500]}\n(see {CACHE}/server.log)")
        if self.status in (301, 302, 303) and follow:
            target = urlsplit(answer.headers["Location"])
            return self._send("GET", target.path + (f"?{target.query}" if target.query else ""), None)
        self.page = text
        return text


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Print a table and return it for the report."""
    widths = [max(_width(row[n]) for row in (head, *rows)) for n in range(len(head))]
    print(f"\n{title}")
    for row in (head, *rows):
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip(), flush=True)
    return {"title": title, "head": list(head), "rows": [list(row) for row in rows]}


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def save(name: str, run: str, tables: Sequence[dict[str, Any]], targets: Sequence[dict[str, str]]) -> None:
    """Write the result that the report reads."""
    facts = machine()
    print("\n" + ", ".join(f"{key}: {value}" for key, value in facts.items()))
    RESULTS.mkdir(parents=True, exist_ok=True)
    found = {"name": name, "run": run, "machine": facts, "tables": list(tables), "targets": list(targets)}
    (RESULTS / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


def target(claim: str, wanted: str, measured: str, *, reached: bool) -> dict[str, str]:
    """One line of the table of targets."""
    print(f"{'reached' if reached else 'MISSED '}  {claim}: {measured} (target {wanted})", flush=True)
    return {"claim": claim, "wanted": wanted, "measured": measured, "reached": "yes" if reached else "no"}


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds."""
    return f"{seconds * 1000:.1f}"


def times(ratio: float) -> str:
    """A ratio, as exact as it means something."""
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:.0f}x"
