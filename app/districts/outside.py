"""Systems that send requests here and hear what became of them (C2): one declarative mapping each, no code.

None of them publishes an interface, so what they call things is data: their columns, codes and states beside ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.clock import SHANGHAI
from app.districts.sections import one_of
from app.districts.table import Table

KEY = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
STRIPPED_FROM_HEADERS = re.compile(r"[\s*＊:：（）()]")
NEEDED = ("external_number", "content", "enterprise", "contact_name", "contact_phone", "received_at")
OPTIONAL = ("title", "category", "kind", "credit_code", "due_at", "departments", "state")
TICKET_STATES = ("pending", "working", "waiting", "resolved", "closed", "withdrawn")
RESULT_KINDS = ("solved", "explained", "referred", "out_of_scope")
OUT_FIELDS = (
    "external_number", "number", "status", "result_kind", "result", "holder", "due_on", "outside_due_at",
    "changed_at", "step",
)  # fmt: skip


class ClosingRule(StrEnum):
    """When an order is over: with our filing, or only once the other side has confirmed."""

    WITH_OURS = "with_ours"
    AFTER_CONFIRMATION = "after_confirmation"


class Said(StrEnum):
    """What the other side says of a result by the state it gives its order."""

    CONFIRMED = "confirmed"
    REOPENED = "reopened"


class FileFormat(StrEnum):
    """What we write for a system that works with files."""

    CSV = "csv"
    XLSX = "xlsx"


class Encoding(StrEnum):
    """Of the CSV files we write; files we read may have either."""

    UTF_8 = "utf-8"
    GB18030 = "gb18030"


@dataclass(frozen=True)
class OutsideSystem:
    """One system. `columns`: our field → their column names, the first one present counts; `categories`, `kinds`:
    their code → ours; `states`, `results`: ours → theirs; `said`: their state → what it means for our result;
    `out`: their column → our field, in the order of the file we write."""

    key: str
    name: str
    channel: str
    closing: ClosingRule
    date_formats: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    categories: Mapping[str, str]
    kinds: Mapping[str, str]
    states: Mapping[str, str]
    results: Mapping[str, str]
    said: Mapping[str, Said]
    out: Mapping[str, str]
    file_format: FileFormat
    encoding: Encoding
    clause: str

    def state_of(self, status: str, *, is_confirmed: bool) -> str:
        """What they call where our ticket stands; filed here is only resolved while they have yet to confirm."""
        waits = self.closing is ClosingRule.AFTER_CONFIRMATION and status == "closed" and not is_confirmed
        return self.states.get("resolved" if waits else status, status)

    def moment(self, text: str, *, is_deadline: bool = False) -> datetime | None:
        """Their way of writing a time, in China; a deadline that names a day only lasts until that day ends."""
        for form in self.date_formats:
            try:
                found = datetime.strptime(text, form).replace(tzinfo=SHANGHAI)
            except ValueError:
                continue
            ends = is_deadline and "%H" not in form
            return found.replace(hour=23, minute=59, second=59) if ends else found
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
        return found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)


def systems(tables: list[Table]) -> tuple[OutsideSystem, ...]:
    """`[[systems]]`, each checked for itself; `system_faults` checks it against the rest of the profile."""
    return tuple(_system(table) for table in tables)


def _system(table: Table) -> OutsideSystem:
    file = table.table("file")
    system = OutsideSystem(
        key=table.text("key"),
        name=table.text("name"),
        channel=table.text("channel"),
        closing=one_of(table, "closing", ClosingRule, ClosingRule.WITH_OURS),
        date_formats=table.texts("date_formats"),
        columns=_columns(table.table("columns")),
        categories=table.words("categories"),
        kinds=table.words("kinds"),
        states=_complete(table, "states", TICKET_STATES),
        results=_complete(table, "results", RESULT_KINDS),
        said=_said(table),
        out=_out(table),
        file_format=one_of(file, "format", FileFormat, FileFormat.CSV),
        encoding=one_of(file, "encoding", Encoding, Encoding.UTF_8),
        clause=table.text("clause"),
    )
    file.finish()
    if system.key and not KEY.fullmatch(system.key):
        table.fault("key", "用 2–32 个小写字母、数字或连字符，和发密钥时的系统名一致")
    wrong = [form for form in system.date_formats if not _is_date_format(form)]
    if wrong:
        table.fault("date_formats", f"{'、'.join(wrong)} 不是日期写法，应像 %Y-%m-%d %H:%M:%S")
    _check_closing(table, system)
    table.finish()
    return system


def _columns(table: Table) -> dict[str, tuple[str, ...]]:
    columns = {field: table.texts(field) for field in NEEDED}
    columns |= {field: table.texts(field, default=[]) for field in OPTIONAL}
    for field, names in columns.items():
        strange = [name for name in names if STRIPPED_FROM_HEADERS.search(name)]
        if strange:
            table.fault(
                field, f"{'、'.join(strange)}：列名里的空格、括号、星号、冒号读表时会去掉，这里也不要写"
            )
    known = [name for names in columns.values() for name in names]
    repeated = sorted({name for name in known if known.count(name) > 1})
    if repeated:
        table.fault("external_number", f"同一列写到了两项里：{'、'.join(repeated)}")
    table.finish()
    return columns


def _complete(table: Table, key: str, wanted: tuple[str, ...]) -> Mapping[str, str]:
    """Every one of ours needs a word of theirs: a state without one would go out as a code nobody reads."""
    words = table.words(key)
    missing = [name for name in wanted if name not in words]
    strange = [name for name in words if name not in wanted]
    if missing:
        table.fault(key, f"还缺 {'、'.join(missing)}")
    if strange:
        table.fault(key, f"没有 {'、'.join(strange)}，只有 {'、'.join(wanted)}")
    return words


def _said(table: Table) -> dict[str, Said]:
    words = table.words("said", default={})
    strange = [word for word in words.values() if word not in set(Said)]
    if strange:
        table.fault("said", f"{'、'.join(strange)} 不是 {'、'.join(Said)} 之一")
    return {state: Said(word) for state, word in words.items() if word in set(Said)}


def _out(table: Table) -> Mapping[str, str]:
    words = table.words("out")
    strange = [field for field in words.values() if field not in OUT_FIELDS]
    if strange:
        table.fault("out", f"没有 {'、'.join(strange)} 这一项，可用：{'、'.join(OUT_FIELDS)}")
    if words and "external_number" not in words.values():
        table.fault("out", "要有对方单号（external_number），不然对方对不上")
    return words


def _check_closing(table: Table, system: OutsideSystem) -> None:
    if system.closing is not ClosingRule.AFTER_CONFIRMATION:
        return
    if Said.CONFIRMED not in system.said.values() or not system.columns["state"]:
        table.fault("closing", "要等对方确认的，columns.state 和 said 里 confirmed 的一种状态都要写")


def _is_date_format(form: str) -> bool:
    moment = datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI)
    try:
        return datetime.strptime(moment.strftime(form), form).date() == moment.date()  # noqa: DTZ007 - a check
    except ValueError:
        return False


def system_faults(
    found: tuple[OutsideSystem, ...],
    *,
    channels: tuple[str, ...],
    categories: tuple[str, ...],
    kinds: tuple[str, ...],
) -> list[str]:
    """What the mappings say that the district does not know."""
    faults = []
    keys = [system.key for system in found]
    if len(set(keys)) != len(keys):
        faults.append("systems：两个系统用了同一个 key")
    for number, system in enumerate(found, start=1):
        if system.channel not in channels:
            faults.append(f"systems[{number}].channel：{system.channel} 不在 requests.channels 里")
        for part, words, known in (
            ("categories", system.categories, categories),
            ("kinds", system.kinds, kinds),
        ):
            strange = sorted({ours for ours in words.values() if ours not in known})
            if strange:
                faults.append(f"systems[{number}].{part}：{'、'.join(strange)} 不在 requests.{part} 里")
    return faults
