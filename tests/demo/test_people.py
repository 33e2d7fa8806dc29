"""The demo's accounts each find what their name promises."""

import pytest
from flask import Flask

from tests.web.browser import Browser


@pytest.mark.usefixtures("loader")
def test_the_service_staff_finds_the_persons_it_serves(app: Flask) -> None:
    browser = Browser(app.test_client())
    browser.sign_in("employer", "emp-a-specialist")

    page = browser.get("/persons")

    assert {name for name in ("沈一诺", "韩子轩", "𠮷村丽", "杨帆", "阿卜杜拉·买买提") if name in page} == {
        "沈一诺",
        "韩子轩",
        "𠮷村丽",
        "杨帆",
    }
