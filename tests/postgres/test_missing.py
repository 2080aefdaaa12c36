"""What a database lacks is found on both kinds, by the quick look at every start and by the thorough one."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.db import Database
from app.errors import AppError
from app.migrations import schema


def test_tables_columns_and_indexes_that_are_missing_are_found(new_database: Callable[[], Database]) -> None:
    db = new_database()
    schema.demand_whole(db)
    assert schema.faults(db) == []
    with db.write_engine.begin() as connection:
        for statement in (
            "DROP INDEX ix_ticket_status",
            "DROP TABLE outside_order",
            "ALTER TABLE officer DROP COLUMN public_phone",
        ):
            connection.execute(text(statement))
    with pytest.raises(AppError, match="表 officer 缺列 public_phone、缺表 outside_order"):
        schema.demand_whole(db)
    missing, slow = schema.faults(db)
    assert "缺表 outside_order" in missing and "表 officer 缺列 public_phone" in missing
    assert "表 ticket 缺索引 ix_ticket_status" in slow
    assert schema.add_indexes(db) == ["ix_ticket_status"]
    assert schema.faults(db) == [missing]
