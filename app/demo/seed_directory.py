"""The demo's directory: areas, officers, departments, 300 enterprises and who serves whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session
from stdnum.cn import uscc

from app.clock import local_date
from app.demo.seed_areas import (
    AWAY,
    DEPARTMENTS,
    FIRST_LEVEL,
    WEIGHTS,
    OfficerSeed,
    area_code,
    department_openid,
    officers,
    second_level_codes,
)
from app.demo.seed_people import DEMO_PEOPLE
from app.directory.columns import GONE as GONE_STATUSES
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer

ENTERPRISES = 300
UNSERVED = frozenset({57, 133, 208, 277, 299})
GONE = {88: "注销", 190: "停业", 246: "迁出"}
DISTRICT_CODE = "120117"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

# (kind, second digit of the credit code, end of the name, industry)
_SHAPES = (
    ("企业", "1", "食品有限公司", "食品制造"),
    ("企业", "1", "机械有限公司", "装备制造"),
    ("个体工商户", "2", "面馆", "餐饮"),
    ("企业", "1", "物流有限公司", "道路运输"),
    ("个体工商户", "2", "便利店", "零售"),
    ("企业", "1", "建筑工程有限公司", "建筑业"),
    ("农民专业合作社", "3", "水稻种植专业合作社", "种植业"),
    ("企业", "1", "科技有限公司", "软件和信息服务"),
    ("个体工商户", "2", "理发店", "居民服务"),
    ("企业", "1", "商贸有限公司", "批发"),
)
_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_SCALES = ("微型", "小型", "小型", "中型")


@dataclass(frozen=True)
class Directory:
    """What the stories need to find people: ids by enterprise number and department name."""

    enterprise_ids: Mapping[int, int]
    department_ids: Mapping[str, int]


def seed_directory(session: Session, now: datetime, rng: Random) -> Directory:
    """Write the whole directory."""
    _add_areas(session)
    staff = _add_officers(session, now)
    departments = _add_departments(session)
    enterprises = _add_enterprises(session, now, rng)
    _assign(session, enterprises, staff, now)
    session.flush()
    return Directory(
        enterprise_ids={n: row.id for n, row in enterprises.items() if row.id is not None},
        department_ids={row.name: row.id for row in departments if row.id is not None},
    )


def credit_code(number: int, category: str) -> str:
    """A code that passes every check of GB 32100 and belongs to nobody: organisation MATEST…"""
    body = f"MAT{number:05d}"
    total = sum(
        _ORGANISATION_ALPHABET.index(char) * weight
        for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    rest = 11 - total % 11
    organisation = body + {10: "X", 11: "0"}.get(rest, str(rest))
    start = f"9{category}{DISTRICT_CODE}{organisation}"
    return start + str(uscc.calc_check_digit(start))


def _add_areas(session: Session) -> None:
    for n, name in enumerate(FIRST_LEVEL, 1):
        session.add(
            Area(
                code=area_code(n),
                name=name,
                kind="一级片区",
                bounds=f"{name}辖区范围（演示数据，以区里公布的四至为准）",
                leader="示例领导",
                section=f"{name}营商环境办公室（演示）",
            )
        )
    session.flush()
    for code, first, name, kind in second_level_codes():
        session.add(Area(code=code, name=name, parent_code=area_code(first), kind=kind))
    session.flush()


def _add_officers(session: Session, now: datetime) -> dict[str, tuple[OfficerSeed, Officer]]:
    staff = {}
    for seed in officers():
        officer = Officer(
            staff_no=seed.staff_no,
            name=seed.name,
            phone=seed.phone,
            public_phone=seed.public_phone,
            area_code=seed.area_code,
            duty="企业服务、诉求协调、政策送达",
            unit=FIRST_LEVEL[int(seed.area_code[2:4]) - 1],
            openid=seed.openid,
            bound_at=now - timedelta(days=30) if seed.openid else None,
        )
        session.add(officer)
        staff[seed.staff_no] = (seed, officer)
    session.flush()
    away = staff[AWAY][1]
    away.away_from = local_date(now) - timedelta(days=1)
    away.away_until = local_date(now) + timedelta(days=4)
    away.stand_in_id = staff["NH0006"][1].id
    session.add(away)
    return staff


def _add_departments(session: Session) -> list[Department]:
    known = {person.department: person for person in DEMO_PEOPLE if person.department}
    rows = []
    for n, seed in enumerate(DEPARTMENTS, 1):
        department = Department(name=seed.name, industries=seed.industries, office_phone=f"022-0001{n:04d}")
        session.add(department)
        session.flush()
        assert department.id is not None  # noqa: S101 - flushed
        person = known.get(seed.name)
        session.add(
            Coordinator(
                department_id=department.id,
                name=person.name if person else seed.coordinator,
                phone=f"1370000{n:04d}",
                expertise=seed.expertise,
                openid=department_openid(n),
            )
        )
        rows.append(department)
    return rows


def _places() -> Iterator[str]:
    """The first-level area of each enterprise, by weight, so that the demo's own ones live where they should."""
    for n, weight in enumerate(WEIGHTS, 1):
        yield from [area_code(n)] * weight


def _add_enterprises(session: Session, now: datetime, rng: Random) -> dict[int, Enterprise]:
    places = list(_places())
    rng.shuffle(places)
    fixed = {1: area_code(1, 1), 32: area_code(16, 1), 34: area_code(17, 1), 41: area_code(1, 2)}
    parts: dict[str, list[str]] = {}
    for code, area, *_ in second_level_codes():
        parts.setdefault(area_code(area), []).append(code)
    rows = {}
    for n in range(1, ENTERPRISES + 1):
        kind, category, ending, industry = _SHAPES[(n - 1) % len(_SHAPES)]
        first = places[n - 1]
        place = fixed.get(n) or rng.choice([first, *parts.get(first, [])])
        person = f"{rng.choice(_FAMILY)}测试"
        row = Enterprise(
            credit_code=credit_code(n, category),
            name=f"宁河区测试{n}号{ending}",
            kind=kind,
            industry=industry,
            address=f"宁河区示例路{n}号（演示）",
            area_code=place,
            status=GONE.get(n, "正常"),
            legal_representative=person,
            contact_name=person,
            contact_phone=f"1390000{n:04d}",
            scale=rng.choice(_SCALES) if kind == "企业" else "",
            is_green_channel=n % 50 == 1,
            updated_at=now - timedelta(days=rng.randrange(10, 300)),
        )
        rows[n] = row
        session.add(row)
    session.flush()
    return rows


def _assign(
    session: Session,
    enterprises: Mapping[int, Enterprise],
    staff: Mapping[str, tuple[OfficerSeed, Officer]],
    now: datetime,
) -> None:
    """The officers of a place in turn; a place without one falls to its first-level area."""
    by_place: dict[str, list[Officer]] = {}
    for seed, officer in staff.values():
        by_place.setdefault(seed.area_code, []).append(officer)
    for n, enterprise in enterprises.items():
        place = enterprise.area_code or ""
        team = by_place.get(place) or by_place.get(place[:4], [])
        if n in UNSERVED or GONE.get(n) in GONE_STATUSES or not team:
            continue
        officer = team[0] if n == 1 else team[n % len(team)]
        assert officer.id is not None and enterprise.id is not None  # noqa: S101 - both flushed
        enterprise.officer_id = officer.id
        session.add(
            Assignment(
                enterprise_id=enterprise.id,
                officer_id=officer.id,
                since=now - timedelta(days=60),
                rule="属地片区",
                reason="演示数据",
            )
        )
