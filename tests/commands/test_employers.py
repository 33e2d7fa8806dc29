from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.commands import employer_materials, employers
from app.commands.consents import ConsentGiven
from app.commands.employers import EmployerUpdate
from app.domain.errors import (
    Blocked,
    DomainError,
    IdentityTaken,
    InvalidInput,
    NameTaken,
    NotAllowed,
    NotFound,
    Stale,
)
from app.domain.registration import Finding, Verdict
from app.models.account import Account, Consent, IdentityClaim
from app.models.audit import AuditEvent
from app.models.employer import Employer, EmployerSubmission, RegistrationReview
from app.models.reference import Site
from app.models.work import Message, SecretValue
from tests.factories.accounts import VISITOR
from tests.factories.employers import credit_code


def register(people, form, actor=VISITOR):
    return employers.register(
        people.engine,
        actor=actor,
        form=form,
        cipher=people.cipher,
        passwords=people.passwords,
        now=people.now,
    )


def counts(engine):
    with Session(engine) as session:
        tables = (Account, Employer, IdentityClaim, SecretValue, Consent, AuditEvent)
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def events(engine, employer_id):
    with Session(engine) as session:
        rows = select(AuditEvent.event).where(
            AuditEvent.subject_kind == "employer", AuditEvent.subject_id == employer_id
        )
        return list(session.scalars(rows.order_by(AuditEvent.seq)))


def errors_of(call):
    with pytest.raises(InvalidInput) as refused:
        call()
    return sorted((e.field, e.code) for e in refused.value.errors)


def codes_of(call):
    with pytest.raises(Blocked) as refused:
        call()
    return [block.code for block in refused.value.blocks]


def test_registering_makes_a_draft_with_an_account_of_all_functions(firms, engine):
    firm = firms.draft(credit_code=credit_code(7), address=" 海滨路 1 号 ", data={"staff_count": "12"})

    row = firms.row(firm)
    assert (row.state, row.version_no, row.address, row.data) == (
        "draft",
        0,
        "海滨路 1 号",
        {"staff_count": 12},
    )
    assert row.contact_account_id == firm.admin.account_id
    assert firm.admin.roles == {"employer_admin", "employer_reviewer", "service_staff", "employer_reader"}
    assert firm.admin.person_key is not None
    assert events(engine, firm.id) == ["register"]


def test_registering_keeps_numbers_sealed_and_shows_them_masked(firms, engine, cipher):
    firm = firms.draft(doc_no="11010519491231002x", mobile="+86 138-0013-8000")

    with Session(engine) as session:
        account = session.get(Account, firm.admin.account_id)
        doc, phone = session.get(SecretValue, account.doc_no_id), session.get(SecretValue, account.mobile_id)
        claims = {
            (c.kind, c.digest)
            for c in session.scalars(select(IdentityClaim).where(IdentityClaim.account_id == account.id))
        }
    assert (account.doc_no_masked, account.mobile_masked) == ("110105********002X", "138****8000")
    assert cipher.open("secret_value", "enc", doc.id, doc.enc) == "11010519491231002X"
    assert cipher.open("secret_value", "enc", phone.id, phone.enc) == "+8613800138000"
    assert claims == {("cn18", doc.digest), ("mobile", phone.digest)}
    assert account.person_key == doc.digest == cipher.digest("cn18", "11010519491231002X").hex()


def test_registering_stores_which_notices_were_agreed_to(firms, engine):
    firm = firms.draft()

    with Session(engine) as session:
        rows = session.scalars(select(Consent).where(Consent.account_id == firm.admin.account_id)).all()
    assert sorted((row.scope, row.ip, row.agent) for row in rows) == [
        ("employer", "203.0.113.7", "test browser"),
        ("sensitive", "203.0.113.7", "test browser"),
    ]


def test_every_mistake_is_named_at_its_field_and_nothing_is_stored(people, firms, engine):
    before = counts(engine)
    form = firms.form(
        name="x",
        agency_id=1,
        username="A",
        password="short",
        contact_name="9",
        doc_no="110105194912310021",
        mobile="12",
        credit_code="1",
        phone="abc",
        data={"unit_nature": "nothing"},
        consent=ConsentGiven(None, 7),
    )

    assert errors_of(lambda: register(people, form)) == [
        ("agency", "not_a_choice"),
        ("contact_name", "name_character"),
        ("credit_code", "credit_code_malformed"),
        ("doc_no", "document_check_character"),
        ("mobile", "mobile_malformed"),
        ("name", "name_length"),
        ("notice", "consent_required"),
        ("password", "password_short"),
        ("phone", "phone_malformed"),
        ("sensitive", "notice_outdated"),
        ("unit_nature", "not_a_choice"),
        ("username", "user_name_malformed"),
    ]
    assert counts(engine) == before


def test_every_empty_field_is_required(people, firms):
    form = firms.form(name="", username="", password="", contact_name="", doc_no="", mobile="")

    assert errors_of(lambda: register(people, form)) == [
        (field, "required") for field in ("contact_name", "doc_no", "mobile", "name", "password", "username")
    ]


def test_a_bureau_that_is_not_open_cannot_be_chosen(people, firms):
    closed = people.agency(parent=firms.city, is_open=False)

    assert errors_of(lambda: register(people, firms.form(closed))) == [("agency", "not_a_choice")]


@pytest.mark.parametrize(("field", "kind"), [("doc_no", "doc_no"), ("mobile", "mobile")])
def test_a_taken_number_refuses_the_whole_registration(people, firms, engine, field, kind):
    form = firms.form()
    register(people, form)
    before = counts(engine)
    again = replace(firms.form(), **{field: getattr(form, field)})

    with pytest.raises(IdentityTaken) as refused:
        register(people, again)

    assert refused.value.kind == kind
    assert counts(engine) == before


def test_a_taken_user_name_and_credit_code_are_refused(people, firms):
    form = firms.form(credit_code=credit_code(3))
    register(people, form)

    with pytest.raises(NameTaken) as refused:
        register(people, firms.form(username=form.username.upper()))
    assert refused.value.field == "username"
    with pytest.raises(NameTaken) as refused:
        register(people, firms.form(credit_code=form.credit_code.lower()))
    assert refused.value.field == "credit_code"


def test_two_simultaneous_registrations_with_one_mobile_leave_one_account(people, firms, engine):
    forms = [firms.form(mobile="13700000001") for _ in range(4)]
    before = counts(engine)

    def attempt(form):
        try:
            return register(people, form)
        except DomainError as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attempt, forms))

    assert [a for a in answers if isinstance(a, str)] == ["identity_taken"] * 3
    after = counts(engine)
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 2, 2, 2, 2]


def test_submitting_freezes_values_and_files(firms, engine):
    firm = firms.submitted()

    with Session(engine) as session:
        submission = session.get(EmployerSubmission, (firm.id, 1))
    assert firms.row(firm).state == "submitted"
    assert submission.data["name"] == firms.row(firm).name
    assert submission.data["contact"] == "钱小二"
    assert [file["slot"] for file in submission.files] == ["authorization", "licence"]
    assert events(engine, firm.id) == ["register", "attach", "attach", "submit"]


def test_submitting_without_materials_names_them_and_changes_nothing(firms, engine):
    firm = firms.draft()
    firms.attach(firm, "licence")

    with pytest.raises(Blocked) as refused:
        firms.submit(firm)

    assert [(b.code, b.params["materials"]) for b in refused.value.blocks] == [
        ("material_missing", "经办人授权委托书")
    ]
    assert firms.row(firm).state == "draft"
    assert events(engine, firm.id) == ["register", "attach"]


def test_submitting_twice_is_refused(firms):
    firm = firms.submitted()

    assert codes_of(lambda: firms.submit(firm)) == ["wrong_status"]


def test_submitting_with_an_old_lock_is_stale(people, firms):
    firm = firms.draft()
    employers.update_data(
        people.engine, actor=firm.admin, lock=0, form=EmployerUpdate(address="新地址"), now=people.now
    )

    with pytest.raises(Stale):
        employers.submit(people.engine, actor=firm.admin, lock=0, now=people.now)


def test_a_clerk_cannot_submit(people, firms):
    firm = firms.draft()
    clerk = people.staff(firm.admin, "employer_reviewer")

    with pytest.raises(NotAllowed):
        employers.submit(people.engine, actor=clerk, lock=0, now=people.now)


def test_the_bureau_approves_and_tells_the_contact(firms, engine):
    firm = firms.active()

    with Session(engine) as session:
        review = session.scalar(select(RegistrationReview).where(RegistrationReview.subject_id == firm.id))
        message = session.scalar(select(Message))
    assert firms.row(firm).state == "active"
    assert (review.verdict, review.actor_id, review.role, review.version_no) == (
        "approve",
        firm.registrar.account_id,
        "registrar",
        1,
    )
    assert (message.account_id, message.template) == (firm.admin.account_id, "sms.reg_approve")
    assert events(engine, firm.id)[-1] == "approve"


def test_a_batch_names_every_id_once(people, firms, engine):
    waiting, draft = firms.submitted(), firms.draft()
    county_b = people.agency(parent=firms.city)
    foreign = firms.submitted(county_b)
    stale = firms.submitted()
    seen = {waiting.id: firms.row(waiting).lock, draft.id: 0, foreign.id: 1, stale.id: 0, 12345: 0}

    result = employers.decide(
        engine, actor=waiting.registrar, verdict=Verdict.APPROVE, seen=seen, key="k1", now=people.now
    )

    assert result.moved == (waiting.id,)
    assert {row.id: [b.code for b in row.blocks] for row in result.skipped} == {
        draft.id: ["wrong_status"], stale.id: ["stale"],
    }  # fmt: skip
    assert result.unknown == (foreign.id, 12345)
    assert [firms.row(f).state for f in (waiting, draft, foreign, stale)] == [
        "active",
        "draft",
        "submitted",
        "submitted",
    ]
    assert events(engine, foreign.id)[-1] == events(engine, stale.id)[-1] == "submit"


def test_the_same_key_gives_the_same_result_once(people, firms, engine):
    firm = firms.submitted()
    seen = {firm.id: firms.row(firm).lock}

    def decide(verdict=Verdict.APPROVE):
        return employers.decide(
            engine, actor=firm.registrar, verdict=verdict, seen=seen, key="k", now=people.now
        )

    first, second = decide(), decide()

    assert first == second
    assert events(engine, firm.id).count("approve") == 1
    with pytest.raises(DomainError, match="idempotency_mismatch"):
        decide(Verdict.SEND_BACK)


def test_the_city_sees_but_does_not_decide_for_the_county(people, firms, engine):
    firm = firms.submitted()
    city = people.officer(firms.city, "registrar")

    result = employers.decide(
        engine, actor=city, verdict=Verdict.APPROVE, seen={firm.id: firms.row(firm).lock}, now=people.now
    )

    assert [b.code for b in result.blocks_of(firm.id)] == ["not_your_role"]
    assert firms.row(firm).state == "submitted"


def test_a_superuser_never_decides(people, firms, engine):
    firm = firms.submitted()

    result = employers.decide(
        engine,
        actor=people.superuser(),
        verdict=Verdict.APPROVE,
        seen={firm.id: firms.row(firm).lock},
        now=people.now,
    )

    assert [b.code for b in result.blocks_of(firm.id)] == ["superuser_never_decides"]


def test_a_registrar_does_not_decide_where_he_is_the_contact(people, firms, engine):
    firm = firms.submitted()
    himself = replace(firm.registrar, person_key=firm.admin.person_key)

    result = employers.decide(
        engine, actor=himself, verdict=Verdict.APPROVE, seen={firm.id: firms.row(firm).lock}, now=people.now
    )

    assert [b.code for b in result.blocks_of(firm.id)] == ["own_application"]


def test_a_return_needs_items_with_reasons(people, firms, engine):
    firm = firms.submitted()
    seen = {firm.id: firms.row(firm).lock}

    def send_back(*findings):
        return employers.decide(
            engine,
            actor=firm.registrar,
            verdict=Verdict.SEND_BACK,
            seen=seen,
            findings=findings,
            now=people.now,
        )

    assert [b.code for b in send_back().blocks_of(firm.id)] == ["item_reason_required"]
    assert errors_of(lambda: send_back(Finding("nonsense", material="licence"))) == [
        ("findings[0].reason_code", "not_a_choice")
    ]
    assert errors_of(lambda: send_back(Finding("unclear", field="name"))) == [
        ("findings[0].reason_code", "not_a_choice")
    ]
    assert errors_of(lambda: send_back(Finding("unclear", material="nothing"))) == [
        ("findings[0]", "unknown_item")
    ]
    assert errors_of(lambda: send_back(Finding("other", field="name"))) == [("findings[0].text", "required")]
    assert firms.row(firm).state == "submitted"


def test_a_returned_item_must_be_changed_or_answered(firms, engine):
    firm = firms.returned(Finding("unclear", material="licence"), Finding("other", "怎么回事", field="name"))

    assert codes_of(lambda: firms.submit(firm)) == ["flagged_unanswered", "flagged_unanswered"]

    firms.attach(firm, "licence", "new.pdf")
    assert codes_of(lambda: firms.submit(firm)) == ["flagged_unanswered"]
    assert firms.submit(firm, answers={"name": "名称与证照一致"}) == 2
    with Session(engine) as session:
        assert session.get(EmployerSubmission, (firm.id, 2)).answers == {"name": "名称与证照一致"}


def test_a_general_remark_is_met_by_any_change(people, firms):
    firm = firms.returned(Finding("incomplete"))

    assert codes_of(lambda: firms.submit(firm)) == ["flagged_unanswered"]
    lock = firms.row(firm).lock
    employers.update_data(
        people.engine, actor=firm.admin, lock=lock, form=EmployerUpdate(phone="0890-1234567"), now=people.now
    )
    assert firms.submit(firm) == 2


def test_before_approval_everything_may_be_corrected(people, firms):
    firm = firms.returned()
    other = people.agency(parent=firms.city)
    form = EmployerUpdate(
        name="改名后的研究所", agency_id=other, credit_code=credit_code(9), data={"legal_person": "李四"}
    )

    employers.update_data(
        people.engine, actor=firm.admin, lock=firms.row(firm).lock, form=form, now=people.now
    )

    row = firms.row(firm)
    assert (row.name, row.name_key, row.agency_id, row.credit_code) == (
        "改名后的研究所",
        "改名后的研究所",
        other,
        credit_code(9),
    )
    assert row.agency_path.endswith(f"/{other}/")
    assert row.data == {"legal_person": "李四"}


def test_after_approval_the_name_is_locked_but_the_address_is_not(people, firms, engine):
    firm = firms.active()
    lock = firms.row(firm).lock

    assert codes_of(
        lambda: employers.update_data(
            engine, actor=firm.admin, lock=lock, form=EmployerUpdate(name="别的名称"), now=people.now
        )
    ) == ["item_locked"]
    employers.update_data(
        engine, actor=firm.admin, lock=lock, form=EmployerUpdate(address="新址"), now=people.now
    )

    assert firms.row(firm).address == "新址"


def test_nothing_is_edited_while_the_bureau_reviews(people, firms, engine):
    firm = firms.submitted()
    lock = firms.row(firm).lock

    assert codes_of(
        lambda: employers.update_data(
            engine, actor=firm.admin, lock=lock, form=EmployerUpdate(address="x"), now=people.now
        )
    ) == ["wrong_status"]
    assert codes_of(lambda: firms.attach(firm, "licence")) == ["wrong_status"]
    assert firms.row(firm).lock == lock


def test_an_unchanged_update_writes_nothing(people, firms, engine):
    firm = firms.draft()

    lock = employers.update_data(
        engine, actor=firm.admin, lock=0, form=EmployerUpdate(address=""), now=people.now
    )

    assert lock == 0
    assert events(engine, firm.id) == ["register"]


def test_materials_are_limited_by_the_site(people, firms, engine):
    firm = firms.draft()
    for _ in range(3):
        firms.attach(firm, "licence")

    assert errors_of(lambda: firms.attach(firm, "licence")) == [("licence", "too_many_files")]
    assert errors_of(lambda: firms.attach(firm, "nothing")) == [("slot", "not_a_choice")]
    with pytest.raises(DomainError, match="wrong_type"):
        employer_materials.attach(
            engine,
            actor=firm.admin,
            slot="authorization",
            blob_id=firms.blob("text/html"),
            file_name="x.pdf",
            now=people.now,
        )


def test_a_material_of_another_employer_cannot_be_detached(people, firms, engine):
    mine, theirs = firms.draft(), firms.draft()
    attachment = firms.attach(theirs, "licence")

    with pytest.raises(NotFound):
        employer_materials.detach(engine, actor=mine.admin, attachment_id=attachment, now=people.now)
    given = {"actor": theirs.admin, "attachment_id": attachment, "now": people.now}
    assert employer_materials.detach(engine, **given) is True
    lock = firms.row(theirs).lock
    assert employer_materials.detach(engine, **given) is False
    assert firms.row(theirs).lock == lock


def test_suspending_needs_a_reason_and_the_leader_of_the_county(people, firms, engine):
    firm = firms.active()
    lock = firms.row(firm).lock

    def suspend(actor, reason):
        employers.suspend(engine, actor=actor, employer_id=firm.id, lock=lock, reason=reason, now=people.now)

    assert codes_of(lambda: suspend(firm.leader, " ")) == ["reason_required"]
    with pytest.raises(NotAllowed):
        suspend(firm.registrar, "停业")
    suspend(firm.leader, "停业整顿")
    assert firms.row(firm).state == "suspended"
    with pytest.raises(Stale):
        suspend(firm.leader, "再次")

    employers.resume(
        engine, actor=firm.leader, employer_id=firm.id, lock=lock + 1, reason="恢复", now=people.now
    )
    assert firms.row(firm).state == "active"


def test_words_that_are_too_long_are_refused_at_their_field(people, firms, engine):
    firm = firms.active()
    lock, words = firms.row(firm).lock, "长" * 501
    given = {"now": people.now, "lock": lock}

    for actor, call, field in (
        (
            firm.leader,
            lambda **a: employers.suspend(engine, employer_id=firm.id, reason=words, **a),
            "reason",
        ),
        (firm.leader, lambda **a: employers.resume(engine, employer_id=firm.id, reason=words, **a), "reason"),
        (firm.admin, lambda **a: employers.submit(engine, answers={"address": words}, **a), "address"),
    ):
        with pytest.raises(InvalidInput) as refused:
            call(actor=actor, **given)
        assert [error.field for error in refused.value.errors] == [field]

    assert (firms.row(firm).state, firms.row(firm).lock) == ("active", lock)


def test_the_leader_of_another_county_finds_no_such_employer(people, firms, engine):
    firm = firms.active()
    stranger = people.officer(people.agency(parent=firms.city), "county_leader")

    with pytest.raises(NotFound):
        employers.suspend(
            engine, actor=stranger, employer_id=firm.id, lock=firms.row(firm).lock, reason="x", now=people.now
        )


def test_a_required_credit_code_is_asked_at_submission(firms, engine):
    firm = firms.draft()
    for slot in ("licence", "authorization"):
        firms.attach(firm, slot)
    with Session(engine) as session, session.begin():
        from_site = session.execute(select(Site.document)).scalar_one()
        session.execute(update(Site).values(document=from_site | {"credit_code": "required"}))

    assert errors_of(lambda: firms.submit(firm)) == [("credit_code", "required")]
