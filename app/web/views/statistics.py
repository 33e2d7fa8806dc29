"""统计分析: figures of the officer's scope, each as a chart, a table and a sheet (I4)."""

from flask import request
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import lazy_gettext

from app.domain.roles import AccountKind
from app.web import menu
from app.web.current import utc_now
from app.web.menu import Entry, Group
from app.web.pages import statistics as pages

_ = lazy_gettext


class StatisticsView(BaseView):
    """`/statistics`: every report with a chart, under one programme and one time."""

    route_base = "/statistics"
    class_permission_name = "Statistics"
    default_view = "board"

    @expose("")
    @has_access
    @permission_name("show")
    def board(self) -> str:
        """The figures; filters stand in the address."""
        now = utc_now()
        page = pages.board(pages.asked_of(request.args, now), now)
        return str(self.render_template("views/statistics/board.html", page=page))


def register(appbuilder: AppBuilder) -> None:
    """Register the view; whoever holds its right sees it in the menu."""
    appbuilder.add_view_no_menu(StatisticsView())
    menu.add(
        Entry(
            "StatisticsView.board",
            _("Statistics"),
            Group.QUERY,
            icon="chart-bar",
            order=12,
            kinds=frozenset({AccountKind.OFFICER, AccountKind.SUPERUSER}),
            tile=True,
            note=_("How far cases have come, how long they wait, why they are returned"),
        )
    )
