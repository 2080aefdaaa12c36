"""`qiying tickets`: the hub's desk at the command line. Who acts is named with --by, and audited."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import hotline, lists, outside
from app.cli.callbacks import callback_app, campaign_app
from app.cli.meetings import meeting_app
from app.cli.office import AsJson, By, office
from app.cli.office import show as show_answer
from app.cli.problems import problem_app
from app.cli.ticket_acts import act, find, one_line, summary

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from app.cli.office import Office
    from app.tickets.models import Ticket

tickets_app = typer.Typer(no_args_is_help=True)
tickets_app.add_typer(meeting_app, name="meeting", help="会商：提请、议定、等议的事", no_args_is_help=True)
tickets_app.add_typer(
    campaign_app, name="campaign", help="满意度回访：按种子抽样、发问、看结果", no_args_is_help=True
)
tickets_app.add_typer(
    callback_app, name="callbacks", help="电话回访：没答复的由人打电话", no_args_is_help=True
)
tickets_app.add_typer(
    problem_app, name="problem", help="问题清单：列入、佐证、签字、抽查", no_args_is_help=True
)
hotline.register(tickets_app)
lists.register(tickets_app)
outside.register(tickets_app)
Number = Annotated[str, typer.Argument(help="单号，如 20261120-0042", show_default=False)]
Note = Annotated[str, typer.Option("--note", help="说明")]


@tickets_app.command("list")
def list_tickets(
    status: Annotated[
        str, typer.Option(help="待接单、办理中、待补充、已办结、已归档、已撤回；不写是所有在办的")
    ] = "",
    holder: Annotated[str, typer.Option(help="officer、department、hub、meeting、leader、city 之一")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="只看超期的")] = False,
    supervised: Annotated[bool, typer.Option("--supervised", help="只看督办清单")] = False,
    limit: Annotated[int, typer.Option(help="最多几件", min=1, max=5000)] = 50,
    as_json: AsJson = False,
) -> None:
    """单子清单，绿色通道在前，再按时限。"""
    with office() as desk, desk.db.reading() as session:
        found = _listed(session, _statuses(status), holder, supervised)
        if overdue:
            found = [ticket for ticket in found if _is_overdue(ticket, desk)]
        rows = [summary(session, ticket, desk) for ticket in found[:limit]]
    lines = [one_line(row) for row in rows] or ["没有符合条件的单子。"]
    show_answer(rows, lines, as_json=as_json)


@tickets_app.command("show")
def show_ticket(number: Number, as_json: AsJson = False) -> None:
    """一张单子：现在在谁手上、什么时限、全部经过。"""
    from app.clock import local_text
    from app.tickets import cohandling, handoffs, reading

    with office() as desk, desk.db.reading() as session:
        ticket = find(session, number, desk.now)
        data = summary(session, ticket, desk)
        data["co_handlers"] = [item.name for item in cohandling.departments(session, ticket.id or 0)]
        data["out"] = [row.destination for row in handoffs.out_now(session, ticket.id or 0)]
        data["timeline"] = [
            {"at": entry.at.isoformat(), "what": entry.title, "who": entry.who, "note": entry.note}
            for entry in reading.timeline(session, ticket)
        ]
        told = [
            f"{local_text(entry.at)} {entry.who} {entry.title} {entry.note}".rstrip()
            for entry in reading.timeline(session, ticket)
        ]
        lines = [one_line(data), data["content"], *_beside(data), "经过：", *told]
    show_answer(data, lines, as_json=as_json)


@tickets_app.command("dispatch")
def dispatch(
    number: Number,
    to: Annotated[str, typer.Option("--to", help="服务人员工号，或部门名称", show_default=False)],
    by: By,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """分派给一位服务人员或一个部门。"""
    from app.tickets.lifecycle import Action

    act(number, Action.DISPATCH, by, as_json=as_json, staff_or_department=to, note=note)


@tickets_app.command("supervise")
def supervise(
    number: Number,
    by: By,
    note: Annotated[str, typer.Option(help="为什么督办", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """列入督办清单，承办人会收到通知。"""
    from app.tickets.lifecycle import Action

    act(number, Action.SUPERVISE, by, as_json=as_json, note=note)


@tickets_app.command("handoff")
def hand_off(
    number: Number,
    destination: Annotated[
        str, typer.Argument(help="转到哪里（区配置 handoffs 里的名称）", show_default=False)
    ],
    by: By,
    outside: Annotated[str, typer.Option("--outside", help="对方系统的编号")] = "",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """转出到别的系统；这里不销号，等结果回来。"""
    from app.tickets.lifecycle import Action

    details = {"outside_number": outside}
    act(number, Action.HAND_OFF, by, as_json=as_json, target=destination, note=note, details=details)


@tickets_app.command("handback")
def hand_back(
    number: Number,
    by: By,
    result: Annotated[str, typer.Option(help="对方办的结果", show_default=False)],
    source: Annotated[str, typer.Option("--from", help="哪一处回来的；只转出一处时不用写")] = "",
    as_json: AsJson = False,
) -> None:
    """登记转出的结果，承办人接着办。"""
    from app.tickets.lifecycle import Action

    act(number, Action.HAND_BACK, by, as_json=as_json, target=source, note=result)


@tickets_app.command("merge")
def merge(
    number: Number,
    into: Annotated[str, typer.Argument(help="并入哪一张（完整单号）", show_default=False)],
    by: By,
    as_json: AsJson = False,
) -> None:
    """并案：同一件事并到另一张单子，企业照样收到进展。"""
    from app.tickets.lifecycle import Action

    act(number, Action.MERGE, by, as_json=as_json, target=into)


def _beside(data: dict[str, Any]) -> list[str]:
    beside = [f"协办：{'、'.join(data['co_handlers'])}"] if data["co_handlers"] else []
    return beside + ([f"已转出：{'、'.join(data['out'])}"] if data["out"] else [])


def _statuses(named: str) -> list[str]:
    from app.errors import AppError
    from app.tickets.lifecycle import LIVE, STATUS_NAMES

    if not named:
        return [status.value for status in LIVE]
    found = [status.value for status, name in STATUS_NAMES.items() if named in (name, status.value)]
    if not found:
        raise AppError(f"没有「{named}」这个状态，可用：{'、'.join(STATUS_NAMES.values())}")
    return found


def _listed(session: Any, statuses: list[str], holder: str, supervised: bool) -> list["Ticket"]:
    from sqlmodel import col, select

    from app.tickets.models import Ticket

    statement = select(Ticket).where(col(Ticket.status).in_(statuses))
    if holder:
        statement = statement.where(col(Ticket.holder_kind) == holder)
    if supervised:
        statement = statement.where(col(Ticket.supervised_at).is_not(None))
    return list(
        session.exec(statement.order_by(col(Ticket.is_green).desc(), col(Ticket.due_on), col(Ticket.id)))
    )


def _is_overdue(ticket: "Ticket", desk: "Office") -> bool:
    from app.clock import local_date
    from app.tickets import describing
    from app.tickets.lifecycle import LIVE

    due_on = describing.promised(ticket, rules=desk.rules, now=desk.now).on
    return ticket.status in LIVE and local_date(desk.now) > due_on
