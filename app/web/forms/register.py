"""Registration of employers and persons: consent first, then the form (R6, R7, I1)."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, HiddenField, PasswordField, SelectField, StringField

from app.web.forms.page import Needed, PageForm

SEXES = [("", _("Please choose")), ("1", _("male")), ("2", _("female"))]


class ConsentForm(PageForm):
    """The button 同意 and the tick of its own for sensitive data; the values name the versions shown."""

    notice = HiddenField(_("Notice"))
    sensitive_version = HiddenField()
    sensitive = BooleanField(
        _("I agree separately to the handling of my sensitive personal data"), [Needed()]
    )


class AccountFields(PageForm):
    """User name, password, document and mobile, as every account has them.

    `notice` and `sensitive` are where the command notes a consent that is missing; no page shows them.
    """

    notice = HiddenField()
    sensitive = HiddenField()
    username = StringField(
        _("User name"),
        [Needed()],
        description=_("4 to 30 small letters, digits, dots, hyphens; begins with a letter"),
    )
    password = PasswordField(_("Password"), [Needed()])
    doc_type = SelectField(_("Type of ID document"), [Needed()], default="1")
    doc_no = StringField(_("ID number"), [Needed()])
    mobile = StringField(_("Mobile number"), [Needed()], description=_("For signing in and for messages"))


class RegisterEmployerForm(AccountFields):
    """单位注册; the site's own fields are added to it."""

    order = ("name", "agency", "username", "password", "contact_name", "mobile", "doc_type", "doc_no")

    name = StringField(_("Name of the employer"), [Needed()])
    agency = SelectField(_("Bureau in charge"), [Needed()], description=_("It reviews your registration"))
    contact_name = StringField(_("Contact person"), [Needed()])
    credit_code = StringField(_("Unified social credit code"))
    address = StringField(_("Address"))
    phone = StringField(_("Telephone"))


class RegisterPersonForm(AccountFields):
    """个人注册; sex and birth only where the document does not tell them."""

    order = ("name", "employer_name", "doc_type", "doc_no", "sex", "birth", "username", "password", "mobile")

    name = StringField(_("Full name"), [Needed()])
    employer_name = StringField(_("Employer"), [Needed()])
    employer = HiddenField(_("Employer"))
    sex = SelectField(_("Sex"), choices=SEXES)
    birth = DateField(_("Date of birth"))
