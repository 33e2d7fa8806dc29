"""`/verify/<token>`: the public check of a printed card, for phones that scanned it (I3, contract)."""

from typing import Any

from flask_appbuilder import AppBuilder, BaseView, expose

from app.queries import cards
from app.web.base import page_response
from app.web.current import read_session, utc_now


class VerifyView(BaseView):
    """Anonymous by design: it tells nothing that is not on the card, and masks the name."""

    route_base = "/verify"
    default_view = "verify"

    @expose("/<string:token>")
    def verify(self, token: str) -> Any:
        """Valid, lost, void, expired, or replaced by a newer print; an unknown code says so with 404."""
        found = cards.find_print(read_session(), token, now=utc_now())
        body = self.render_template("views/card/verify.html", found=found, now=utc_now())
        return page_response(body, 200 if found else 404)


def register(appbuilder: AppBuilder) -> None:
    """Register the view; the code on the card is its only entrance."""
    appbuilder.add_view_no_menu(VerifyView())
