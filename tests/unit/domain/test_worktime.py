from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.worktime import Calendar, local_day

# National Day 2026: 1 to 7 October off, 10 October (a Saturday) worked.
GOLDEN_WEEK = Calendar(frozenset(date(2026, 10, d) for d in range(1, 8)), frozenset({date(2026, 10, 10)}))


def test_weekends_are_off_and_exchanged_days_are_worked():
    assert [GOLDEN_WEEK.is_working_day(date(2026, 10, d)) for d in (1, 7, 8, 9, 10, 11, 12)] == [
        False, False, True, True, True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 9, 30), 4, date(2026, 10, 12)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        (date(2026, 10, 8), 0, date(2026, 10, 8)),
    ],
)
def test_counting_working_days_on(day, n, expected):
    assert GOLDEN_WEEK.after(day, n) == expected


def test_a_limit_ends_at_midnight_in_shanghai():
    late_evening = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)  # Saturday 21 November, 02:30 in Shanghai

    assert local_day(late_evening) == date(2026, 11, 21)
    assert Calendar().due_at(late_evening, 5) == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


@given(first=st.dates(date(2020, 1, 1), date(2030, 1, 1)), n=st.integers(0, 60))
def test_after_and_between_are_inverse_on_working_days(first, n):
    start = GOLDEN_WEEK.after(first, 0)
    end = GOLDEN_WEEK.after(start, n)

    assert GOLDEN_WEEK.between(start, end) == n
    assert GOLDEN_WEEK.between(end, start) == -n
