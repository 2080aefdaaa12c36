"""A transaction that PostgreSQL gave up for another one's sake is done again, as a whole, at most three times."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlmodel import func, select

from app.db import Database, lost_a_race
from app.tickets.models import Ticket


@pytest.fixture
def giving_up(database: Database) -> Callable[..., list[int]]:
    """Lets the next commits fail as the server would make them fail."""

    def arm(fault: type[Exception], times: int) -> list[int]:
        left = [times]

        def fail(_connection: object) -> None:
            if left[0] > 0:
                left[0] -= 1
                raise DBAPIError("COMMIT", None, fault())

        event.listen(database.write_engine, "commit", fail)
        return left

    return arm


@pytest.mark.parametrize("fault", [errors.SerializationFailure, errors.DeadlockDetected])
def test_two_losses_are_made_good(database: Database, front_desk: Any, giving_up: Any, fault: type) -> None:
    desk = front_desk.conversations(database)
    left = giving_up(fault, 2)
    reply = desk.receive(front_desk.message("oRace", 0, "厂门口修路货车进不来"))
    assert "单号" in reply and left == [0]
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Ticket)).one() == 1


def test_the_third_loss_is_the_platforms_to_repeat(
    database: Database, front_desk: Any, giving_up: Any
) -> None:
    desk = front_desk.conversations(database)
    giving_up(errors.SerializationFailure, 3)
    incoming = front_desk.message("oRace", 0, "厂门口修路货车进不来")
    with pytest.raises(DBAPIError):
        desk.receive(incoming)
    assert "单号" in desk.receive(incoming)


def test_another_fault_is_not_repeated(database: Database, front_desk: Any, giving_up: Any) -> None:
    """A statement that ran too long would run too long again."""
    desk = front_desk.conversations(database)
    left = giving_up(errors.QueryCanceled, 2)
    with pytest.raises(DBAPIError):
        desk.receive(front_desk.message("oRace", 0, "厂门口修路货车进不来"))
    assert left == [1]
    assert not lost_a_race(ValueError())
