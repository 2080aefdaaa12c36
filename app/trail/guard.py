"""The audit table takes new rows only: triggers on both databases refuse UPDATE, DELETE and TRUNCATE.

A row is completed once, by its own transaction, when it is chained; from then on it stands. `install` runs after
every migration, because rebuilding a table on SQLite drops its triggers.
"""

from sqlalchemy import Connection, inspect, select, text
from sqlmodel import Session, col

from app.audit import AuditHead, AuditRow, extend

MESSAGE = "audit rows cannot be changed"
_REFUSED = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
_SQLITE = {
    "audit_no_update": f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN OLD.hash <> '' {_REFUSED}",
    "audit_no_delete": f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {_REFUSED}",
    "audit_no_replace": "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "  # noqa: S608 - constants
    "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) " + _REFUSED,
    "audit_head_forward": "CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head "
    f"WHEN NEW.position <= OLD.position {_REFUSED}",
    "audit_head_no_delete": f"CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head {_REFUSED}",
}
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"
)
_CALL = "EXECUTE FUNCTION refuse_audit_change()"
_POSTGRESQL = {
    "audit_no_update": "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW "
    f"WHEN (OLD.hash <> '') {_CALL}",
    "audit_no_delete": f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW {_CALL}",
    "audit_no_replace": "CREATE TRIGGER audit_no_replace BEFORE TRUNCATE ON audit FOR EACH STATEMENT "
    f"{_CALL}",
    "audit_head_forward": "CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW "
    f"WHEN (NEW.position <= OLD.position) {_CALL}",
    "audit_head_no_delete": "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW "
    f"{_CALL}",
}
TRIGGERS = tuple(_SQLITE)


def install(connection: Connection) -> None:
    """Chain what was written before there was a chain, then refuse every change. The caller commits."""
    tables = inspect(connection).get_table_names()
    if AuditRow.__tablename__ not in tables or AuditHead.__tablename__ not in tables:
        return
    if not missing(connection):
        return
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))
    absent = missing(connection)
    with Session(connection) as session:
        _adopt(session)
    if not is_sqlite:
        connection.execute(text(_FUNCTION))
    for name, statement in (_SQLITE if is_sqlite else _POSTGRESQL).items():
        if name in absent:
            connection.execute(text(statement))


def missing(connection: Connection) -> list[str]:
    """The triggers that are not there."""
    source = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
        "AND tgrelid IN (to_regclass('audit'), to_regclass('audit_head'))"
    )
    present = set(connection.execute(text(source)).scalars())
    return [name for name in TRIGGERS if name not in present]


def _adopt(session: Session) -> None:
    """Only rows of a time before the chain: once it has begun, a row without a hash is a forgery."""
    if session.get(AuditHead, 1) is not None:
        return
    statement = select(AuditRow).where(col(AuditRow.hash) == "").order_by(col(AuditRow.id))
    rows = list(session.scalars(statement))
    if rows:
        extend(session, rows)
