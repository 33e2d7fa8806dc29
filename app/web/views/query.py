"""查询统计: all cases of the account's scope by filters, with export of what the screen counts (R38, R39)."""

from dataclasses import replace
from typing import Any

from flask import redirect, request
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import lazy_gettext

from app.domain.number_shapes import looks_like_number
from app.domain.roles import AccountKind
from app.queries import applications as reading
from app.queries.applications import Filters
from app.web import menu
from app.web.current import current_actor, ports, read_session, utc_now
from app.web.forms.query import as_query, filters_of
from app.web.keys import cursor, page_size
from app.web.menu import Entry, Group
from app.web.number_search import digests
from app.web.pages import export_forms
from app.web.pages import query as query_pages

_ = lazy_gettext


class QueryView(BaseView):
    """`/query`: every status, not only approved ones."""

    route_base = "/query"
    class_permission_name = "Application"
    default_view = "search"

    @expose("", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def search(self) -> Any:
        """The list. A number is posted and stays out of the address; everything else is in it."""
        given = request.form if request.method == "POST" else request.args
        number = " ".join(given.get("number", "").split()) if request.method == "POST" else ""
        filters = filters_of(given, account_id=current_actor().account_id, now=utc_now())
        if looks_like_number(filters.q):
            number, filters = filters.q if request.method == "POST" else "", replace(filters, q="")
            if not number:  # it came in an address, and would stand in every log: away with it (I18)
                return redirect(query_pages.search_url(filters))
        if request.method == "POST" and not number:
            return redirect(query_pages.search_url(filters))
        return self._page(filters, number)

    def _page(self, filters: Filters, number: str) -> str:
        asked = replace(filters, digests=digests(ports().cipher, number)) if number else filters
        page = reading.search(read_session(), current_actor(), asked, cursor=cursor(), limit=page_size())
        shown = query_pages.query_page(
            filters,
            page,
            number=number,
            cursor=cursor(),
            size=page_size(),
            now=utc_now(),
        )
        exported = as_query(filters)
        shown |= {
            "export": export_forms.button("applications", exported, number=number),
            "export_reviews": export_forms.button("reviews", exported, number=number),
        }
        return str(self.render_template("views/query/query.html", page=shown))


def register(appbuilder: AppBuilder) -> None:
    """Register the view; employers know it under the manual's name."""
    appbuilder.add_view_no_menu(QueryView())
    menu.add(
        Entry(
            "QueryView.search",
            _("Query of the employer's applications"),
            Group.QUERY,
            icon="report-search",
            order=10,
            kinds=frozenset({AccountKind.EMPLOYER}),
            business=True,
            tile=True,
            note=_("Every application of your people, whatever its state"),
        ),
        Entry(
            "QueryView.search",
            _("Query of applications"),
            Group.QUERY,
            icon="report-search",
            order=10,
            kinds=frozenset({AccountKind.OFFICER, AccountKind.SUPERUSER}),
            tile=True,
            note=_("Every application in your scope, whatever its state"),
        ),
    )
