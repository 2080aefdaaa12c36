"""Every enterprise says who serves it: filled in from the running assignments."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_enterprise = sa.table("enterprise", sa.column("id"), sa.column("officer_id"))
_assignment = sa.table("assignment", sa.column("enterprise_id"), sa.column("officer_id"), sa.column("until"))


def upgrade() -> None:
    """Forward."""
    running = (
        sa.select(_assignment.c.officer_id)
        .where(_assignment.c.enterprise_id == _enterprise.c.id, _assignment.c.until.is_(None))
        .scalar_subquery()
    )
    op.execute(sa.update(_enterprise).values(officer_id=running))


def downgrade() -> None:
    """Nothing to take back: the column goes with the migration before."""
