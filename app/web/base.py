"""Base classes of every FAB view, and what pages share: scope in one place, ids never rows, no page history.

Every read of FAB passes `apply_filters`; narrowing there closes lists, counts, shows, edits, actions,
related lists and choices at once (D13, D17).
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from flask import Response, abort, current_app, g, has_app_context, redirect, request, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form

from app.access.scope import visible
from app.domain.errors import Blocked, DomainError, InvalidInput, NotAllowed, NotFound
from app.domain.results import refuse_too_many
from app.extensions import writing
from app.queries.paging import CAP
from app.web import labels
from app.web.current import current_actor
from app.web.templating import own_list

log = logging.getLogger(__name__)
T = TypeVar("T")
PAGE_MAX = 100
_ROW = re.compile(r"([0-9]{1,19})(?::([0-9]{1,9}))?")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_PAGE_NUMBER = re.compile(r"[0-9]{1,6}")


def parse_id(raw: object) -> int | None:
    """A key from outside; None for anything that cannot be one (`1x`, `-1`, 10**23)."""
    text = str(raw)
    return int(text) if _ID.fullmatch(text) and int(text) < 2**63 else None


def parse_row(raw: str) -> tuple[int, int | None] | None:
    """`123` or `123:4`: the id and the lock the user saw."""
    found = _ROW.fullmatch(raw)
    key = parse_id(found[1]) if found else None
    if found is None or key is None:
        return None
    return key, int(found[2]) if found[2] else None


def batch_max() -> int:
    """The setting BATCH_MAX."""
    return int(current_app.extensions["yingcai.settings"].batch_max)


def rows_seen(raw: Sequence[str]) -> dict[int, int | None]:
    """{id: lock} of the ticked rows; 422 for none or too many (with the number), 404 for what is no id."""
    if not raw:
        abort(422)
    refuse_too_many(len(raw), batch_max())
    rows = [parse_row(text) for text in dict.fromkeys(raw)]
    if None in rows:
        abort(404)
    return dict(cast("list[tuple[int, int | None]]", rows))


def attempt(form: Form, call: Callable[[], T]) -> T | None:
    """Run a command for a form that is shown again when it refuses: mistakes land at their fields.

    NotFound and NotAllowed pass on to their pages. The view renders the form with status 422 on None.
    """
    try:
        return call()
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        _put_errors(form, error)
        return None


def _put_errors(form: Form, error: DomainError) -> None:
    general = []
    for item in error.errors if isinstance(error, InvalidInput) else ():
        text = labels.field_error_text(item)
        if item.field in form:
            form[item.field].errors = [*form[item.field].errors, text]
        else:
            general.append(text)
    named = getattr(error, "field", "") or getattr(error, "kind", "")  # a taken name, a taken number
    if named and named in form:
        form[named].errors = [*form[named].errors, labels.error_text(error)]
    elif isinstance(error, Blocked) or not (isinstance(error, InvalidInput) and error.errors):
        general.append(labels.error_text(error))
    form.form_errors = [*form.form_errors, *general]


class GuardedInterface(SQLAInterface):
    """FAB's data access with sane keys, capped counts and neutral words for a refused write."""

    def __init__(self, obj: Any, session: Any = None, eager: Sequence[Any] = ()) -> None:
        super().__init__(obj, session)
        self.eager = eager
        if self.is_pk_composite():  # get_pk() is None: count 1 on an empty table, show 404 (D26)
            raise TypeError(f"{obj.__name__}: composite key")

    def apply_all(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Eager loading stated by the view: no query per row (F35)."""
        return super().apply_all(query, *args, **kwargs).options(*self.eager)

    def get(self, id: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: A002 - FAB's name
        """One row; what cannot be a key is not found, never an error."""
        key = parse_id(id)
        return None if key is None else super().get(key, *args, **kwargs)

    def query_count(self, query: Any, filters: Any = None, select_columns: Any = None) -> int:
        """Capped: the screen says 10000+ (model: indexes)."""
        counted = self._apply_inner_all(query, filters, select_columns=select_columns, aliases_mapping={})
        counted = counted.order_by(None).with_entities(self.get_pk()).limit(CAP)
        return int(self.session.query(func.count()).select_from(counted.subquery()).scalar())

    def add(self, item: Any, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - FAB's signature
        """Add a row."""
        return self._write(super().add, item, commit)

    def edit(self, item: Any, commit: bool = True) -> Any:  # noqa: FBT001, FBT002
        """Save a row."""
        return self._write(super().edit, item, commit)

    def delete(self, item: Any, commit: bool = True) -> Any:  # noqa: FBT001, FBT002
        """Delete a row."""
        return self._write(super().delete, item, commit)

    def flush(self, item: Any) -> None:
        """Write a new row within the running transaction, for a hook that needs its key."""
        self._write(lambda row, _commit: (self.session.add(row), self.session.flush()), item, commit=False)

    def _write(self, write: Callable[..., Any], item: Any, commit: bool) -> Any:  # noqa: FBT001
        """FAB flashes str(exception), SQL and parameters included (F20): say something neutral instead."""
        try:
            return write(item, commit)
        except SQLAlchemyError:
            self.session.rollback()
            log.exception("write refused on %s", self.obj.__tablename__)
            raise RuntimeError(gettext("Not saved: the data conflicts with another record.")) from None


class ScopedInterface(GuardedInterface):
    """FAB's data access narrowed to what the account may see."""

    def apply_filters(self, query: Any, filters: Any) -> Any:
        """Narrow every read to the account's scope."""
        return visible(super().apply_filters(query, filters), current_actor())

    def get_related_obj(self, col_name: str, value: Any) -> Any:
        """A related row within the scope; stock FAB loads it without any filter."""
        return self.get_related_interface(col_name).get(value)


class FormTransaction:
    """FAB's generated forms write in a transaction that begins IMMEDIATE and rolls back on a refusal."""

    datamodel: Any

    def _in_transaction(self, call: Callable[..., Any], *args: Any) -> Any:
        if request.method != "POST":
            return call(*args)
        with writing(self.datamodel.session):
            return call(*args)

    def _add(self) -> Any:
        return self._in_transaction(super()._add)  # type: ignore[misc]

    def _edit(self, pk: Any) -> Any:
        return self._in_transaction(super()._edit, pk)  # type: ignore[misc]

    def _delete(self, pk: Any) -> Any:
        return self._in_transaction(super()._delete, pk)  # type: ignore[misc]


class ScopedModelView(FormTransaction, ModelView):
    """A generated view over a `ScopedInterface`.

    Subclasses declare `route_base`, `class_permission_name`, `list_columns`, `search_columns` and titles
    themselves (lazy_gettext). `lock_column` puts the lock into the tick boxes; `reason_actions` names the
    actions that ask for a reason before posting.
    """

    exclude_route_methods = {"download"}
    page_size = 25
    lock_column = ""
    reason_actions: Sequence[str] = ()
    add_row_message = lazy_gettext("Added")
    edit_row_message = lazy_gettext("Saved")
    delete_row_message = lazy_gettext("Deleted")

    @property
    def _filters(self) -> Any:
        """Filters of this request: FAB shares one mutable object per view between all threads (F8)."""
        if not has_app_context():
            return self.__dict__.get("_boot_filters")
        name = "_filters_of_" + type(self).__name__
        if name not in g:
            setattr(g, name, self.datamodel.get_filters(self.search_columns))
        return g.get(name)

    @_filters.setter
    def _filters(self, value: Any) -> None:
        self.__dict__["_boot_filters"] = value

    def _act(self, name: str, raw: Sequence[str]) -> BaseResponse:
        """Run an action on ids and the locks seen, never on rows (D12)."""
        return self._run(name, lambda: rows_seen(raw))

    def _run(self, name: str, chosen: Callable[[], dict[int, int | None]]) -> BaseResponse:
        """Run an action on what `chosen` finds, once it is clear that the account may do it."""
        manager = self.appbuilder.sm
        if not current_user.is_authenticated:
            return redirect(url_for("IndexView.index"))
        action = self.actions.get(name)
        if action is None:
            abort(404)
        if not manager.has_access(self.get_action_permission_name(name), self.class_permission_name):
            abort(403)
        g.locks_seen = chosen()
        return cast("BaseResponse", action.func(list(g.locks_seen)))

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name: str, pk: str) -> BaseResponse:
        """An action on one row; POST only."""
        return self._act(name, [pk])

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> BaseResponse:
        """An action on the ticked rows."""
        return self._act(request.form.get("action", ""), request.form.getlist("rowid"))

    def _fill_form_exclude_cols(self, exclude_cols: Any, form: Any) -> None:
        """`?_flt_0_<relation>=<id>` would write the relation (F5)."""
        del form
        if exclude_cols:
            abort(400)

    def _get_list_widget(  # noqa: PLR0917 - FAB's signature
        self,
        filters: Any,
        actions: Any = None,
        order_column: str = "",
        order_direction: str = "",
        page: int | None = None,
        page_size: int | None = None,
        widgets: Any = None,
        **kwargs: Any,
    ) -> Any:
        if order_column not in self.order_columns:  # no ordering oracle on hidden columns (F5)
            order_column = order_direction = ""
        found = super()._get_list_widget(
            filters=filters,
            actions=actions,
            order_column=order_column,
            order_direction=order_direction,
            page=page,
            page_size=min(page_size or self.page_size, PAGE_MAX),
            widgets=widgets,
            **kwargs,
        )
        arguments = found["list"].template_args
        arguments["reason_actions"] = self.reason_actions
        if self.lock_column and arguments.get("actions"):
            arguments["locks"] = self._locks(arguments["pks"])
        return found

    def _locks(self, keys: Sequence[int]) -> Mapping[int, int]:
        model = self.datamodel.obj
        query = self.datamodel.session.query(model.id, getattr(model, self.lock_column)).filter(
            model.id.in_(keys)
        )
        return dict(query.all())

    def update_redirect(self) -> None:
        """No page history in the session (F12)."""

    def get_redirect(self) -> str:
        """Every form returns to its own list."""
        return own_list(type(self).__name__) or url_for("IndexView.index")


def sane_list_args() -> None:
    """Before every request: list arguments FAB would answer with a 500 are a 422 (F21)."""
    for name, value in request.args.items(multi=True):
        if name.startswith(("page_", "psize_")) and not _PAGE_NUMBER.fullmatch(value):
            abort(422)


def page_response(body: str, status: int = 200) -> Response:
    """A rendered page with a status; 422 for a form shown again."""
    return Response(body, status=status, mimetype="text/html")
