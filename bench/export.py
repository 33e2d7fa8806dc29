"""A data export of N and 10 N rows by our writer (XlsxWriter, constant memory) and by openpyxl with styled cells.

    .venv/bin/python -m bench.export [--rows 10000] [--rounds 3]

Each file is written by a process of its own, so that its peak of memory is its own. What the process held before it
wrote (the product's modules, openpyxl) is not the writer's and is subtracted. Processor seconds, since both compute.
Both files hold the same values; the first and last rows are read back and compared.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from bench.harness import ROOT, python_of, require, save, table, target, times
from bench.peers.rows import row

FACTOR = 10


@dataclass(frozen=True, slots=True)
class Written:
    """Median processor seconds, memory that writing took, and size of one writer's file."""

    seconds: float
    memory_mb: float
    size_mb: float


def written(command: Sequence[str], rows: int, rounds: int, path: Path) -> Written:
    """Run a writer some times."""
    found = []
    for _ in range(rounds):
        done = subprocess.run([*command, str(rows), str(path)], check=True, capture_output=True, cwd=ROOT)
        found.append([float(value) for value in done.stdout.split()])
    seconds, before, peak = (statistics.median(values) for values in zip(*found, strict=True))
    return Written(seconds, (peak - before) / 1024, path.stat().st_size / 1e6)


def check(paths: Sequence[Path], rows: int) -> None:
    """Both files say the same, from the first row to the last."""
    for path in paths:
        page = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        shown = [
            tuple(found)
            for found in page.iter_rows(min_row=4, max_row=rows + 3, max_col=12, values_only=True)
        ]
        require(
            [shown[0], shown[-1], len(shown)] == [row(0), row(rows - 1), rows], f"{path} holds something else"
        )


def main() -> int:
    """Print the table, keep the result; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    writers = {
        "ours": [sys.executable, "-m", "bench.sheet_writer"],
        "openpyxl, styled": [
            str(python_of("openpyxl")),
            str(ROOT / "bench" / "peers" / "styled_openpyxl.py"),
        ],
    }
    found: dict[tuple[str, int], Written] = {}
    with tempfile.TemporaryDirectory() as home:
        for rows in (asked.rows, asked.rows * FACTOR):
            paths = [Path(home) / f"{n}-{rows}.xlsx" for n in range(len(writers))]
            for (title, command), path in zip(writers.items(), paths, strict=True):
                rounds = asked.rounds if rows == asked.rows else 1
                found[title, rows] = written(command, rows, rounds, path)
            if rows == asked.rows:
                check(paths, rows)
    ours = {rows: one.seconds for (title, rows), one in found.items() if title == "ours"}
    lines = [
        [title, f"{rows:,}", f"{one.seconds:.2f}", times(one.seconds / ours[rows]), f"{one.memory_mb:.0f}", f"{one.size_mb:.1f}"]
        for (title, rows), one in found.items()
    ]  # fmt: skip
    head = ["writer", "rows", "seconds", "of ours", "memory MB", "file MB"]
    made = table(
        f"Writing a spreadsheet of 12 columns (medians of {asked.rounds}; the larger one once)", head, lines
    )
    small, large = found["ours", asked.rows], found["ours", asked.rows * FACTOR]
    ratio = found["openpyxl, styled", asked.rows].seconds / small.seconds
    grown = large.memory_mb - small.memory_mb
    targets = [
        target("export against styled openpyxl", ">= 4x", times(ratio), reached=ratio >= 4),
        target(f"memory at {FACTOR} times the rows", "<= 10 MB more", f"{grown:+.1f} MB", reached=grown <= 10),
    ]  # fmt: skip
    save("export", f"--rows {asked.rows} --rounds {asked.rounds}", [made], targets)
    return int(any(one["reached"] == "no" for one in targets))


if __name__ == "__main__":
    sys.exit(main())
