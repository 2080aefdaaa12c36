"""`qiying tickets campaign` and `callbacks`: sampled satisfaction surveys and the calls that follow (D3)."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.office import AsJson, By, day_of, hub_person, office
from app.cli.office import show as show_answer

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from sqlmodel import Session

    from app.tickets.models import Campaign

campaign_app = typer.Typer()
callback_app = typer.Typer()
Name = Annotated[str, typer.Argument(help="回访的名称，如 2026年11月", show_default=False)]


@campaign_app.command("create")
def create(
    name: Name,
    since: Annotated[str, typer.Option(help="归档日期从哪天起，如 2026-11-01", show_default=False)],
    until: Annotated[str, typer.Option(help="到哪天止", show_default=False)],
    seed: Annotated[int, typer.Option(help="抽样种子；同一种子抽到同一批", show_default=False)],
    by: By,
    ask_now: Annotated[bool, typer.Option("--ask", help="抽完就在上班时间发问")] = False,
    as_json: AsJson = False,
) -> None:
    """按种子抽样（每组数量见区配置，滨海每个指标不少于 50），说明谁没被打扰、为什么。"""
    from app.tickets import campaigns

    with office() as desk, desk.db.transaction() as session:
        row = campaigns.create_campaign(
            session,
            name,
            since=day_of(since),
            until=day_of(until),
            seed=seed,
            by=hub_person(by),
            rules=desk.rules,
            now=desk.now,
        )
        _audit(session, "create", by, name, desk.now)
        asked = campaigns.ask(session, row, rules=desk.rules, now=desk.now) if ask_now else None
        data = _result(session, row) | {"asked": asked}
    show_answer(data, _lines(data), as_json=as_json)


@campaign_app.command("ask")
def ask(name: Name, by: By, as_json: AsJson = False) -> None:
    """给抽到的企业发问（上班时间送达，每家一次）。"""
    from app.tickets import campaigns

    with office() as desk, desk.db.transaction() as session:
        row = _named(session, name)
        asked = campaigns.ask(session, row, rules=desk.rules, now=desk.now)
        _audit(session, "ask", hub_person(by).name, name, desk.now)
        data = _result(session, row) | {"asked": asked}
    show_answer(data, [f"发问 {asked} 件。", *_lines(data)], as_json=as_json)


@campaign_app.command("list")
def list_campaigns(as_json: AsJson = False) -> None:
    """做过的回访，新的在前。"""
    from sqlmodel import col, select

    from app.tickets.models import Campaign

    with office() as desk, desk.db.reading() as session:
        found = session.exec(select(Campaign).order_by(col(Campaign.id).desc())).all()
    rows = [{"name": row.name, "since": row.since, "until": row.until, "seed": row.seed} for row in found]
    lines = [f"{row['name']} {row['since']} 至 {row['until']} 种子 {row['seed']}" for row in rows]
    show_answer(rows, lines or ["还没有做过回访。"], as_json=as_json)


@campaign_app.command("result")
def result(name: Name, as_json: AsJson = False) -> None:
    """一次回访的结果：每组抽了多少、答了多少、满意多少，谁没被打扰。"""
    with office() as desk, desk.db.reading() as session:
        data = _result(session, _named(session, name))
    show_answer(data, _lines(data), as_json=as_json)


@callback_app.command("list")
def list_callbacks(as_json: AsJson = False) -> None:
    """要打电话回访的：微信找不到的，和问了没答的。"""
    from app.tickets import campaigns, describing

    with office() as desk, desk.db.reading() as session:
        rows = [
            {
                "id": item.id,
                "number": ticket.number,
                "caller": describing.caller(ticket.contact_name, ticket.contact_phone),
                "asked_at": item.asked_at,
            }
            for item, ticket in campaigns.callbacks(session, rules=desk.rules, now=desk.now)
        ]
    lines = [f"{row['id']} 单号 {row['number']} {row['caller']}".rstrip() for row in rows]
    show_answer(rows, lines or ["没有要打电话回访的。"], as_json=as_json)


@callback_app.command("record")
def record(
    item: Annotated[int, typer.Argument(help="回访编号（callbacks list 的第一列）", show_default=False)],
    by: By,
    outcome: Annotated[str, typer.Option(help="answered 已答复、unreachable 联系不上、refused 不愿评价")],
    score: Annotated[int | None, typer.Option(help="1 到 5 分；1、2 分自动重办", min=1, max=5)] = None,
    officer_score: Annotated[int | None, typer.Option(help="对服务人员 1 到 5 分", min=1, max=5)] = None,
    comment: Annotated[str, typer.Option(help="企业怎么说")] = "",
) -> None:
    """登记一次电话回访。"""
    from app.tickets import calling

    with office() as desk, desk.db.transaction() as session:
        calling.record_call(
            session,
            item,
            by=hub_person(by),
            outcome=outcome,
            score=score,
            officer_score=officer_score,
            comment=comment,
            rules=desk.rules,
            now=desk.now,
        )
        _audit(session, "call", by, str(item), desk.now)
    print("已登记。")


def _result(session: "Session", row: "Campaign") -> dict[str, Any]:
    from app.tickets import campaigns

    return {
        "name": row.name,
        "seed": row.seed,
        "per_group": row.per_group,
        "groups": [vars(group) for group in campaigns.figures(session, row)],
        "skipped": [item.to_json() for item in campaigns.skipped(session, row)],
    }


def _lines(data: dict[str, Any]) -> list[str]:
    lines = [f"{data['name']}（种子 {data['seed']}，每组至多 {data['per_group']} 件）"]
    for group in data["groups"]:
        short = "（全部，不足定额）" if group["drawn"] < data["per_group"] else ""
        lines.append(
            f"{group['group']}：抽 {group['drawn']} 件{short}，答复 {group['answered']}，满意 {group['satisfied']}"
        )
    if len(lines) == 1:
        lines.append("没有抽到。")
    return lines + [f"未打扰 {item['number']}：{item['reason']}" for item in data["skipped"]]


def _named(session: "Session", name: str) -> "Campaign":
    from sqlmodel import col, select

    from app.errors import NotFound
    from app.tickets.models import Campaign

    row = session.exec(select(Campaign).where(col(Campaign.name) == name)).first()
    if row is None:
        raise NotFound(f"没有名为「{name}」的回访")
    return row


def _audit(session: "Session", what: str, by: str, name: str, now: Any) -> None:
    from app import audit

    actor = hub_person(by)
    audit.record(
        session,
        at=now,
        actor_kind=actor.kind.value,
        actor=actor.id,
        action=f"cli.campaign.{what}",
        target=f"campaign:{name}"[:200],
    )
