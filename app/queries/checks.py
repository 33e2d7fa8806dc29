"""The automatic checks on stored cases: what `domain.checks` judges, read in a constant number of statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.checks import File, Finding, Identity, Subject, for_applicant, judge
from app.domain.materials import type_of_content
from app.domain.worktime import local_day
from app.models.account import Account
from app.models.application import Application, Submission
from app.models.file import Attachment, Blob
from app.models.person import Person
from app.models.programme import ProgrammeVersion
from app.models.work import SecretValue
from app.queries.drafts import DraftView, FileRow, file_rows
from app.queries.programmes import programme_of
from app.queries.sets import among


def unclean(session: Session, ids: Collection[int]) -> frozenset[int]:
    """The cases with at least one finding."""
    return frozenset(application_id for application_id, found in findings(session, ids).items() if found)


def findings(session: Session, ids: Collection[int]) -> Mapping[int, tuple[Finding, ...]]:
    """The findings on the present version of each of these cases, in a constant number of statements."""
    rows = session.execute(_statement(session, ids)).all()
    files = file_rows(session, [file for row in rows for file in row.files])
    everywhere = _shared(session, [row.id for row in rows])
    found, left = {}, iter(files)
    for row in rows:
        own = tuple(islice(left, len(row.files)))
        shared = {file.sha256 for file in own if (row.id, file.sha256) in everywhere}
        found[row.id] = judge(_subject(row, own, shared))
    return found


def on_draft(view: DraftView, now: datetime) -> tuple[Finding, ...]:
    """What the applicant should look at before submitting; judged on what the form has read already."""
    back = view.background
    identity = Identity(back.doc_no_masked, back.sex, back.birth)
    subject = Subject(
        programme=view.programme,
        fields=view.form.fields,
        materials=view.form.materials,
        values=view.values,
        identity=identity,
        files=tuple(_file(file) for file in view.files),
        day=local_day(now),
    )
    return for_applicant(judge(subject))


def _statement(session: Session, ids: Collection[int]) -> Any:
    a, s, v, p = Application, Submission, ProgrammeVersion, Person
    then, now = aliased(SecretValue), aliased(SecretValue)
    return (
        select(
            a.id, s.data, s.files, s.doc_no_masked, s.person_sex, s.submitted_at, p.birth, v.document, v.digest,
            # A number erased by the retention period no longer tells anything.
            and_(then.digest.is_not(None), or_(now.id.is_(None), then.digest != now.digest)).label("differs"),
        )
        .join(s, and_(s.application_id == a.id, s.n == a.version_no))
        .join(v, v.id == a.programme_version_id)
        .join(p, p.id == a.person_id)
        .join(Account, Account.id == p.account_id)
        .join(then, then.id == s.doc_no_id)
        .outerjoin(now, now.id == Account.doc_no_id)
        .where(among(session, a.id, ids))
    )  # fmt: skip


def _subject(row: Any, files: Sequence[FileRow], shared: Collection[str]) -> Subject:
    """A submission holds only what was asked for, so everything it holds is judged."""
    programme = programme_of(row.document, row.digest)
    return Subject(
        programme=programme,
        fields=programme.fields,
        materials=programme.materials,
        values=row.data or {},
        identity=Identity(row.doc_no_masked, row.person_sex, row.birth, differs_now=bool(row.differs)),
        files=tuple(_file(file, is_shared=file.sha256 in shared) for file in files),
        day=local_day(row.submitted_at),
    )


def _file(row: FileRow, *, is_shared: bool = False) -> File:
    return File(
        slot=row.slot,
        name=row.file_name,
        sha256=row.sha256,
        type=type_of_content(row.type) if row.type else None,
        is_readable=row.type is not None and row.pages != 0 and row.preview_state != "failed",
        pages=row.pages or 1,
        measures=row.measures,
        is_shared=is_shared,
    )


def _shared(session: Session, ids: Collection[int]) -> frozenset[tuple[int, str]]:
    """Which files of these cases (id, digest) lie in a case of another person too.

    Asked through the attachments, and no further than the first other case: however often a file is used,
    the answer takes the same time.
    """
    mine, theirs = aliased(Attachment), aliased(Attachment)
    own, other = aliased(Application), aliased(Application)
    elsewhere = (
        exists()
        .where(theirs.blob_id == mine.blob_id, theirs.owner_kind == "application")
        .where(other.id == theirs.owner_id, other.person_id != own.person_id)
    )
    rows = session.execute(
        select(mine.owner_id, Blob.sha256)
        .join(own, own.id == mine.owner_id)
        .join(Blob, Blob.id == mine.blob_id)
        .where(mine.owner_kind == "application", among(session, mine.owner_id, ids), elsewhere)
        .distinct()
    )
    return frozenset((row.owner_id, row.sha256) for row in rows)
