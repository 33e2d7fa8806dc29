"""Findings on stored cases: measured once at upload, judged on the desk, before submitting and by a stage."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.commands import applications, programmes
from app.commands.files import make_preview
from app.commands.materials import attach_material
from app.domain.checks import Check, Finding
from app.domain.materials import Upload
from app.domain.ports import Ports
from app.models.account import Account
from app.models.person import Person
from app.queries import checks, desk, drafts
from tests.adapters.papers import blurred, jpeg, lit, person, scanned_pdf, text_page
from tests.commands.flow import ANSWERS, Flow
from tests.commands.many import copies
from tests.commands.test_transitions import statements
from tests.unit.domain.programmes import SHIPPED

DIPLOMA = jpeg(text_page(lines=9))


def put(flow: Flow, ports: Ports, case: int, slot: str, *files: tuple[str, bytes]) -> list[int]:
    """Upload files to a draft, each previewed as the job does it."""
    stored = attach_material(
        flow.engine,
        actor=flow.me(case),
        application_id=case,
        slot=slot,
        uploads=[Upload(name, data) for name, data in files],
        vault=ports.vault,
        images=ports.images,
        now=flow.now,
    )
    ids = [file.blob_id for file in stored]
    for blob_id in ids:
        make_preview(
            flow.engine, blob_id=blob_id, vault=ports.vault, images=ports.images, clock=lambda: flow.now
        )
    return ids


def filled(flow: Flow, ports: Ports, **files: tuple[str, bytes]) -> int:
    """A draft with these files in place of plain rows."""
    case = flow.draft()
    flow.save(case, ANSWERS)
    flow.attach(case, *{"id_document", "photo", "contract", "diploma"} - set(files))
    for slot, given in files.items():
        put(flow, ports, case, slot, given)
    return case


def told(findings: tuple[Finding, ...]) -> list[tuple[Check, str, tuple[int, ...]]]:
    return [(finding.check, finding.target.code, finding.pages) for finding in findings]


def test_what_was_measured_at_upload_is_found_on_the_draft_and_on_the_desk(
    flow: Flow, wired: Ports, session: Session
) -> None:
    other = filled(flow, wired, diploma=("毕业证.jpg", DIPLOMA))
    flow.submit(other)
    sheets = scanned_pdf(text_page(), blurred(text_page(), 0.3), lit(text_page(), 0.2))
    case = filled(
        flow,
        wired,
        photo=("照片.jpg", jpeg(person((67, 142, 219)))),
        contract=("合同.pdf", sheets),
        diploma=("毕业证.jpg", DIPLOMA),
    )
    mine = [
        (Check.PHOTO_GROUND, "photo", ()),
        (Check.DARK, "contract", (3,)),
        (Check.BLURRED, "contract", (2,)),
    ]

    before = checks.on_draft(drafts.draft(session, flow.me(case), case, now=flow.now), flow.now)
    flow.submit(case)
    session.rollback()
    after = desk.case(session, flow.clerk, case, now=flow.now).findings

    assert told(before) == mine
    assert told(after) == [*mine, (Check.SHARED_FILE, "diploma", ())]
    assert checks.unclean(session, [case]) == {case}


def test_numbers_that_changed_or_do_not_fit_are_found_and_agreeing_ones_are_not(
    flow: Flow, session: Session
) -> None:
    good, moved, wrong = flow.submitted(3)
    with flow.town.writing() as writing:
        person_id = flow.people[wrong].id
        born = writing.get_one(Person, person_id).birth
        assert born is not None
        changed = born.replace(day=born.day % 28 + 1)
        writing.execute(update(Person).where(Person.id == person_id).values(birth=changed))
        number = writing.get_one(Account, flow.people[good].account_id).doc_no_id
        account_id = flow.people[moved].account_id
        writing.execute(update(Account).where(Account.id == account_id).values(doc_no_id=number))

    found = checks.findings(session, [good, moved, wrong])

    assert {case: [finding.check for finding in told_of] for case, told_of in found.items()} == {
        good: [],
        moved: [Check.NUMBER_CHANGED],
        wrong: [Check.NUMBER_DISAGREES],
    }


def test_checks_read_as_many_statements_for_many_cases_as_for_one(flow: Flow, session: Session) -> None:
    (case,) = flow.submitted()
    counts = []
    for ids in ([case], [case, *copies(flow, case, 30)]):
        session.rollback()
        with statements(flow.engine) as sent:
            assert len(checks.findings(session, ids)) == len(ids)
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 4


def test_a_stage_that_asks_for_clean_checks_skips_a_case_with_a_finding(flow: Flow, wired: Ports) -> None:
    admin = flow.town.superuser()
    strict = SHIPPED.read_text(encoding="utf-8").replace(
        "    pull_back: true", "    pull_back: true\n    requires: [checks_clean]"
    )
    programmes.import_document(flow.engine, actor=admin, document=strict, now=flow.now)
    programmes.publish(flow.engine, actor=admin, code="bohai-talent-card", now=flow.now)
    clean = filled(flow, wired, diploma=("毕业证.jpg", DIPLOMA))
    unclean = filled(flow, wired, diploma=("毕业证.jpg", jpeg(blurred(text_page(), 0.3))))
    for case in (clean, unclean):
        flow.submit(case)

    result = applications.approve(
        flow.engine,
        actor=flow.clerk,
        ids=[clean, unclean],
        seen=flow.locks(clean, unclean),
        now=flow.now,
    )

    assert result.moved == (clean,)
    assert [block.code for block in result.blocks_of(unclean)] == ["requirement_unmet"]
    assert flow.rows(unclean) == [("in_review", "employer")]
