"""Programmes: documents of versions as values, lists of versions, roles and code lists they refer to."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.domain.document import Level, Problem
from app.domain.document_text import dump_text
from app.domain.errors import NotFound
from app.domain.programme import Party, Programme
from app.domain.programme_parse import parse
from app.domain.text import N_
from app.models.account import Account
from app.models.agency import Agency
from app.models.programme import Programme as ProgrammeRow
from app.models.programme import ProgrammeVersion
from app.models.reference import Code, CodeList
from app.queries.sets import AnySelect

NO_HOLDER = N_("The bureau %(agency)s has no active account with the role %(role)s.")
_KEPT = 200
_parsed: dict[str, Programme] = {}


class BrokenDocument(RuntimeError):
    """A stored version cannot be read: a defect or a damaged database, never a user's mistake."""


def programme_of(document: object, digest: str) -> Programme:
    """The parsed document of a stored version, kept per process by its digest. Raises BrokenDocument."""
    found = _parsed.get(digest)
    if found is None:
        found = parse(document).programme
        if found is None:
            raise BrokenDocument(digest)
        if len(_parsed) >= _KEPT:
            _parsed.clear()
        _parsed[digest] = found
    return found


def programmes_of(session: Session, version_ids: Collection[int]) -> dict[int, Programme]:
    """The documents of these versions by version id, in one statement (none when all digests are known)."""
    if not version_ids:
        return {}
    v = ProgrammeVersion
    rows = session.execute(select(v.id, v.digest, v.document).where(v.id.in_(version_ids)))
    return {row.id: programme_of(row.document, row.digest) for row in rows}


class Known:
    """The documents of versions while many rows are read: each is read once, not with every row."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[int, Programme] = {}

    def programme(self, version_id: int, digest: str = "") -> Programme:
        """The document of a version that a row refers to.

        Where the row has its digest too, a document that this process read before costs no statement.
        """
        found = self._found.get(version_id) or _parsed.get(digest)
        if found is None:
            found = programmes_of(self._session, (version_id,))[version_id]
        self._found[version_id] = found
        return found


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a programme, for lists."""

    id: int
    programme_id: int
    code: str
    name: str
    n: int
    state: str
    digest: str
    created: datetime
    published_at: datetime | None
    retired_at: datetime | None
    lock: int


def _versions() -> AnySelect:
    v, p = ProgrammeVersion, ProgrammeRow
    return select(
        v.id,
        v.programme_id,
        p.code,
        p.name,
        v.n,
        v.state,
        v.digest,
        v.created,
        v.published_at,
        v.retired_at,
        v.lock,
    ).join(p, p.id == v.programme_id)


def versions(session: Session, code: str | None = None) -> tuple[VersionRow, ...]:
    """Every version (of one programme), newest first. Callers hold PROGRAMME_MANAGE."""
    statement = _versions().order_by(ProgrammeRow.code, ProgrammeVersion.n.desc())
    if code is not None:
        statement = statement.where(ProgrammeRow.code == code)
    return tuple(VersionRow(*row) for row in session.execute(statement))


@dataclass(frozen=True, slots=True)
class Published:
    """A programme as it is offered now."""

    programme_id: int
    version_id: int
    digest: str
    document: Programme


def published(session: Session) -> tuple[Published, ...]:
    """The published version of every programme, by code (public reference data)."""
    v, p = ProgrammeVersion, ProgrammeRow
    rows = session.execute(
        select(p.id, v.id, v.digest, v.document)
        .join(v, v.programme_id == p.id)
        .where(v.state == "published")
        .order_by(p.code)
    )
    return tuple(Published(row[0], row[1], row[2], programme_of(row[3], row[2])) for row in rows)


def desk_roles(session: Session) -> frozenset[str]:
    """The roles that hold a desk in any version of any programme: cases follow old versions too."""
    v = ProgrammeVersion
    found = [programme_of(row.document, row.digest) for row in session.execute(select(v.document, v.digest))]
    return frozenset(stage.role for programme in found for stage in programme.stages)


def published_by_code(session: Session, code: str) -> Published:
    """The published version of one programme. Raises NotFound."""
    for entry in published(session):
        if entry.document.code == code:
            return entry
    raise NotFound


def document_text(session: Session, code: str, n: int | None = None) -> str:
    """YAML of a version: the given one, else the published, else the newest. Raises NotFound."""
    v, p = ProgrammeVersion, ProgrammeRow
    statement = select(v.document).join(p, p.id == v.programme_id).where(p.code == code)
    statement = (
        statement.where(v.n == n)
        if n is not None
        else statement.order_by((v.state == "published").desc(), v.n.desc())
    )
    document = session.scalars(statement.limit(1)).first()
    if document is None:
        raise NotFound
    return dump_text(document)


def role_names(session: Session) -> frozenset[str]:
    """The names of all roles that exist."""
    return frozenset(session.scalars(select(Role.name)))


def list_codes(session: Session) -> frozenset[str]:
    """The codes of all code lists."""
    return frozenset(session.scalars(select(CodeList.code)))


def code_lists(
    session: Session, names: Iterable[str], *, also_inactive: bool = False
) -> dict[str, dict[str, str]]:
    """Code → title of these lists, in order; inactive codes only where old data is shown."""
    statement = (
        select(CodeList.code, Code.code, Code.title)
        .join(Code, Code.list_id == CodeList.id)
        .where(CodeList.code.in_(set(names)))
        .order_by(CodeList.code, Code.position, Code.id)
    )
    if not also_inactive:
        statement = statement.where(Code.active)
    lists: dict[str, dict[str, str]] = {}
    for name, code, title in session.execute(statement):
        lists.setdefault(name, {})[code] = title
    return lists


def lists_of(
    session: Session, programme: Programme, *, also_inactive: bool = False
) -> dict[str, dict[str, str]]:
    """Every code list a programme's fields choose from.

    With the document's own categories under their name.
    """
    names = {entry.list for entry in programme.fields if entry.list}
    lists = code_lists(session, names, also_inactive=also_inactive)
    return lists | {"categories": {category.code: category.title for category in programme.categories}}


def holder_warnings(session: Session, programme: Programme) -> tuple[Problem, ...]:
    """A warning for each bureau that is open for employers (and the city above) without an active
    holder of a desk.

    Source: D3 (a warning, never a refusal).
    """
    desks: list[tuple[Party, str]] = [
        (stage.party, stage.role) for stage in programme.stages if stage.party is not Party.EMPLOYER
    ]
    desks.append((programme.issue.party, programme.issue.role))
    agencies = session.execute(_concerned()).all()
    held = set(session.execute(_holders({row.id for row in agencies})).tuples())
    return tuple(_unheld(desks, [(row.id, row.level, row.name) for row in agencies], held))


def _concerned() -> AnySelect:
    below = Agency.__table__.alias("below")
    open_below = exists().where(
        and_(
            below.c.open_for_employers, below.c.active, below.c.path.startswith(Agency.path, autoescape=False)
        )
    )
    return select(Agency.id, Agency.level, Agency.name).where(
        or_(and_(Agency.open_for_employers, Agency.active), open_below)
    )


def _holders(agency_ids: Collection[int]) -> AnySelect:
    links = assoc_user_role
    return (
        select(Account.agency_id, Role.name)
        .join(links, links.c.user_id == Account.id)
        .join(Role, Role.id == links.c.role_id)
        .where(Account.active, Account.agency_id.in_(agency_ids))
        .distinct()
    )


def _unheld(
    desks: list[tuple[Party, str]],
    agencies: list[tuple[int, str, str]],
    held: Collection[tuple[int | None, str]],
) -> Iterator[Problem]:
    for agency_id, level, name in agencies:
        for party, role in dict.fromkeys(desks):
            if party.value == level and (agency_id, role) not in held:
                yield Problem("stages", "no_holder", NO_HOLDER, {"agency": name, "role": role}, Level.WARNING)
