"""From an employer's registration to a printed card that anyone can check: every party, in Chromium, with real files."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo import papers
from app.cli.demo.loader import Loader
from app.cli.demo.people import load_people
from app.extensions import db
from app.models.application import Application
from app.models.card import CardPrint
from app.queries.audit import broken_chains
from tests.journeys import as_employer, as_officer, as_person
from tests.journeys.server import WIDTHS, chromium, party, serving

STEPS = ("county-a-specialist", "county-a-leader", "city-specialist", "city-leader")
WRONG = as_employer.Return(
    entry="职务",
    entry_reason="填报信息与证明材料不一致",
    material="学历学位证书",
    material_reason="图像不清晰",
    words="请按合同填写职务。",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
    pytest.mark.parametrize("device", list(WIDTHS)),
]
"""On PostgreSQL the same way is gone through HTTP, chapter by chapter, beside this file."""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Ordinary files as people have them."""
    for name in ("执照", "委托书", "身份证", "合同", "学历", "证书"):
        (tmp_path / f"{name}.jpg").write_bytes(papers.page(name, [as_employer.NAME]))
    (tmp_path / "照片.jpg").write_bytes(papers.portrait(7))
    return tmp_path


def test_a_case_goes_from_registration_to_a_card_that_can_be_checked(
    app: Flask, files: Path, device: str
) -> None:
    with app.app_context():
        load_people(Loader.of_app())
    with serving(app) as base, chromium() as browser:
        employer, person = (party(browser, base, device=device) for _ in range(2))
        as_employer.register(employer)
        as_employer.submit(employer, files)
        as_officer.approve_employer(party(browser, base, device=device), as_employer.NAME)
        as_person.register(person)
        as_employer.approve_person(employer, as_person.NAME)
        as_person.apply(person, files)
        as_employer.send_back(employer, WRONG)
        as_person.correct(person, WRONG, files)
        as_employer.approve_batch(employer)
        as_employer.upload_roster(employer, files, name=as_person.NAME, number=as_person.NUMBER)
        for username in STEPS:
            as_officer.review(party(browser, base, device=device), username)
        as_officer.print_card(party(browser, base, device=device))
        as_person.sees_the_card(person)
        as_officer.verify(party(browser, base, device=device), _only_token(app), unseen=as_person.NAME)
        complaints = employer.complaints + person.complaints

    with app.app_context():
        assert list(broken_chains(db.session())) == []
    assert complaints == []


def _only_token(app: Flask) -> str:
    with app.app_context(), Session(db.engine) as session:
        assert session.scalars(select(Application.status)).all() == ["issued"]
        return session.execute(select(CardPrint.token)).scalar_one()
