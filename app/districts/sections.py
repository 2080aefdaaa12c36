"""Parsing of the profile's sections that `rules` describes; faults are collected by the table."""

from enum import StrEnum
from typing import TypeVar

from app.districts.rules import (
    CoHandling,
    Coverage,
    Feedback,
    Grouping,
    Handoffs,
    OwnChannels,
    Passing,
    Rectification,
    RoutingBy,
    RoutingLayer,
    RoutingTable,
)
from app.districts.statuses import STATUSES
from app.districts.table import Table

E = TypeVar("E", bound=StrEnum)
TABLED = (RoutingBy.INDUSTRY, RoutingBy.KIND)


def co_handling(table: Table | None) -> CoHandling | None:
    """`[co_handling]`, absent where no channel asks for it."""
    if table is None:
        return None
    rule = CoHandling(table.texts("channels"), table.text("clause"))
    table.finish()
    return rule


def own_channels(table: Table | None) -> OwnChannels | None:
    """`[own_channels]`, absent where departments have no channels of their own."""
    if table is None:
        return None
    rule = OwnChannels(table.texts("channels"), table.text("clause"))
    table.finish()
    return rule


def handoffs(table: Table) -> Handoffs:
    """`[handoffs]`."""
    rule = Handoffs(
        destinations=table.texts("destinations"),
        chase_working_days=table.number("chase_working_days", minimum=1, maximum=60),
        clause=table.text("clause"),
    )
    table.finish()
    return rule


def feedback(table: Table) -> Feedback:
    """`[feedback]`."""
    rule = Feedback(
        is_monthly=table.flag("monthly"),
        sample_per_group=table.number("sample_per_group", minimum=1, maximum=10_000),
        grouped_by=one_of(table, "grouped_by", Grouping, Grouping.CATEGORY),
        callback_working_days=table.number("callback_working_days", minimum=1, maximum=30),
        rates_officer=table.flag("rates_officer"),
        contacts_per_month=table.number("contacts_per_month", minimum=1, maximum=100),
        clause=table.text("clause"),
    )
    table.finish()
    return rule


def coverage(table: Table) -> Coverage:
    """`[coverage]`; `areas` and `departments` may be absent where the document lists none."""
    rule = Coverage(
        statuses=table.texts("statuses"),
        most_per_officer=table.number("most_per_officer", minimum=1, maximum=100_000),
        areas=table.texts("areas", default=[]),
        departments=table.texts("departments", default=[]),
        clause=table.text("clause"),
    )
    unknown = [name for name in rule.statuses if name not in STATUSES]
    if unknown:
        table.fault("statuses", f"{'、'.join(unknown)} 不是 {'、'.join(STATUSES)} 之一")
    table.finish()
    return rule


def rectification(table: Table | None) -> Rectification | None:
    """`[rectification]`, absent where a district keeps no problem list."""
    if table is None:
        return None
    rule = Rectification(
        categories=table.texts("categories", default=[]),
        steps=table.texts("steps", default=[]),
        working_days=table.number("working_days", minimum=1, maximum=250),
        sample_percent=table.number("sample_percent", minimum=1, maximum=100),
        refer_to=table.text("refer_to"),
        clause=table.text("clause"),
    )
    table.finish()
    return rule


def passing(table: Table | None) -> Passing | None:
    """`[passing]`, absent where the document names nobody to whom buck-passing is handed over."""
    if table is None:
        return None
    rule = Passing(
        refer_to=table.texts("refer_to"),
        times_from=table.number("times_from", minimum=1, maximum=20),
        clause=table.text("clause"),
    )
    table.finish()
    return rule


def routing(tables: list[Table]) -> tuple[RoutingLayer, ...]:
    """`[[routing]]`, in order; a layer by industry or kind carries its table of values and units."""
    return tuple(_layer(table) for table in tables)


def _layer(table: Table) -> RoutingLayer:
    by = one_of(table, "by", RoutingBy, RoutingBy.AREA)
    lines = table.optional_tables("table")
    if (by in TABLED) != bool(lines):
        table.fault("table", "按行业或类型分派的一层要写对照表，其他各层不写")
    layer = RoutingLayer(
        name=table.text("name"),
        by=by,
        table=tuple(_line(line) for line in lines),
        clause=table.text("clause"),
    )
    table.finish()
    return layer


def _line(table: Table) -> RoutingTable:
    line = RoutingTable(table.texts("values"), table.text("unit"), table.text("clause"))
    table.finish()
    return line


def one_of(table: Table, key: str, kinds: type[E], otherwise: E) -> E:
    """The member of an enumeration that a text names; a fault lists what is known."""
    value = table.text(key)
    if value in set(kinds):
        return kinds(value)
    table.fault(key, f"应是 {'、'.join(kinds)} 之一")
    return otherwise
