"""Telephone numbers that a programme asks for: never in clear in a case, full on the printed roster (D23, I18)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import programmes
from app.domain.errors import InvalidInput
from app.domain.values import kept_id
from app.models.application import Draft, Submission
from app.models.roster import RosterItem
from app.models.work import SecretValue
from app.queries import rosters
from tests.commands.flow import ANSWERS, Flow
from tests.commands.paper import exported
from tests.unit.domain.programmes import SHIPPED

NUMBER, OTHER = "0631-5236789", "13912345678"
FIELD = "  - {code: home_phone, title: 家庭电话, kind: phone, required: true}\n"


@pytest.fixture
def asking(flow: Flow) -> Flow:
    """The shipped programme, which now asks for a telephone number and prints it."""
    text = SHIPPED.read_text(encoding="utf-8")
    before, fields, after = text.partition("\nfields:\n")
    changed = (
        before
        + fields
        + FIELD
        + after.replace(
            "    - service_phone 服务专员联系方式\n",
            "    - service_phone 服务专员联系方式\n    - home_phone 家庭电话\n",
        )
    )
    admin = flow.town.superuser()
    made = programmes.import_document(flow.engine, actor=admin, document=changed, now=flow.now)
    assert (
        programmes.check(flow.engine, actor=admin, version_id=made.version_id, now=flow.now).state
        == "checked"
    )
    programmes.publish(flow.engine, actor=admin, code="bohai-talent-card", now=flow.now)
    return flow


def _answer(flow: Flow, case: int) -> object:
    with Session(flow.engine) as session:
        return session.scalars(select(Draft.data).where(Draft.application_id == case)).one()["home_phone"]


def _numbers(flow: Flow) -> int:
    with Session(flow.engine) as session:
        return len(session.scalars(select(SecretValue.id)).all())


def test_a_number_is_put_away_once_and_the_masked_text_leaves_it(asking: Flow) -> None:
    case = asking.filled({**ANSWERS, "home_phone": NUMBER})
    first, rows = _answer(asking, case), _numbers(asking)

    asking.save(case, {"home_phone": "063*-***6789", "position": "所长"})
    same = _answer(asking, case)
    asking.save(case, {"home_phone": OTHER})

    assert str(first).partition("#")[0] == "063*-***6789"
    assert same == first
    assert str(_answer(asking, case)).partition("#")[0] == "139****5678"
    assert _numbers(asking) == rows + 1


def test_nobody_names_a_number_that_is_not_his(asking: Flow) -> None:
    case, other = (asking.filled({**ANSWERS, "home_phone": number}) for number in (NUMBER, OTHER))
    before = asking.snapshot()

    with pytest.raises(InvalidInput) as refused:
        asking.save(case, {"home_phone": _answer(asking, other)})

    assert [error.field for error in refused.value.errors] == ["home_phone"]
    assert asking.snapshot() == before


def test_the_submission_and_the_roster_hold_the_row_and_the_print_the_number(asking: Flow) -> None:
    case = asking.filled({**ANSWERS, "home_phone": NUMBER})
    asking.submit(case)
    asking.approve(asking.clerk, case)
    roster = exported(asking, [case])
    cipher = asking.town.ports.cipher

    with Session(asking.engine) as session:
        frozen = session.scalars(select(Submission.data).where(Submission.application_id == case)).one()
        printed = session.scalars(select(RosterItem.row).where(RosterItem.application_id == case)).one()
        sheet = rosters.sheet(session, asking.clerk, roster.id, cipher=cipher)

    assert kept_id(frozen["home_phone"]) == int(printed[-2]["secret"])
    assert printed[-2]["text"] == "063*-***6789"
    assert sheet.rows[0][-2] == NUMBER
