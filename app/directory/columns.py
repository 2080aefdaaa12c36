"""Which header means which field, for the four roster files (contract: Files), and what a cell may hold."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from app.directory.sheets import Sheet, UnreadableFileError
from app.districts.statuses import GONE as GONE
from app.districts.statuses import STATUSES

ENTERPRISE_KINDS = ("企业", "个体工商户", "农民专业合作社")
AREA_KINDS = ("一级片区", "二级片区", "网格", "楼宇", "行业条口")


class RowFault(Exception):  # the outcome of one row, not an error of the program
    """This row cannot be taken; the text says why and what to do."""


@dataclass(frozen=True)
class Column:
    """One field: its contract header, other spellings, longest value, and how a cell becomes a value."""

    field: str
    header: str
    others: tuple[str, ...] = ()
    limit: int = 64
    is_required: bool = False
    read: Callable[[str], str] = str


def credit_code(text: str) -> str:
    """A checked 统一社会信用代码 (GB 32100): 18 characters, upper case."""
    compact = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    try:
        return str(uscc.validate(compact))
    except ValidationError:
        shown = compact if len(compact) <= 20 else compact[:20] + "…"
        raise RowFault(f"统一社会信用代码不对（{shown}）：应是 18 位且校验位相符") from None


def phone(text: str) -> str:
    """A telephone number without ornaments."""
    compact = re.sub(r"[\s()（）]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86")
    if compact and not re.fullmatch(r"[0-9][0-9\-/、,;]{4,30}", compact):
        raise RowFault(f"电话不对：{text}")
    return compact


def area_code(text: str) -> str:
    """The code of an area: it stands in the address of the area's public page and in its QR code."""
    if re.search(r"[\s/\\?#%&+<>\"']", text):
        raise RowFault(f"编码「{text[:20]}」里有空格或符号，放不进片区页的网址：请只用字母、数字、汉字和 -")
    return text


def _choice(label: str, allowed: tuple[str, ...], synonyms: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        value = synonyms.get(text, text)
        if value not in allowed:
            raise RowFault(f"{label}「{text}」不认识：应是{'、'.join(allowed)}")
        return value

    return read


_KIND = _choice(
    "类型",
    ENTERPRISE_KINDS,
    {
        "公司": "企业",
        "法人企业": "企业",
        "个体": "个体工商户",
        "个体户": "个体工商户",
        "合作社": "农民专业合作社",
    },
)
_STATUS = _choice(
    "经营状态",
    STATUSES,
    {
        "存续": "正常",
        "在业": "正常",
        "开业": "正常",
        "在营": "正常",
        "存续（在营、开业、在册）": "正常",
        "歇业": "停业",
        "僵尸": "僵尸企业",
    },
)
_AREA_KIND = _choice("类型", AREA_KINDS, {"片区": "一级片区", "街镇": "一级片区", "园区": "一级片区"})

ENTERPRISES = (
    Column(
        "credit_code", "统一社会信用代码", ("信用代码", "社会信用代码", "统一代码"), 18, True, credit_code
    ),
    Column("name", "名称", ("企业名称", "主体名称", "市场主体名称", "经营主体名称", "单位名称"), 128, True),
    Column("kind", "类型", ("主体类型", "企业类型"), 16, True, _KIND),
    Column("industry", "行业", ("所属行业", "行业类别")),
    Column("address", "地址", ("住所", "经营场所", "注册地址", "经营地址"), 200),
    Column("area", "片区", ("所属片区", "街镇", "所属街镇", "一级片区")),
    Column("grid", "网格", ("所属网格", "二级片区")),
    Column("status", "经营状态", ("状态", "登记状态"), 16, False, _STATUS),
    Column("legal_representative", "法定代表人", ("法人", "法人代表", "经营者", "负责人")),
    Column("contact_name", "联系人", ("联络人",)),
    Column("contact_phone", "联系电话", ("电话", "手机", "联系方式", "手机号"), 32, False, phone),
    Column("building", "楼宇园区", ("楼宇", "园区")),
    Column("promotion_department", "招商部门"),
    Column("key_service", "双万双服包保", ("双万双服",)),
    Column("leader", "包联领导", ("包保领导", "联系领导")),
    Column("officer", "为企服务人员", ("服务人员", "服务专员", "服务员", "包联人员")),
    Column("scale", "规模", ("企业规模",), 16),
    Column("stage", "发展阶段", ("阶段",), 16),
    Column("chain", "产业链", ("所属产业链",)),
)
OFFICERS = (
    Column("staff_no", "工号", ("编号", "人员编号"), 32, True),
    Column("name", "姓名", (), 64, True),
    Column("phone", "手机", ("手机号", "电话", "联系电话"), 32, False, phone),
    Column("area", "片区", ("所属片区", "街镇")),
    Column("grid", "网格", ("所属网格",)),
    Column("duty", "职责", ("服务职责", "职务"), 200),
    Column("stand_in", "代理人", ("代办人", "AB角", "B角")),
    Column("unit", "单位", ("所在单位", "工作单位")),
    Column("standing", "身份", ("人员身份", "人员性质")),
    Column("public_phone", "公开电话", ("办公电话", "对外电话"), 32, False, phone),
)
DEPARTMENTS = (
    Column("department", "部门", ("部门名称", "单位"), 64, True),
    Column("name", "协调专员", ("联络员", "首席帮办", "专员", "姓名")),
    Column("phone", "手机", ("手机号", "联系电话"), 32, False, phone),
    Column("expertise", "专长", ("擅长领域", "负责事项", "领域"), 500),
    Column("office_phone", "办公电话", ("座机", "公开电话"), 32, False, phone),
    Column("industries", "行业", ("主管行业",), 500),
)
AREAS = (
    Column("code", "编码", ("片区编码", "代码"), 32, True, area_code),
    Column("name", "名称", ("片区名称",), 64, True),
    Column("parent_code", "上级编码", ("上级", "上级片区编码"), 32),
    Column("kind", "类型", ("片区类型",), 16, True, _AREA_KIND),
    Column("bounds", "四至范围", ("四至", "范围"), 1000),
    Column("leader", "分管领导", ("包联领导", "包片领导")),
    Column("district_leader", "包保领导", ("包保区领导", "包联区领导")),
    Column("section", "责任科室", ("科室",)),
)
ROSTERS: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {"enterprises": ENTERPRISES, "officers": OFFICERS, "departments": DEPARTMENTS, "areas": AREAS}
)


_STORED_AS = {"area_code": "area"}


def header_of(kind: str, field: str) -> str:
    """The contract's header of a stored field, for people."""
    wanted = _STORED_AS.get(field, field)
    return next((column.header for column in ROSTERS[kind] if column.field == wanted), field)


def recognise(sheet: Sheet, columns: tuple[Column, ...]) -> tuple[dict[str, Column], list[str]]:
    """Header → column, and the headers nobody knows. Raises UnreadableFileError if a required one is missing."""
    known = {name: column for column in columns for name in (column.header, *column.others)}
    found: dict[str, Column] = {}
    for header in sorted(sheet.headers, key=lambda name: _is_synonym(name, columns)):
        column = known.get(header)
        if column is not None and column not in found.values():
            found[header] = column
    missing = [column.header for column in columns if column.is_required and column not in found.values()]
    if missing:
        raise UnreadableFileError(f"缺少列：{'、'.join(missing)}。表头是：{'、'.join(sheet.headers)}")
    return found, [name for name in sheet.headers if name and name not in found]


def _is_synonym(name: str, columns: tuple[Column, ...]) -> bool:
    """Contract headers are taken before their synonyms: a file may have 手机 and 联系电话."""
    return name not in {column.header for column in columns}


def read_values(cells: Mapping[str, str], found: Mapping[str, Column]) -> dict[str, str]:
    """The filled-in values of one row by field; a blank cell is absent. Raises RowFault."""
    values = {}
    for header, column in found.items():
        cell = cells.get(header, "")
        if not cell or cell in ("-", "—", "/", "无"):
            continue
        value = column.read(cell)
        if len(value) > column.limit:
            raise RowFault(f"「{header}」超过 {column.limit} 个字")
        values[column.field] = value
    absent = [column.header for column in found.values() if column.is_required and column.field not in values]
    if absent:
        raise RowFault(f"缺少{'、'.join(absent)}")
    return values
