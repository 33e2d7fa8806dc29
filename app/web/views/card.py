"""Cards: the print queue, the list with hand-over, one card, its prints (I3, I7, R20)."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose, has_access, permission_name
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.wrappers import Response

from app.commands import card_print, openings
from app.commands import cards as commands
from app.commands.card_print import PrintTools
from app.domain.cards import NEXT, CardState, CardVerb
from app.domain.roles import AccountKind, Permission
from app.queries import cards, naming, print_queue
from app.queries.print_queue import PrintList
from app.web import everything, menu
from app.web.attempts import accepted
from app.web.base import attempt, batch_max, page_response, parse_id, rows_seen
from app.web.current import current_actor, engine, ports, public_url, read_session, submission_key, utc_now
from app.web.deliver import PDF, attachment
from app.web.forms.card import CardForm, HandOverForm
from app.web.keys import cursor, key_of, locks, page_size, search_text
from app.web.menu import Entry, Group
from app.web.pages import outcomes, stages

_ = lazy_gettext
WAITING = "waiting"
TABS: Mapping[str, Any] = {
    WAITING: _("To be handed over"),
    CardState.ACTIVE.value: _("Valid"),
    CardState.LOST.value: _("Reported lost"),
    CardState.VOID.value: _("Void"),
    CardState.EXPIRED.value: _("Expired"),
}
OFFICER = frozenset({AccountKind.OFFICER})


class CardQueueView(BaseView):
    """Approved cases that wait for their card."""

    route_base = "/cards/queue"
    class_permission_name = "Card"
    default_view = "queue"

    @expose("")
    @has_access
    @permission_name("print")
    def queue(self) -> str:
        """The queue of one programme or of all; a to-do line leads to exactly its programme."""
        known = {programme.code: programme.short_name for programme in stages.published()}
        programme = request.args.get("programme", "")
        programme = programme if programme in known else ""
        now = utc_now()  # before anything is read
        page = print_queue.to_print(
            read_session(), current_actor(), programme=programme, cursor=cursor(), limit=page_size()
        )
        return str(
            self.render_template(
                "views/card/queue.html",
                page=page,
                programme=programme,
                programmes=known,
                everything=everything.token(now, page.count, programme=programme),
                tabs=[_programme_tab(code, title, programme) for code, title in known.items()],
                cursor=cursor(),
                size=page_size(),
            )
        )

    @expose("/print", methods=["POST"])
    @has_access
    @permission_name("print")
    def issue(self) -> str:
        """Issue the cards of the ticked cases or of the whole queue; one job renders their PDF (打印)."""
        token = request.form.get("everything")
        listed, seen = None, {}
        if token is None:
            seen = locks(rows_seen(request.form.getlist("rowid")))
        else:
            asked = everything.read(token)
            listed = PrintList(asked.get("programme", ""), everything.shown(asked))
        issued = commands.issue(
            engine(),
            actor=current_actor(),
            ids=tuple(seen),
            seen=seen,
            listed=listed,
            pdf=ports().pdf,
            base_url=public_url(),
            key=submission_key(),
            now=utc_now(),
            batch_max=batch_max(),
        )
        read_session().rollback()  # what this request has read is older than the command
        names = naming.names(read_session(), current_actor(), "application", issued.result.seen)
        return str(
            self.render_template(
                "views/batch_result.html",
                heading=gettext("Result of the print order"),
                list_title=gettext("Cards to print"),
                back_url=url_for(".queue"),
                result=issued.result,
                lines=outcomes.lines(
                    issued.result, names, lambda key: stages.case_url(key, back=url_for(".queue"))
                ),
                job_url=url_for("JobView.state", key=issued.job_id) if issued.job_id else "",
                job_title=gettext("Print file"),
                job_link=gettext("Download the cards as PDF"),
            )
        )


def _programme_tab(code: str, title: str, current: str) -> dict[str, Any]:
    url = url_for("CardQueueView.queue", programme=code)
    return {"title": title, "url": url, "count": None, "current": code == current, "quiet": True}


class CardView(BaseView):
    """Cards in one's scope: list, hand-over, one card with its prints."""

    route_base = "/cards"
    class_permission_name = "Card"
    default_view = "directory"

    @expose("")
    @has_access
    @permission_name("list")
    def directory(self) -> str:
        """Cards by the state they have today."""
        return self._list(HandOverForm())

    def _list(self, form: HandOverForm, ticked: frozenset[int] = frozenset()) -> str:
        session, actor, now, q = read_session(), current_actor(), utc_now(), search_text()
        may_print = actor.may(Permission.CARD_PRINT)
        first = WAITING if may_print else CardState.ACTIVE.value
        tab = request.args.get("tab", first)
        tab = tab if tab in TABS else first
        employer_id = parse_id(request.args.get("employer", ""))
        counts = cards.state_counts(session, actor, now=now)
        page = cards.cards(
            session,
            actor,
            now=now,
            state=CardState.ACTIVE if tab == WAITING else CardState(tab),
            q=q,
            employer_id=employer_id,
            not_handed_over=tab == WAITING,
            cursor=cursor(),
            limit=page_size(),
        )
        employer = page.items[0].employer_name if employer_id and page.items else ""
        return str(
            self.render_template(
                "views/card/list.html",
                form=form,
                ticked=ticked,
                tab=tab,
                tabs=[_tab(code, tab, counts) for code in TABS],
                page=page,
                q=q,
                chips=_chips(employer),
                employer_id=employer_id,
                cursor=cursor(),
                size=page_size(),
                may_hand_over=may_print and tab == WAITING,
                is_employer=actor.kind is AccountKind.EMPLOYER,
            )
        )

    @expose("/hand-over", methods=["POST"])
    @has_access
    @permission_name("print")
    def hand_over(self) -> Any:
        """领取: who took the ticked cards; all of them or none."""
        form = HandOverForm(request.form)
        seen = locks(rows_seen(request.form.getlist("rowid")))
        done = attempt(
            form,
            lambda: commands.hand_over(
                engine(),
                actor=current_actor(),
                seen=seen,
                handed_to=form.handed_to.data or "",
                now=utc_now(),
                batch_max=batch_max(),
            ),
        )
        if done is None:
            return page_response(self._list(form, frozenset(seen)), 422)
        flash(ngettext("%(num)s card was handed over.", "%(num)s cards were handed over.", done), "success")
        return redirect(url_for(".directory", tab=WAITING))

    @expose("/of/<string:key>")
    @has_access
    @permission_name("show")
    def of_case(self, key: str) -> Response:
        """The card issued on a case."""
        return redirect(
            url_for(".detail", key=cards.card_of_case(read_session(), current_actor(), key_of(key)))
        )

    @expose("/<string:key>")
    @has_access
    @permission_name("show")
    def detail(self, key: str) -> str:
        """One card, its prints, what can be done with it."""
        return self._detail(key_of(key), CardForm())

    @expose("/<string:key>/card.pdf")
    @has_access
    @permission_name("print")
    def pdf(self, key: str) -> Response:
        """The newest print of a card; every download is logged."""
        card_id, adapters = key_of(key), ports()
        newest = cards.newest_print(read_session(), current_actor(), card_id)
        no = cards.card(read_session(), current_actor(), card_id, now=utc_now()).row.no
        tools = PrintTools(adapters.pdf, adapters.vault, adapters.images, adapters.clock.now)
        data = card_print.render_prints(engine(), [newest], base_url=public_url(), tools=tools)
        openings.record_export(
            engine(), actor=current_actor(), kind="card", object_id=card_id, detail="pdf", now=utc_now()
        )
        return attachment(data, PDF, f"{no}.pdf")

    @expose("/<string:key>/<any(reprint, lost, found, void):verb>", methods=["POST"])
    @has_access
    @permission_name("show")
    def change(self, key: str, verb: str) -> Any:
        """Reprint, loss, cancellation; the command knows who may (a holder reports his own card lost)."""
        card_id, form = key_of(key), CardForm(request.form)
        call, said = _VERBS[verb]
        if not accepted(form, call, card_id, form):
            return page_response(self._detail(card_id, form), 422)
        flash(said, "success")
        return redirect(url_for(".detail", key=card_id))

    def _detail(self, card_id: int, form: Any) -> str:
        actor = current_actor()
        found = cards.card(read_session(), actor, card_id, now=utc_now())
        may_print = actor.may(Permission.CARD_PRINT)
        own = actor.kind is AccountKind.PERSON
        return str(
            self.render_template(
                "views/card/detail.html",
                card=found,
                row=found.row,
                form=form,
                may_print=may_print,
                allowed={
                    verb.value for verb in CardVerb if found.row.state in NEXT[verb] and (may_print or own)
                },
                is_person=own,
                handed=found.prints[0].handed_at if found.prints else None,
            )
        )


def _reprint(card_id: int, form: CardForm) -> object:
    return commands.reprint(
        engine(),
        actor=current_actor(),
        card_id=card_id,
        reason=form.reason.data or "",
        base_url=public_url(),
        lock=form.seen,
        now=utc_now(),
    )


def _lost(card_id: int, form: CardForm) -> None:
    commands.report_lost(engine(), actor=current_actor(), card_id=card_id, lock=form.seen, now=utc_now())


def _found(card_id: int, form: CardForm) -> None:
    commands.found(engine(), actor=current_actor(), card_id=card_id, lock=form.seen, now=utc_now())


def _void(card_id: int, form: CardForm) -> None:
    why = form.reason.data or ""
    commands.cancel(
        engine(), actor=current_actor(), card_id=card_id, reason=why, lock=form.seen, now=utc_now()
    )


_VERBS: Mapping[str, tuple[Callable[[int, CardForm], object], Any]] = {
    "reprint": (
        _reprint,
        _("The card is printed again under its number; the older print is not valid any more."),
    ),
    "lost": (_lost, _("The card was reported lost.")),
    "found": (_found, _("The card is in force again.")),
    "void": (_void, _("The card is void.")),
}


def _tab(code: str, current: str, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "title": TABS[code],
        "url": url_for("CardView.directory", tab=code),
        "count": counts.get(code, 0),
        "current": code == current,
        "quiet": code != WAITING or not counts.get(code),
    }


def _chips(employer: str) -> tuple[dict[str, str], ...]:
    if not employer:
        return ()
    clear = url_for("CardView.directory", tab=request.args.get("tab"))
    return ({"title": gettext("Employer"), "text": employer, "clear_url": clear},)


def register(appbuilder: AppBuilder) -> None:
    """Register the views and their menu entries."""
    appbuilder.add_view_no_menu(CardQueueView())
    appbuilder.add_view_no_menu(CardView())
    menu.add(
        Entry(
            "CardQueueView.queue",
            _("Cards to print"),
            Group.BUSINESS,
            icon="printer",
            order=40,
            kinds=OFFICER,
            tile=True,
            note=_("Issue and print the cards of approved cases"),
        ),
        Entry(
            "CardView.directory",
            _("Cards"),
            Group.QUERY,
            icon="id-badge-2",
            order=30,
            kinds=OFFICER | {AccountKind.EMPLOYER},
            business=True,
            tile=True,
            note=_("Look up cards, hand them over, report them lost"),
        ),
    )
