"""/help: a short guide per role, for everybody who is signed in and for those who want to register (I8)."""

from flask import abort
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import lazy_gettext

from app.web import guides, menu
from app.web.current import current_actor, language
from app.web.guides import Guide
from app.web.menu import Entry, Group


class HelpView(BaseView):
    """The reader's own guide, and the others that are meant for him."""

    route_base = "/help"
    default_view = "own"

    @expose("")
    def own(self) -> str:
        """The guide of one's own role."""
        return self._page(guides.of(current_actor())[0])

    @expose("/<string:code>")
    def guide(self, code: str) -> str:
        """Another one of the reader's guides."""
        found = next((guide for guide in guides.of(current_actor()) if guide.code == code), None)
        return self._page(found or abort(404))

    def _page(self, guide: Guide) -> str:
        return str(
            self.render_template(
                "views/help/guide.html",
                guide=guide,
                guides=guides.of(current_actor()),
                parts=list(guides.parts(guide, language())),
            )
        )


def register(appbuilder: AppBuilder) -> None:
    """Register the view and its line in the account menu, which stands on every page."""
    appbuilder.add_view_no_menu(HelpView())
    menu.add(Entry("HelpView.own", lazy_gettext("Help"), Group.ACCOUNT, icon="help", order=30))
