"""Replacing the site document: employers' registration fields and materials, contact, ages (I4, D1)."""

from datetime import datetime

from sqlalchemy import Engine, select

from app.access.policy import require
from app.commands.retry import retried
from app.commands.unit_of_work import unit_of_work
from app.domain.audit import digest_of
from app.domain.errors import NotFound, Stale
from app.domain.roles import Actor, Permission
from app.models.reference import Site as SiteRow
from app.queries import sites

SYSTEM = 0
"""The subject of events that concern the installation itself."""


@retried
def replace(engine: Engine, *, actor: Actor, text: str, seen: str, now: datetime) -> str:
    """Store `text` (YAML or JSON) as the site document and return its digest.

    `seen` is the digest of the document that was edited. Raises InvalidInput naming every path that is wrong,
    Stale if somebody saved another document meanwhile, NotAllowed. The same document again changes nothing.
    """
    require(actor, Permission.CONFIGURE)
    with unit_of_work(engine, actor, now=now) as work:
        document, _site = sites.read(work.session, text)
        row = work.session.scalars(select(SiteRow).where(SiteRow.id == 1).with_for_update()).first()
        if row is None:
            raise NotFound
        before, after = digest_of(row.document), digest_of(document)
        if before != seen:
            raise Stale
        if after != before:
            row.document, row.updated = document, now
            work.session.flush()
            work.audit("system", SYSTEM, "site", {"before": before, "after": after})
        return after
