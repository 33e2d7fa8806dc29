"""Drafts and submissions: filled in, frozen, mended after a return, as the applicant's commands leave them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.cli.demo.volume.answers import Answers
from app.cli.demo.volume.issuing import Issuing
from app.cli.demo.volume.life import History, Live
from app.cli.demo.volume.plan import Planned
from app.cli.demo.volume.registrations import Firm, Member
from app.cli.demo.volume.series import Numbers, Series
from app.commands import series
from app.commands.frozen import Answer, Content, Parties, frozen
from app.commands.submissions import ATTACHMENT
from app.domain import form
from app.domain.states import Verb
from app.models.application import Submission
from app.models.file import Attachment
from app.models.ids import new_id
from app.queries.drafts import Background


class Submitting:
    """The applicants' side of one employer's applications."""

    def __init__(
        self, history: History, firm: Firm, members: Sequence[Member], *, numbers: Numbers, answers: Answers
    ) -> None:  # fmt: skip
        self._history = history
        self._firm = firm
        self._members = members
        self._numbers = numbers
        self._answers = answers
        self._programme = history.scene.programme
        self._series = Series(self._programme)
        kinds = self._programme.kinds
        self._first = next((kind.code for kind in kinds if not kind.needs_card), kinds[0].code)
        self._again = next((kind.code for kind in kinds if kind.needs_card), self._first)

    def start(self, planned: Planned, issuing: Issuing) -> Live:
        """A draft of the kind that fits, filled in but for what is never finished."""
        member = self._members[planned.person]
        has_card = issuing.has_card(member.id)
        kind = self._again if has_card else self._first
        human, at = member.human, planned.created
        case = self._history.start(human, member.id, self._firm.id, kind, at)
        back = self._background(member, card_active=has_card)
        staff = self._firm.service.actor.account_id
        values = self._answers.values(staff, at)
        files = self._answers.files(kind, values, back, at)
        return Live(case, planned, human, back, dict(values), files, at, at + timedelta(minutes=20))

    def _background(self, member: Member, *, card_active: bool) -> Background:
        firm, bureau = self._firm, self._firm.bureau
        return Background(
            person_id=member.id, account_id=member.human.actor.account_id, person_name=member.name,
            sex=member.human.sex, birth=member.human.birth, doc_type=member.human.doc_type, doc_no_masked=member.human.masked[0],
            employer_id=firm.id, employer_name=firm.name, credit_code=firm.credit_code, agency_id=bureau.id,
            agency_code=bureau.code, agency_level=bureau.level, agency_path=bureau.path,
            card_active=card_active, service_account_id=None,
        )  # fmt: skip

    def submit(self, live: Live, at: datetime, answers: Sequence[Answer] = ()) -> None:
        """Freeze the draft and send it to the first stage of its chain."""
        facts = self._answers.facts(live.case.kind, live.values, live.back, live.files, at)
        chain = self._programme.route(facts)
        content = Content(form.applicable(self._programme, facts), live.files, facts.category)
        parties = Parties(live.human.numbered, self._firm.service.numbered)
        columns = frozen(content, live.back, parties, chain=chain, answers=answers)
        bureau = self._firm.bureau
        no = live.case.no or self._no(bureau.code, at)
        live.case = replace(
            live.case,
            chain=chain,
            county_id=bureau.id,
            city_id=bureau.city_id,
            no=no,
            category=facts.category,
        )
        live.frozen, live.category, live.submitted_at, live.saved_at = columns, facts.category, at, at
        self._history.do(Verb.SUBMIT, [live], live.human.actor, at, digests={live.case.id: columns["digest"]})
        row = {"application_id": live.case.id, "n": live.case.version_no, "submitted_at": at, **columns}
        self._history.tables.add(Submission, row)
        self._attach(live, at, only=() if live.case.version_no == 1 else (live.files[-1].slot,))

    def _no(self, code: str, at: datetime) -> str:
        key = self._series.application(code, at)
        return series.written(key[1], key[2], self._numbers.next(key))

    def _attach(self, live: Live, at: datetime, *, only: Sequence[str]) -> None:
        """Note the files that the case holds; of a later version those that are new."""
        account = live.human.actor.account_id
        rows = [
            (new_id(), "application", live.case.id, file.slot, position, file.blob_id, file.file_name, account, at)
            for position, file in enumerate(live.files)
            if not only or file.slot in only
        ]  # fmt: skip
        self._history.tables.extend(Attachment, ATTACHMENT, rows)

    def mend(self, live: Live, at: datetime) -> None:
        """Put another file where the last one was returned, say so, and submit again."""
        old = live.files[-1]
        papers = self._history.scene.papers.files[old.slot]
        other = papers[(papers.index(old) + 1) % len(papers)]
        live.files = [*live.files[:-1], other]
        self.submit(live, at, [Answer("material", old.slot, "已重新上传。")])
