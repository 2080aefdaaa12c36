"""The made-up people of a week beside the demo's directory: leaders, the hub's own staff, contacts, tempers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlmodel import Session, col, select

from app.demo.cast import cast_of
from app.demo.seed_directory import seed_directory
from app.demo.seed_people import demo_openid
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.districts.profile import Profile
from app.panel.accounts import create_user
from app.panel.passwords import Passwords
from app.panel.roles import Role

HUB_LOGIN = ("zhongshu", "week-of-made-up-traffic-7")
# How officers take their work, in shares; the demo's fortieth is silent and its seventh is away.
TEMPERS = {"prompt": 50, "slow": 30, "bouncing": 8, "escalating": 12}
SILENT = ("0004", "0012", "0020")


@dataclass(frozen=True)
class Official:
    """An officer or coordinator: `temper` says how this person works, `department` is empty for an officer."""

    openid: str
    name: str
    temper: str
    department: str = ""


@dataclass(frozen=True)
class Client:
    """Somebody who writes for an enterprise; `enterprise` 0: for none."""

    openid: str
    enterprise: int = 0
    name: str = ""
    credit_code: str = ""


@dataclass(frozen=True)
class Cast:
    """Everybody, and who leads which area."""

    officials: tuple[Official, ...]
    clients: tuple[Client, ...]
    leaders: dict[str, str]
    departments: tuple[str, ...]


def furnish(session: Session, profile: Profile, now: datetime, rng: Random, clients: int) -> Cast:
    """Write the directory and choose who takes part."""
    seed_directory(session, cast_of(profile), now, rng)
    leaders = _add_leaders(session, now)
    _add_hub(session, profile, now)
    session.flush()
    officials = (*_officers(session, rng), *_coordinators(session, rng))
    departments = tuple(session.exec(select(Department.name).order_by(col(Department.id))))
    return Cast(officials, _clients(session, rng, clients), leaders, departments)


def _add_leaders(session: Session, now: datetime) -> dict[str, str]:
    """One person behind each first-level area, on the roster, reachable: openid by area code."""
    found = {}
    areas = session.exec(select(Area).where(col(Area.parent_code).is_(None)).order_by(col(Area.code))).all()
    for number, area in enumerate(areas, 1):
        area.leader = f"示例分管{number:02d}"
        openid = demo_openid(f"leader{number:02d}x")
        session.add(area)
        session.add(
            Officer(
                staff_no=f"NHL{number:03d}", name=area.leader, area_code=area.code, openid=openid, bound_at=now,
                phone=f"1380001{number:04d}", public_phone=f"022-0002{number:04d}", duty="分管领导（演示）",
            )
        )  # fmt: skip
        found[area.code] = openid
    return found


def _add_hub(session: Session, profile: Profile, now: datetime) -> None:
    """Each body of the hub with one coordinator, and a login of the hub."""
    known = set(session.exec(select(Department.name)))
    bodies = dict.fromkeys((profile.hub.name, *profile.hub.duties.values()))
    for number, name in enumerate(body for body in bodies if body not in known):
        department = Department(name=name, office_phone=f"022-0003{number:04d}")
        session.add(department)
        session.flush()
        openid = demo_openid(f"hub{number:02d}x")
        session.add(
            Coordinator(
                department_id=department.id or 0, name=f"示例值守{number}", openid=openid, expertise="统筹"
            )
        )
    create_user(
        session, Passwords(), username=HUB_LOGIN[0], name="示例值班员", role=Role.HUB, password=HUB_LOGIN[1], now=now,
        area_code="", coordinator_id=None,
    )  # fmt: skip


def _officers(session: Session, rng: Random) -> list[Official]:
    tempers = list(TEMPERS)
    rows = session.exec(
        select(Officer).where(col(Officer.openid).is_not(None)).order_by(col(Officer.staff_no))
    ).all()
    found = []
    for row in rows:
        drawn = rng.choices(tempers, list(TEMPERS.values()))[0]
        temper = "silent" if row.staff_no.endswith(SILENT) or row.staff_no.startswith("NHL") else drawn
        found.append(Official(row.openid or "", row.name, temper))
    return found


def _coordinators(session: Session, rng: Random) -> list[Official]:
    """The last one but two of them never answers either."""
    statement = select(Coordinator, Department.name).join(
        Department, col(Department.id) == col(Coordinator.department_id)
    )
    rows = session.exec(statement.order_by(col(Coordinator.id))).all()
    quiet = rows[-3][0].openid if len(rows) > 3 else ""
    return [
        Official(
            person.openid or "",
            person.name,
            "silent" if person.openid == quiet else rng.choice(("prompt", "slow", "bouncing", "prompt")),
            unit,
        )
        for person, unit in rows
        if person.openid
    ]


def _clients(session: Session, rng: Random, count: int) -> tuple[Client, ...]:
    """Nine of ten speak for an enterprise, bookkeepers among them for two; the others for nobody."""
    served = select(Enterprise).join(Assignment, col(Assignment.enterprise_id) == col(Enterprise.id))
    rows: Sequence[Enterprise] = session.exec(served.order_by(col(Enterprise.id))).all()
    chosen = rng.sample(list(rows), min(len(rows), count * 9 // 10))
    found = [
        Client(demo_openid(f"week{number:03d}x"), row.id or 0, row.name, row.credit_code)
        for number, row in enumerate(chosen, 1)
    ]
    found += [Client(demo_openid(f"citizen{number:02d}x")) for number in range(count - len(found))]
    return tuple(found)
