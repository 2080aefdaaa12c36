"""`qiying tickets meeting`: what waits for a joint meeting, and what it decided (C7)."""

from typing import Annotated

import typer

from app.cli.office import AsJson, By, day_of, office
from app.cli.office import show as show_answer
from app.cli.ticket_acts import act

meeting_app = typer.Typer()
Number = Annotated[str, typer.Argument(help="单号", show_default=False)]
Members = Annotated[str, typer.Option(help="参会单位，用顿号隔开")]


@meeting_app.command("list")
def list_items(as_json: AsJson = False) -> None:
    """等会议议定的事，时限近的在前。"""
    from app.tickets import meetings

    with office() as desk, desk.db.reading() as session:
        rows = [
            {"number": ticket.number, "body": item.body, "members": item.members, "due_on": ticket.due_on}
            for item, ticket in meetings.waiting_items(session)
        ]
    lines = [f"{row['number']} {row['body']} 时限 {row['due_on']}" for row in rows]
    show_answer(rows, lines or ["没有等会商的事。"], as_json=as_json)


@meeting_app.command("call")
def call(
    number: Number,
    by: By,
    why: Annotated[str, typer.Option(help="为什么要会商", show_default=False)],
    members: Members = "",
    as_json: AsJson = False,
) -> None:
    """提请会商；原承办人继续办。"""
    from app.tickets.lifecycle import Action

    act(number, Action.CONVENE, by, as_json=as_json, note=why, details={"members": _names(members)})


@meeting_app.command("decide")
def decide(
    number: Number,
    by: By,
    lead: Annotated[str, typer.Option(help="牵头部门", show_default=False)],
    due: Annotated[str, typer.Option(help="议定的完成日，如 2026-12-10", show_default=False)],
    decision: Annotated[str, typer.Option(help="议定事项", show_default=False)],
    minutes: Annotated[str, typer.Option(help="会议纪要；不写用议定事项")] = "",
    members: Members = "",
    as_json: AsJson = False,
) -> None:
    """登记会议结果：牵头部门接着办，时限按会议定的。"""
    from app.tickets.lifecycle import Action

    details = {"due_on": day_of(due), "minutes": minutes or decision, "members": _names(members)}
    act(number, Action.DECIDE, by, as_json=as_json, target=lead, note=decision, details=details)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.replace(",", "、").replace("，", "、").split("、") if name.strip()]
