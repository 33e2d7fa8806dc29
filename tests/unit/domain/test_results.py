import json

from hypothesis import given
from hypothesis import strategies as st

from app.domain.blocks import Block
from app.domain.results import BatchResult

ids = st.lists(st.integers(1, (1 << 63) - 1), max_size=8)


@given(asked=ids, data=st.data())
def test_every_id_is_named_exactly_once_and_survives_json(asked, data):
    moved = data.draw(st.sets(st.sampled_from(asked))) if asked else set()
    blocked = {i: (Block("wrong_status", {"status": "draft"}),) for i in asked if i % 2}

    result = BatchResult.of(asked, moved=moved, blocked=blocked)

    named = [*result.moved, *(row.id for row in result.skipped), *result.unknown]
    assert sorted(named) == sorted(set(asked))
    assert set(result.moved) == moved
    assert BatchResult.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_reasons_of_a_row_that_moved_are_none():
    result = BatchResult.of([1, 2], moved=[1], blocked={2: (Block("stale"),)})

    assert result.blocks_of(1) == ()
    assert [b.code for b in result.blocks_of(2)] == ["stale"]
