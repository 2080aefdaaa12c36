"""The demo's directory: areas, officers, departments, 300 enterprises and who serves whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session
from stdnum.cn import uscc

from app.clock import local_date
from app.demo.cast import ENTERPRISES, Cast
from app.demo.seed_areas import AWAY, STAND_IN, OfficerSeed, departments, officers
from app.directory.assigning import RULE as BY_HAND
from app.directory.columns import GONE as GONE_STATUSES
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.directory.placing import FACT_FIELDS, enterprise_facts, officers_on_duty
from app.districts.routing import Router

UNSERVED = frozenset({57, 133, 208, 277, 299})
GONE = {88: "注销", 190: "停业", 246: "迁出"}
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


def seed_directory(session: Session, cast: Cast, now: datetime, rng: Random) -> Directory:
    """Write the whole directory."""
    _add_areas(session, cast)
    staff = _add_officers(session, cast, now)
    rows = _add_departments(session, cast)
    enterprises = _add_enterprises(session, cast, now, rng)
    _assign(session, cast, enterprises, staff, now)
    session.flush()
    return Directory(
        enterprise_ids={n: row.id for n, row in enterprises.items() if row.id is not None},
        department_ids={row.name: row.id for row in rows if row.id is not None},
    )


def credit_code(number: int, category: str, division: str) -> str:
    """A code that passes every check of GB 32100 and belongs to nobody: organisation MATEST…"""
    body = f"MAT{number:05d}"
    total = sum(
        _ORGANISATION_ALPHABET.index(char) * weight
        for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    rest = 11 - total % 11
    organisation = body + {10: "X", 11: "0"}.get(rest, str(rest))
    start = f"9{category}{division}{organisation}"
    return start + str(uscc.calc_check_digit(start))


def _add_areas(session: Session, cast: Cast) -> None:
    for n, name in enumerate(cast.areas, 1):
        session.add(
            Area(
                code=cast.area_code(n),
                name=name,
                kind="一级片区",
                bounds=f"{name}辖区范围（演示数据，以区里公布的四至为准）",
                leader="示例领导",
                section=f"{name}营商环境办公室（演示）",
            )
        )
    session.flush()
    for part in cast.parts:
        session.add(
            Area(code=part.code, name=part.name, parent_code=cast.area_code(part.first), kind=part.kind)
        )
    session.flush()


def _add_officers(session: Session, cast: Cast, now: datetime) -> list[tuple[OfficerSeed, Officer]]:
    staff = []
    for seed in officers(cast):
        officer = Officer(
            staff_no=seed.staff_no,
            name=seed.name,
            phone=seed.phone,
            public_phone=seed.public_phone,
            area_code=seed.area_code,
            duty="企业服务、诉求协调、政策送达",
            unit=seed.unit,
            openid=seed.openid,
            bound_at=now - timedelta(days=30) if seed.openid else None,
        )
        session.add(officer)
        staff.append((seed, officer))
    session.flush()
    away = staff[AWAY - 1][1]
    away.away_from = local_date(now) - timedelta(days=1)
    away.away_until = local_date(now) + timedelta(days=4)
    away.stand_in_id = staff[STAND_IN - 1][1].id
    session.add(away)
    return staff


def _add_departments(session: Session, cast: Cast) -> list[Department]:
    rows = []
    for n, seed in enumerate(departments(cast), 1):
        department = Department(name=seed.name, industries=seed.industries, office_phone=f"022-0001{n:04d}")
        session.add(department)
        session.flush()
        assert department.id is not None  # noqa: S101 - flushed
        session.add(
            Coordinator(
                department_id=department.id,
                name=seed.coordinator,
                phone=f"1370000{n:04d}",
                expertise=seed.expertise,
                openid=seed.openid,
            )
        )
        rows.append(department)
    return rows


def _places(cast: Cast) -> Iterator[str]:
    """The first-level area of each enterprise, by share."""
    for n, share in enumerate(cast.shares, 1):
        yield from [cast.area_code(n)] * share


def _add_enterprises(session: Session, cast: Cast, now: datetime, rng: Random) -> dict[int, Enterprise]:
    places = list(_places(cast))
    rng.shuffle(places)
    parts: dict[str, list[str]] = {}
    for part in cast.parts:
        parts.setdefault(cast.area_code(part.first), []).append(part.code)
    district, rows = cast.profile.name, {}
    for n in range(1, ENTERPRISES + 1):
        kind, category, ending, industry = _SHAPES[(n - 1) % len(_SHAPES)]
        first = places[n - 1]
        place = cast.homes.get(n) or rng.choice([first, *parts.get(first, [])])
        person = f"{rng.choice(_FAMILY)}测试"
        row = Enterprise(
            credit_code=credit_code(n, category, cast.division),
            name=f"{district}测试{n}号{ending}",
            kind=kind,
            industry=cast.industries.get(industry, industry),
            address=f"{district}示例路{n}号（演示）",
            area_code=place,
            status=GONE.get(n, "正常"),
            legal_representative=person,
            contact_name=person,
            contact_phone=f"1390000{n:04d}",
            scale=rng.choice(_SCALES) if kind == "企业" else "",
            is_green_channel=n % 50 == 1,
            updated_at=now - timedelta(days=rng.randrange(10, 300)),
        )
        for listed in cast.listed:
            setattr(row, listed.field, listed.of(n))
        rows[n] = row
        session.add(row)
    session.flush()
    return rows


def _assign(
    session: Session,
    cast: Cast,
    enterprises: Mapping[int, Enterprise],
    staff: Sequence[tuple[OfficerSeed, Officer]],
    now: datetime,
) -> None:
    """By the district's own layers; where they name nobody, the officers of the place in turn, as a person would.

    A place without an officer falls to its first-level area."""
    router = Router(cast.profile.routing, officers_on_duty(session))
    by_place: dict[str, list[int]] = {}
    for seed, officer in staff:
        by_place.setdefault(seed.area_code or "", []).append(officer.id or 0)
    for n, enterprise in enterprises.items():
        if n in UNSERVED or GONE.get(n) in GONE_STATUSES:
            continue
        facts = {field: str(getattr(enterprise, field) or "") for field in FACT_FIELDS}
        choice = router.choose(enterprise_facts(facts))
        place = enterprise.area_code or ""
        team = by_place.get(place) or by_place.get(place.partition("-")[0], [])
        if choice is None and not team:
            continue
        officer_id = choice.officer_id if choice else team[0] if n == 1 else team[n % len(team)]
        router.moved(officer_id, 1)
        assert enterprise.id is not None  # noqa: S101 - flushed
        enterprise.officer_id = officer_id
        session.add(
            Assignment(
                enterprise_id=enterprise.id,
                officer_id=officer_id,
                since=now - timedelta(days=60),
                rule=choice.layer if choice else BY_HAND,
                reason="演示数据",
            )
        )
