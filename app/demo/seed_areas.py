"""The demo's officers and coordinators as plain data: who works where in a district's cast (mission A2, A3, A8)."""

from dataclasses import dataclass

from app.demo.cast import Cast
from app.demo.seed_people import COORDINATOR, demo_openid, demo_people

_GIVEN = ("服务", "示例", "样本", "演示", "范例", "测试", "模拟", "虚拟")
_FAMILY = "王张刘陈杨黄赵周吴徐孙马朱胡郭何林罗郑梁"
_COORDINATORS = "孟高田沈唐李曹彭潘于蒋蔡贾丁魏薛叶阎余邓杜"
# Without WeChat yet: their requests go to the hub's queue, they stay answerable.
UNBOUND = frozenset({9, 26, 40})
AWAY, STAND_IN = 7, 6


@dataclass(frozen=True)
class OfficerSeed:
    """One made-up officer; `area_code` None: of a unit that has no area."""

    staff_no: str
    name: str
    area_code: str | None
    unit: str
    phone: str
    public_phone: str
    openid: str | None


@dataclass(frozen=True)
class DepartmentSeed:
    """A department with its coordinator."""

    name: str
    industries: str
    expertise: str
    coordinator: str
    openid: str


def officers(cast: Cast) -> list[OfficerSeed]:
    """The officers of every post, the playground's two among them."""
    known = {person.staff_no: person for person in demo_people(cast) if person.staff_no}
    rows = []
    for n, post in enumerate(cast.posts(), 1):
        person = known.get(post.staff_no)
        name = person.name if person else f"{_FAMILY[n % len(_FAMILY)]}{_GIVEN[(n * 3 + 1) % len(_GIVEN)]}"
        openid = person.openid if person else None if n in UNBOUND else demo_openid(f"officer{n:02d}x")
        phones = (f"1380000{n:04d}", f"022-0000{n:04d}")
        rows.append(OfficerSeed(post.staff_no, name, post.area_code, post.unit, *phones, openid))
    return rows


def departments(cast: Cast) -> list[DepartmentSeed]:
    """Every department; the playground's coordinator is that of the one that builds."""
    rows = []
    for n, name in enumerate(cast.departments, 1):
        industries, expertise = cast.expertise(name)
        family = _COORDINATORS[(n - 1) % len(_COORDINATORS)]
        coordinator, openid = f"{family}{cast.coordinator}", demo_openid(f"department{n:02d}x")
        person = demo_people(cast)[COORDINATOR]
        if person.department == name:
            coordinator, openid = person.name, person.openid
        rows.append(DepartmentSeed(name, industries, expertise, coordinator, openid))
    return rows
