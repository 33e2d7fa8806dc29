"""Every code that the database may hold has a word, an icon and a tone."""

import pytest

from app.domain.blocks import BLOCKS, Who
from app.domain.roles import ROLE_TITLES, Permission, Role
from app.domain.states import Verb
from app.models import application, card, employer, person, programme, roster, work
from app.models.reference import NOTICE_KINDS
from app.tasks import TASKS
from app.web import labels

STATES = {
    "application": application.STATUSES,
    "employer": employer.EMPLOYER_STATES,
    "employer_change": employer.CHANGE_STATES,
    "person": person.PERSON_STATES,
    "roster": roster.ROSTER_STATES,
    "card": card.CARD_STATES,
    "programme_version": programme.VERSION_STATES,
    "job": work.JOB_STATES,
    "message": work.MESSAGE_STATES,
}


@pytest.mark.parametrize("kind", sorted(STATES))
def test_every_state_has_a_word(kind: str) -> None:
    assert set(STATES[kind]) - set(labels.STATES[kind]) == set()


def test_every_verb_verdict_and_party_has_a_word() -> None:
    assert {verb.value for verb in Verb} - set(labels.WORDS["verb"]) == set()
    assert set(application.VERDICTS) - set(labels.WORDS["verdict"]) == set()
    assert set(NOTICE_KINDS) - set(labels.WORDS["notice_kind"]) == set()
    assert {who.value for who in Who} == set(labels.WORDS["who"])


def test_every_kind_of_job_has_a_word() -> None:
    assert set(TASKS) == set(labels.WORDS["job_kind"])


def test_every_right_and_its_area_has_a_word() -> None:
    assert {right.value for right in Permission} == set(labels.WORDS["permission"])
    assert {right.value.partition(".")[0] for right in Permission} == set(labels.WORDS["area"])
    assert {role.value for role in Role} - set(ROLE_TITLES) == set()


def test_blocks_have_texts_that_differ() -> None:
    texts = [(kind.text, kind.who) for kind in BLOCKS.values()]

    assert len(set(texts)) == len(texts)
