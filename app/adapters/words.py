"""The fixed words of printed forms, from `app/print/words.json`: data, so that an office can have its own."""

import json
from dataclasses import dataclass
from pathlib import Path

from app.domain.roster import RosterSheet

_FILE = Path(__file__).resolve().parents[1] / "print" / "words.json"


@dataclass(frozen=True, slots=True)
class Words:
    """Texts by name; `date` and `page` have places."""

    texts: dict[str, str]

    def head_lines(self, sheet: RosterSheet) -> list[str]:
        """The lines below the title: first the employer's, second the date's, others stay open."""
        day = sheet.exported_on
        date_text = self.texts["date"].format(year=day.year, month=day.month, day=day.day)
        values = [sheet.employer, date_text] + [""] * len(sheet.head)
        return [
            f"{label}{self.texts['colon']}{value}" for label, value in zip(sheet.head, values, strict=False)
        ]

    def page_line(self, page: int, pages: int) -> str:
        """`第 1 页 共 2 页` in the words of the file."""
        return self.texts["page"].format(page=page, pages=pages)


words = Words(json.loads(_FILE.read_text(encoding="utf-8")))
