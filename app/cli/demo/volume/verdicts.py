"""Verdicts on registrations, as deciding on them leaves them behind."""

from datetime import datetime

from app.cli.demo.volume.humans import Accounts, Human
from app.cli.demo.volume.scene import Scene
from app.cli.demo.volume.tables import Tables
from app.cli.demo.volume.trail import Trail
from app.commands.registration_reviews import role_in_history
from app.domain.audit import digest_of
from app.domain.programme import Reason, ReasonFor
from app.domain.registration import RegistrationVerb, SubjectKind, step_of
from app.domain.roles import Actor
from app.models.employer import RegistrationReview
from app.models.ids import new_id


class Verdicts:
    """Decides on the registrations of one part."""

    def __init__(self, scene: Scene, tables: Tables, trail: Trail, accounts: Accounts) -> None:
        self._scene = scene
        self._tables = tables
        self._trail = trail
        self._accounts = accounts

    def give(
        self, subject: tuple[SubjectKind, int], verb: RegistrationVerb, actor: Actor, at: datetime, *,
        lock: int, before: str, after: str, to: Human, text: str = "",
    ) -> None:  # fmt: skip
        """The review, the event and the message of one verdict."""
        kind, subject_id = subject
        items = self._items(kind) if verb is RegistrationVerb.SEND_BACK else []
        role = role_in_history(step_of(kind, verb), actor)
        row = {
            "id": new_id(), "subject_kind": kind.value, "subject_id": subject_id, "version_no": 1,
            "verdict": verb.value, "actor_id": actor.account_id, "actor_key": actor.person_key,
            "actor_name": actor.full_name, "role": role, "lock_seen": lock, "text": text or None,
            "items": items, "batch_id": new_id(), "at": at,
        }  # fmt: skip
        self._tables.add(RegistrationReview, row)
        digest = digest_of({"verdict": verb.value, "items": items, "text": text})
        payload = {"from": before, "to": after, "lock_seen": lock, "version_no": 1, "review": digest}
        self._trail.note(kind.value, subject_id, verb.value, payload, actor=actor, at=at, role=role)
        self._accounts.registration_message(verb.value, to.numbered, (kind.value, subject_id), at)

    def _items(self, kind: SubjectKind) -> list[dict[str, str]]:
        reason = self.reason(kind)
        site = self._scene.site
        if kind is SubjectKind.EMPLOYER and site.materials:
            target = ("material", site.materials[-1].code)
        else:
            target = ("field", "name")
        return [
            {
                "target_kind": target[0],
                "target_code": target[1],
                "reason_code": reason.code,
                "text": reason.text,
            }
        ]

    def reason(self, kind: SubjectKind) -> Reason:
        """A reason of the site that says enough without words of one's own."""
        wanted = ReasonFor.MATERIAL if kind is SubjectKind.EMPLOYER else ReasonFor.FIELD
        fitting = (ReasonFor.BOTH, wanted)
        return next(r for r in self._scene.site.reasons if r.use in fitting and r.text)
