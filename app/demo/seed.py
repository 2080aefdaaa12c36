"""Fill an empty demo database: one district, its people, 300 enterprises, a week of tickets, panel logins."""

from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session, col, select

from app import keyvalue
from app.db import Database, put
from app.demo.cast import Cast, cast_of
from app.demo.seed_answers import seed_answers
from app.demo.seed_directory import Directory, seed_directory
from app.demo.seed_people import COORDINATOR, DEMO_ACCOUNTS, demo_people
from app.demo.seed_tickets import seed_tickets
from app.directory.models import Coordinator, Department, Visit
from app.outbox.models import PeriodicJob
from app.panel.accounts import create_user
from app.panel.passwords import Passwords
from app.panel.roles import Role
from app.tickets.values import Rules

MARK = "demo_seeded_at"
DISTRICT = "demo_district"
FIRST_DISTRICT = "ninghe"  # of a demo that does not say whose it is
SEED = 20261120


def seed_demo(db: Database, rules: Rules, now: datetime) -> bool:
    """Seed once; False if it was done before. Same seed, same rules, same moment: same data."""
    rng, cast = Random(SEED), cast_of(rules.profile)
    with db.transaction() as session:
        if keyvalue.read(session, MARK) is not None:
            return False
        directory = seed_directory(session, cast, now, rng)
        seed_tickets(session, cast, directory, rules, now)
        seed_answers(session, now, rng)
        _add_visits(session, directory, now, rng)
        _add_accounts(session, cast, now)
        # What nobody could answer is grouped in the first minute: an hour would show an empty page to who tries it.
        # The worker, which starts beside this, may have planned the job already.
        put(session, PeriodicJob(name="gaps", next_run_at=now))
        keyvalue.write(session, MARK, now.isoformat())
        keyvalue.write(session, DISTRICT, rules.profile.key)
    return True


def _add_visits(session: Session, directory: Directory, now: datetime, rng: Random) -> None:
    for number in (1, 2, 8, 12, 24, 45, 71):
        session.add(
            Visit(
                enterprise_id=directory.enterprise_ids[number],
                at=now - timedelta(days=rng.randrange(3, 28)),
                channel=rng.choice(("走访", "电话")),
                note="了解生产经营情况（演示）",
            )
        )


def _coordinator_of(session: Session, department: str) -> int | None:
    statement = (
        select(Coordinator.id)
        .join(Department, col(Department.id) == col(Coordinator.department_id))
        .where(Department.name == department)
    )
    return session.exec(statement).first()


def _add_accounts(session: Session, cast: Cast, now: datetime) -> None:
    passwords = Passwords()
    person = demo_people(cast)[COORDINATOR]
    for account in DEMO_ACCOUNTS:
        role = Role(account.role)
        create_user(
            session,
            passwords,
            username=account.username,
            name=account.name.format(area=cast.areas[0], coordinator=person.name),
            role=role,
            password=account.password,
            area_code=cast.area_code(1) if role is Role.LEADER else "",
            coordinator_id=_coordinator_of(session, person.department) if role is Role.DEPARTMENT else None,
            now=now,
        )
