"""The place the loaded people live in: bureaus and who decides there, the programme, files, lists, keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import click
from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.volume.names import ETHNIC, RARE
from app.cli.demo.volume.papers import Papers
from app.domain.ports import Cipher, Ports, Vault
from app.domain.programme import Party, Programme
from app.domain.roles import SEEDED_GRANTS, Actor, Permission, Role
from app.domain.site import Site
from app.domain.steps import Deadline
from app.domain.worktime import Calendar, local_day
from app.models.account import Account
from app.models.agency import Agency
from app.queries.actors import actor_of
from app.queries.calendar import calendar
from app.queries.programmes import Published, lists_of, published
from app.queries.reference import code_choices, current_notice, current_site
from app.queries.roster_rows import Page, page_of


@dataclass(frozen=True, slots=True)
class Bureau:
    """A county bureau: its place in the tree and who decides for its employers, by role."""

    id: int
    code: str
    division: str
    level: str
    path: str
    city_id: int | None
    desks: Mapping[str, Actor]
    registrar: Actor
    suspender: Actor
    canceller: Actor


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the generators need, read once."""

    now: datetime
    bureaus: tuple[Bureau, ...]
    offered: Published
    site: Site
    calendar: Calendar
    lists: Mapping[str, Mapping[str, str]]
    natures: Sequence[str]
    page: Page
    papers: Papers
    cipher: Cipher
    vault: Vault
    password_hash: str
    role_ids: Mapping[str, int]
    notices: Mapping[str, int]
    sexes: Mapping[str, str]
    unprintable: frozenset[str]
    days: dict[datetime, date] = field(default_factory=dict)
    deadlines: dict[tuple[date, int], datetime] = field(default_factory=dict)

    @property
    def programme(self) -> Programme:
        """The document that the applications follow."""
        return self.offered.document

    @property
    def today(self) -> date:
        """The day of `now` in Shanghai."""
        return local_day(self.now)

    def day(self, at: datetime) -> date:
        """The day of a moment in Shanghai, remembered by the hour."""
        hour = at.replace(minute=0, second=0)
        found = self.days.get(hour)
        if found is None:
            found = self.days[hour] = local_day(at)
        return found

    def due(self, at: datetime) -> Deadline:
        """Deadlines counted from a moment, as the commands count them."""
        day = self.day(at)

        def moment(limit: int | None) -> datetime | None:
            if limit is None:
                return None
            found = self.deadlines.get((day, limit))
            if found is None:
                found = self.deadlines[day, limit] = self.calendar.due_at(at, limit)
            return found

        return moment

    def bureau(self, ordinal: int) -> Bureau:
        """The bureau of an employer: the first has more of them than the others."""
        place = ordinal % (2 * len(self.bureaus) + 1)
        return self.bureaus[place % len(self.bureaus)]


def grants(*roles: str) -> frozenset[str]:
    """The seeded permissions of roles, as the actors of new accounts hold them."""
    return frozenset(str(permission) for role in roles for permission in SEEDED_GRANTS[role])


def scene_of(session: Session, ports: Ports, papers: Papers, *, password_hash: str, now: datetime) -> Scene:
    """Read the scene. Raises ClickException naming what the installation lacks."""
    offered = next(iter(published(session)), None)
    if offered is None:
        raise click.ClickException("no programme is published: run flask init")
    notices = {kind: current_notice(session, kind, now) for kind in ("employer", "person", "sensitive")}
    rare = "".join((*RARE, *ETHNIC))
    return Scene(
        now=now,
        bureaus=bureaus_of(session, offered.document),
        offered=offered,
        site=current_site(session),
        calendar=calendar(session),
        lists=lists_of(session, offered.document),
        natures=tuple(code_choices(session, "unit_natures")),
        page=page_of(session, offered.document),
        papers=papers,
        cipher=ports.cipher,
        vault=ports.vault,
        password_hash=password_hash,
        role_ids={row.name: row.id for row in session.execute(select(RoleRow.name, RoleRow.id))},
        notices={kind: notice.id for kind, notice in notices.items() if notice is not None},
        sexes=code_choices(session, "GB2261"),
        unprintable=frozenset(ports.pdf.missing_glyphs(rare)),
    )


def bureaus_of(session: Session, programme: Programme) -> tuple[Bureau, ...]:
    """The open bureaus where every desk of the programme is held. Raises ClickException without one."""
    holders = _holders(session)
    agencies = {agency.id: agency for agency in session.scalars(select(Agency).where(Agency.active))}
    found = []
    for agency in sorted(agencies.values(), key=lambda one: one.path):
        bureau = _bureau(agency, agencies, holders, programme) if agency.open_for_employers else None
        if bureau is not None:
            found.append(bureau)
    if not found:
        raise click.ClickException(
            "no bureau is open for employers with an officer at every desk of the programme"
        )
    return tuple(found)


Holders = Mapping[tuple[str, int], Sequence[Actor]]


def _holders(session: Session) -> Holders:
    """The officers of each role at each bureau, oldest first."""
    links = assoc_user_role
    rows = session.execute(
        select(RoleRow.name, Account.agency_id, Account.id)
        .join(links, links.c.role_id == RoleRow.id)
        .join(Account, Account.id == links.c.user_id)
        .where(Account.agency_id.is_not(None), Account.active, Account.person_key.is_not(None))
        .order_by(Account.id)
    ).all()
    found: dict[tuple[str, int], list[Actor]] = {}
    for name, agency_id, account_id in rows:
        found.setdefault((name, agency_id), []).append(actor_of(session, account_id))
    return found


def _bureau(
    agency: Agency, agencies: Mapping[int, Agency], holders: Holders, programme: Programme
) -> Bureau | None:
    above = [agencies[int(part)] for part in agency.path.strip("/").split("/") if int(part) in agencies]
    city = next((one.id for one in above if one.level == "city"), None)
    desks: dict[str, Actor] = {}
    for stage in programme.stages:
        place = {Party.COUNTY: agency.id, Party.CITY: city}.get(stage.party)
        if stage.party is not Party.EMPLOYER and not _seat(desks, holders, stage.role, place):
            return None
    issuer = {Party.COUNTY: agency.id, Party.CITY: city}.get(programme.issue.party)
    issues = _first(holders, programme.issue.role, issuer)
    registrar = _first(holders, Role.REGISTRAR, agency.id)
    suspender = _allowed(holders, Permission.EMPLOYER_SUSPEND, agency.id)
    canceller = _allowed(holders, Permission.APPLICATION_CANCEL, city)
    if issues is None or registrar is None or suspender is None or canceller is None:
        return None
    return Bureau(
        agency.id,
        agency.code,
        agency.division_code or agency.code,
        agency.level,
        agency.path,
        city,
        desks | {programme.issue.role: issues},
        registrar,
        suspender,
        canceller,
    )


def _seat(desks: dict[str, Actor], holders: Holders, role: str, place: int | None) -> bool:
    """Put a natural person at the desk who sits at no other (D8)."""
    taken = {actor.person_key for actor in desks.values()}
    free = [actor for actor in holders.get((role, place or 0), ()) if actor.person_key not in taken]
    if role not in desks and free:
        desks[role] = free[0]
    return role in desks


def _first(holders: Holders, role: str, place: int | None) -> Actor | None:
    return next(iter(holders.get((role, place or 0), ())), None)


def _allowed(holders: Holders, permission: Permission, place: int | None) -> Actor | None:
    here = (actor for (_, at), actors in holders.items() if at == place for actor in actors)
    return next((actor for actor in here if actor.may(permission)), None)
