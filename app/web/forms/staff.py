"""Forms about a person's service contact."""

from collections.abc import Iterable
from typing import Any

from flask import abort
from flask_babel import lazy_gettext
from wtforms import IntegerField, SelectField
from wtforms.validators import Optional

from app.queries.accounts import StaffChoice
from app.web.base import parse_id
from app.web.forms.page import PageForm

_ = lazy_gettext


class ServiceForm(PageForm):
    """服务专员: one of the employer's own staff, or nobody."""

    account = SelectField(_("Service contact"), validators=[Optional()], validate_choice=False)
    lock = IntegerField(validators=[Optional()])

    def offer(self, staff: Iterable[StaffChoice], chosen: int | None) -> None:
        """Who may be chosen, with the masked number to tell namesakes apart."""
        named = [(str(one.account_id), f"{one.name} {one.mobile_masked or ''}".strip()) for one in staff]
        self.account.choices = [("", _("Nobody in particular")), *named]
        if not self.account.raw_data:
            self.account.data = str(chosen) if chosen else ""

    @property
    def account_id(self) -> int | None:
        """The chosen account; the command checks that it is staff of the employer."""
        return parse_id(self.account.data) if self.account.data else None

    @property
    def seen(self) -> int:
        """The lock the page was made with."""
        found: Any = self.lock.data
        if found is None:
            abort(422)
        return int(found)
