"""The mistakes that applications come back for: each is told before submitting, in words, at its place (R27).

Two at registration, one when the file is chosen, the others on the page 核对.
"""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from tests.adapters.papers import blurred, jpeg, lit, person, text_page
from tests.adapters.samples import locked_pdf
from tests.web.browser import Browser, text_of
from tests.web.case_flow import Flow
from tests.web.test_register import consented, named_errors, person_form
from tests.web.town import Talent, Town, resident_number

Browse = Callable[..., Browser]
PROBLEM = re.compile(r'<li><a href="[^"]*#([\w-]+)">(.*?)</a></li>', re.DOTALL)
REMARK = re.compile(r'<b>([^<]*)</b>.*?href="[^"]*#([\w-]+)"', re.DOTALL)


def sides(count: int) -> Image.Image:
    """Copies of an identity card: one fills the picture, two stand on a page."""
    card = Image.new("RGB", (1011, 638), "white")
    card.paste(text_page((900, 520), lines=9), (50, 60))
    if count == 1:
        return card
    page = Image.new("RGB", (1240, 1754), "white")
    page.paste(card, (100, 150))
    page.paste(card, (100, 900))
    return page


def papers() -> dict[str, bytes]:
    """What a careful applicant hands in."""
    good = {"id_document": sides(2), "contract": text_page(), "diploma": text_page(lines=20)}
    return {slot: jpeg(page) for slot, page in good.items()} | {"photo": jpeg(person())}


@pytest.fixture
def talent(town: Town) -> Talent:
    """An approved person."""
    return town.person(town.firm())


@pytest.fixture
def told(flow: Flow, browse: Browse, talent: Talent) -> Callable[..., list[tuple[str, str]]]:
    """Hand in `papers` but for some; what the page 核对 says: place and words of each remark."""

    def of(bad: dict[str, bytes], **answers: str) -> list[tuple[str, str]]:
        browser, case = browse("person", talent.username), flow.draft(talent)
        form = browser.get(f"/apply/{case}/form")
        education = re.findall(r'<option value="(\w+)">[^<]*研究生', form)[0]
        given = {"category": "C", "education": education, "position": "工程师", "contract_kind": "open_ended"}
        entries = {f"f-{name}": value for name, value in (given | answers).items()}
        browser.post(f"/apply/{case}/save", entries | {"lock": "0"}, fetch=True)
        for slot, data in (papers() | bad).items():
            posted = {"type": slot, "file": (BytesIO(data), f"{slot}.jpg")}
            assert browser.post(f"/apply/{case}/materials", posted, fetch=True).status_code == 200, slot
        page = browser.get(f"/apply/{case}/check")
        remarks = page.split("系统核验")[1].split("</section>")[0]
        return PROBLEM.findall(page) + [(place, title) for title, place in REMARK.findall(remarks)]

    return of


def test_a_careful_application_is_told_nothing(told) -> None:
    assert told({}) == []


@pytest.mark.parametrize(
    ("bad", "answers", "place", "words"),
    [
        ({}, {"contract_kind": "fixed", "contract_end": "2026-11-01"}, "f-contract_end", "劳动合同终止日期"),
        ({"photo": jpeg(person().resize((900, 900)))}, {}, "material-photo", "不是证件照的比例"),
        ({"photo": jpeg(person((67, 142, 219)))}, {}, "material-photo", "底色不是白色"),
        ({"diploma": jpeg(blurred(text_page(lines=20), 0.6))}, {}, "material-diploma", "图像模糊"),
        ({"diploma": jpeg(lit(text_page(lines=20), 0.2))}, {}, "material-diploma", "图像过暗"),
        ({"diploma": jpeg(text_page((420, 594), lines=20))}, {}, "material-diploma", "像素"),
        ({"id_document": jpeg(sides(1))}, {}, "material-id_document", "面"),
        ({}, {"category": "A"}, "material-award", "荣誉或项目文件"),
        ({"diploma": papers()["contract"]}, {}, "material-diploma", "同一个文件"),
    ],
    ids=[
        "contract ended", "photo ratio", "photo ground", "blurred", "dark", "small", "one side",
        "award missing", "same file twice",
    ],
)  # fmt: skip
def test_a_mistake_is_told_before_submitting_at_its_place(told, bad, answers, place, words) -> None:
    found = told(bad, **answers)

    assert {where for where, _ in found} == {place}
    assert words in "；".join(text_of(text) for _, text in found)


def test_a_wrong_check_digit_and_a_taken_number_are_told_at_the_field(town: Town, browse: Browse) -> None:
    firm = town.firm()
    holder, number = town.person(firm), resident_number(7)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")

    answers = [
        consented(browse, "person").post(
            "/register/person/form", person_form(town, firm.id, doc_no=given), follow=False
        )
        for given in (wrong, holder.doc_no)
    ]

    assert [(answer.status_code, named_errors(answer.text)) for answer in answers] == [(422, ["doc_no"])] * 2


def test_a_pdf_with_a_password_is_refused_where_it_was_chosen(
    flow: Flow, browse: Browse, talent: Talent
) -> None:
    browser, case = browse("person", talent.username), flow.draft(talent)
    browser.get(f"/apply/{case}/form")

    posted = {"type": "contract", "file": (BytesIO(locked_pdf()), "合同.pdf")}
    answer = browser.post(f"/apply/{case}/materials", posted, fetch=True)

    (error,) = answer.json["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, "contract", "file_encrypted")
