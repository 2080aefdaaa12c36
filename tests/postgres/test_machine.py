"""Random people do random things to tickets, on both databases, against the invariants (reliability test 20).

`QIYING_STATEFUL_EXAMPLES` and `QIYING_STATEFUL_STEPS` make the run longer; the default fits the daily run.
"""

import os
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    invariant,
    run_state_machine_as_test,
)
from sqlalchemy import func
from sqlmodel import col, select

from app.db import Database
from app.directory.models import Assignment
from app.outbox.models import OutboxMessage
from app.tickets.lifecycle import LIVE, TRANSITIONS, Action, Status
from app.tickets.models import CoHandler, Handoff, MeetingItem, Rating, Ticket
from app.tickets.values import ActorKind
from tests.postgres.people_at_work import PeopleAtWork

EXAMPLES = int(os.environ.get("QIYING_STATEFUL_EXAMPLES", "6"))
STEPS = int(os.environ.get("QIYING_STATEFUL_STEPS", "25"))
# Kinds of events that come with a push to the enterprise when somebody else caused them (D1).
TOLD = {
    Action.ACCEPT, Action.REPLY, Action.REQUEST_INFO, Action.EXTEND, Action.RESOLVE, Action.SUMMON, Action.RAISE,
    Action.DISPATCH, Action.DECIDE, Action.HAND_OFF, Action.CLOSE, Action.MERGE, Action.REOPEN,
    Action.RETURN, Action.CONVENE, Action.RESUME,
}  # fmt: skip
VERSIONED = {action.value for action in Action} | {"identified", "recounted"}


class Desk(PeopleAtWork):
    """What must hold after every act."""

    @invariant()
    def one_holder(self) -> None:
        for ticket in self.tickets():
            holders = {"officer": ticket.officer_id, "department": ticket.department_id}
            named = {kind for kind, value in holders.items() if value is not None}
            assert named == ({ticket.holder_kind} & set(holders)), ticket
            assert ticket.step in [step["key"] for step in ticket.ladder]

    @invariant()
    def one_open_assignment(self) -> None:
        with self.database.reading() as session:
            running = session.exec(select(Assignment.enterprise_id).where(col(Assignment.until).is_(None)))
            assert max(Counter(running).values()) == 1

    @invariant()
    def no_lost_event_and_no_illegal_state(self) -> None:
        """Every version has its event, and replaying the events through the table gives the status."""
        for ticket, events in self.histories():
            versioned = [event for event in events if event.kind in VERSIONED]
            kinds = [event.kind for event in versioned]
            assert len(kinds) == ticket.version - 1, (ticket.version, kinds)
            assert [event.kind for event in events].count("opened") == 1
            status = Status.PENDING
            for event in versioned:
                if event.kind in set(Action) and not event.data.get("is_beside"):
                    status = TRANSITIONS[status, Action(event.kind)]
            assert status == ticket.status

    @invariant()
    def every_push_is_accounted_for(self) -> None:
        """Each step of others was written for the enterprise once, and no push is without a cause."""
        for ticket, events in self.histories():
            with self.database.reading() as session:
                keys = set(
                    session.exec(
                        select(OutboxMessage.dedupe_key).where(col(OutboxMessage.ticket_id) == ticket.id)
                    )
                )
            for version, event in enumerate((e for e in events if e.kind in VERSIONED), 2):
                is_told = event.kind in TOLD and event.actor_kind != ActorKind.ENTERPRISE and ticket.openid
                if is_told:
                    start = f"ticket:{ticket.id}:v{version}:"
                    mine = [
                        key for key in keys if key.startswith(start) and key.endswith(f":{ticket.openid}")
                    ]
                    assert len(mine) == 1, (event.kind, start, sorted(keys))
            versions = {int(key.split(":")[2][1:]) for key in keys if key.split(":")[2][1:].isdigit()}
            assert all(1 <= version <= ticket.version for version in versions)

    @invariant()
    def clocks_and_marks_fit_the_status(self) -> None:
        calendar = self.calendar()
        for ticket in self.tickets():
            assert (ticket.status == Status.WAITING) == (ticket.waiting_since is not None)
            assert (ticket.closed_at is not None) == (ticket.status in (Status.CLOSED, Status.WITHDRAWN))
            if ticket.status == Status.CLOSED and ticket.duplicate_of_id is None:
                assert ticket.told_at is not None, "not closed before the enterprise was told"
            if ticket.status in LIVE:
                assert ticket.due_on == calendar.add(ticket.due_from, ticket.due_days)
                assert ticket.resolved_at is None
            if ticket.status == Status.RESOLVED:
                assert ticket.result
                assert ticket.next_step_at is not None, "somebody looks until it is filed"
            assert 0 <= ticket.waited_days <= self.profile.pause.max_working_days

    @invariant()
    def what_hangs_on_a_ticket_is_whole(self) -> None:
        with self.database.reading() as session:
            for ticket in self.tickets():
                beside = list(
                    session.exec(
                        select(CoHandler.department_id).where(
                            col(CoHandler.ticket_id) == ticket.id, col(CoHandler.until).is_(None)
                        )
                    )
                )
                assert len(beside) == len(set(beside))
                assert ticket.department_id not in beside
                tabled = select(func.count()).where(
                    col(MeetingItem.ticket_id) == ticket.id, col(MeetingItem.decided_at).is_(None)
                )
                assert session.exec(tabled).one() <= 1
                out = select(func.count()).where(
                    col(Handoff.ticket_id) == ticket.id, col(Handoff.returned_at).is_(None)
                )
                if ticket.status == Status.RESOLVED:
                    assert session.exec(out).one() == 0, "not settled here while another system works on it"
                current = select(func.count()).where(
                    col(Rating.ticket_id) == ticket.id, col(Rating.is_current)
                )
                assert session.exec(current).one() <= 1
                if ticket.duplicate_of_id is not None:
                    survivor = session.get_one(Ticket, ticket.duplicate_of_id)
                    assert survivor.duplicate_of_id is None
                    assert survivor.status != Status.WITHDRAWN


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_random_people_break_no_invariant(new_database: Callable[[], Database]) -> None:
    """Any of the five districts, any order of acts, crashes and calendar changes."""
    machine = type("Desk", (Desk,), {"database": new_database()})
    quiet = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quiet)
