"""Employers with their staff and people, each registered and decided as far as its state says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.cli.demo.volume import names
from app.cli.demo.volume.humans import VISITOR, Accounts, Human
from app.cli.demo.volume.identifiers import credit_code
from app.cli.demo.volume.plan import EmployerPlan
from app.cli.demo.volume.scene import Bureau, Scene
from app.cli.demo.volume.tables import Tables
from app.cli.demo.volume.trail import Trail
from app.cli.demo.volume.verdicts import Verdicts
from app.commands.submissions import ATTACHMENT
from app.domain.audit import digest_of
from app.domain.names import unit_key_text
from app.domain.programme import FieldKind
from app.domain.registration import PersonState, RegistrationVerb, SubjectKind
from app.domain.roles import EMPLOYER_ROLES, AccountKind, Role
from app.models.employer import Employer, EmployerSubmission
from app.models.file import Attachment
from app.models.ids import new_id
from app.models.person import Person

_LOCKS = {"draft": 0, "submitted": 1, "returned": 2, "active": 2, "suspended": 3}


@dataclass(frozen=True, slots=True)
class Firm:
    """A registered employer."""

    id: int
    name: str
    credit_code: str
    bureau: Bureau
    admin: Human
    reviewer: Human
    service: Human


@dataclass(frozen=True, slots=True)
class Member:
    """A person of an employer."""

    id: int
    human: Human
    name: str


class Registry:
    """Registers the employers and persons of one part."""

    def __init__(self, scene: Scene, tables: Tables, trail: Trail, chance: Random) -> None:
        self.accounts = Accounts(scene, tables, trail)
        self._scene = scene
        self._tables = tables
        self._trail = trail
        self._chance = chance
        self._verdicts = Verdicts(scene, tables, trail, self.accounts)

    def employer(self, plan: EmployerPlan, first_staff: int) -> Firm:
        """Register an employer with its staff and bring it to its state (all but suspension)."""
        bureau = self._scene.bureau(plan.ordinal)
        employer_id, at = new_id(), plan.registered
        values = self._values(plan, bureau)
        admin = self.accounts.make(
            AccountKind.EMPLOYER, f"vemp{plan.ordinal:07d}", names.person(self._chance),
            [role.value for role in EMPLOYER_ROLES], ordinal=first_staff, by=VISITOR, at=at,
            employer_id=employer_id,
        )  # fmt: skip
        self.accounts.consent(admin.actor.account_id, "employer", at)
        self._tables.update(Employer, employer_id, {"contact_account_id": admin.actor.account_id})
        digest = digest_of({**values, "agency_id": str(bureau.id)})
        opening = {"to": "draft", "values": digest}
        self._trail.note("employer", employer_id, "register", opening, actor=VISITOR, at=at)
        if plan.state != "draft":
            self._submit(employer_id, values, admin, at + timedelta(hours=5))
        if plan.state not in ("draft", "submitted"):
            self._decide_employer(employer_id, plan, admin, bureau)
        self._row(employer_id, plan, values)
        return self._staffed(employer_id, plan, values, admin, bureau=bureau, first_staff=first_staff)

    def _values(self, plan: EmployerPlan, bureau: Bureau) -> dict[str, Any]:
        name = names.employer(self._chance)
        natures = self._scene.natures
        data: dict[str, Any] = {}
        for field in self._scene.site.fields:
            if field.kind is FieldKind.SELECT and natures and field.list == "unit_natures":
                data[field.code] = self._chance.choice(natures)
            elif field.kind is FieldKind.TEXT:
                data[field.code] = names.person(self._chance)
        return {
            "name": name, "name_key": unit_key_text(name), "agency_id": bureau.id, "agency_path": bureau.path,
            "credit_code": credit_code(plan.ordinal, bureau.division),
            "address": f"人才路{plan.ordinal % 900 + 1}号", "phone": f"0890-{22000000 + plan.ordinal % 999999}",
            "data": data,
        }  # fmt: skip

    def _row(self, employer_id: int, plan: EmployerPlan, values: dict[str, Any]) -> None:
        sent, decided = plan.state != "draft", plan.state not in ("draft", "submitted")
        self._tables.add(
            Employer,
            {
                "id": employer_id, **values, "state": plan.state, "version_no": int(sent),
                "created": plan.registered,
                "submitted_at": plan.registered + timedelta(hours=5) if sent else None,
                "decided_at": self._decided_at(plan) if decided else None, "lock": _LOCKS[plan.state],
            },
        )  # fmt: skip

    def _decided_at(self, plan: EmployerPlan) -> datetime:
        if plan.state == "suspended":
            return self._suspended_at()
        return plan.registered + timedelta(hours=8)

    def _suspended_at(self) -> datetime:
        return (self._scene.now - timedelta(hours=1)).replace(microsecond=0)

    def _submit(self, employer_id: int, values: dict[str, Any], admin: Human, at: datetime) -> None:
        files = [
            self._attached(employer_id, material.code, admin, at) for material in self._scene.site.materials
        ]
        files.sort(key=lambda file: file["slot"])
        data = {
            "name": values["name"], "credit_code": values["credit_code"], "agency": str(values["agency_id"]),
            "address": values["address"], "phone": values["phone"], **values["data"],
            "contact": admin.actor.full_name, "contact_doc_type": admin.doc_type,
            "contact_doc_no": admin.masked[0], "contact_mobile": admin.masked[1],
        }  # fmt: skip
        digest = digest_of({"data": data, "files": files, "answers": {}})
        row = {
            "employer_id": employer_id, "n": 1, "data": data, "files": files, "answers": {}, "digest": digest,
            "submitted_at": at, "submitted_by": admin.actor.account_id,
        }  # fmt: skip
        self._tables.add(EmployerSubmission, row)
        payload = {"from": "draft", "to": "submitted", "lock_seen": 0, "version_no": 1, "submission": digest}
        self._trail.note("employer", employer_id, "submit", payload, actor=admin.actor, at=at)

    def _attached(self, employer_id: int, slot: str, by: Human, at: datetime) -> dict[str, str]:
        paper = self._chance.choice(self._scene.papers.files[slot])
        key = new_id()
        row = (
            key, "employer", employer_id, slot, 0, paper.blob_id, paper.file_name, by.actor.account_id, at
        )  # fmt: skip
        self._tables.extend(Attachment, ATTACHMENT, [row])
        return {
            "slot": slot, "sha256": paper.sha256, "blob_id": str(paper.blob_id), "file_name": paper.file_name,
            "id": str(key),
        }  # fmt: skip

    def _decide_employer(self, employer_id: int, plan: EmployerPlan, admin: Human, bureau: Bureau) -> None:
        returned = plan.state == "returned"
        verb = RegistrationVerb.SEND_BACK if returned else RegistrationVerb.APPROVE
        subject = (SubjectKind.EMPLOYER, employer_id)
        self._verdicts.give(
            subject, verb, bureau.registrar, plan.registered + timedelta(hours=8), lock=1, before="submitted",
            after="returned" if returned else "active", to=admin,
        )  # fmt: skip

    def suspend(self, firm: Firm) -> datetime:
        """Suspend an employer, an hour ago; return when. Its cases freeze by the caller."""
        at, subject = self._suspended_at(), (SubjectKind.EMPLOYER, firm.id)
        self._verdicts.give(
            subject, RegistrationVerb.SUSPEND, firm.bureau.suspender, at, lock=2, before="active",
            after="suspended", to=firm.admin, text="年度核查未通过",
        )  # fmt: skip
        return at

    def _staffed(
        self, employer_id: int, plan: EmployerPlan, values: dict[str, Any], admin: Human, *, bureau: Bureau,
        first_staff: int,
    ) -> Firm:  # fmt: skip
        reviewer = service = admin
        if len(plan.people) > 5:  # noqa: PLR2004 - small employers have one account for everything
            at = plan.registered + timedelta(days=1)
            reviewer = self._staff(
                employer_id, plan, admin, Role.EMPLOYER_REVIEWER, ordinal=first_staff + 1, at=at
            )
            service = self._staff(
                employer_id, plan, admin, Role.SERVICE_STAFF, ordinal=first_staff + 2, at=at
            )
        return Firm(employer_id, values["name"], values["credit_code"], bureau, admin, reviewer, service)

    def _staff(
        self, employer_id: int, plan: EmployerPlan, admin: Human, role: Role, *, ordinal: int, at: datetime
    ) -> Human:
        suffix = "c" if role is Role.EMPLOYER_REVIEWER else "s"
        return self.accounts.make(
            AccountKind.EMPLOYER, f"vemp{plan.ordinal:07d}-{suffix}", names.person(self._chance), [role.value],
            ordinal=ordinal, by=admin.actor, at=at, employer_id=employer_id,
        )  # fmt: skip

    def person(self, firm: Firm, ordinal: int, state: str, at: datetime, *, printed: bool) -> Member:
        """Register a person under an employer and bring it to its state; `printed` names stand on cards."""
        name = names.person(self._chance, unprintable=self._scene.unprintable if printed else frozenset())
        person_id = new_id()
        human = self.accounts.make(
            AccountKind.PERSON, f"vper{ordinal:08d}", name, [Role.APPLICANT.value], ordinal=ordinal,
            by=VISITOR, at=at, person_id=person_id,
        )  # fmt: skip
        self.accounts.consent(human.actor.account_id, "person", at)
        payload = {"to": "registered", "employer": str(firm.id)}
        self._trail.note("person", person_id, "register", payload, actor=VISITOR, at=at)
        lock = self._decide_person(firm, person_id, state, human=human, at=at)
        reason = self._verdicts.reason(SubjectKind.PERSON).text if state == PersonState.RETURNED else None
        self._tables.add(
            Person,
            {
                "id": person_id, "account_id": human.actor.account_id,
                "employer_id": None if state == PersonState.UNBOUND else firm.id, "state": state,
                "doc_type": human.doc_type, "sex": human.sex, "birth": human.birth, "registered_at": at,
                "decided_at": None if state == PersonState.REGISTERED else at + timedelta(hours=3),
                "return_reason": reason, "version_no": 1, "lock": lock,
                "service_account_id": firm.service.actor.account_id if ordinal % 3 else None,
                **names.columns(name),
            },
        )  # fmt: skip
        return Member(person_id, human, name)

    def _decide_person(self, firm: Firm, person_id: int, state: str, *, human: Human, at: datetime) -> int:
        if state == PersonState.REGISTERED:
            return 0
        returned = state == PersonState.RETURNED
        verb = RegistrationVerb.SEND_BACK if returned else RegistrationVerb.APPROVE
        self._verdicts.give(
            (SubjectKind.PERSON, person_id), verb, firm.admin.actor, at + timedelta(hours=3), lock=0,
            before="registered", after="returned" if returned else "active", to=human,
        )  # fmt: skip
        if state != PersonState.UNBOUND:
            return 1
        payload = {"from": "active", "lock_seen": 1, "to": "unbound", "employer": None}
        left = at + timedelta(hours=30)
        self._trail.note("person", person_id, "leave", payload, actor=human.actor, at=left)
        return 2
