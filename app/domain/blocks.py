"""The closed list of reasons why a verb is not possible now, and who can do something about it.

One function of `workflow` returns them; buttons show them, commands raise them (model: Why blocked).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.text import N_


class Who(StrEnum):
    """Who can lift a block."""

    NOBODY = "nobody"
    YOU = "you"
    APPLICANT = "applicant"
    EMPLOYER = "employer"
    HOLDER = "holder"
    COUNTY = "county"
    OTHER_OFFICER = "other_officer"
    SUPERUSER = "superuser"


@dataclass(frozen=True, slots=True)
class BlockKind:
    """Text (msgid with `%(name)s` places) and the party that can lift the block."""

    text: str
    who: Who


@dataclass(frozen=True, slots=True)
class Block:
    """One reason. `params` are values for the text; the web labels codes among them."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a code outside the closed list, so that none can reach a user untranslated."""
        if self.code not in BLOCKS:
            raise KeyError(self.code)

    @property
    def text(self) -> str:
        """The msgid of the sentence."""
        return BLOCKS[self.code].text

    @property
    def who(self) -> Who:
        """Who can lift it."""
        return BLOCKS[self.code].who


def _kind(text: str, who: Who) -> BlockKind:
    return BlockKind(text, who)


BLOCKS: Mapping[str, BlockKind] = {
    # actor
    "unknown": _kind(N_("There is no such record, or it is not yours to see."), Who.NOBODY),
    "not_your_role": _kind(N_("Your account does not hold the role for this step."), Who.HOLDER),
    "same_person": _kind(
        N_("You decided another step of this case; someone else has to decide this one."), Who.OTHER_OFFICER
    ),
    "own_application": _kind(N_("Nobody decides on their own case."), Who.OTHER_OFFICER),
    "claimed_by_other": _kind(N_("%(name)s is working on this case."), Who.HOLDER),
    "superuser_never_decides": _kind(
        N_("Superusers configure the system and never decide cases."), Who.HOLDER
    ),
    # case
    "wrong_status": _kind(N_("The present state is “%(status)s”; this is not possible now."), Who.NOBODY),
    "wrong_stage": _kind(N_("The case is at another step (%(stage)s)."), Who.HOLDER),
    "stale": _kind(N_("This changed after you opened it. Please look at it again."), Who.YOU),
    "arrived_later": _kind(
        N_("The case arrived or changed after you opened the list. Please look at it first."), Who.YOU
    ),
    "list_changed": _kind(
        N_(
            "The list changed while you looked at it (%(shown)s rows then, %(now)s now). Please load it again."
        ),
        Who.YOU,
    ),
    "frozen": _kind(N_("The case is frozen: %(reason)s."), Who.EMPLOYER),
    "verdict_not_offered": _kind(N_("This step does not offer this decision."), Who.NOBODY),
    "roster_not_sealed": _kind(N_("The employer has not uploaded the stamped roster yet."), Who.EMPLOYER),
    "materials_not_viewed": _kind(N_("Please open every material first: %(materials)s."), Who.YOU),
    "reason_required": _kind(N_("Please give a reason."), Who.YOU),
    "item_reason_required": _kind(N_("Please mark at least one item and give its reason."), Who.YOU),
    "no_previous_stage": _kind(N_("There is no previous step to send the case back to."), Who.NOBODY),
    "requirement_unmet": _kind(N_("A requirement of this step is not met: %(requirement)s."), Who.NOBODY),
    # applicant
    "field_invalid": _kind(N_("Please correct: %(field)s."), Who.APPLICANT),
    "material_missing": _kind(N_("Still missing: %(materials)s."), Who.APPLICANT),
    "flagged_item_unanswered": _kind(
        N_("Please change or answer the returned item: %(item)s."), Who.APPLICANT
    ),
    "item_locked": _kind(N_("This item was not returned and cannot be changed: %(item)s."), Who.NOBODY),
    "open_application_exists": _kind(N_("There is an open application already (%(no)s)."), Who.YOU),
    "active_card_exists": _kind(N_("There is a valid card already (%(no)s)."), Who.NOBODY),
    "active_card_missing": _kind(N_("There is no valid card to renew."), Who.NOBODY),
    "person_not_active": _kind(N_("Your employer has not approved your registration yet."), Who.EMPLOYER),
    "employer_not_active": _kind(N_("The employer's registration is not approved at present."), Who.COUNTY),
    "window_closed": _kind(N_("Applications are not open now (%(windows)s)."), Who.NOBODY),
    "kind_not_offered": _kind(N_("This kind of application is not offered now."), Who.NOBODY),
    "cooling_off": _kind(N_("A new application is possible from %(date)s on."), Who.NOBODY),
    # undo and pull back
    "undo_expired": _kind(N_("The time for taking the decision back is over."), Who.NOBODY),
    "undo_not_yours": _kind(N_("Only the person who decided can take the decision back."), Who.HOLDER),
    "undo_opened": _kind(N_("The next office has opened the case already."), Who.HOLDER),
    "undo_on_roster": _kind(N_("The case stands on a roster meanwhile."), Who.EMPLOYER),
    "undo_newer_application": _kind(N_("The applicant has started a new application meanwhile."), Who.NOBODY),
    "undo_person_gone": _kind(N_("The applicant has closed the account meanwhile."), Who.NOBODY),
    "undo_not_offered": _kind(N_("Decisions of this step cannot be taken back."), Who.NOBODY),
    "pull_back_too_late": _kind(N_("The next office has the case already."), Who.HOLDER),
    # roster
    "roster_empty": _kind(N_("Please choose at least one person."), Who.YOU),
    "roster_mixed": _kind(
        N_("The chosen cases do not belong on one roster (county or programme version differ)."), Who.YOU
    ),
    "roster_too_large": _kind(
        N_("A roster has at most %(pages)s pages; please choose fewer people."), Who.YOU
    ),
    "member_not_ready": _kind(N_("%(name)s does not wait for a roster."), Who.YOU),
    "member_on_live_roster": _kind(N_("%(name)s already stands on roster %(no)s."), Who.YOU),
    "roster_wrong_state": _kind(N_("The roster is %(state)s; this is not possible now."), Who.YOU),
    "roster_outdated": _kind(
        N_(
            "The people or their data changed after this roster was exported (%(who)s). Please export it again."
        ),
        Who.YOU,
    ),
    "roster_of_other": _kind(N_("This is not the sheet of this roster: %(pages)s."), Who.YOU),
    "roster_page_missing": _kind(N_("Pages are missing: %(pages)s."), Who.YOU),
    "roster_code_unreadable": _kind(
        N_(
            "The code could not be read on: %(pages)s. Type the roster number and the check code printed beside it, or take a sharper picture."
        ),
        Who.YOU,
    ),
    "roster_check_code_wrong": _kind(
        N_("The check code typed for this page is not the one printed on it: %(pages)s."), Who.YOU
    ),
    "roster_file_used": _kind(N_("This file was uploaded before (%(file)s)."), Who.YOU),
    "seal_not_recognised": _kind(
        N_(
            "No red seal was recognised on the sheet (a scan without colours cannot show one). Upload it all the same?"
        ),
        Who.YOU,
    ),
    "roster_already_sealed": _kind(N_("This roster was already uploaded and accepted."), Who.NOBODY),
    "scan_opened": _kind(
        N_("The county has opened a case of this roster; it has to return the scan first."), Who.COUNTY
    ),
    # registration
    "flagged_unanswered": _kind(N_("Please change or answer what was returned: %(item)s."), Who.YOU),
    "change_open": _kind(N_("A change request is waiting for the bureau already."), Who.COUNTY),
    "last_administrator": _kind(N_("This is the last active administrator of the employer."), Who.YOU),
    "own_account": _kind(N_("This cannot be done to one's own account."), Who.OTHER_OFFICER),
    "grants_exceed_own": _kind(N_("Nobody can grant more than he holds."), Who.OTHER_OFFICER),
    # batch and card
    "batch_not_clean": _kind(N_("This case has to be opened and decided on its own."), Who.YOU),
    "idempotency_mismatch": _kind(N_("This form was already sent with other content."), Who.YOU),
    "export_under_way": _kind(N_("This export is being made, or its file is still there."), Who.NOBODY),
    "export_expired": _kind(
        N_("The file was kept for %(days)s days and is gone. Please export it again."), Who.YOU
    ),
    "export_outdated": _kind(
        N_("Your place or your functions changed since this file was made. Please export it again."), Who.YOU
    ),
    "job_over": _kind(N_("This work has ended already."), Who.NOBODY),
    "glyph_missing": _kind(
        N_("The name holds a character that cannot be printed: %(characters)s."), Who.SUPERUSER
    ),
    "card_wrong_state": _kind(N_("The card is %(state)s; this is not possible now."), Who.NOBODY),
}
