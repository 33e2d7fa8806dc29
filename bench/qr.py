"""Photos of real roster sheets, read back by the product's own scan: the share read, and what was read wrongly.

    .venv/bin/python -m bench.qr [--rows 200]

The sheets are those that our roster code prints; each photo has its own roster, tilt, perspective, light, noise, blur
and JPEG quality, and a red seal over the paper. A code read as anything but its own page counts as wrong. The random
numbers are fixed, so that two runs see the same photos.
"""

import argparse
import hmac
import sys
from collections import Counter
from datetime import date
from io import BytesIO
from random import Random

from PIL import Image

from app.adapters.imaging import LimitedImageTools
from app.adapters.pdf import TypstPdf
from app.domain.programme import FileType
from app.domain.roster import (
    PageMarks,
    RosterSheet,
    check_code,
    is_genuine,
    page_code,
    page_count,
    parse_page_code,
)
from bench.harness import save, table, target
from tests.adapters.papers import jpeg, lit, noisy
from tests.commands.paper import photo, pictures

DIGEST = "ab" * 32
WIDTHS = {1200: 0.95, 1600: 0.99, 2400: 0.99}
PRINTED = 10
"""Rosters printed; every photo takes one of their pages."""


def mac(purpose: str, message: bytes) -> bytes:
    """A key of this benchmark."""
    return hmac.digest(b"benchmark", purpose.encode() + message, "sha256")


def sheet_of(roster: int, count: int) -> RosterSheet:
    """A roster of so many people."""
    pages = page_count(count)
    marks = tuple(
        PageMarks(
            str(page_code(roster, n, pages, digest=DIGEST, mac=mac)),
            check_code(roster, n, pages, digest=DIGEST, mac=mac),
        )
        for n in range(1, pages + 1)
    )
    rows = tuple(
        (str(n + 1), "阿卜杜拉·买买提" if n % 5 == 4 else "李明芳", "11010519491231002X", "云海新材料股份有限公司 工程师", "")
        for n in range(count)
    )  # fmt: skip
    return RosterSheet(
        title="“渤海英才卡”申领人员汇总表", roster_no=f"R1001{2026_000_000 + roster}", employer="云海甲企业有限公司",
        exported_on=date(2026, 11, 23), head=("填报单位（盖章）", "填报日期"),
        columns=("序号", "姓名", "证件号码", "工作单位及职务", "备注"), widths=(9, 21, 38, 45, 14), rows=rows,
        foot=("单位负责人（签字）", "填表人", "联系电话"), marks=marks,
    )  # fmt: skip


def taken(page: Image.Image, width: int, seed: int) -> bytes:
    """A photo whose long side has `width` pixels: tilt, perspective, seal and blur, then light, noise and JPEG."""
    chance = Random(seed)  # noqa: S311 - a repeatable picture, no secret
    tilt = chance.choice((0, 0, 90, 180, 270)) + chance.uniform(-8, 8)
    picture = photo(page, seed=seed, tilt=tilt, blur=chance.uniform(0.3, 0.8) * width / 2400, quality=95)
    with Image.open(BytesIO(picture)) as image:
        image.thumbnail((width, width), Image.Resampling.LANCZOS)
        grainy = noisy(lit(image.convert("RGB"), chance.uniform(0.55, 1.0)), chance.uniform(2, 10))
    return jpeg(grainy, quality=chance.randint(50, 85))


def judged(data: bytes, roster: int, page: int) -> str:
    """`read`, `unread`, or `wrong` for a code that speaks of anything else."""
    (scanned,) = LimitedImageTools().scan(data, FileType.JPG)
    codes = [parse_page_code(text) for text in scanned.codes]
    if not codes:
        return "unread"
    own = [
        c is not None and is_genuine(c, digest=DIGEST, mac=mac) and (c.roster_id, c.page) == (roster, page)
        for c in codes
    ]
    return "read" if all(own) else "wrong"


def main() -> int:
    """Print the table, keep the result; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=200)
    asked = parser.parse_args()
    writer = TypstPdf()
    printed = [(roster, writer.roster(sheet_of(roster, 30))) for roster in range(1, PRINTED + 1)]
    lines, targets = [], []
    for width, wanted in WIDTHS.items():
        sheets = [(r, n, page) for r, pdf in printed for n, page in enumerate(pictures(pdf, width=width), 1)]
        found = Counter(
            judged(taken(page, width, width + seed), roster, number)
            for seed, (roster, number, page) in (
                (seed, sheets[seed % len(sheets)]) for seed in range(asked.rows)
            )
        )
        share = found["read"] / asked.rows
        lines.append(
            [
                f"{width} px",
                str(asked.rows),
                str(found["read"]),
                str(found["unread"]),
                str(found["wrong"]),
                f"{share:.1%}",
            ]
        )
        targets.append(
            target(f"codes read at {width} px", f">= {wanted:.0%}", f"{share:.1%}", reached=share >= wanted)
        )
        targets.append(
            target(f"wrong reads at {width} px", "0", str(found["wrong"]), reached=not found["wrong"])
        )
    head = ["long side", "photos", "read", "unread", "wrong", "share"]
    save("qr", f"--rows {asked.rows}", [table("Roster codes read from photos", head, lines)], targets)
    return int(any(one["reached"] == "no" for one in targets))


if __name__ == "__main__":
    sys.exit(main())
