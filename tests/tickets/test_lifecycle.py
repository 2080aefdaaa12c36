"""Every pair of status and action is either in the table or refused by name (design §5)."""

import pytest

from app.tickets.lifecycle import (
    ACTION_NAMES,
    FINAL,
    LIVE,
    STATUS_NAMES,
    TRANSITIONS,
    Action,
    IllegalAction,
    Status,
    next_status,
)

P, W, A, R, C, X = (
    Status.PENDING,
    Status.WORKING,
    Status.WAITING,
    Status.RESOLVED,
    Status.CLOSED,
    Status.WITHDRAWN,
)
# action: the status after it from pending, working, waiting, resolved, closed, withdrawn; None: refused.
EXPECTED = {
    Action.ACCEPT: (W, None, None, None, None, None),
    Action.REPLY: (W, W, A, R, None, None),
    Action.REQUEST_INFO: (A, A, A, None, None, None),
    Action.SUMMON: (P, P, P, None, None, None),
    Action.RAISE: (P, P, P, None, None, None),
    Action.RETURN: (P, P, P, None, None, None),
    Action.EXTEND: (P, W, A, None, None, None),
    Action.RESOLVE: (R, R, R, None, None, None),
    Action.TELL: (P, W, A, R, None, None),
    Action.DISPATCH: (P, P, P, None, None, None),
    Action.CLOSE: (None, None, None, C, None, None),
    Action.SUPPLEMENT: (P, W, W, R, None, None),
    Action.URGE: (P, W, A, None, None, None),
    Action.WITHDRAW: (X, X, X, None, None, None),
    Action.RATE: (None, None, None, C, C, None),
    Action.CONFIRM: (None, None, None, C, None, None),
    Action.REOPEN: (None, None, None, P, P, None),
    Action.RESUME: (None, None, W, None, None, None),
    Action.ENGAGE: (P, W, A, None, None, None),
    Action.LEAVE: (P, W, A, None, None, None),
    Action.CATEGORISE: (P, W, A, R, C, None),
    Action.SUPERVISE: (P, W, A, None, None, None),
    Action.CONVENE: (P, W, A, None, None, None),
    Action.DECIDE: (P, P, P, None, None, None),
    Action.HAND_OFF: (P, W, A, None, None, None),
    Action.HAND_BACK: (P, W, A, None, None, None),
    Action.MERGE: (C, C, C, None, None, None),
}
PAIRS = [
    (status, action, after)
    for action, row in EXPECTED.items()
    for status, after in zip((P, W, A, R, C, X), row, strict=True)
]


def test_the_expectation_covers_every_pair() -> None:
    """A new status or action must be decided here."""
    assert {(status, action) for status, action, _ in PAIRS} == {(s, a) for s in Status for a in Action}


@pytest.mark.parametrize(("status", "action", "after"), PAIRS)
def test_every_pair(status: Status, action: Action, after: Status | None) -> None:
    """The table, pair by pair."""
    if after is not None:
        assert next_status(status, action) is after
        return
    with pytest.raises(IllegalAction) as refused:
        next_status(status, action)
    assert (refused.value.status, refused.value.action) == (status, action)
    assert refused.value.status_code == 409
    assert refused.value.message


def test_nothing_leaves_withdrawn_and_only_reopening_revives_closed() -> None:
    """Final is final, save for dissatisfaction (D4)."""
    assert [pair for pair in TRANSITIONS if pair[0] is Status.WITHDRAWN] == []
    ways = {
        action for (status, action), after in TRANSITIONS.items() if status is Status.CLOSED and after in LIVE
    }
    assert ways == {Action.REOPEN}
    assert frozenset() == LIVE & FINAL


def test_everything_has_a_chinese_name() -> None:
    """Refusals and timelines are read by people."""
    assert set(STATUS_NAMES) == set(Status)
    assert set(ACTION_NAMES) == set(Action)
