"""The dialog 上传汇总表 in a browser: each file's mistake stays named, a missing seal is asked about (R33)."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import rosters
from app.models.roster import Roster
from tests.commands.flow import Flow
from tests.journeys.server import Party, chromium, party, serving
from tests.web.browser import Browser
from tests.web.test_rosters import photos
from tests.web.town import PASSWORD, Town

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
]
"""A page is the same whatever database it was made from."""


@pytest.fixture
def roster_id(town: Town) -> int:
    """A roster to upload."""
    flow = Flow(town, town.now)
    ids = flow.at_gate()
    made = rosters.export(town.engine, actor=flow.clerk, ids=ids, seen=flow.locks(*ids), now=town.now)
    return made.id


@pytest.fixture
def clerk(app: Flask, roster_id: int) -> Iterator[Party]:
    """The employer at the open dialog."""
    with serving(app) as base, chromium() as browser:
        who = party(browser, base)
        who.sign_in("employer", "emp-a", PASSWORD)
        who.go(f"/rosters/{roster_id}")
        who.page.get_by_role("button", name="上传汇总表").click()
        yield who


def test_every_refused_file_stays_named_until_others_are_chosen(clerk: Party, tmp_path: Path) -> None:
    empty, notes, good = tmp_path / "empty.pdf", tmp_path / "notes.txt", tmp_path / "1.jpg"
    empty.write_bytes(b"")
    notes.write_text("x")
    Image.new("RGB", (20, 20)).save(good)
    said = clerk.page.locator("[data-scan-errors] li")

    clerk.page.locator("#scan-files").set_input_files([empty, notes])

    assert [text.partition(":")[0] for text in said.all_inner_texts()] == ["empty.pdf", "notes.txt"]

    clerk.page.get_by_role("button", name="上传并核对").click()

    assert [text.partition(":")[0] for text in said.all_inner_texts()][:2] == ["empty.pdf", "notes.txt"]
    assert said.count() == 3

    clerk.page.locator("#scan-files").set_input_files(good)

    assert said.count() == 0
    assert clerk.page.locator("[data-scan-files] li").count() == 1


def test_a_sheet_without_a_seal_is_accepted_once_the_employer_says_it_is_stamped(
    clerk: Party, roster_id: int, town: Town, browse, tmp_path: Path
) -> None:
    page, grey = clerk.page, tmp_path / "1.png"
    sheet: Browser = browse("employer", "emp-a")
    Image.open(BytesIO(photos(sheet, roster_id)[0])).convert("L").save(grey)

    page.locator("#scan-files").set_input_files(grey)
    page.get_by_role("button", name="上传并核对").click()
    page.get_by_text("未检出红章（灰度扫描无法判断）。仍要上传？").wait_for()
    clerk.picture("scan_unsure")
    assert _state(town, roster_id) == "exported"

    with page.expect_file_chooser():
        page.get_by_role("button", name="重新选择").click()
    assert page.locator("[data-scan-files] li").count() == 0

    page.locator("#scan-files").set_input_files(grey)
    page.get_by_role("button", name="上传并核对").click()
    with page.expect_navigation():
        page.get_by_role("button", name="已盖章，确认上传").click()

    assert _state(town, roster_id) == "sealed"


def _state(town: Town, roster_id: int) -> str:
    with Session(town.engine) as session:
        return session.scalars(select(Roster.state).where(Roster.id == roster_id)).one()
