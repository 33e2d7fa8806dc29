"""The way of a case through the shipped chain."""

from tests.commands.flow import Flow


def test_a_case_passes_the_shipped_chain_in_order(flow: Flow) -> None:
    (case,) = flow.approved()

    row = flow.row(case)

    assert (row.status, row.stage_code, row.desk_role, row.lock, row.audit_seq) == ("approved", None, "card_printer", 8, 9)
