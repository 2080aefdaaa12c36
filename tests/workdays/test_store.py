"""The layers that a district fills come out of the table."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from app.db import Database
from app.workdays.models import Workday
from app.workdays.store import Layer, load_calendar, packaged_calendar


def test_layers_of_the_table_lie_over_the_packaged_data(
    tmp_path: Path, blank_database: Callable[[Path], Database]
) -> None:
    """A notice for 2027 publishes it; an override closes one day that the notice opens."""
    database = blank_database(tmp_path / "calendar.db")
    entered = datetime(2026, 11, 20, tzinfo=UTC)
    rows = [
        (date(2027, 1, 1), Layer.NOTICE, False),
        (date(2027, 2, 6), Layer.NOTICE, True),
        (date(2027, 2, 6), Layer.OVERRIDE, False),
        (date(2026, 11, 23), Layer.OVERRIDE, False),
    ]
    with database.transaction() as session:
        for day, layer, is_workday in rows:
            session.add(Workday(day=day, layer=layer, is_workday=is_workday, entered_at=entered))
    with database.reading() as session:
        calendar = load_calendar(session)
    database.close()
    assert calendar.is_published(2027)
    assert not calendar.is_workday(date(2027, 2, 6))
    assert calendar.add(date(2026, 11, 20), 1) == date(2026, 11, 24)
    assert packaged_calendar().add(date(2026, 11, 20), 1) == date(2026, 11, 23)
