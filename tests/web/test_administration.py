"""The superuser's generated pages: reference data, roles, which roles an officer holds."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.commands import rosters
from app.models.agency import Agency
from app.models.reference import Notice, Phrase
from tests.commands.flow import Flow
from tests.web.browser import Browser, text_of
from tests.web.superuser import superuser
from tests.web.town import Town

LISTS = (
    "/agencies/list/",
    "/code-lists/list/",
    "/codes/list/",
    "/phrases/list/",
    "/holidays/list/",
    "/notices/list/",
    "/roles/list/",
    "/accounts/list/",
    "/records/employers/list/",
    "/records/persons/list/",
    "/records/applications/list/",
    "/records/rosters/list/",
    "/records/cards/list/",
)


@pytest.fixture
def admin(town: Town, browse: Callable[..., Browser]) -> Browser:
    """A superuser's browser."""
    return superuser(town, browse)


@pytest.mark.parametrize("url", LISTS)
def test_superuser_sees_the_list(admin: Browser, town: Town, url: str) -> None:
    firm = town.firm()
    town.person(firm)

    page = admin.get(url)

    assert page.count("<h1>") == 1


@pytest.mark.parametrize("url", LISTS)
def test_employer_is_refused_or_sees_only_its_own(
    town: Town, browse: Callable[..., Browser], url: str
) -> None:
    town.firm()
    town.firm("云海乙企业有限公司", "emp-b", "b")
    browser = browse("employer", "emp-a")

    answer = browser.client.get(url)

    assert answer.status_code in {200, 403}
    assert "云海乙企业" not in answer.text


def test_visitor_is_sent_to_the_entries(browse: Callable[..., Browser]) -> None:
    answer = browse().client.get("/agencies/list/")

    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/")


def test_the_conditions_of_filters_are_in_chinese(admin: Browser) -> None:
    offered = [
        select
        for url in LISTS
        for select in re.findall(r"<select data-operator.*?</select>", admin.get(url), re.DOTALL)
    ]
    words = {word for select in offered for word in re.findall(r"<option[^>]*>([^<]*)</option>", select)}

    assert (bool(words), {word for word in words if word.isascii()}) == (True, set())


def test_new_bureau_stands_below_its_parent(admin: Browser, town: Town, engine: Engine) -> None:
    admin.get("/agencies/add")
    form = {
        "name": "丁县人社局",
        "parent": str(town.bureaus.city),
        "level": "county",
        "code": "1004",
        "active": "y",
    }

    answer = admin.post("/agencies/add", form, follow=False)

    with Session(engine) as session:
        made = session.scalars(select(Agency).where(Agency.code == "1004")).one()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/agencies/list/")
    assert made.path == f"/{town.bureaus.city}/{made.id}/"
    assert (made.active, made.open_for_employers) == (True, False)


WRONG_CODE = "请填写2至12位数字或大写字母A至Z。"
WITHOUT_CITY = "请选择该县区所属的市级机构。"
CITY_BELOW = "市级机构位于最上层：请留空。"


@pytest.mark.parametrize(
    ("level", "below", "code", "words"),
    [
        ("county", "city", "x", WRONG_CODE),
        ("county", "city", "%FF%FE", WRONG_CODE),
        ("county", "city", "A" * 13, WRONG_CODE),
        ("county", "city", "ab12", WRONG_CODE),
        ("county", "", "1004", WITHOUT_CITY),
        ("county", "county", "1004", WITHOUT_CITY),
        ("city", "city", "1004", CITY_BELOW),
    ],
)
def test_bureau_with_a_wrong_code_or_place_is_refused_at_the_field(
    admin: Browser, town: Town, engine: Engine, level: str, below: str, code: str, words: str
) -> None:
    above = {"city": str(town.bureaus.city), "county": str(town.bureaus.a), "": "__None"}[below]
    admin.get("/agencies/add")

    page = admin.post(
        "/agencies/add", {"name": "又一个", "parent": above, "level": level, "code": code, "active": "y"}
    ).text

    with Session(engine) as session:
        assert session.scalar(select(Agency.id).where(Agency.name == "又一个")) is None
    assert [line for line in (WRONG_CODE, WITHOUT_CITY, CITY_BELOW) if line in page] == [words]


def test_bureau_with_a_taken_code_is_refused_without_sql_on_screen(
    admin: Browser, town: Town, engine: Engine
) -> None:
    admin.get("/agencies/add")
    form = {
        "name": "又一个",
        "parent": str(town.bureaus.city),
        "level": "county",
        "code": "1001",
        "active": "y",
    }

    page = admin.post("/agencies/add", form).text

    with Session(engine) as session:
        assert session.scalar(select(Agency.id).where(Agency.name == "又一个")) is None
    assert "UNIQUE" not in page
    assert "INSERT" not in page


def test_relation_in_the_address_of_a_form_is_refused(admin: Browser) -> None:
    admin.get("/codes/add")

    assert admin.post("/codes/add?_flt_0_list=1", {"code": "x", "title": "x"}).status_code == 400


def test_delete_is_a_post_with_token(admin: Browser, engine: Engine) -> None:
    def keys() -> list[int]:
        with Session(engine) as session:
            return list(session.scalars(select(Phrase.id).where(Phrase.text == "材料不清晰")))

    admin.get("/phrases/add")
    admin.post("/phrases/add", {"text": "材料不清晰", "verdict": "send_back", "position": "1"})
    (key,) = keys()

    admin.client.get(f"/phrases/delete/{key}")
    without_token = admin.client.post(f"/phrases/delete/{key}")
    kept = keys()
    admin.post(f"/phrases/delete/{key}")

    assert (without_token.status_code, kept, keys()) == (400, [key], [])


def test_notice_in_force_is_never_rewritten(admin: Browser, engine: Engine) -> None:
    with Session(engine) as session:
        kept = session.scalars(select(Notice).order_by(Notice.id)).first()
    assert kept is not None
    admin.get(f"/notices/edit/{kept.id}")

    admin.post(
        f"/notices/edit/{kept.id}", {"title": "改", "body": "改", "effective_from": "2026-01-01T08:00"}
    )

    with Session(engine) as session:
        found = session.get(Notice, kept.id)
        assert found is not None
        assert (found.title, found.body) == (kept.title, kept.body)


def test_new_notice_is_the_next_version_at_local_time(admin: Browser, engine: Engine) -> None:
    admin.get("/notices/add")
    form = {"kind": "employer", "title": "新须知", "body": "内容", "effective_from": "2026-12-01T08:30"}

    admin.post("/notices/add", form)

    with Session(engine) as session:
        made = session.scalars(select(Notice).where(Notice.title == "新须知")).one()
        versions = session.scalars(
            select(Notice.version).where(Notice.kind == "employer").order_by(Notice.version)
        ).all()
    assert made.version == max(versions)
    assert versions == sorted(set(versions))
    assert made.effective_from.isoformat() == "2026-12-01T00:30:00+00:00"


def test_role_form_shows_rights_in_words_and_by_area(admin: Browser) -> None:
    page = admin.get("/roles/add")

    assert 'name="permissions"' in page
    assert "Application.can_review" not in text_of(page)


def test_accounts_have_no_generated_form(admin: Browser, town: Town) -> None:
    firm = town.firm()

    answers = [
        admin.client.get(f"/accounts/{page}")
        for page in (f"edit/{firm.account_id}", "add", f"delete/{firm.account_id}")
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_account_shows_masked_numbers_only(admin: Browser, town: Town) -> None:
    talent = town.person(town.firm())

    page = admin.get(f"/accounts/show/{talent.account_id}")

    assert talent.doc_no not in page
    assert talent.mobile not in page
    assert f"{talent.doc_no[:6]}********{talent.doc_no[-4:]}" in page


@pytest.mark.parametrize("key", ["1x", "-1", "99999999999999999999999", "0"])
def test_what_is_no_key_is_not_found(admin: Browser, key: str) -> None:
    assert admin.client.get(f"/agencies/show/{key}").status_code == 404


def test_unknown_order_column_and_huge_page_are_harmless(admin: Browser) -> None:
    page = admin.get(
        "/accounts/list/?_oc_AccountAdminView=password&_od_AccountAdminView=asc&psize_AccountAdminView=999999"
    )

    assert page.count("<h1>") == 1


def test_records_of_applications_show_titles_instead_of_codes(admin: Browser, town: Town, flow) -> None:
    flow.submitted(town.person(town.firm()))

    page = admin.get("/records/applications/list/")

    assert "单位负责人审核" in page
    assert "bohai" not in page.split("<tbody>")[1].split("</tbody>")[0]
    assert ">employer<" not in page


@pytest.mark.parametrize("address", ["/records/applications/list/", "/records/applications/show/{case}"])
def test_what_a_record_lacks_stands_as_a_dash(admin: Browser, town: Town, flow, address: str) -> None:
    case = flow.draft(town.person(town.firm()))

    page = admin.get(address.format(case=case))

    assert (">None<" in page, ">—<" in page) == (False, True)


def test_list_of_rosters_names_its_numbers_of_pages_and_its_times(admin: Browser, town: Town) -> None:
    flow = Flow(town, town.now)
    ids = flow.at_gate()
    rosters.export(town.engine, actor=flow.clerk, ids=ids, seen=flow.locks(*ids), now=town.now)

    page = admin.get("/records/rosters/list/")

    heads = [text_of(head) for head in re.findall(r"<th[^>]*>(.*?)</th>", page, re.DOTALL)]
    assert {"页数", "上传时间"} <= set(heads)
    assert not {"分页", "已上传"} & set(heads)


def test_the_role_of_visitors_is_not_listed(town: Town, browse: Callable[..., Browser]) -> None:
    page = superuser(town, browse).get("/roles/list/")

    assert "县区服务专员" in page
    assert "Public" not in text_of(page)
