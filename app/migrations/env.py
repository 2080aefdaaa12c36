"""Alembic's entry: the connection comes from the caller, one transaction per migration."""

from alembic import context

from app.tables import metadata


def run(connection: object) -> None:
    """Migrate over the given connection; batch mode, because SQLite cannot alter columns."""
    context.configure(
        connection=connection,  # type: ignore[arg-type]  # alembic wants Connection; attributes are untyped
        target_metadata=metadata,
        render_as_batch=True,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
