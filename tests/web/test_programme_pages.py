"""Programmes on screen: versions, import with mistakes named, check, publish (D3, I4)."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.models.programme import Programme, ProgrammeVersion
from app.queries import programmes
from tests.web.browser import Browser, text_of
from tests.web.superuser import superuser
from tests.web.town import Town


@pytest.fixture
def admin(town: Town, browse: Callable[..., Browser]) -> Browser:
    """A superuser's browser."""
    return superuser(town, browse)


def states(engine: Engine) -> list[tuple[int, str]]:
    """Version numbers and states of the shipped programme."""
    with Session(engine) as session:
        rows = select(ProgrammeVersion.n, ProgrammeVersion.state).order_by(ProgrammeVersion.n)
        return [(n, state) for n, state in session.execute(rows)]


def shipped(engine: Engine) -> tuple[int, str, str]:
    """Id of the newest version, code and text of the shipped programme."""
    with Session(engine) as session:
        code = session.scalars(select(Programme.code)).first() or ""
        key = session.scalars(select(ProgrammeVersion.id).order_by(ProgrammeVersion.n.desc())).first() or 0
        return key, code, programmes.document_text(session, code)


def test_list_and_version_show_the_shipped_programme(admin: Browser, engine: Engine) -> None:
    key, code, _text = shipped(engine)

    directory = admin.get("/programmes/")
    assert code in directory
    heads = text_of(directory.split("<thead>")[1].split("</thead>")[0])
    assert "发布时间 停用时间" in heads
    page = admin.get(f"/programmes/versions/{key}")
    assert "县区负责人审核" in text_of(page)
    assert page.count("<h1>") == 1


def test_edited_document_becomes_a_draft_that_is_checked_and_published(
    admin: Browser, engine: Engine
) -> None:
    key, _code, text = shipped(engine)
    admin.get(f"/programmes/versions/{key}/edit")

    saved = admin.post(
        f"/programmes/versions/{key}/edit", {"document": text.replace("领军人才", "领军型人才")}, follow=False
    )
    draft = saved.headers["Location"].rpartition("/")[2]
    admin.post(f"/programmes/versions/{draft}/check")
    after_check = states(engine)
    admin.post(f"/programmes/versions/{draft}/publish")

    assert after_check == [(1, "published"), (2, "checked")]
    assert states(engine) == [(1, "retired"), (2, "published")]


def test_broken_document_is_shown_again_with_every_path(admin: Browser, engine: Engine) -> None:
    before = states(engine)
    admin.get("/programmes/import")

    answer = admin.post("/programmes/import", {"document": "programme: x\nname: 1\nstages: 7\n"})

    assert answer.status_code == 422
    assert "name：" in text_of(answer.text)
    assert "stages：" in text_of(answer.text)
    assert "programme: x" in answer.text
    assert states(engine) == before


def test_draft_changed_by_someone_else_is_refused(admin: Browser, engine: Engine) -> None:
    key, _code, text = shipped(engine)
    admin.get(f"/programmes/versions/{key}/edit")
    saved = admin.post(f"/programmes/versions/{key}/edit", {"document": text}, follow=False)
    draft = saved.headers["Location"].rpartition("/")[2]
    admin.post(f"/programmes/versions/{draft}/edit", {"document": text.replace("领军", "领头"), "lock": "0"})

    late = admin.post(f"/programmes/versions/{draft}/edit", {"document": text, "lock": "0"})

    assert late.status_code == 422
    assert "领头" in shipped_draft(engine)


def shipped_draft(engine: Engine) -> str:
    """The draft's document as text."""
    with Session(engine) as session:
        return str(
            session.scalars(select(ProgrammeVersion.document).where(ProgrammeVersion.state == "draft")).one()
        )


def test_document_downloads_as_a_file(admin: Browser, engine: Engine) -> None:
    key, code, text = shipped(engine)

    answer = admin.client.get(f"/programmes/versions/{key}/document.yaml")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="{code}-v1.yaml"'
    assert answer.text == text


def test_others_may_not_see_or_publish(town: Town, browse: Callable[..., Browser], engine: Engine) -> None:
    key, _code, _text = shipped(engine)
    town.firm()
    browser = browse("employer", "emp-a")
    browser.get("/account")

    answers = [browser.client.get("/programmes/"), browser.post(f"/programmes/versions/{key}/publish")]

    assert [answer.status_code for answer in answers] == [403, 403]
