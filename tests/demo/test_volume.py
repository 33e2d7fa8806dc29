"""The volume loader: what it loads is what the commands would have left behind (contract: CLI, D10, D12)."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

import click
import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.cli.demo.loader import Loader
from app.cli.demo.volume import check_size, load_volume, make_scene
from app.cli.demo.volume.build import build
from app.cli.demo.volume.identifiers import credit_code, numbers
from app.cli.demo.volume.outcomes import deck
from app.cli.demo.volume.plan import Part, Size, plan
from app.cli.demo.volume.series import Numbers, Series
from app.domain import identity
from app.domain.roster import roster_digest
from app.domain.states import Status
from app.models.account import Account, IdentityClaim
from app.models.application import Application, Review, ReviewItem, Submission
from app.models.card import Card
from app.models.employer import Employer
from app.models.person import Person
from app.models.roster import Roster, RosterItem, RosterScan
from app.models.work import Message, SecretValue
from app.queries import drafts
from app.queries.actors import actor_of
from app.queries.audit import broken_chains
from app.queries.programmes import programmes_of
from app.queries.roster_rows import member_rows
from tests.demo.conftest import SMALL
from tests.properties.invariants import approvals_hold, one_open, replays, rosters_hold
from tests.web.browser import Browser

STAGES = {"employer", "county_specialist", "county_leader", "city_specialist", "city_leader"}


def test_a_load_satisfies_every_invariant_covers_every_state_repeats_and_adds(
    app: Flask, engine: Engine, loader: Loader, loaded: list[str]
) -> None:
    with Session(engine) as session:
        ids = session.scalars(select(Application.id)).all()
        assert len(ids) == SMALL.applications
        assert list(broken_chains(session)) == []
        for application_id in ids:
            replays(session, application_id)
            approvals_hold(session, application_id)
        one_open(session)
        rosters_hold(session)
        _covers_every_state(session)
        _numbers_are_claimed(session, loader)
        _cards_are_those_of_issued_cases(session)
        _scans_are_live_iff_sealed(session)
        _forms_would_be_accepted(session, loader)
        _sheets_are_what_would_be_printed(session)
        assert session.scalar(select(func.count()).where(Message.state != "sent")) == _messages_of_demo(
            session
        )
    assert f"{SMALL.applications:,} applications" in loaded[-1]
    result = app.test_cli_runner().invoke(args=["doctor"])
    assert (result.exit_code, "no errors" in result.output) == (0, True)
    _officers_pages_open(app)
    _a_second_load_adds_other_people(engine, loader)
    _the_same_seed_makes_the_same_people_and_cases(loader)


def _messages_of_demo(session: Session) -> int:
    """Messages of the people that commands made; nothing sends in this test."""
    made_by_loader = Account.username.like("v%")
    return (
        session.scalar(
            select(func.count())
            .select_from(Message)
            .join(Account, Account.id == Message.account_id)
            .where(~made_by_loader)
        )
        or 0
    )


def _covers_every_state(session: Session) -> None:
    a = Application
    rows = session.execute(select(a.status, a.stage_code, a.is_ready)).all()
    assert {row.status for row in rows} == {status.value for status in Status}
    assert {row.stage_code for row in rows if row.is_ready} == STAGES
    assert ("in_review", "county_specialist", False) in {tuple(row) for row in rows}
    assert set(session.scalars(select(Review.verdict))) == {
        "approve",
        "send_back",
        "back",
        "reject",
        "cancel",
        "undo",
    }
    assert set(session.scalars(select(Roster.state))) == {"exported", "sealed", "scan_returned"}
    assert session.scalar(select(func.count(a.county_id.distinct()))) == 2
    assert session.scalar(select(func.count(a.category.distinct()))) == 3
    assert len({row.year for row in session.scalars(select(a.created))}) >= 3
    assert session.scalar(select(func.count(ReviewItem.id))) > 0


def _numbers_are_claimed(session: Session, loader: Loader) -> None:
    """I8, and the numbers are valid, sealed and found by their blind index."""
    people = session.scalars(select(Account).where(Account.username.like("v%"))).all()
    secrets = {row.id: row for row in session.scalars(select(SecretValue))}
    claims = {row.digest: row for row in session.scalars(select(IdentityClaim))}
    cipher = loader.ports.cipher
    for account in people:
        document, mobile = secrets[account.doc_no_id], secrets[account.mobile_id]
        number = cipher.open("secret_value", "enc", document.id, document.enc)
        checked = identity.resident_id(number, loader.now.date())
        assert (checked.masked, cipher.digest("cn18", number).hex()) == (
            account.doc_no_masked,
            account.person_key,
        )
        assert claims[account.person_key].account_id == account.id
        phone = cipher.open("secret_value", "enc", mobile.id, mobile.enc)
        assert identity.mobile_number(phone) == phone
        assert claims[mobile.digest].account_id == account.id


def _cards_are_those_of_issued_cases(session: Session) -> None:
    """I9."""
    issued = set(session.scalars(select(Application.id).where(Application.status == "issued")))
    cards = session.scalars(select(Card)).all()
    assert {card.application_id for card in cards} == issued
    live = Counter(card.person_id for card in cards if card.state in ("active", "lost"))
    assert set(live.values()) == {1}


def _scans_are_live_iff_sealed(session: Session) -> None:
    """I6."""
    live = set(session.scalars(select(RosterScan.roster_id).where(RosterScan.superseded_at.is_(None))))
    assert live == set(session.scalars(select(Roster.id).where(Roster.state == "sealed")))


def _forms_would_be_accepted(session: Session, loader: Loader) -> None:
    """Every submitted form is one that the applicant could have submitted."""
    rows = session.execute(
        select(Application.id, Person.account_id).join(Person, Person.id == Application.person_id)
        .where(Application.status.in_(("in_review", "approved", "draft")))
    )  # fmt: skip
    for application_id, account_id in rows.all():
        view = drafts.draft(session, actor_of(session, account_id), application_id, now=loader.now)
        assert view.errors == ()
        if view.version_no:
            submission = session.get_one(Submission, (application_id, view.version_no))
            assert tuple(submission.chain) == view.programme.route(view.facts)


def _sheets_are_what_would_be_printed(session: Session) -> None:
    """The frozen digest of a roster is that of its members as they are now (I16)."""
    for roster in session.scalars(select(Roster)).all():
        programme = programmes_of(session, (roster.programme_version_id,))[roster.programme_version_id]
        items = session.scalars(
            select(RosterItem).where(RosterItem.roster_id == roster.id).order_by(RosterItem.position)
        ).all()
        ids = [item.application_id for item in items]
        found = member_rows(session, programme, ids)
        assert roster.digest == roster_digest([found[i] for i in ids])


def _officers_pages_open(app: Flask) -> None:
    for username, path in (
        ("county-a-specialist", "/review/bohai-talent-card/county_specialist"),
        ("city-leader", "/review/bohai-talent-card/city_leader"),
        ("city-print", "/home"),
    ):
        browser = Browser(app.test_client())
        browser.sign_in("officer", username)
        assert "<h1" in browser.get(path)


def _a_second_load_adds_other_people(engine: Engine, loader: Loader) -> None:
    load_volume(loader, Size(2, 8, 10, seed=11), workers=1, say=lambda _line: None)

    with Session(engine) as session:
        loaded_employers = select(Account.employer_id).where(Account.username.like("vemp%"))
        assert session.scalar(select(func.count(Employer.id)).where(Employer.id.in_(loaded_employers))) == 6
        assert session.scalar(select(func.count(Application.id))) == 90
        assert list(broken_chains(session)) == []


def _the_same_seed_makes_the_same_people_and_cases(loader: Loader) -> None:
    scene = make_scene(loader, variants=2)
    size = Size(2, 20, 30, seed=5)
    part = Part(0, 0, 2, 0, 20, 0, 30)

    def made(seed: int) -> list[list[object]]:
        asked = Size(size.employers, size.persons, size.applications, seed)
        plans = plan(part, asked, deck(scene.programme), scene.now)
        counts = Series(scene.programme).needed(plans, lambda ordinal: scene.bureau(ordinal).code)
        taken = Numbers({key: range(1, n + 1) for key, n in counts.items()})
        tables = build(scene, plans, taken, seed=f"{seed}", first_staff=20)
        wanted = (
            (Person, "name"), (Person, "birth"), (Account, "username"), (Employer, "name"), (Application, "no"),
            (Application, "status"), (Application, "created"), (Submission, "data"),
        )  # fmt: skip
        return [[str(v)[:60] for v in tables.column(model, name)] for model, name in wanted]

    first, again, other = made(5), made(5), made(6)

    assert [column for n, column in enumerate(first) if n < 7] == [c for n, c in enumerate(again) if n < 7]
    assert first[0] != other[0]


def test_numbers_of_people_and_units_are_valid_and_never_the_same(now: datetime) -> None:
    today = now.date()
    people = [numbers(ordinal, today) for ordinal in range(3000)]
    codes = [credit_code(ordinal, "890121") for ordinal in range(500)]

    assert len({one.document.value for one in people}) == len({one.mobile for one in people}) == 3000
    assert [identity.credit_code(code) for code in codes] == codes
    assert len(set(codes)) == 500


@pytest.mark.parametrize(
    "size", [Size(0, 1, 1, 1), Size(5, 3, 9, 1), Size(1, 10, 500, 1), Size(1, 20_000, 9, 1)]
)
def test_sizes_that_cannot_be_loaded_are_refused_in_words(size: Size) -> None:
    with pytest.raises(click.BadParameter):
        check_size(size)


def test_production_refuses_to_load(app: Flask, engine: Engine) -> None:
    app.extensions["yingcai.settings"] = replace(app.extensions["yingcai.settings"], app_env="production")

    result = app.test_cli_runner().invoke(args=["demo", "load", "--applications", "10"])

    assert (result.exit_code, "development only" in result.output) == (1, True), repr(result)
    with Session(engine) as session:
        assert session.scalar(select(func.count(Employer.id))) == 0
