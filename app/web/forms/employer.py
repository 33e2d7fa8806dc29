"""单位信息维护: data, answers to returned items, change request, contact (R11–R14, R21)."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField, StringField, TextAreaField

from app.web.forms.page import Needed, PageForm

GENERAL = "general"
"""The control's name for the answer to a remark on the whole registration, whose code is empty."""


class LockedForm(PageForm):
    """A form that carries the version its page was made from."""

    lock = IntegerField()

    @property
    def seen(self) -> int:
        """The lock of the page; a post without one is never of the present version."""
        return int(self.lock.data) if self.lock.data is not None else -1


class EmployerDataForm(LockedForm):
    """The employer's own data; the site's fields are added to it."""

    name = StringField(_("Name of the employer"), [Needed()])
    agency = SelectField(_("Bureau in charge"), [Needed()])
    credit_code = StringField(_("Unified social credit code"))
    address = StringField(_("Address"))
    phone = StringField(_("Telephone"))


class ChangeRequestForm(LockedForm):
    """What the bureau has to approve."""

    name = StringField(_("Name of the employer"), [Needed()])
    credit_code = StringField(_("Unified social credit code"))
    agency = SelectField(_("Bureau in charge"), [Needed()])


class ContactPersonForm(LockedForm):
    """The person who takes over as contact."""

    full_name = StringField(_("Contact person"), [Needed()])
    mobile = StringField(_("Mobile number"), [Needed()])
    doc_type = SelectField(_("Type of ID document"), [Needed()], default="1")
    doc_no = StringField(_("ID number"), [Needed()])


class SubmitForm(LockedForm):
    """提交申请; answers to returned items are added to it."""


def answer_name(code: str) -> str:
    """The name of the control that answers an item."""
    return "answer-" + (code or GENERAL)


def submit_form(titles: Mapping[str, str]) -> type[SubmitForm]:
    """The form with a text for each returned item that was not changed."""
    fields = {answer_name(code): TextAreaField(title) for code, title in titles.items()}
    return type("SubmitForm", (SubmitForm,), fields)
