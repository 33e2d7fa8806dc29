"""Our sheet in a process of its own: `python -m bench.sheet_writer ROWS TARGET`.

Says its processor seconds, the memory before and the peak (kB).
"""

import resource
import sys
import time
from pathlib import Path

from app.adapters.report_sheets import write_report
from app.domain.reports import DataSheet, Head
from bench.peers.rows import HEADS, NOTE, TITLE, row


def main() -> None:
    """Write and say what it took."""
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    rows = (row(number) for number in range(int(sys.argv[1])))
    heads = [Head(title, width) for title, width in HEADS]
    write_report(DataSheet(TITLE, NOTE, heads, rows, lambda n: f"共{n}行"), Path(sys.argv[2]))
    print(time.process_time() - begun, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main()
