"""One's own account: password and mobile."""

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, StringField

from app.web.forms.page import Needed, PageForm


class PasswordForm(PageForm):
    """A new password; the present one is asked."""

    old = PasswordField(_("Present password"), [Needed()])
    new = PasswordField(_("New password"), [Needed()])


class MobileForm(PageForm):
    """A new mobile; the password is asked."""

    mobile = StringField(_("New mobile number"), [Needed()])
    password = PasswordField(_("Present password"), [Needed()])


class ConfirmForm(PageForm):
    """The present password, before a dangerous page."""

    password = PasswordField(_("Present password"), [Needed()])
