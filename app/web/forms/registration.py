"""A person's own registration: corrections while it waits or was returned, and the employer (A20, A21)."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField

from app.web.forms.employer import LockedForm
from app.web.forms.page import Needed
from app.web.forms.register import SEXES


class RegistrationForm(LockedForm):
    """Numbers left empty stay as they are: they are not shown in full."""

    name = StringField(_("Full name"), [Needed()])
    mobile = StringField(_("Mobile number"))
    doc_type = SelectField(_("Type of ID document"))
    doc_no = StringField(_("ID number"))
    sex = SelectField(_("Sex"), choices=SEXES)
    birth = DateField(_("Date of birth"))


class SubmitAgainForm(LockedForm):
    """再次提交; words to what stays as it was returned."""

    answer = TextAreaField(_("Explanation for the employer"))


class EmployerChoiceForm(LockedForm):
    """Another employer, chosen from the suggestions."""

    employer_name = StringField(_("Employer"), [Needed()])
    employer = HiddenField(_("Employer"))
