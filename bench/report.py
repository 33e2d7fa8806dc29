"""Write the last results into docs/performance.md, between its marks: `python -m bench.report`."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bench.harness import RESULTS, ROOT, require

PAGE = ROOT / "docs" / "performance.md"
TITLES = {
    "batch": "Approving in one post", "queue": "Queue pages", "export": "Spreadsheet export",
    "desk": "Deciding a case on the desk", "cards": "Cards", "qr": "Roster codes from photos",
    "lighthouse": "Pages on a phone",
}  # fmt: skip
"""The programs in the order of the page."""


def lines_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def section(result: Mapping[str, Any]) -> list[str]:
    """One program's result."""
    facts = result["machine"]
    found = [
        f"### {TITLES[result['name']]}",
        (
            f"`python -m bench.{result['name']} {result['run']}`, {facts['date']}: {facts['cpu']}, {facts['memory']}, "
            f"Python {facts['python']}, load average {facts['load']}."
        ),
    ]
    for table in result["tables"]:
        found += ["", f"{table['title']}:", "", *lines_of(table["head"], table["rows"])]
    targets = [[one["claim"], one["wanted"], one["measured"], one["reached"]] for one in result["targets"]]
    return [*found, "", *lines_of(["claim", "target", "measured", "reached"], targets), ""]


def main() -> int:
    """Renew the page."""
    results = [
        json.loads(path.read_text(encoding="utf-8"))
        for name in TITLES
        if (path := RESULTS / f"{name}.json").exists()
    ]
    require(results, "nothing was measured yet: run `make bench`")
    text = PAGE.read_text(encoding="utf-8")
    for result in results:
        name = result["name"]
        marks = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        require(marks[0] in text and marks[1] in text, f"{PAGE.name} lacks the marks of {name}")
        made = marks[0] + "\n".join(section(result)) + marks[1]
        pattern = re.escape(marks[0]) + ".*?" + re.escape(marks[1])
        text = re.sub(pattern, lambda _, made=made: made, text, flags=re.DOTALL)  # type: ignore[misc]
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
