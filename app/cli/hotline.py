"""`qiying tickets`: orders of the hotline: both deadlines, 督办 of all that are old, 退单, 清零 (BH 2(2)4, C10)."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.office import AsJson, By, Office, day_of, hub_person, office
from app.cli.office import show as show_answer

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from app.api.orders import OpenOrder
    from app.reports.clearance import Clearance

HOTLINE = "12345热线"
BATCH = 50
Channel = Annotated[str, typer.Option("--channel", help="来源渠道")]


def register(app: typer.Typer) -> None:
    """Add the commands to `qiying tickets`."""
    app.command("hotline")(hotline)
    app.command("supervise-before")(supervise_before)
    app.command("returns")(returns)
    app.command("clearance")(clearance)


def hotline(
    channel: Channel = HOTLINE,
    late: Annotated[bool, typer.Option("--late", help="只看超期的（本区或对方时限）")] = False,
    as_json: AsJson = False,
) -> None:
    """没有办结的热线工单：对方时限和本区时限并排，最急的在前。"""
    from app.api.orders import open_orders

    with office() as desk, desk.db.reading() as session:
        _known_channel(desk, channel)
        found = open_orders(session, channel=channel, rules=desk.rules, now=desk.now)
    shown = [order for order in found if not late or order.is_late or order.is_late_outside]
    lines = [_order_line(order) for order in shown] or ["没有符合条件的工单。"]
    show_answer([asdict(order) for order in shown], lines, as_json=as_json)


def supervise_before(
    day: Annotated[
        str, typer.Argument(metavar="日期", help="这一天及以前收到、还没办结的", show_default=False)
    ],
    by: By,
    note: Annotated[str, typer.Option("--note", help="为什么督办", show_default=False)],
    channel: Annotated[str, typer.Option("--channel", help="只督办这个渠道的；不写是全部")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="列入督办清单；不加只看有哪些")] = False,
    as_json: AsJson = False,
) -> None:
    """把某天以前没办结的一次全部列入督办清单，承办人都会收到通知；先看有哪些。"""
    from app import audit
    from app.tickets import supervising

    actor = hub_person(by)
    with office() as desk:
        if channel:
            _known_channel(desk, channel)
        with desk.db.reading() as session:
            found = supervising.open_since(session, day_of(day), channel=channel)
        done = []
        for start in range(0, len(found) if apply else 0, BATCH):
            ids = [ticket.id or 0 for ticket in found[start : start + BATCH]]
            with desk.db.transaction() as session:
                batch = supervising.supervise_all(
                    session, ids, actor, note=note, rules=desk.rules, now=desk.now
                )
                for item in batch:
                    audit.record(
                        session, at=desk.now, actor_kind=actor.kind.value, actor=actor.id,
                        action="cli.ticket.supervise", target=f"ticket:{item.number}", succeeded=not item.fault,
                    )  # fmt: skip
                done += batch
    rows = [asdict(item) for item in done] if apply else [{"number": ticket.number} for ticket in found]
    lines = [f"{item.number} {item.fault or '已列入督办清单'}" for item in done] or [
        ticket.number for ticket in found
    ]
    lines.append(f"共 {len(found)} 件" + ("。" if apply else "，只看，没有督办；确认后加 --apply。"))
    show_answer(rows, lines, as_json=as_json)


def returns(
    since: Annotated[str, typer.Option("--from", help="从哪天", show_default=False)],
    until: Annotated[str, typer.Option("--to", help="到哪天（含）", show_default=False)],
    channel: Channel = HOTLINE,
    by: Annotated[
        str, typer.Option("--by", help="按 department 部门、officer 服务人员、area 一级片区")
    ] = "department",
    as_json: AsJson = False,
) -> None:
    """退单：各单位接手几件、退回几件、退单率（算在退回的一方名下）。"""
    from sqlmodel import col

    from app.errors import AppError
    from app.reports import gathering
    from app.reports.period import Period
    from app.tickets.models import Ticket

    if by not in gathering.GROUPINGS:
        raise AppError(f"--by 应是 {'、'.join(gathering.GROUPINGS)} 之一")
    period = Period(day_of(since), day_of(until))
    with office() as desk, desk.db.reading() as session:
        _known_channel(desk, channel)
        found = gathering.stories(session, period, desk.now, col(Ticket.channel) == channel)
        known = gathering.names(session, desk.rules.profile.hub.name)
        lines = gathering.lines(found, by, period, desk.now, known)
    kept = [line for line in lines if line.counts["received"] or line.counts["returned"]]
    rows = [
        {
            "unit": line.name,
            "received": line.counts["received"],
            "returned": line.counts["returned"],
            "rate": line.rate("return_rate"),
        }
        for line in kept
    ]
    texts = [
        f"{row['unit']}  接手 {row['received']}  退回 {row['returned']}  退单率 {row['rate']}%"
        for row in rows
    ]
    show_answer(rows, texts or ["这段时间没有接手或退回。"], as_json=as_json)


def clearance(
    open_on: Annotated[
        str, typer.Argument(metavar="那一天", help="那天还没办结的算在内", show_default=False)
    ],
    settled_by: Annotated[
        str, typer.Argument(metavar="到哪天", help="到这天办结的算清零", show_default=False)
    ],
    channel: Channel = HOTLINE,
    file: Annotated[Path | None, typer.Option("--xlsx", help="写成一份 XLSX", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """清零：某天没办结的工单，到另一天办结了多少，各单位一行，还没办结的列出来。"""
    from app.errors import AppError
    from app.reports import book
    from app.reports.clearance import clearance as count
    from app.reports.clearance import tables

    first, last = day_of(open_on), day_of(settled_by)
    if last < first:
        raise AppError("后一个日期应在前一个之后")
    with office() as desk, desk.db.reading() as session:
        _known_channel(desk, channel)
        hub = desk.rules.profile.hub.name
        report = count(session, channel=channel, open_on=first, settled_by=last, now=desk.now, hub=hub)
        content = book.write(tables(session, report)) if file is not None else b""
    if file is not None:
        file.write_bytes(content)
    _show_clearance(report, file, as_json=as_json)


def _show_clearance(report: "Clearance", file: Path | None, *, as_json: bool) -> None:
    lines = [*report.lines, *([report.total] if report.total else [])]
    rows = [asdict(line) | {"still_open": line.still_open, "percent": line.percent} for line in lines]
    texts = [
        f"{line.unit}  当日未办结 {line.was_open}  已办结 {line.settled}  未办结 {line.still_open}  清零率 {line.percent}%"
        for line in lines
    ] or ["那天没有未办结的工单。"]
    texts += [f"还没办结：{story.basis.number} {report.known.party(story.party)}" for story in report.left]
    if file is not None:
        texts.append(f"已写到 {file}")
    show_answer(rows, texts, as_json=as_json)


def _order_line(order: "OpenOrder") -> str:
    from app.clock import local_text

    theirs = local_text(order.outside_due_at) if order.outside_due_at else "没有写"
    marks = [
        word
        for word, is_set in (
            ("本区超期", order.is_late),
            ("对方超期", order.is_late_outside),
            ("督办", order.is_supervised),
            (f"退回过 {order.returned_count} 次", bool(order.returned_count)),
        )
        if is_set
    ]
    parts = [
        order.number,
        order.external_number,
        order.status,
        order.holder,
        f"对方时限 {theirs}",
        f"本区时限 {order.due_on}",
        *marks,
        order.enterprise,
    ]
    return " ".join(part for part in parts if part)


def _known_channel(desk: Office, channel: str) -> None:
    from app.errors import AppError

    known = desk.rules.profile.channels
    if channel not in known:
        raise AppError(f"本区没有「{channel}」这个渠道，可用：{'、'.join(known)}")
