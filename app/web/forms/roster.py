"""The upload of a stamped roster: the files, and what is typed where a code cannot be read (R34)."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, MultipleFileField, StringField, TextAreaField

from app.web.forms.page import PageForm


class ScanForm(PageForm):
    """Photos or a scan of the stamped sheet."""

    files = MultipleFileField(_("Photos or scan of the stamped sheet"))
    roster_no = StringField(_("Roster number"))
    check_codes = TextAreaField(_("Check codes"))
    replace = HiddenField()
    stamped = HiddenField()

    @property
    def replaces(self) -> bool:
        """Whether the files take the place of an accepted scan."""
        return bool(self.replace.data)

    @property
    def is_confirmed(self) -> bool:
        """Whether the sheet is said to be stamped although no seal was recognised."""
        return bool(self.stamped.data)

    @property
    def codes(self) -> tuple[str, ...]:
        """The typed check codes, one per line, in page order."""
        lines = (line.strip() for line in (self.check_codes.data or "").splitlines())
        return tuple(line for line in lines if line)[:35]
