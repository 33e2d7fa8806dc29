"""What the bureau's desk shows of an employer: values, changes, files, items to return (R13, R14)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.domain.programme import Field, Material, ReasonFor
from app.domain.registration import EmployerState, SubjectKind
from app.domain.site import Site
from app.queries import stored_files
from app.queries.employers import Difference, EmployerDetail, EmployerFile
from app.queries.reference import open_agencies
from app.web import files, labels
from app.web.forms.data import lists_of
from app.web.forms.review import Item
from app.web.pages import history
from app.web.pages.cases import value_text

RETURNABLE = ("name", "credit_code", "agency", "address", "phone", "contact")


@dataclass(frozen=True, slots=True)
class FileTab:
    """One file in the viewer."""

    slot: str
    title: str
    pages: Sequence[str]
    download: str
    preview: str
    view: str
    viewed: bool = False
    symbol: str = "paperclip"
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A returned or changed item: before, now, and what the employer answered."""

    title: str
    before: str
    after: str
    changed: bool
    flag: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the template loops over."""

    facts: Sequence[tuple[str, Any]]
    contact: Sequence[tuple[str, Any]]
    files: Sequence[FileTab]
    missing: Sequence[str]
    changes: Sequence[Change]
    items: Sequence[Item]
    timeline: Sequence[Mapping[str, Any]]
    version: int


class Words:
    """Stored values of the registration's fields in words."""

    def __init__(self, session: Session, site: Site, employer: EmployerDetail) -> None:
        """Read the code lists the site's fields choose from, once."""
        self.site = site
        self.titles = titles_of(site)
        self.fields: Mapping[str, Field] = {field.code: field for field in site.fields}
        self.lists = lists_of(session, site.fields)
        self.agencies = {str(agency.id): agency.path_name for agency in open_agencies(session)}
        self.agencies[str(employer.agency_id)] = employer.agency_path_name

    def title(self, code: str) -> str:
        """What people call a field or material."""
        return self.titles.get(code, code)

    def value(self, code: str, value: object) -> Any:
        """A value as people read it."""
        if value in (None, ""):
            return None
        if code == "agency":
            return self.agencies.get(str(value), str(value))
        field = self.fields.get(code)
        if field is not None:
            return value_text(field, value, self.lists)
        return labels.label("doc_type", value) if code == "contact_doc_type" else value


def desk(session: Session, site: Site, employer: EmployerDetail) -> Desk:
    """Prepare the page: while a submission waits, what was submitted; else what is valid now."""
    words = Words(session, site, employer)
    frozen = employer.submission if employer.state == EmployerState.SUBMITTED else None
    data = frozen.data if frozen else employer.data
    attached = frozen.files if frozen else tuple(file for one in employer.materials for file in one.files)
    return Desk(
        facts=_facts(words, data),
        contact=[
            (gettext("Contact person"), data.get("contact")),
            (gettext("Type of ID document"), words.value("contact_doc_type", data.get("contact_doc_type"))),
        ],
        files=_tabs(session, site.materials, attached, _new_files(employer) if frozen else frozenset()),
        missing=[one.title for one in site.missing_materials(frozenset(file.slot for file in attached))],
        changes=_changes(words, employer),
        items=items(site),
        timeline=history.timeline(employer.history, site),
        version=employer.version_no,
    )


def _facts(words: Words, data: Mapping[str, object]) -> list[tuple[str, Any]]:
    codes = [*(code for code in RETURNABLE if code != "contact"), *words.fields]
    return [(words.title(code), words.value(code, data.get(code))) for code in codes]


def titles_of(site: Site) -> Mapping[str, str]:
    """Names of everything that can be returned; the employer's own name says whose it is."""
    return {**history.item_titles(site), "name": gettext("Name of the employer")}


def items(site: Site) -> list[Item]:
    """Everything the bureau may return, in the order of the page; last the whole registration."""
    titles = titles_of(site)
    fields = [
        Item("field", code, titles[code]) for code in (*RETURNABLE, *(field.code for field in site.fields))
    ]
    materials = [Item("material", material.code, material.title) for material in site.materials]
    return [*fields, *materials, Item("general", "", gettext("The whole registration"))]


def reasons_for(site: Site, item: Item) -> list[Any]:
    """The site's reasons that fit an item."""
    fitting = (
        {ReasonFor.BOTH, ReasonFor(item.kind)}
        if item.kind != "general"
        else set(ReasonFor) - {ReasonFor.REJECT}
    )
    return [
        reason for reason in site.reasons if reason.use in fitting and reason.is_for(SubjectKind.EMPLOYER)
    ]


def item_errors(site: Site, posted: "MultiDict[str, Any]") -> dict[str, str]:
    """What ticked items lack, by their key in the form; the command judges the same again."""
    found = {}
    for item in items(site):
        if item.key not in posted.getlist("item"):
            continue
        offered = {reason.code: reason for reason in reasons_for(site, item)}
        reason = offered.get(posted.get(f"reason:{item.key}", ""))
        if reason is None:
            found[item.key] = gettext("Choose a reason of return.")
        elif reason.text_required and not posted.get(f"text:{item.key}", "").strip():
            found[item.key] = gettext("This reason needs words: write what has to be corrected.")
    return found


def _new_files(employer: EmployerDetail) -> frozenset[int]:
    """The attachments that the submission before did not have; of a first submission none is called new."""
    earlier = {file.id for file in employer.earlier_files}
    now = employer.submission.files if employer.submission and earlier else ()
    return frozenset(file.id for file in now) - earlier


def _tabs(
    session: Session, materials: Iterable[Material], attached: Sequence[EmployerFile], new: frozenset[int]
) -> list[FileTab]:
    pages = stored_files.page_counts(session, [file.blob_id for file in attached])
    tabs = []
    for material in materials:
        mine = [file for file in attached if file.slot == material.code]
        for n, file in enumerate(mine, 1):
            title = f"{material.title} {n}" if len(mine) > 1 else material.title
            tabs.append(_tab(file, title, pages.get(file.blob_id, 1), is_new=file.id in new))
    return tabs


def _tab(file: EmployerFile, title: str, pages: int, *, is_new: bool) -> FileTab:
    link = files.attachment(file.id)
    shown = link.pages(pages)
    return FileTab(file.slot, title, shown, link.download, link.preview, link.view, is_new=is_new)


def _changes(words: Words, employer: EmployerDetail) -> list[Change]:
    """A resubmission opens on the difference: returned items first, then what else changed (ui 8)."""
    frozen = employer.submission
    if frozen is None or frozen.n < 2 or employer.state != EmployerState.SUBMITTED:  # noqa: PLR2004 - the second submission
        return []
    flags = _last_return(words, employer)
    found = {difference.code: difference for difference in employer.differences}
    codes = [*flags, *(code for code in found if code not in flags)]
    codes += sorted(employer.changed_materials - set(codes))
    answers = frozen.answers
    return [
        _change(
            words, code, found.get(code), employer, flag=flags.get(code, ""), answer=answers.get(code, "")
        )
        for code in codes
    ]


def _last_return(words: Words, employer: EmployerDetail) -> dict[str, str]:
    returned = [entry for entry in employer.history if entry.findings]
    if not returned:
        return {}
    return {finding.target[1]: history.finding_text(finding, words.site) for finding in returned[-1].findings}


def _change(
    words: Words,
    code: str,
    difference: Difference | None,
    employer: EmployerDetail,
    *,
    flag: str,
    answer: str,
) -> Change:
    title = words.title(code) if code else gettext("The whole registration")
    if difference is not None:
        before, after = words.value(code, difference.before), words.value(code, difference.after)
        return Change(title, str(before or ""), str(after or ""), changed=True, flag=flag, answer=answer)
    submitted = employer.submission.files if employer.submission else ()
    before, after = (_names(files_then, code) for files_then in (employer.earlier_files, submitted))
    replaced = code in employer.changed_materials
    return Change(title, before, after, changed=replaced, flag=flag, answer=answer)


def _names(attached: Sequence[EmployerFile], code: str) -> str:
    return gettext(", ").join(file.file_name for file in attached if file.slot == code)
