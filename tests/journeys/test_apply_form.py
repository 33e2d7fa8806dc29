"""The applicant's form in a browser: nothing typed or chosen is lost without a word (R11, I1)."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.commands import drafts
from app.queries import drafts as reading
from tests.journeys.server import Party, chromium, party, serving
from tests.web.case_flow import Flow, picture
from tests.web.town import PASSWORD, Talent, Town

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("template_url", ["sqlite"], indirect=True),
]
"""A page is the same whatever database it was made from."""

DROP = """([zone, files]) => {
  const data = new DataTransfer();
  for (const [name, text] of files) {
    data.items.add(new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], name, { type: "image/jpeg" }));
  }
  document.querySelector(zone).dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


@pytest.fixture
def talent(town: Town) -> Talent:
    return town.person(town.firm())


@pytest.fixture
def case(flow: Flow, talent: Talent) -> int:
    return flow.filled(talent)


@pytest.fixture
def applicant(app: Flask, talent: Talent, case: int) -> Iterator[Party]:
    """The applicant at the form."""
    with serving(app) as base, chromium() as browser:
        who = party(browser, base)
        who.sign_in("person", talent.username, PASSWORD)
        who.go(f"/apply/{case}/form")
        yield who


def test_an_entry_that_another_window_changed_outlives_the_reading_of_the_page(
    applicant: Party, town: Town, talent: Talent, case: int
) -> None:
    page = applicant.page
    drafts.save(
        town.engine,
        actor=town.actor(talent.account_id),
        application_id=case,
        lock=0,
        data={"position": "总工程师", "category": "A"},
        cipher=town.ports.cipher,
        now=town.now,
    )

    page.fill("[name=f-position]", "技术员")
    page.locator("[name=f-position]").blur()
    page.locator("#material-award").wait_for()  # the page was read again for the material of the new category

    assert page.input_value("[name=f-position]") == "技术员"
    page.get_by_text("“总工程师”").wait_for()


def test_of_files_dropped_on_a_material_of_one_the_first_is_kept_and_the_others_are_refused(
    applicant: Party, town: Town, talent: Talent, case: int
) -> None:
    page = applicant.page
    page.locator("#material-photo [data-open]").click()

    files = [[f"{n}.jpg", b64encode(picture(n + 200)).decode()] for n in (1, 2)]
    page.evaluate(DROP, ["#upload-photo .drop", files])

    states = page.locator("#upload-photo [data-file-state]")
    for n in (0, 1):
        states.nth(n).filter(has_text="上传").or_(states.nth(n).filter(has_text="未保存")).wait_for()
    with Session(town.engine) as session:
        view = reading.draft(session, town.actor(talent.account_id), case, now=town.now)
    assert [file.file_name for file in view.files if file.slot == "photo"] == ["1.jpg"]
    assert "此处只能上传一份文件" in page.locator("#upload-photo [data-files] li").nth(1).inner_text()


def elsewhere(town: Town, talent: Talent, case: int, position: str) -> None:
    """Another window saves the post held, a minute later than anything before."""
    drafts.save(
        town.engine,
        actor=town.actor(talent.account_id),
        application_id=case,
        lock=0,
        data={"position": position},
        cipher=town.ports.cipher,
        now=town.now + timedelta(minutes=1),
    )


def stored(town: Town, talent: Talent, case: int) -> object:
    """The post held as the draft has it."""
    with Session(town.engine) as session:
        return reading.draft(session, town.actor(talent.account_id), case, now=town.now).values["position"]


SAVE = "**/apply/*/save"


def test_after_a_refused_save_an_entry_is_put_in_place_by_pressing_save_alone(
    applicant: Party, town: Town, talent: Talent, case: int
) -> None:
    page = applicant.page
    elsewhere(town, talent, case, "总工程师")
    page.fill("[name=f-position]", "技术员")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("alert").get_by_text("“总工程师”").wait_for()

    with page.expect_response(SAVE):
        page.select_option("[name=f-degree]", index=1)
    page.locator("[data-autosave-status].bad").wait_for()
    before = stored(town, talent, case)
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("草稿已保存。").wait_for()

    assert (before, stored(town, talent, case)) == ("总工程师", "技术员")


def test_an_entry_refused_while_typing_is_put_in_place_by_one_press(
    applicant: Party, town: Town, talent: Talent, case: int
) -> None:
    page = applicant.page
    elsewhere(town, talent, case, "总工程师")
    page.fill("[name=f-position]", "技术员")
    page.locator("#f-position-error").get_by_text("“总工程师”").wait_for()

    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("草稿已保存。").wait_for()

    assert stored(town, talent, case) == "技术员"


@pytest.mark.parametrize("press", [False, True], ids=["typing", "pressing"])
def test_a_save_that_was_stored_and_not_answered_does_not_stand_against_the_next(
    applicant: Party, town: Town, talent: Talent, case: int, press: bool
) -> None:
    page = applicant.page
    page.route(SAVE, lambda route: (route.fetch(), route.abort()))
    page.fill("[name=f-position]", " 技术 ")
    page.locator("[data-autosave-status].bad").wait_for()
    assert stored(town, talent, case) == "技术"
    page.unroute(SAVE)

    page.fill("[name=f-position]", "技术员")
    if press:
        page.get_by_role("button", name="保存草稿").click()
        page.get_by_text("草稿已保存。").wait_for()
    else:
        page.locator("[data-autosave-status].ok").wait_for()

    assert (stored(town, talent, case), page.locator(".field-error").count()) == ("技术员", 0)


@pytest.mark.parametrize("later", ["", "总工程师"], ids=["nobody", "another window"])
def test_an_entry_that_could_not_be_saved_comes_back_unless_newer_text_was_saved(
    applicant: Party, town: Town, talent: Talent, case: int, later: str
) -> None:
    page = applicant.page
    page.route(SAVE, lambda route: route.abort())
    page.fill("[name=f-position]", "技术员")
    page.locator("[data-autosave-status].bad").wait_for()
    applicant.go("/home")
    if later:
        elsewhere(town, talent, case, later)
    page.unroute(SAVE)

    applicant.go(f"/apply/{case}/form")
    page.locator("[data-autosave-status]").get_by_text("已保存").wait_for()

    assert page.input_value("[name=f-position]") == (later or "技术员")
    assert page.get_by_text("“技术员”").count() == bool(later)
    page.reload()
    assert page.get_by_text("“技术员”").count() == bool(later)  # told until the form is sent by hand


def test_files_travel_in_the_order_chosen_however_long_the_look_at_them_takes(
    applicant: Party, town: Town, talent: Talent, case: int
) -> None:
    page = applicant.page
    page.locator("#material-photo [data-open]").click()
    page.evaluate(
        """() => { window.lookAt = (file) => {
          if (file.name === "2.jpg") throw new TypeError("no context");
          return new Promise((resolve) => setTimeout(() => resolve([]), 800));
        }; }"""
    )

    for n in (1, 2):
        files = [[f"{n}.jpg", b64encode(picture(n + 200)).decode()]]
        page.evaluate(DROP, ["#upload-photo .drop", files])

    states = page.locator("#upload-photo [data-file-state]")
    for n in (0, 1):
        states.nth(n).filter(has_text="上传").wait_for()
    with Session(town.engine) as session:
        view = reading.draft(session, town.actor(talent.account_id), case, now=town.now)
    assert [file.file_name for file in view.files if file.slot == "photo"] == ["2.jpg"]


def test_what_could_not_leave_is_not_remembered_as_sent_and_of_the_rest_the_last_three_texts_are(
    applicant: Party,
) -> None:
    page = applicant.page
    bad = page.locator("[data-autosave-status].bad")
    applicant.context.set_offline(True)
    page.fill("[name=f-position]", "技术")
    bad.wait_for()
    offline = page.input_value("[name=sent]")
    applicant.context.set_offline(False)
    page.locator("[data-autosave-status].ok").wait_for()

    page.route(SAVE, lambda route: route.abort())
    for n in range(5):
        with page.expect_event("requestfailed"):
            page.fill("[name=f-position]", f"技术员{n}")
    bad.wait_for()

    assert offline == "{}"
    assert json.loads(page.input_value("[name=sent]")) == {"f-position": ["技术员2", "技术员3", "技术员4"]}


def test_an_entry_typed_just_before_leaving_is_saved(
    applicant: Party, town: Town, talent: Talent, case: int
) -> None:
    applicant.page.fill("[name=f-position]", "技术员")
    applicant.go("/home")
    applicant.go(f"/apply/{case}/form")

    assert stored(town, talent, case) == "技术员"
