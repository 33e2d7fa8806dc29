"""Findings of the automatic checks in words: for the officer what to look at, for the applicant what to do."""

from flask_babel import gettext

from app.domain.checks import Finding
from app.web import labels


def found_text(finding: Finding) -> str:
    """What was found, with its pages."""
    text = labels.sentence(finding.words.found, dict(finding.params))
    if not finding.pages:
        return text
    return text + " " + gettext("(Pages: %(pages)s)", pages=", ".join(map(str, finding.pages)))


def look_text(finding: Finding) -> str:
    """What the officer should look at."""
    return labels.sentence(finding.words.look, dict(finding.params))


def mend_text(finding: Finding) -> str:
    """What the applicant can do."""
    return labels.sentence(finding.words.mend, dict(finding.params))
