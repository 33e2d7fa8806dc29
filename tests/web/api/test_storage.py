"""Files that the store has no room for, and files that are no longer handed out."""

import errno
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.adapters.storage.local import LocalFileStore
from app.cli.demo import papers
from app.models.file import Blob
from tests.commands.flow import Flow
from tests.web.api.caller import Caller
from tests.web.api.test_way import work_off
from tests.web.browser import Browser
from tests.web.conftest import Watch

Call = Callable[..., Caller]


@pytest.fixture(params=[(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EIO, 503), (errno.EROFS, 503)])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A disk that takes no file; the status that says so."""
    number, status = request.param

    def refuse(_store: LocalFileStore, _key: str, _data: bytes) -> None:
        raise OSError(number, "refused by the disk", str(Path("/srv/store")))

    monkeypatch.setattr(LocalFileStore, "put", refuse)
    return int(status)


def test_a_disk_that_takes_no_file_is_said_and_leaves_no_row(
    flow: Flow, caller: Call, browse: Callable[..., Browser], session: Session, disk: int
) -> None:
    talent = flow.applicant()
    case = flow.draft(talent)
    page = papers.page("毕业证书", ["样例"])
    before = session.scalar(select(func.count()).select_from(Blob))

    problem = caller("person", talent.username).upload(
        f"/applications/{case}/materials", {"type": "diploma"}, ("file", "diploma.jpg", page), status=disk
    )
    browser = browse("person", talent.username)
    browser.get(f"/apply/{case}/form")
    answer = browser.post(
        f"/apply/{case}/materials", {"type": "diploma", "file": (BytesIO(page), "diploma.jpg")}, fetch=True
    )

    session.rollback()
    assert (answer.status_code, session.scalar(select(func.count()).select_from(Blob))) == (disk, before)
    assert "/srv" not in str(problem) + answer.text


def test_an_export_that_is_no_longer_kept_is_refused_as_documented(
    app: Flask, flow: Flow, caller: Call, watch: Watch
) -> None:
    clerk = caller("employer", flow.firm.username)
    job = clerk.post("/exports", {"kind": "applications"}, status=202)
    work_off(app)
    watch.forward(days=400)  # the worker of this test has the clock on the wall

    clerk = caller("employer", flow.firm.username)
    problem = clerk.get(f"/exports/{job['id']}/file", 409)

    assert problem["code"] == "export_expired"
