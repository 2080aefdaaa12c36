"""Quiet hours at delivery (E7): what waits for the morning, and what never does."""

from datetime import UTC, datetime, timedelta

import pytest

from app.followers import holding
from app.outbox import quiet
from app.outbox.models import OutboxMessage

NIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 23:00 in China
MORNING = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


def message(**changes: object) -> OutboxMessage:
    values: dict[str, object] = {
        "dedupe_key": "k", "openid": "oA", "kind": "ticket_accepted", "created_at": NIGHT, "due_at": NIGHT,
    }  # fmt: skip
    return OutboxMessage(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "spoke_ago", "held"),
    [
        ({}, None, True),
        ({}, timedelta(minutes=16), True),
        ({}, timedelta(minutes=15), False),
        ({"kind": "deferred_answer"}, None, False),
        ({"first_tried_at": NIGHT}, None, False),
    ],
)
def test_what_waits(changes: dict[str, object], spoke_ago: timedelta | None, held: bool) -> None:
    """All but an answer, somebody who is talking to us, and a repeat that must be settled."""
    follower = None if spoke_ago is None else holding.fresh("oA", NIGHT - spoke_ago)
    until = quiet.held_until(message(**changes), follower, NIGHT, lambda _: MORNING)
    assert until == (MORNING if held else None)
    assert quiet.held_until(message(**changes), follower, NIGHT, quiet.never_quiet) is None
