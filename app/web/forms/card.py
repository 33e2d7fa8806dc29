"""Forms about cards."""

from flask_babel import lazy_gettext as _
from wtforms import StringField

from app.web.forms.page import Needed, PageForm
from app.web.forms.review import LockForm


class HandOverForm(PageForm):
    """Who took the cards (领取)."""

    handed_to = StringField(_("Handed to"), [Needed()])


class CardForm(LockForm):
    """A verb on one card with its reason, where it needs one."""

    reason = StringField(_("Reason"))
