"""The bureau's review of employers over HTTP: queue, desk, changes, suspension (R12–R14, R21)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands import employer_changes, employers
from app.commands.employer_changes import ChangeForm
from app.domain.registration import Finding, Verdict
from app.models.employer import Employer, EmployerChange
from tests.web.browser import Browser, text_of, values
from tests.web.desk import NewEmployer, new_employer, outcomes, waiting_employer
from tests.web.town import Town

Browse = Callable[..., Browser]
QUEUE = "/employers/review"


def returned(town: Town, employer: NewEmployer, *findings: Finding) -> None:
    """The bureau returned the registration."""
    registrar = town.officer("county-a-specialist", town.bureaus.a, set())
    result = employers.decide(
        town.engine,
        actor=registrar,
        verdict=Verdict.SEND_BACK,
        seen={employer.id: employer.lock},
        findings=findings,
        now=town.now,
    )
    assert result.moved == (employer.id,)


def test_todo_line_counts_exactly_the_waiting_registrations_of_the_county(town: Town, browse: Browse) -> None:
    waiting_employer(town)
    waiting_employer(town, "云海另一企业有限公司", "emp-new2")
    waiting_employer(town, "云海乙县企业有限公司", "emp-new3", "b")
    new_employer(town, "云海未提交企业有限公司", "emp-new4")

    page = browse("officer", "county-a-specialist").get(QUEUE)

    assert len(values(page, "rowid")) == 2
    assert "云海乙县企业有限公司" not in page
    assert "云海未提交企业有限公司" not in page


def test_ticked_registrations_are_approved_and_each_row_is_named(town: Town, browse: Browse) -> None:
    ours, theirs = waiting_employer(town), waiting_employer(town, "云海乙县企业有限公司", "emp-b-new", "b")
    browser = browse("officer", "county-a-specialist")
    rows = [*values(browser.get(QUEUE), "rowid"), f"{theirs.id}:{theirs.lock}"]

    answer = browser.post(f"{QUEUE}/approve", {"rowid": rows, "submission_key": browser.key})

    assert outcomes(answer.text) == (1, 0, 1)
    assert "已通过" in text_of(answer.text).partition(ours.name)[2]
    assert [ours.state, theirs.state] == ["active", "submitted"]
    assert theirs.name not in answer.text


def test_desk_shows_data_files_and_only_masked_numbers(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    serial = town.serial

    page = browse("officer", "county-a-specialist").get(f"/employers/{employer.id}")

    text = text_of(page)
    assert employer.name in text
    assert "陈新联" in text
    assert "营业执照或法人证书" in text
    assert f"138{serial:08d}" not in page
    assert len(values(page, "item")) == 12
    assert page.count("data-material=") == 2


def test_return_names_items_with_reasons_and_the_employer_reads_them(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    browser = browse("officer", "county-a-specialist")
    browser.get(f"/employers/{employer.id}")
    data = {
        "verb": "send_back",
        "lock": str(employer.lock),
        "item": ["material:licence", "field:address"],
        "reason:material:licence": "unclear",
        "reason:field:address": "other",
        "text:field:address": "请填写注册地址",
        "submission_key": browser.key,
    }

    answer = browser.post(f"{QUEUE}/{employer.id}/decide", data, follow=False)

    assert answer.status_code == 302
    assert employer.state == "returned"
    own = browse("employer", "emp-new").get("/employer")
    assert "请填写注册地址" in own
    assert "请重新上传清晰的彩色扫描件。" in own


def test_return_without_items_or_reasons_changes_nothing(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    browser = browse("officer", "county-a-specialist")
    browser.get(f"/employers/{employer.id}")
    before = employer.lock

    bare = browser.post(
        f"{QUEUE}/{employer.id}/decide",
        {"verb": "send_back", "lock": str(before), "submission_key": "key-return-1"},
    )
    halved = browser.post(
        f"{QUEUE}/{employer.id}/decide",
        {
            "verb": "send_back",
            "lock": str(before),
            "item": "material:licence",
            "submission_key": "key-return-2",
        },
    )

    assert [bare.status_code, halved.status_code] == [409, 422]
    assert (employer.state, employer.lock) == ("submitted", before)


TOO_LONG = "\u0958" * 500
"""500 characters as typed, 1000 as they are stored."""


@pytest.mark.parametrize("opinion", ["长" * 501, TOO_LONG])
def test_an_opinion_that_is_too_long_is_refused_at_its_field(
    town: Town, browse: Browse, opinion: str
) -> None:
    employer = waiting_employer(town)
    browser = browse("officer", "county-a-specialist")
    browser.get(f"/employers/{employer.id}")
    before = employer.lock

    answer = browser.post(
        f"{QUEUE}/{employer.id}/decide",
        {"verb": "approve", "lock": str(before), "opinion": opinion, "submission_key": browser.key},
    )

    assert answer.status_code == 422
    assert '<a href="#opinion">' in answer.text
    assert 'id="opinion" name="opinion" aria-invalid="true"' in answer.text
    assert (employer.state, employer.lock) == ("submitted", before)


def test_a_stale_desk_decides_nothing(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    browser = browse("officer", "county-a-specialist")
    browser.get(f"/employers/{employer.id}")

    answer = browser.post(
        f"{QUEUE}/{employer.id}/decide", {"verb": "approve", "lock": "0", "submission_key": browser.key}
    )

    assert answer.status_code == 409
    assert employer.state == "submitted"


def test_resubmission_opens_on_what_changed_with_the_answer(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    returned(
        town,
        employer,
        Finding("unclear", "照片反光", material="licence"),
        Finding("other", "请核对电话", field="phone"),
    )
    employer.attach("licence", "新的营业执照", "新执照.jpg")
    employer.submit({"phone": "电话无误"})

    page = browse("officer", "county-a-specialist").get(f"/employers/{employer.id}")

    text = text_of(page)
    assert "照片反光" in text
    assert "电话无误" in text
    assert 'class="change-new"' in page
    licence = text_of(page.split("照片反光")[1].split("</tr>")[0])
    assert "营业执照.jpg" in licence
    assert "新执照.jpg" in licence
    assert page.count('class="tag info">新') == 1


def test_desk_of_another_county_is_missing(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    browser = browse("officer", "county-b-specialist")

    browser.get(f"/employers/{employer.id}", status=404)
    browser.get(QUEUE)
    answer = browser.post(
        f"{QUEUE}/{employer.id}/decide",
        {"verb": "approve", "lock": str(employer.lock), "submission_key": "k-1"},
    )

    assert answer.status_code == 404
    assert employer.state == "submitted"


def test_change_stands_side_by_side_and_old_values_stay_until_approval(
    town: Town, browse: Browse, session: Session
) -> None:
    firm = town.firm()
    actor = town.actor(firm.account_id)
    with Session(town.engine) as reading:
        lock = reading.scalars(select(Employer.lock).where(Employer.id == firm.id)).one()
    change_id = employer_changes.request_change(
        town.engine, actor=actor, lock=lock, form=ChangeForm(name="云海新名称有限公司"), now=town.now
    )
    browser = browse("officer", "county-a-specialist")

    queue = browser.get("/employers/changes")
    page = browser.get(f"/employers/changes/{change_id}")
    name_before = session.scalars(select(Employer.name).where(Employer.id == firm.id)).one()
    session.rollback()
    foreign = browse("officer", "county-b-specialist")
    foreign.get(f"/employers/changes/{change_id}", status=404)
    done = browser.post(
        f"/employers/changes/{change_id}/decide",
        {"verb": "approve", "lock": values(page, "lock")[0]},
        follow=False,
    )

    assert "云海新名称有限公司" in queue
    assert "申请时间" in text_of(queue.split("<thead>")[1].split("</thead>")[0])
    assert firm.name in text_of(page)
    assert name_before == firm.name
    assert done.status_code == 302
    assert session.scalars(select(Employer.name).where(Employer.id == firm.id)).one() == "云海新名称有限公司"


def test_returning_a_change_needs_a_reason(town: Town, browse: Browse, session: Session) -> None:
    firm = town.firm()
    with Session(town.engine) as reading:
        lock = reading.scalars(select(Employer.lock).where(Employer.id == firm.id)).one()
    change_id = employer_changes.request_change(
        town.engine,
        actor=town.actor(firm.account_id),
        lock=lock,
        form=ChangeForm(name="云海新名称有限公司"),
        now=town.now,
    )
    browser = browse("officer", "county-a-specialist")
    page = browser.get(f"/employers/changes/{change_id}")

    answer = browser.post(
        f"/employers/changes/{change_id}/decide", {"verb": "send_back", "lock": values(page, "lock")[0]}
    )

    assert answer.status_code == 422
    assert (
        session.scalars(select(EmployerChange.state).where(EmployerChange.id == change_id)).one()
        == "submitted"
    )


def test_leader_suspends_with_a_reason_and_resumes(town: Town, browse: Browse) -> None:
    firm = town.firm()
    town.officer("county-a-leader", town.bureaus.a, {"county_leader"})
    browser = browse("officer", "county-a-leader")
    url = f"/employers/{firm.id}"

    def lock() -> str:
        return values(browser.get(url), "lock")[0]

    def state() -> str:
        with Session(town.engine) as session:
            return session.scalars(select(Employer.state).where(Employer.id == firm.id)).one()

    bare = browser.post(f"{url}/suspend", {"lock": lock(), "reason": ""})
    untouched = state()
    browser.post(f"{url}/suspend", {"lock": lock(), "reason": "材料失实"})
    suspended = state()
    browser.post(f"{url}/resume", {"lock": lock(), "reason": "已核实"})

    assert bare.status_code == 422
    assert [untouched, suspended, state()] == ["active", "suspended", "active"]


def test_suspending_needs_the_right(town: Town, browse: Browse) -> None:
    firm = town.firm()
    browser = browse("officer", "county-a-specialist")
    browser.get(f"/employers/{firm.id}")

    assert browser.post(f"/employers/{firm.id}/suspend", {"lock": "1", "reason": "无权"}).status_code == 403


def test_pages_of_the_bureau_refuse_visitors_employers_and_persons(town: Town, browse: Browse) -> None:
    firm = town.firm()
    town.person(firm)

    assert browse().client.get(QUEUE).headers["Location"].startswith("/?next=")
    assert browse("employer", "emp-a").client.get(QUEUE).status_code == 403
    assert browse("person", "per-a1").client.get(f"/employers/{firm.id}").status_code == 403


def test_releasing_a_number_frees_it_for_its_owner_and_superusers_may_not(town: Town, browse: Browse) -> None:
    firm = town.firm()
    talent = town.person(firm)
    browser = browse("officer", "county-a-specialist")
    browser.get("/registrations/release")
    data = {"kind": "mobile", "number": talent.mobile, "reason": "本人持证件到窗口申请"}

    foreign = browse("officer", "county-b-specialist")
    foreign.get("/registrations/release")
    probed = foreign.post("/registrations/release", data)
    bare = browser.post("/registrations/release", data | {"reason": ""})
    done = browser.post("/registrations/release", data, follow=False)
    again = browser.post("/registrations/release", data)

    assert [probed.status_code, bare.status_code, done.status_code, again.status_code] == [404, 422, 302, 404]
    assert talent.mobile not in bare.text.replace(f'value="{talent.mobile}"', "")


def test_a_refused_return_stands_open_and_marks_what_is_missing(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    before = employer.lock
    browser = browse("officer", "county-a-specialist")
    browser.get(f"/employers/{employer.id}")
    sent = {"verb": "send_back", "lock": str(before)}
    half = {"item": ["field:phone", "material:licence"], "reason:field:phone": "other"}

    def send(key: str, **more: object) -> str:
        url = f"{QUEUE}/{employer.id}/decide"
        return browser.post(url, sent | more | {"submission_key": key}).text

    bare, halved = send("k1"), send("k2", **half)

    assert all(
        'id="return"' in page.split("data-open-now")[0].split("<dialog")[-1] for page in (bare, halved)
    )
    assert "请至少标记一项并填写原因" in bare
    assert halved.count('aria-invalid="true"') == 2
    phone = halved.split('value="field:phone"')[1].split("data-item>")[0]
    licence = halved.split('value="material:licence"')[1].split("data-item>")[0]
    assert "选择该原因须填写说明" in phone
    assert "请选择退回原因" in licence
    assert (employer.state, employer.lock) == ("submitted", before)


def test_a_return_that_came_second_is_told_so(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    browser = browse("officer", "county-a-specialist")
    browser.get(f"/employers/{employer.id}")
    sent = {"verb": "send_back", "lock": str(employer.lock), "item": "field:phone"}
    sent |= {"reason:field:phone": "other", "text:field:phone": "请填写座机"}
    url = f"{QUEUE}/{employer.id}/decide"
    browser.post(url, sent | {"submission_key": "k1"})

    second = browser.post(url, sent | {"submission_key": "k2"})

    assert second.status_code == 409
    assert 'class="error-summary"' in second.text


def test_reasons_for_persons_are_not_offered_nor_taken_for_employers(town: Town, browse: Browse) -> None:
    employer = waiting_employer(town)
    before = employer.lock
    browser = browse("officer", "county-a-specialist")

    page = browser.get(f"/employers/{employer.id}")
    sent = {"verb": "send_back", "lock": str(before), "submission_key": "k1"}
    named = {"item": "field:name", "reason:field:name": "not_staff"}
    answer = browser.post(f"{QUEUE}/{employer.id}/decide", sent | named)

    assert "不是本单位人员" not in page
    assert answer.status_code == 422
    assert (employer.state, employer.lock) == ("submitted", before)
