"""Random sequences of commands, refused ones included, keep the invariants of the workflow (model section 6).

One machine runs the shipped programme, one a second programme of tests with other stages and no roster.
`PROPERTY_EXAMPLES=200` runs them long, and shrinks what fails.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.domain.ports import Ports
from app.domain.predicates import MATERIALS_VIEWED
from app.domain.programme import RosterGate
from tests.commands.flow import CARD, Flow
from tests.properties.cast import SUBSIDY, World
from tests.properties.office import Office

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "0"))
_CHEAP = (Phase.explicit, Phase.reuse, Phase.generate)
SETTINGS = settings(
    max_examples=EXAMPLES or 4,
    stateful_step_count=30 if EXAMPLES else 20,
    deadline=None,
    phases=(*_CHEAP, Phase.shrink) if EXAMPLES else _CHEAP,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("code", [CARD, SUBSIDY])
def test_any_sequence_of_commands_keeps_the_invariants(flow: Flow, wired: Ports, code: str) -> None:
    machine = type("Machine", (Office,), {"world": World(flow, wired, code)})

    run_state_machine_as_test(machine, settings=SETTINGS)


def test_the_second_programme_has_what_the_first_has_not(flow: Flow, wired: Ports) -> None:
    second = World(flow, wired, SUBSIDY).programme

    asks = {condition.predicate for stage in second.stages for condition in stage.requires}
    assert (second.roster, asks, second.settings.roster_gate) == (
        None,
        {MATERIALS_VIEWED},
        RosterGate.REQUIRED,
    )
    with pytest.raises(KeyError):
        second.stage("employer")
