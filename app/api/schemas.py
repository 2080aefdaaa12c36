"""What goes over the wire. Descriptions are read by the people of other systems, so they are Chinese."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from stdnum.cn import uscc


def storable(value: str) -> str:
    """Text that every database keeps; ValueError for NUL and halves of characters."""
    if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("含有不能保存的字符（空字符或半个字），请检查编码")
    return value


def in_our_time(value: datetime) -> datetime:
    """A moment of this century; what lies far outside is a slip, and no database could keep it."""
    if not 2000 <= value.year < 2100:
        raise ValueError("年份不对，请核对")
    return value


def with_its_plus(value: Any) -> Any:
    """`2026-11-20T09:30:00+08:00` as it arrives in an address that did not write `+` as `%2B`."""
    return re.sub(r" (?=\d\d:?\d\d$)", "+", value) if isinstance(value, str) and "T" in value else value


Moment = Annotated[AwareDatetime, AfterValidator(in_our_time)]
MomentInAddress = Annotated[Moment, BeforeValidator(with_its_plus)]
Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(storable)]
MOST_ATTACHMENTS = 5
PHONE = r"^[0-9+()（）\- ]{5,20}$"


class Strict(BaseModel):
    """Unknown fields are a fault: a misspelt name must not be lost in silence. `null` is what was left out."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {name: value for name, value in values.items() if value is not None or name not in optional}


class EnterpriseIn(Strict):
    """诉求主体。"""

    credit_code: Annotated[Text, Field(default="", description="统一社会信用代码，18 位；没有就留空")]
    name: Annotated[Text, Field(min_length=1, max_length=128, description="企业或个体工商户名称")]

    @field_validator("credit_code")
    @classmethod
    def _is_code(cls, value: str) -> str:
        if value and not uscc.is_valid(value):
            raise ValueError("统一社会信用代码校验不通过，请核对 18 位代码；没有代码就不要填")
        return uscc.compact(value).upper() if value else ""


class ContactIn(Strict):
    """联系人。"""

    name: Annotated[Text, Field(min_length=1, max_length=64)]
    phone: Annotated[
        Text,
        Field(
            pattern=PHONE, description="电话，5–20 位", json_schema_extra={"pattern": PHONE, "maxLength": 20}
        ),
    ]


class AttachmentIn(Strict):
    """附件：图片或 PDF，内容以 base64 放在正文里（不接受网址）。"""

    name: Annotated[Text, Field(min_length=1, max_length=120)]
    content: Annotated[str, Field(description="base64")]


class TicketIn(Strict):
    """一件诉求。"""

    external_number: Annotated[
        Text, Field(min_length=1, max_length=64, description="贵方单号，同一系统内唯一")
    ]
    channel: Annotated[
        Text, Field(max_length=32, description="来源渠道，须是本区受理渠道之一；可以只写开头，如 12345")
    ]
    category: Annotated[Text, Field(default="", max_length=32, description="本区诉求类别之一；不确定就留空")]
    title: Annotated[Text, Field(default="", max_length=120)]
    content: Annotated[Text, Field(min_length=2, max_length=4000, description="诉求原文")]
    enterprise: EnterpriseIn
    contact: ContactIn
    received_at: Annotated[Moment, Field(description="贵方受理时间，带时区")]
    due_at: Annotated[Moment | None, Field(default=None, description="贵方办理时限，带时区")]
    departments: Annotated[list[Text], Field(default=[], max_length=10, description="贵方认为应办理的部门")]
    attachments: Annotated[list[AttachmentIn], Field(default=[], max_length=MOST_ATTACHMENTS)]


class TimelineOut(BaseModel):
    """办理过程的一步。"""

    at: datetime
    title: str
    who: str
    note: str


class EnterpriseOut(BaseModel):
    """对上的主体；`matched` 为假表示名录里没有找到。"""

    name: str
    matched: bool


class TicketOut(BaseModel):
    """工单现在的样子。"""

    number: str = Field(description="本平台单号")
    external_number: str
    channel: str
    status: str
    status_name: str
    category: str
    title: str
    enterprise: EnterpriseOut
    step: str = Field(description="办理层级")
    holder: str = Field(description="现在由谁办")
    opened_at: datetime
    updated_at: datetime
    due_on: date = Field(description="本区办理时限（日）")
    due_is_provisional: bool = Field(description="跨未公布放假安排的年份时为真，公布后可能重算")
    outside_due_at: datetime | None = Field(description="贵方办理时限")
    outside_status: str = Field(description="按本区配置的对照，贵方怎么称呼这个状态；没有对照为空")
    result_kind: str
    result: str
    satisfaction: int | None = Field(description="企业评价 1–5；没有评价为空")
    timeline: list[TimelineOut]


class TicketList(BaseModel):
    """一页工单；`next_cursor` 为空表示没有了。"""

    items: list[TicketOut]
    next_cursor: str


class QueryIn(Strict):
    """一个问题。"""

    query: Annotated[Text, Field(min_length=1, max_length=500)]


class AnswerEntry(BaseModel):
    """一条应答手册条目。"""

    id: str
    title: str
    score: float
    summary: str
    department: str
    url: str


class AnswerOut(BaseModel):
    """应答手册怎么说：只含对外公开的条目。"""

    decision: str
    confidence: float
    entries: list[AnswerEntry]


class FaultOut(BaseModel):
    """一处要改的地方。"""

    field: str
    message: str


class ErrorOut(BaseModel):
    """出错时的统一格式：一句话说明该怎么办，逐项列出要改的地方。"""

    message: str
    faults: list[FaultOut] = []


ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorOut, "description": "没有密钥，或密钥无效"},
    403: {"model": ErrorOut, "description": "密钥没有这项权限"},
    400: {"model": ErrorOut, "description": "内容有误，message 说明怎么改"},
    413: {"model": ErrorOut, "description": "正文过大"},
    422: {"model": ErrorOut, "description": "内容有误，逐项列出"},
    429: {"model": ErrorOut, "description": "请求太频繁，按 Retry-After 的秒数等一等"},
}
