"""The site document on screen: check, save, mistakes with their path, and what employers see of it (I4, D1)."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.domain.audit import digest_of
from app.models.audit import AuditEvent
from app.models.reference import Site
from app.queries.audit import broken_chains
from tests.web.browser import Browser, text_of, values
from tests.web.superuser import superuser
from tests.web.test_employer_pages import newcomer, upload
from tests.web.town import Town

__all__ = ["newcomer"]

Browse = Callable[..., Browser]
LICENCE = "营业执照或法人证书"
MORE = """- code: tax
  title: 完税证明
  max_files: 2
"""


@pytest.fixture
def admin(town: Town, browse: Browse) -> Browser:
    """A superuser's browser."""
    return superuser(town, browse)


def document(engine: Engine) -> dict[str, object]:
    """The stored document."""
    with Session(engine) as session:
        return dict(session.scalars(select(Site.document)).one())


def text_in(browser: Browser) -> str:
    """The text in the editor and the digest it goes with."""
    return browser.client.get("/site/document.yaml").text


def seen(browser: Browser) -> str:
    """Open the editor; the digest of the document it shows."""
    return values(browser.get("/site/edit"), "seen")[0]


def with_tax(text: str) -> str:
    """One more material, and one less."""
    head, tail = text.split("materials:\n")
    return head + "materials:\n" + MORE + "- code: authorization" + tail.split("- code: authorization", 1)[1]


def test_an_employer_at_work_meets_the_saved_materials_at_once(
    admin: Browser, newcomer: Browser, engine: Engine
) -> None:
    assert upload(newcomer, "licence") == 200
    before = text_of(newcomer.get("/employer"))
    old = document(engine)
    mark = seen(admin)

    answer = admin.post(
        "/site/edit", {"document": with_tax(text_in(admin)), "seen": mark, "action": "save"}, follow=False
    )
    page = newcomer.get("/employer")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/site")
    assert (LICENCE in before, "完税证明" in before) == (True, False)
    assert "完税证明" in text_of(page)
    assert 'value="licence"' not in page
    assert (upload(newcomer, "tax"), upload(newcomer, "licence")) == (200, 404)
    with Session(engine) as session:
        logged = session.scalars(select(AuditEvent).where(AuditEvent.event == "site")).one()
        assert logged.payload == {"before": digest_of(old), "after": digest_of(document(engine))}
        assert list(broken_chains(session)) == []


def test_the_name_in_the_frame_follows(admin: Browser) -> None:
    mark = seen(admin)

    admin.post(
        "/site/edit",
        {"document": text_in(admin).replace("云海市人才服务平台", "滨海市人才网"), "seen": mark},
    )

    assert "滨海市人才网" in admin.get("/site")


def test_a_check_names_what_changes_and_saves_nothing(admin: Browser, engine: Engine) -> None:
    before, mark = document(engine), seen(admin)

    answer = admin.post("/site/edit", {"document": with_tax(text_in(admin)), "seen": mark, "action": "check"})
    words = text_of(answer.text)

    assert answer.status_code == 200
    assert "材料 完税证明 tax : 新增" in words
    assert f"材料 {LICENCE} licence : 删除" in words
    assert "title: 完税证明" in answer.text
    assert document(engine) == before


@pytest.mark.parametrize("action", ["check", "save"])
@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("kind: select", "kind: staff_member", "fields[0].kind"),
        ("list: unit_natures", "list: no_such_list", "fields[0].list"),
        ("minimum: 16", "minimum: sixteen", "ages.minimum"),
        ("credit_code: optional", "credit_code: optional\nsurprise: 1", "surprise"),
        ("code: authorization", "code: licence", "materials[1].code"),
        ("materials:", "materials: [", ""),
    ],
)
def test_a_mistake_is_named_with_its_path_and_nothing_is_lost(
    admin: Browser, engine: Engine, action: str, old: str, new: str, path: str
) -> None:
    before, mark = document(engine), seen(admin)
    wrong = text_in(admin).replace(old, new, 1)
    assert wrong != text_in(admin)

    answer = admin.post("/site/edit", {"document": wrong, "seen": mark, "action": action})

    assert answer.status_code == 422
    assert path in text_of(answer.text)
    assert new.splitlines()[-1] in answer.text
    assert document(engine) == before


def test_who_saves_second_overwrites_nothing_and_keeps_his_text(admin: Browser, engine: Engine) -> None:
    text, mark = text_in(admin), seen(admin)
    admin.post("/site/edit", {"document": with_tax(text), "seen": mark})
    first = document(engine)

    late = admin.post(
        "/site/edit", {"document": text.replace("minimum: 16", "minimum: 18"), "seen": mark, "action": "save"}
    )

    assert late.status_code == 422
    assert "minimum: 18" in late.text
    assert "完税证明" in late.text
    assert document(engine) == first


def test_a_file_takes_the_place_of_the_text(admin: Browser, engine: Engine) -> None:
    mark = seen(admin)
    file = (BytesIO(with_tax(text_in(admin)).encode()), "site.yaml")

    admin.post("/site/edit", {"document": "x", "seen": mark, "file": file})

    assert [one["code"] for one in document(engine)["materials"]] == ["tax", "authorization"]  # type: ignore[attr-defined]


def test_the_same_document_again_is_no_event(admin: Browser, engine: Engine) -> None:
    mark = seen(admin)

    admin.post("/site/edit", {"document": text_in(admin), "seen": mark})

    with Session(engine) as session:
        assert session.scalar(select(AuditEvent.seq).where(AuditEvent.event == "site")) is None


def test_others_neither_see_nor_save(town: Town, browse: Browse, engine: Engine, app: Flask) -> None:
    del app
    before = document(engine)
    town.firm()
    clerk, officer = browse("employer", "emp-a"), browse("officer", "county-a-specialist")

    for browser in (clerk, officer):
        browser.get("/account")
        urls = [browser.client.get(url).status_code for url in ("/site", "/site/edit", "/site/document.yaml")]
        sent = browser.post("/site/edit", {"document": "site: x", "seen": digest_of(before)})
        assert (urls, sent.status_code) == ([403] * 3, 403)
    assert document(engine) == before
