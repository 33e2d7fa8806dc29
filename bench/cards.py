"""N cards, each with a photo and a code of its own, to one PDF: ours (typst) and WeasyPrint.

    .venv/bin/python -m bench.cards [--rows 1000] [--rounds 3]

Both print the card form of the shipped programme with the same font, codes of the same library and photos; both PDFs
are opened and must have N pages. Photos: one portrait for every seven cards, as the demo draws them; without photos
the size is that of text and codes alone.
"""

import argparse
import base64
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pypdfium2
import yaml

from app.adapters import fonts
from app.adapters.pdf import TypstPdf, _small
from app.cli.demo.papers import portrait
from app.cli.demo.volume import names
from app.domain.cards import CardFace
from app.domain.programme import CardForm
from app.domain.programme_parse import parse
from bench.harness import ROOT, python_of, require, save, table, target, times

PORTRAITS = 7
PROGRAMME = ROOT / "app" / "seed" / "programmes" / "bohai-talent-card.yaml"


def cards_of(count: int, *, photos: bool) -> tuple[CardForm, list[CardFace]]:
    """The shipped form and so many invented cards."""
    programme = parse(yaml.safe_load(PROGRAMME.read_text(encoding="utf-8"))).programme
    require(programme is not None and programme.card is not None, "the shipped programme has a card")
    pictures = [portrait(n) for n in range(PORTRAITS)] if photos else [None]
    chance = Random(1)  # noqa: S311 - names, not secrets
    faces = [
        CardFace(
            card_no=f"BH{n:08d}", name=names.person(chance, unprintable=frozenset("")), sex="男" if n % 2 else "女",
            category="骨干人才", employer=names.employer(chance), valid_to="2029-12-31", programme=programme.short_name,
            verify_url=f"https://talent.example.gov.cn/verify/{n:032x}", photo=pictures[n % len(pictures)],
        )
        for n in range(count)
    ]  # fmt: skip
    return programme.card, faces


def batch_of(form: CardForm, faces: Sequence[CardFace]) -> dict[str, object]:
    """The same cards for the peer."""
    small = {photo: base64.b64encode(_small(photo)).decode() for face in faces if (photo := face.photo)}
    wanted = [part for part in form.face if part.what != "photo" or small]
    parts = [
        {"what": part.what, "x": part.at[0], "y": part.at[1],
         "width": (part.size or (20, 20))[0], "height": (part.size or (20, 20))[1]} for part in wanted
    ]  # fmt: skip
    cards = [
        {"name": face.name, "sex": face.sex, "category": face.category, "card_no": face.card_no,
         "valid_to": face.valid_to, "employer": face.employer, "programme": face.programme,
         "qr": face.verify_url, "photo": small.get(face.photo, "")} for face in faces
    ]  # fmt: skip
    font = next(fonts.FONT_DIRECTORY.glob("NotoSansSC*"))
    return {
        "width": form.size_mm[0],
        "height": form.size_mm[1],
        "font": str(font),
        "faces": parts,
        "cards": cards,
    }


def check(data: bytes, count: int, who: str) -> None:
    """A page for each card, with its number as text."""
    document = pypdfium2.PdfDocument(data)
    require(len(document) == count, f"{who}: {len(document)} pages for {count} cards")
    for n in (0, count - 1):
        require(
            f"BH{n:08d}" in document[n].get_textpage().get_text_bounded(),
            f"{who}: page {n + 1} lacks its number",
        )


def peer(batch: dict[str, object], home: Path, rounds: int) -> tuple[float, bytes]:
    """Median seconds of WeasyPrint, and its PDF."""
    given, made = home / "cards.json", home / "cards.pdf"
    given.write_text(json.dumps(batch, ensure_ascii=False), encoding="utf-8")
    program = str(ROOT / "bench" / "peers" / "weasy_cards.py")
    command = [str(python_of("weasyprint")), program, str(given), str(made)]
    runs = [subprocess.run(command, check=True, stdout=subprocess.PIPE) for _ in range(rounds)]
    return statistics.median(float(run.stdout) for run in runs), made.read_bytes()


def written(form: CardForm, faces: Sequence[CardFace], rounds: int) -> tuple[float, bytes]:
    """Median seconds of ours, and its PDF."""
    writer, made, seconds = TypstPdf(), b"", []
    for _ in range(rounds):
        begun = time.perf_counter()
        made = writer.cards([(form, face) for face in faces])
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds), made


def main() -> int:
    """Print the table, keep the result; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    lines, targets, count = [], [], asked.rows
    with tempfile.TemporaryDirectory() as home:
        for photos in (False, True):
            form, faces = cards_of(count, photos=photos)
            seconds, made = written(form, faces, asked.rounds)
            theirs, document = peer(batch_of(form, faces), Path(home), 1)
            check(made, count, "ours")
            check(document, count, "WeasyPrint")
            with_what = "with photos" if photos else "text and codes"
            for who, spent, data in (("ours", seconds, made), ("WeasyPrint", theirs, document)):
                lines.append(
                    [who, with_what, f"{spent:.2f}", times(spent / seconds), f"{len(data) / 1e6:.2f}"]
                )
            targets.append(
                target(
                    f"{count:,} cards as one PDF, {with_what}",
                    "<= 4 s",
                    f"{seconds:.2f} s",
                    reached=seconds <= 4,
                )
            )
            if not photos:
                size = len(made) / 1e6
                targets.append(
                    target(
                        f"size of {count:,} cards, {with_what}",
                        "<= 3 MB",
                        f"{size:.2f} MB",
                        reached=size <= 3,
                    )
                )
    head = ["writer", "cards", "seconds", "of ours", "MB"]
    title = f"{count:,} cards to one PDF (medians of {asked.rounds}; WeasyPrint once)"
    save("cards", f"--rows {count} --rounds {asked.rounds}", [table(title, head, lines)], targets)
    return int(any(one["reached"] == "no" for one in targets))


if __name__ == "__main__":
    sys.exit(main())
