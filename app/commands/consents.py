"""Consent to the notices shown before a registration form (R6). Private to commands."""

from dataclasses import dataclass

from sqlalchemy import insert

from app.commands.form import Form
from app.commands.unit_of_work import Work
from app.domain.text import N_
from app.models.account import Consent
from app.models.ids import new_id
from app.queries.reference import NoticeText, current_notice

SENSITIVE = "sensitive"
CONSENT_REQUIRED = N_("Please read the notice and agree to it.")
NOTICE_OUTDATED = N_("The notice has changed; please read it again.")


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The versions that were shown and ticked; None where nothing was ticked."""

    notice_version: int | None
    sensitive_version: int | None
    agent: str | None = None


def take_consents(work: Work, form: Form, kind: str, given: ConsentGiven) -> tuple[NoticeText, ...]:
    """Return the notices consented to; note at `notice` or `sensitive` what is missing or of an old version.

    Without a notice in force nobody registers: there would be nothing to consent to (PIPL 17).
    """
    asked = (("notice", kind, given.notice_version), (SENSITIVE, SENSITIVE, given.sensitive_version))
    notices = []
    for field, notice_kind, version in asked:
        notice = current_notice(work.session, notice_kind, work.now)
        if notice is None or version is None:
            form.note(field, "consent_required", CONSENT_REQUIRED)
        elif notice.version != version:
            form.note(field, "notice_outdated", NOTICE_OUTDATED)
        else:
            notices.append(notice)
    return tuple(notices)


def store_consents(work: Work, account_id: int, notices: tuple[NoticeText, ...], given: ConsentGiven) -> None:
    """Keep one row per notice: who, which version, what for, when, from where."""
    for notice in notices:
        work.session.execute(
            insert(Consent).values(
                id=new_id(),
                account_id=account_id,
                notice_id=notice.id,
                scope=notice.kind,
                at=work.now,
                ip=work.actor.ip,
                agent=(given.agent or "")[:200] or None,
            )
        )
