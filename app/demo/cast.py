"""Where the demo plays: a district's areas, departments and the names of its roles, from `casts/<district>.toml`.

A district without such a file gets areas and departments from what its profile lists, so that any profile can be shown.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from app.demo.stories import needed_departments, stories
from app.districts.profile import Profile

ENTERPRISES = 300
OFFICERS = 40
INVENTED_AREAS = 6
# What the stories call a department → its industries, its coordinator's expertise.
ROLES: Mapping[str, tuple[str, str]] = {
    "政务服务办": ("", "综合窗口、帮办代办"),
    "市场监管局": ("食品，药品，特种设备", "登记注册、食品许可、信用修复"),
    "税务局": ("", "发票、优惠、退税"),
    "人社局": ("", "社保、用工、劳动关系"),
    "医保局": ("", "职工医保、生育保险"),
    "住建委": ("建筑业，房地产", "施工许可、道路占掘、物业"),
    "规划资源局": ("", "用地、规划许可、不动产登记"),
    "城管委": ("", "户外广告、占道、垃圾清运"),
    "生态环境局": ("", "环评、排污许可、噪声油烟"),
    "应急局": ("危险化学品", "安全生产许可、隐患整改"),
    "消防救援支队": ("", "开业前消防检查"),
    "卫健委": ("", "卫生许可、医疗机构"),
    "发改委": ("", "项目备案、电价"),
    "工信局": ("制造业", "技改补贴、专精特新"),
    "科技局": ("", "高新技术企业、研发费用"),
    "商务局": ("商贸，外贸", "外贸、促消费、加油站"),
    "农业农村委": ("农业", "合作社、农机补贴、设施农用地"),
    "交通局": ("运输", "道路运输许可、货车通行"),
    "金融办": ("", "融资对接、担保"),
    "供电公司": ("", "用电报装、停电"),
    "水务局": ("", "取水、排水、停水"),
}


@dataclass(frozen=True)
class Part:
    """A second-level area; `first` is the number of the one it belongs to, counted from 1."""

    code: str
    first: int
    name: str
    kind: str


@dataclass(frozen=True)
class Listed:
    """What the registers say of enterprise `first` and every `every`-th after it, the values in turn."""

    field: str
    first: int
    every: int
    values: tuple[str, ...]

    def of(self, number: int) -> str:
        """The value for this enterprise; empty if it is not one of them."""
        turn, rest = divmod(number - self.first, self.every)
        return self.values[turn % len(self.values)] if number >= self.first and not rest else ""


@dataclass(frozen=True)
class Problem:
    """An item of the problem list, where the district keeps one; `enterprise`: whose story it comes from."""

    enterprise: int
    department: str
    title: str
    measures: str
    evidence: str


@dataclass(frozen=True)
class Post:
    """Where an officer works: an area, or a unit that has none (`area_code` None)."""

    staff_no: str
    area_code: str | None
    unit: str


@dataclass(frozen=True)
class Cast:
    """A district as the demo shows it. `homes`: area by enterprise number where a story needs it there; `plays`: which
    department does what the stories give to another name; `units`: the unit of each officer who belongs to no area;
    `second_unit`: where the playground's second officer works, if not in the home of enterprise 32; `without`:
    enterprises whose story is not told here; `categories`: by enterprise number, where the handbook's topic is not it.
    """

    profile: Profile
    code: str
    division: str
    elsewhere: str
    window: str
    coordinator: str
    areas: tuple[str, ...]
    shares: tuple[int, ...]
    parts: tuple[Part, ...]
    homes: Mapping[int, str]
    departments: tuple[str, ...]
    plays: Mapping[str, str]
    units: tuple[str, ...]
    second_unit: str
    without: frozenset[int]
    categories: Mapping[int, str]
    industries: Mapping[str, str]
    listed: tuple[Listed, ...]
    problems: tuple[Problem, ...]

    def area_code(self, first: int) -> str:
        """`NH01` of the first-level area so numbered."""
        return f"{self.code}{first:02d}"

    def area_name(self, code: str) -> str:
        """What a first- or second-level area of this code is called."""
        part = next((part.name for part in self.parts if part.code == code), None)
        return part or self.areas[self._first_of(code) - 1]

    def posts(self) -> tuple[Post, ...]:
        """Forty: those of units, then the parts, then every first-level area, one more where it has no parts, and so
        on from the last one backwards."""
        divided = {part.first for part in self.parts}
        firsts = range(1, len(self.areas) + 1)
        codes = [part.code for part in self.parts] + [self.area_code(n) for n in firsts]
        codes += [self.area_code(n) for n in firsts if n not in divided]
        codes.sort(key=lambda code: (code != self.homes[1], code))
        places: list[tuple[str | None, str]] = [(None, unit) for unit in self.units]
        places += [(code, self.areas[self._first_of(code) - 1]) for code in codes]
        for n in range(OFFICERS - len(places)):
            first = len(self.areas) - n % len(self.areas)
            places.append((self.area_code(first), self.areas[first - 1]))
        return tuple(
            Post(f"{self.code}{n:04d}", area, unit) for n, (area, unit) in enumerate(places[:OFFICERS], 1)
        )

    def post_of(self, post: Post) -> str:
        """What people call where an officer works."""
        return self.area_name(post.area_code) if post.area_code else post.unit

    def second_post(self) -> Post:
        """Where the playground's second officer works, who serves enterprise 32."""
        return next(
            post
            for post in self.posts()[1:]
            if (post.unit == self.second_unit if self.second_unit else post.area_code == self.homes[32])
        )

    def _first_of(self, code: str) -> int:
        return int(code.removeprefix(self.code).partition("-")[0])

    def department(self, role: str) -> str:
        """Which department here does what the stories give to this one."""
        return self.plays.get(role, role)

    def expertise(self, department: str) -> tuple[str, str]:
        """(industries, expertise) of a department: of its own name, and of whatever else it stands for."""
        roles = [role for role in ROLES if department == role or self.plays.get(role) == department]
        industries, expertise = zip(*(ROLES[role] for role in roles), strict=True) if roles else ((), ())
        return "，".join(filter(None, industries)), "、".join(expertise)


def cast_of(profile: Profile) -> Cast:
    """Where the demo of this district plays."""
    source = resources.files("app.demo").joinpath("casts", f"{profile.key}.toml")
    data: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8")) if source.is_file() else {}
    code = data.get("code", profile.key[:2].upper())
    areas = tuple(data.get("areas") or profile.coverage.areas or _invented(profile.name))
    parts = _parts(
        code, data.get("parts") or [(1, f"{areas[0]}一网格", "网格"), (1, f"{areas[0]}二网格", "网格")]
    )
    plays = data.get("plays", {})
    without = frozenset(data.get("without", ()))
    departments = [*(data.get("departments") or profile.coverage.departments)]
    told = stories(without)
    departments += [plays.get(role, role) for role in needed_departments(told)]
    return Cast(
        profile=profile,
        code=code,
        division=data.get("division", "120101"),
        elsewhere=data.get("elsewhere", "外区"),
        window=data.get("window", profile.channels[0]),
        coordinator=data.get("coordinator", "专员"),
        areas=areas,
        shares=tuple(data.get("shares") or _even(len(areas))),
        parts=parts,
        homes=_by_number(data["homes"]) if "homes" in data else _homes(told, parts, code),
        departments=tuple(dict.fromkeys(departments)),
        plays=plays,
        units=tuple(data.get("units", ())),
        second_unit=data.get("second_unit", ""),
        without=without,
        categories=_by_number(data.get("categories", {})),
        industries=data.get("industries", {}),
        listed=tuple(
            Listed(row["field"], row["from"], row["every"], tuple(row["values"]))
            for row in data.get("listed", ())
        ),
        problems=tuple(Problem(**row) for row in data.get("problems", ())),
    )


def _invented(district: str) -> list[str]:
    return [f"{district}示例{number}片区" for number in range(1, INVENTED_AREAS + 1)]


def _even(count: int) -> list[int]:
    """As many enterprises in every area, one more in the first ones."""
    return [ENTERPRISES // count + (n < ENTERPRISES % count) for n in range(count)]


def _parts(code: str, rows: list[tuple[int, str, str]]) -> tuple[Part, ...]:
    """Numbered within each first-level area."""
    seen: dict[int, int] = {}
    found = []
    for first, name, kind in rows:
        seen[first] = seen.get(first, 0) + 1
        found.append(Part(f"{code}{first:02d}-{seen[first]}", first, name, kind))
    return tuple(found)


def _homes(told: list[dict[str, Any]], parts: tuple[Part, ...], code: str) -> dict[int, str]:
    """Every enterprise of a story where an officer answers: in the first area or its parts."""
    places = [parts[0].code, parts[1].code, f"{code}01"]
    homes = {story["enterprise"]: places[n % len(places)] for n, story in enumerate(told)}
    return homes | {1: parts[0].code, 32: parts[1].code}


def _by_number(table: Mapping[str, str]) -> dict[int, str]:
    return {int(number): value for number, value in table.items()}
