from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.domain.malformed import Malformed
from app.domain.site import AgeLimits, CreditCodeRule, Site, parse_site

SITES = Path(__file__).parents[3] / "app" / "seed" / "sites"
MINIMAL = {"site": "S", "materials": [{"code": "m", "title": "M"}], "reasons": [{"code": "r", "title": "R"}]}


@pytest.mark.parametrize("path", sorted(SITES.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_shipped_site_is_sound(path):
    parsed = parse_site(yaml.safe_load(path.read_text(encoding="utf-8")))

    assert parsed.problems == ()
    assert parsed.site is not None


def test_the_demo_site_asks_for_licence_and_authorization():
    site = parse_site(yaml.safe_load((SITES / "demo.yaml").read_text(encoding="utf-8"))).site

    assert [m.title for m in site.missing_materials(frozenset())] == [
        "营业执照或法人证书",
        "经办人授权委托书",
    ]
    assert [m.code for m in site.missing_materials(frozenset({"licence"}))] == ["authorization"]
    assert site.credit_code is CreditCodeRule.OPTIONAL
    assert site.reason("other").text_required
    assert site.material("nothing") is None


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"site": ""}, "site", "empty"),
        ({"unknown": 1}, "", "unknown_key"),
        ({"credit_code": "maybe"}, "credit_code", "not_a_choice"),
        ({"fields": [{"code": "name", "title": "N"}]}, "fields[0].code", "taken_code"),
        (
            {"fields": [{"code": "a", "title": "A", "kind": "staff_member"}]},
            "fields[0].kind",
            "unsuited_kind",
        ),
        ({"fields": [{"code": "a", "title": "A", "kind": "select"}]}, "fields[0].list", "list_missing"),
        (
            {"materials": [{"code": "m", "title": "M"}, {"code": "m", "title": "N"}]},
            "materials[1].code",
            "taken_code",
        ),
        ({"contact": {"fax": "1"}}, "contact", "unknown_key"),
    ],
)
def test_a_mistake_is_named_with_its_place(change, path, code):
    parsed = parse_site(MINIMAL | change)

    assert parsed.site is None
    assert [(p.path, p.code) for p in parsed.problems] == [(path, code)]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*MINIMAL, "fields", "x"]), inner, max_size=4)
        ),
        max_leaves=10,
    )
)
def test_no_document_raises(document):
    assert parse_site(document).site is None or isinstance(parse_site(document).site, Site)


@pytest.mark.parametrize("birth", [date(2010, 11, 23), date(1926, 11, 24), None])
def test_ages_within_the_limits_pass(birth):
    AgeLimits(16, 100).check(birth, date(2026, 11, 23))


@pytest.mark.parametrize("birth", [date(2010, 11, 24), date(1926, 11, 23)])
def test_ages_outside_the_limits_are_refused(birth):
    with pytest.raises(Malformed, match="age_out_of_range"):
        AgeLimits(16, 100).check(birth, date(2026, 11, 23))


def test_required_fields_without_a_value_are_named():
    site = parse_site(
        MINIMAL | {"fields": [{"code": "a", "title": "A", "required": True}, {"code": "b", "title": "B"}]}
    ).site

    assert [(e.field, e.code) for e in site.missing_fields({})] == [("a", "required")]
    assert site.missing_fields({"a": "x"}) == ()
