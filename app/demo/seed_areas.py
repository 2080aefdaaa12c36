"""The demo's areas, officers, departments and coordinators as plain data (mission A2: NH's 17 areas)."""

from dataclasses import dataclass

from app.demo.seed_people import DEMO_PEOPLE, demo_openid

FIRST_LEVEL = (
    "芦台街道", "桥北街道", "宁河镇", "苗庄镇", "丰台镇", "岳龙镇", "板桥镇", "潘庄镇", "造甲城镇", "七里海镇",
    "大北涧沽镇", "东棘坨镇", "北淮淀镇", "俵口镇", "廉庄镇", "经济开发区", "现代产业区",
)  # fmt: skip
# (number of the first-level area, name, kind)
SECOND_LEVEL = (
    (1, "芦台街道一片区", "二级片区"),
    (1, "芦台街道二片区", "二级片区"),
    (1, "芦台街道商务楼宇", "楼宇"),
    (2, "桥北街道一片区", "二级片区"),
    (2, "桥北街道新区网格", "网格"),
    (8, "潘庄镇工业区网格", "网格"),
    (10, "七里海镇湿地网格", "网格"),
    (16, "开发区东区", "二级片区"),
    (16, "开发区西区", "二级片区"),
    (17, "产业区食品板块", "行业条口"),
    (17, "产业区装备板块", "行业条口"),
)
# The share of enterprises per first-level area, out of 300: towns are smaller than parks and streets.
WEIGHTS = (46, 34, 16, 10, 12, 8, 10, 22, 12, 14, 10, 12, 10, 8, 12, 34, 30)

_GIVEN = ("服务", "示例", "样本", "演示", "范例", "测试", "模拟", "虚拟")
_FAMILY = "王张刘陈杨黄赵周吴徐孙马朱胡郭何林罗郑梁"
OFFICERS = 40
# Without WeChat yet: their requests go to the hub's queue, they stay answerable.
UNBOUND = frozenset({"NH0009", "NH0026", "NH0040"})
AWAY = "NH0007"


@dataclass(frozen=True)
class OfficerSeed:
    """One made-up officer."""

    staff_no: str
    name: str
    area_code: str
    phone: str
    public_phone: str
    openid: str | None


@dataclass(frozen=True)
class DepartmentSeed:
    """A department with its coordinator."""

    name: str
    industries: str
    coordinator: str
    expertise: str


def area_code(first: int, second: int = 0) -> str:
    """`NH01`, or `NH01-2` for a part of it."""
    return f"NH{first:02d}-{second}" if second else f"NH{first:02d}"


def second_level_codes() -> list[tuple[str, int, str, str]]:
    """(code, number of the first-level area, name, kind), numbered within each area."""
    seen: dict[int, int] = {}
    rows = []
    for first, name, kind in SECOND_LEVEL:
        seen[first] = seen.get(first, 0) + 1
        rows.append((area_code(first, seen[first]), first, name, kind))
    return rows


def officers() -> list[OfficerSeed]:
    """Forty officers: at least two in every first-level area, the first ones in its parts."""
    places = [code for code, *_ in second_level_codes()]
    places += [area_code(first) for first in range(1, len(FIRST_LEVEL) + 1)]
    places += [area_code(first) for first in range(3, 16) if first not in (8, 10)]
    places = sorted(places, key=lambda code: (code != area_code(1, 1), code))[:OFFICERS] + [
        area_code(17)
    ] * max(0, OFFICERS - len(places))
    known = {person.staff_no: person for person in DEMO_PEOPLE if person.staff_no}
    rows = []
    for n, place in enumerate(places, 1):
        staff_no = f"NH{n:04d}"
        person = known.get(staff_no)
        name = person.name if person else f"{_FAMILY[n % len(_FAMILY)]}{_GIVEN[(n * 3 + 1) % len(_GIVEN)]}"
        openid = person.openid if person else None if staff_no in UNBOUND else demo_openid(f"officer{n:02d}x")
        rows.append(OfficerSeed(staff_no, name, place, f"1380000{n:04d}", f"022-0000{n:04d}", openid))
    return rows


def department_openid(number: int) -> str:
    """The openid of the coordinator of the n-th department, counted from 1."""
    name = DEPARTMENTS[number - 1].name
    person = next((person for person in DEMO_PEOPLE if person.department == name), None)
    return person.openid if person else demo_openid(f"department{number:02d}x")


DEPARTMENTS = (
    DepartmentSeed("政务服务办", "", "孟专员", "综合窗口、帮办代办"),
    DepartmentSeed("市场监管局", "食品，药品，特种设备", "高专员", "登记注册、食品许可、信用修复"),
    DepartmentSeed("税务局", "", "田专员", "发票、优惠、退税"),
    DepartmentSeed("人社局", "", "沈专员", "社保、用工、劳动关系"),
    DepartmentSeed("医保局", "", "唐专员", "职工医保、生育保险"),
    DepartmentSeed("住建委", "建筑业，房地产", "李专员", "施工许可、道路占掘、物业"),
    DepartmentSeed("规划资源局", "", "曹专员", "用地、规划许可、不动产登记"),
    DepartmentSeed("城管委", "", "彭专员", "户外广告、占道、垃圾清运"),
    DepartmentSeed("生态环境局", "", "潘专员", "环评、排污许可、噪声油烟"),
    DepartmentSeed("应急局", "危险化学品", "于专员", "安全生产许可、隐患整改"),
    DepartmentSeed("消防救援支队", "", "蒋专员", "开业前消防检查"),
    DepartmentSeed("卫健委", "", "蔡专员", "卫生许可、医疗机构"),
    DepartmentSeed("发改委", "", "贾专员", "项目备案、电价"),
    DepartmentSeed("工信局", "制造业", "丁专员", "技改补贴、专精特新"),
    DepartmentSeed("科技局", "", "魏专员", "高新技术企业、研发费用"),
    DepartmentSeed("商务局", "商贸，外贸", "薛专员", "外贸、促消费、加油站"),
    DepartmentSeed("农业农村委", "农业", "叶专员", "合作社、农机补贴、设施农用地"),
    DepartmentSeed("交通局", "运输", "阎专员", "道路运输许可、货车通行"),
    DepartmentSeed("金融办", "", "余专员", "融资对接、担保"),
    DepartmentSeed("供电公司", "", "潘经理", "用电报装、停电"),
    DepartmentSeed("水务局", "", "杜专员", "取水、排水、停水"),
)
