"""Stored files over HTTP: previews, downloads, who may see them, what is logged (R30, D22, T13, T15)."""

from collections.abc import Callable
from io import BytesIO
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cli.demo import papers
from app.models.application import MaterialView
from app.models.audit import AccessEvent
from app.models.file import Blob
from tests.commands.flow import Flow
from tests.web.browser import Browser
from tests.web.desk import make_previews, new_employer, real_paper
from tests.web.town import Town

Browse = Callable[..., Browser]
POLICY = "default-src 'none'; sandbox; img-src 'self'"


@pytest.fixture
def flow(town: Town) -> Flow:
    """Everybody of the shipped chain."""
    return Flow(town, town.now)


def submitted(flow: Flow, file_name: str = "毕业证书.jpg") -> tuple[int, str]:
    """A submitted case with one real file; its id and the file's reference."""
    application_id = flow.filled()
    stored = real_paper(flow, application_id, "diploma", file_name, papers.page("毕业证书", ["样例"]))
    flow.submit(application_id)
    return application_id, f"c{application_id}-1-{stored.blob_id}"


def test_preview_is_a_picture_of_ours_and_the_original_only_an_attachment(flow: Flow, browse: Browse) -> None:
    _case, ref = submitted(flow)
    make_previews(flow.town)
    browser = browse("employer", "emp-a")

    image = browser.client.get(f"/files/{ref}/page/1")
    original = browser.client.get(f"/files/{ref}/download")

    assert image.mimetype == "image/jpeg"
    assert Image.open(BytesIO(image.data)).size == Image.open(BytesIO(original.data)).size  # never enlarged
    assert "Content-Disposition" not in image.headers
    assert original.data == papers.page("毕业证书", ["样例"])
    assert original.headers["Content-Disposition"].startswith("attachment;")
    assert f"filename*=UTF-8''{quote('毕业证书.jpg')}" in original.headers["Content-Disposition"]
    for answer in (image, original):
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_preview_in_the_making_has_a_placeholder_and_a_state(flow: Flow, browse: Browse) -> None:
    _case, ref = submitted(flow)
    browser = browse("employer", "emp-a")

    waiting = browser.client.get(f"/files/{ref}/page/1")
    state = browser.client.get(f"/files/{ref}/status").json
    make_previews(flow.town)

    assert (waiting.mimetype, waiting.headers["X-Preview"]) == ("image/svg+xml", "waiting")
    assert ("正在生成预览…" in waiting.text, 'width="481"' in waiting.text) == (True, True)
    assert state == {"state": "waiting", "pages": 1}
    assert browser.client.get(f"/files/{ref}/status").json == {"state": "done", "pages": 1}


def test_strangers_and_visitors_get_the_answer_for_a_missing_file(flow: Flow, browse: Browse) -> None:
    case, ref = submitted(flow)
    make_previews(flow.town)
    flow.town.firm("云海乙企业有限公司", "emp-b", "b")
    stranger = browse("employer", "emp-b")
    kinds = (f"/files/{ref}", f"/files/{ref}/page/1", f"/files/{ref}/download", f"/files/{ref}/status")

    missing = stranger.client.get(f"/files/c{case + 1}-1-1/download")
    for url in kinds:
        foreign = stranger.client.get(url)
        assert foreign.status_code == missing.status_code == 404
        assert browse().client.get(url).headers["Location"].startswith("/?next=")
    assert browse("officer", "county-b-specialist").client.get(kinds[1]).status_code == 404


def test_county_sees_a_file_once_the_case_has_reached_it(flow: Flow, browse: Browse) -> None:
    case, ref = submitted(flow)
    make_previews(flow.town)
    county = browse("officer", "county-a-specialist")

    early = county.client.get(f"/files/{ref}/page/1").status_code
    flow.approve(flow.clerk, case)

    assert [early, county.client.get(f"/files/{ref}/page/1").status_code] == [404, 200]


@pytest.mark.parametrize(
    "ref", ["c1-1-1", "a1", "s1", "x1", "a0", "c1-1", "a99999999999999999999", "..%2Fetc", "c1-2-3-4"]
)
@pytest.mark.usefixtures("flow")
def test_a_reference_that_names_nothing_is_missing(browse: Browse, ref: str) -> None:
    browser = browse("employer", "emp-a")

    assert browser.client.get(f"/files/{ref}/download").status_code == 404


def test_a_blob_of_another_case_cannot_be_named_through_ones_own(flow: Flow, browse: Browse) -> None:
    _theirs, their_ref = submitted(flow)
    mine, _ref = submitted(flow, "另一证书.jpg")
    blob = their_ref.rsplit("-", 1)[1]
    flow_case = flow.filled()
    flow.submit(flow_case)
    browser = browse("person", flow.people[flow_case].username)

    assert browser.client.get(f"/files/c{flow_case}-1-{blob}/download").status_code == 404
    assert browser.client.get(f"/files/c{mine}-1-{blob}/download").status_code == 404


def test_a_draft_is_the_applicants_alone(flow: Flow, browse: Browse) -> None:
    application_id = flow.filled()
    stored = real_paper(flow, application_id, "diploma", "证书.jpg", papers.page("证书", []))
    ref = f"c{application_id}-0-{stored.blob_id}"

    assert (
        browse("person", flow.people[application_id].username)
        .client.get(f"/files/{ref}/download")
        .status_code
        == 200
    )
    assert browse("employer", "emp-a").client.get(f"/files/{ref}/download").status_code == 404


def test_page_outside_the_file_is_missing(flow: Flow, browse: Browse) -> None:
    _case, ref = submitted(flow)
    make_previews(flow.town)
    browser = browse("employer", "emp-a")

    assert [browser.client.get(f"/files/{ref}/page/{n}").status_code for n in (0, 2, 10**9)] == [
        404,
        404,
        404,
    ]


def test_opening_is_logged_once_per_version_and_downloads_each(
    flow: Flow, browse: Browse, session: Session
) -> None:
    case, ref = submitted(flow)
    make_previews(flow.town)
    browser = browse("employer", "emp-a")

    for _again in range(3):
        browser.client.get(f"/files/{ref}/page/1")
    browser.get(f"/files/{ref}")
    for _again in range(2):
        browser.client.get(f"/files/{ref}/download")

    logged = session.execute(
        select(AccessEvent.kind, func.count())
        .where(AccessEvent.object_kind == "application", AccessEvent.object_id == case)
        .group_by(AccessEvent.kind)
    ).all()
    assert {row[0]: row[1] for row in logged} == {"open_file": 1, "download_file": 2}


def test_viewing_ticks_the_material_for_this_reviewer_only(
    flow: Flow, browse: Browse, session: Session
) -> None:
    case, ref = submitted(flow)
    browser = browse("employer", "emp-a")
    browser.get("/home")

    answer = browser.post(f"/files/{ref}/view", fetch=True)
    browser.post(f"/files/{ref}/view", fetch=True)

    assert answer.json == {"viewed": True}
    ticks = session.execute(
        select(MaterialView.application_id, MaterialView.version_no, MaterialView.slot, MaterialView.actor_id)
    ).all()
    assert ticks == [(case, 1, "diploma", flow.firm.account_id)]


def test_employers_papers_are_for_its_bureau_and_its_staff(town: Town, browse: Browse) -> None:
    fresh = new_employer(town, "云海另一企业有限公司", "emp-new2")
    ref = f"a{fresh.attach('licence')}"
    make_previews(town)
    firm = town.firm()
    town.person(firm)

    assert browse("employer", "emp-new2").client.get(f"/files/{ref}/page/1").status_code == 200
    assert browse("officer", "county-a-specialist").client.get(f"/files/{ref}/page/1").status_code == 200
    assert browse("officer", "county-b-specialist").client.get(f"/files/{ref}/page/1").status_code == 404
    assert browse("employer", "emp-a").client.get(f"/files/{ref}/page/1").status_code == 404
    assert browse("person", "per-a1").client.get(f"/files/{ref}/page/1").status_code == 404


def test_a_lost_object_is_a_part_that_is_down_not_an_error(
    flow: Flow, browse: Browse, session: Session
) -> None:
    _case, ref = submitted(flow)
    key = session.scalars(select(Blob.key).where(Blob.id == int(ref.rsplit("-", 1)[1]))).one()
    session.rollback()
    flow.town.ports.vault.delete(key)

    answer = browse("employer", "emp-a").client.get(f"/files/{ref}/download")

    assert answer.status_code == 503
