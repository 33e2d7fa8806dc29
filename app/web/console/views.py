"""Flask-Admin's list and details over one table, read only: a list is one statement and counts nothing."""

from typing import Any

from flask import Flask, abort, render_template, request, url_for
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_babel import lazy_gettext
from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from app.commands import openings
from app.domain.errors import NotFound
from app.domain.roles import AccountKind
from app.extensions import db
from app.models.account import Account
from app.models.application import Application
from app.models.employer import Employer
from app.models.person import Person
from app.models.programme import Programme
from app.models.roster import Roster
from app.queries import audit
from app.queries import console as reading
from app.queries.audit import Chain
from app.queries.prefixes import begins, is_plain
from app.web import audit_words, menu
from app.web.base import parse_id
from app.web.console import keyset
from app.web.console.gate import Gate
from app.web.console.tables import GROUPS, TABLES, Table
from app.web.current import current_actor, engine, read_session, utc_now
from app.web.menu import Entry, Group
from app.web.views.audit import fault

PAGE = 50
INDEX = "console"
CHAINS = {
    Application: "application", Employer: "employer", Person: "person", Account: "account",
    Roster: "roster", Programme: "programme",
}  # fmt: skip
"""Whose rows have a hash chain, under which kind (model, section 8)."""


class ConsoleIndex(Gate, AdminIndexView):
    """The tables of the console."""

    @expose("/")
    def index(self) -> str:
        """Every table by group."""
        return render_template("admin/index.html", groups=GROUPS, tables=TABLES, index=INDEX)


class TableView(Gate, ModelView):
    """One table: what is not white-listed here or in `tables` does not exist."""

    can_create = can_edit = can_delete = can_export = can_set_page_size = False
    can_view_details = simple_list_pager = True
    column_display_actions = False
    page_size = PAGE

    def __init__(self, table: Table) -> None:
        self.table = table
        self.column_list = list(table.columns)
        self.column_details_list = list(table.details)
        self.column_sortable_list: list[str] = []
        # The database's key, not the mapper's: it is the one with an index (D26).
        self.keys = [getattr(table.model, column.key) for column in table.model.__table__.primary_key]
        super().__init__(
            table.model, db, name=str(table.title), endpoint=f"console_{table.name}", url=table.name
        )

    def scaffold_form(self) -> Any:
        """The empty form: nothing is written here, and making forms of all columns took a sixth of the start."""
        return self.form_base_class

    @expose("/")
    def index_view(self) -> str:
        """The newest rows that the search and the filters leave, or those behind the key `after`."""
        rows = read_session().scalars(self._statement().limit(PAGE + 1)).all()
        shown = rows[:PAGE]
        return render_template(
            "admin/model/list.html",
            table=self.table,
            rows=shown,
            details=[(row, url_for(".details_view", id=keyset.key_of(row, self.keys))) for row in shown],
            chosen={name: request.args.get(name, "") for name in self.table.filters},
            q=request.args.get("q", ""),
            after=keyset.key_of(shown[-1], self.keys) if len(rows) > PAGE else None,
            is_first="after" not in request.args,
            index=INDEX,
        )

    def _statement(self) -> Select[Any]:
        statement = select(self.table.model).order_by(*(key.desc() for key in self.keys))
        text = request.args.get("q", "").strip()
        if text and self.table.search:
            column = getattr(self.table.model, self.table.search)
            statement = statement.where(begins(column, text) if is_plain(column) else column == text)
        for name in self.table.filters:
            value = request.args.get(name, "").strip()
            if value:
                column = getattr(self.table.model, name)
                statement = statement.where(column == _as_stored(column, value))
        last = request.args.get("after")
        return keyset.after(statement, self.keys, last) if last else statement

    @expose("/details/")
    def details_view(self) -> str:
        """Every column of one row; a case with its versions side by side and its chain."""
        row = self._row(request.args.get("id", ""))
        openings.record_row(
            engine(), actor=current_actor(), table=self.table.name, row_id=self._row_id(row), now=utc_now()
        )
        session = read_session()
        case = row.id if isinstance(row, Application) else 0
        chain = self._chain(row)
        return render_template(
            "admin/model/details.html",
            table=self.table,
            row=row,
            values=[(name, getattr(row, name)) for name in self.table.details],
            versions=reading.versions(session, case) if case else None,
            chain=chain,
            fault=fault(chain.broken) if chain else "",
            words=audit_words,
            index=INDEX,
        )

    def _chain(self, row: Any) -> Chain | None:
        kind = CHAINS.get(self.table.model)
        try:
            return audit.chain(read_session(), current_actor(), kind, row.id) if kind else None
        except NotFound:  # nothing was ever done to it by a command
            return None

    def _row_id(self, row: Any) -> int:
        """The whole number of the row's key: its id, or that of the row it belongs to."""
        return next(value for key in self.keys if isinstance(value := getattr(row, key.key), int))

    def _row(self, raw: str) -> Any:
        statement = keyset.exactly(select(self.table.model), self.keys, raw)
        found = read_session().scalars(statement).one_or_none()
        if found is None:
            abort(404)
        return found


def _as_stored(column: InstrumentedAttribute[Any], value: str) -> Any:
    """The value of a filter in the column's type; what cannot be one finds nothing (404)."""
    if column.type.python_type is not int:
        return value
    found = parse_id(value)
    if found is None:
        abort(404)
    return found


def register(app: Flask) -> None:
    """Mount the console, where the setting allows it; after FAB, whose Babel Flask-Admin needs (A5)."""
    admin = Admin(
        app, url="/console", endpoint=INDEX, index_view=ConsoleIndex(url="/console", endpoint=INDEX)
    )
    for table in TABLES:
        admin.add_view(TableView(table))
    menu.add(
        Entry(f"{INDEX}.index", lazy_gettext("Data console"), Group.SYSTEM, icon="database", order=95,
              kinds=frozenset({AccountKind.SUPERUSER}), note=lazy_gettext("The tables as they are stored"))
    )  # fmt: skip
