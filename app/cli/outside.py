"""`qiying tickets`: what was handed to other systems and has not come back (C16)."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.office import AsJson, By, hub_person, office
from app.cli.office import show as show_answer
from app.cli.ticket_acts import find

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from app.tickets.chasing import Out


def register(app: typer.Typer) -> None:
    """Add the commands to `qiying tickets`."""
    app.command("out")(out)
    app.command("chase")(chase)


def out(
    destination: Annotated[str, typer.Option("--to", help="只看转到这里的")] = "",
    due: Annotated[bool, typer.Option("--due", help="只看该催的")] = False,
    as_json: AsJson = False,
) -> None:
    """转出去还没回来的：对方编号、哪天转的、催过几次、哪天该催。"""
    from app.tickets import chasing

    with office() as desk, desk.db.reading() as session:
        found = chasing.out_everywhere(session, destination=destination, rules=desk.rules, now=desk.now)
    shown = [_as_json(item) for item in found if item.is_due or not due]
    lines = [_line(row) for row in shown] or ["没有还在外面办理的。"]
    show_answer(shown, lines, as_json=as_json)


def chase(
    number: Annotated[str, typer.Argument(help="单号，如 20261120-0042", show_default=False)],
    by: By,
    note: Annotated[str, typer.Option(help="催办经过：联系了谁、对方怎么说", show_default=False)],
    source: Annotated[str, typer.Option("--to", help="催的是哪一处；只转出一处时不用写")] = "",
) -> None:
    """登记一次对外催办，重新计天数。"""
    from app import audit
    from app.errors import AppError, NotFound
    from app.tickets import chasing, handoffs

    actor = hub_person(by)
    with office() as desk, desk.db.transaction() as session:
        ticket = find(session, number, desk.now)
        rows = [row for row in handoffs.out_now(session, ticket.id or 0) if source in ("", row.destination)]
        if not rows:
            raise NotFound(f"{ticket.number} 没有还在外面办理的转出")
        if len(rows) > 1:
            raise AppError(f"转出了不止一处，请用 --to 写明：{'、'.join(row.destination for row in rows)}")
        row = chasing.note_chased(session, rows[0].id or 0, actor, note=note, rules=desk.rules, now=desk.now)
        audit.record(
            session, at=desk.now, actor_kind=actor.kind.value, actor=actor.id, action="cli.ticket.chase",
            target=f"ticket:{ticket.number}", detail={"destination": row.destination},
        )  # fmt: skip
    print(f"已登记：{ticket.number} 第 {row.chased_count} 次催{row.destination}")


def _as_json(item: "Out") -> dict[str, Any]:
    handoff = item.handoff
    return {
        "number": item.ticket.number,
        "destination": handoff.destination,
        "outside_number": handoff.outside_number,
        "sent_at": handoff.sent_at.isoformat(),
        "sent_by": handoff.sent_by,
        "chased_count": handoff.chased_count,
        "chase_on": item.chase_on.isoformat(),
        "is_due": item.is_due,
    }


def _line(row: dict[str, Any]) -> str:
    chased = f"催过 {row['chased_count']} 次" if row["chased_count"] else "没有催过"
    mark = "该催了" if row["is_due"] else f"{row['chase_on']} 该催"
    parts = [
        row["number"],
        row["destination"],
        row["outside_number"],
        f"{row['sent_at'][:10]} 转出",
        chased,
        mark,
    ]
    return " ".join(part for part in parts if part)
