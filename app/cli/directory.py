"""`qiying directory`: who serves whom, what changed, who is away; each act one transaction."""

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import area_codes, directory_reports
from app.cli.office import office

if TYPE_CHECKING:  # SQLAlchemy is not needed for --help
    from sqlmodel import Session

    from app.directory.absence import Absence
    from app.directory.models import Enterprise, Officer
    from app.tickets.values import Actor

directory_app = typer.Typer(no_args_is_help=True)
directory_reports.register(directory_app)
area_codes.register(directory_app)

SHOWN = 20
ACTOR = "cli"
Apply = Annotated[bool, typer.Option("--apply", help="写入；不加只看结果")]
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]
StaffNo = Annotated[str, typer.Argument(help="服务人员的工号", show_default=False)]


@directory_app.command("assign")
def assign(
    code: Annotated[str, typer.Argument(help="企业的统一社会信用代码", show_default=False)],
    staff_no: StaffNo,
    reason: Annotated[str, typer.Option(help="为什么这样指定（必填）", show_default=False)],
) -> None:
    """给一家企业指定（或改派）服务人员。"""
    from app.directory import assigning, lookup

    with office() as desk, desk.db.transaction() as session:
        now = desk.now
        enterprise, officer = _enterprise(session, code), _officer(session, staff_no)
        before = lookup.officer_of(session, enterprise.id or 0)
        assigning.assign(
            session,
            enterprise.id or 0,
            officer.id or 0,
            expected_officer_id=before.id if before else None,
            reason=reason,
            actor_kind=ACTOR,
            actor=ACTOR,
            now=now,
        )
    print(f"{enterprise.name}：{before.name if before else '无人'} → {officer.name}")


@directory_app.command("repair")
def repair() -> None:
    """让每户企业上存的服务人员和分派记录一致（qiying doctor 说不一致时用）。"""
    from app.directory import serving
    from app.directory.locking import lock_directory

    with office() as desk, desk.db.transaction() as session:
        lock_directory(session)
        count = serving.repair(session)
    print(f"已更正 {count} 户" if count else "本来就一致")


@directory_app.command("transfer")
def transfer(
    from_no: Annotated[str, typer.Argument(help="移交人的工号", show_default=False)],
    to_no: Annotated[str, typer.Argument(help="接手人的工号", show_default=False)],
    stays: Annotated[
        bool, typer.Option("--stays", help="移交人仍在岗（换片区）；不加即离岗并解除微信绑定")
    ] = False,
    apply: Apply = False,
) -> None:
    """一名服务人员的全部企业、在办诉求和首问责任，一次移交给另一名。"""
    from app.directory.lookup import served_count
    from app.tickets.transferring import transfer_officer

    with office() as desk:
        db, rules, now = desk.db, desk.rules, desk.now
        if not apply:
            with db.reading() as session:
                leaving, taking = _officer(session, from_no), _officer(session, to_no)
                count = served_count(session, leaving.id or 0)
            print(f"将把{leaving.name}服务的 {count} 户企业和在办诉求移交给{taking.name}。确认后加 --apply。")
            return
        with db.transaction() as session:
            leaving, taking = _officer(session, from_no), _officer(session, to_no)
            done = transfer_officer(
                session,
                leaving.id or 0,
                taking.id or 0,
                leaves=not stays,
                by=hub_actor(),
                rules=rules,
                now=now,
            )
    print(f"已移交：企业 {done.enterprises} 户，在办诉求 {done.held} 件，首问跟踪 {done.followed} 件。")
    print("仍在岗。" if stays else f"{leaving.name}已离岗，微信绑定已解除。")


@directory_app.command("route")
def route(apply: Apply = False, as_json: AsJson = False) -> None:
    """按本区规则给没有服务人员的企业分派，逐户写明是哪一条规则。"""
    from app.tickets.routing import apply_routing, plan_routing

    with office() as desk:
        db, rules, now = desk.db, desk.rules, desk.now
        if apply:
            with db.transaction() as session:
                plans = apply_routing(session, rules.profile, by=hub_actor(), now=now)
        else:
            with db.reading() as session:
                plans = plan_routing(session, rules.profile)
    rows = [
        {
            "credit_code": plan.credit_code,
            "name": plan.name,
            "officer": plan.officer or None,
            "rule": plan.choice.layer if plan.choice else None,
            "unit": plan.choice.unit if plan.choice else None,
        }
        for plan in plans
    ]
    if as_json:
        print(json.dumps({"applied": apply, "rows": rows}, ensure_ascii=False))
        return
    for plan in plans[:SHOWN]:
        found = (
            f"{plan.officer}（{plan.choice.layer}）"
            if plan.choice
            else "没有规则指到人，请用 directory assign 指定"
        )
        print(f"  {plan.name} → {found}")
    if len(plans) > SHOWN:
        print(f"  ……另有 {len(plans) - SHOWN} 户")
    given = sum(plan.choice is not None for plan in plans)
    print(f"没有服务人员的 {len(plans)} 户，按规则分派 {given} 户，要由人指定 {len(plans) - given} 户")
    print("已写入。" if apply else "只看结果，没有写入；确认后加 --apply。")


@directory_app.command("absence")
def absence(
    staff_no: Annotated[
        str, typer.Argument(help="工号；不填则列出现在和将来外出的人", show_default=False)
    ] = "",
    start: Annotated[str, typer.Option("--from", help="哪天起，如 2026-12-01", show_default=False)] = "",
    until: Annotated[str, typer.Option("--until", help="到哪天（含）；不填为待定", show_default=False)] = "",
    stand_in: Annotated[str, typer.Option(help="代理人工号；不填用名册上的代理人", show_default=False)] = "",
    end: Annotated[bool, typer.Option("--end", help="已回岗")] = False,
    as_json: AsJson = False,
) -> None:
    """登记外出：期间的新诉求和提醒交给代理人，到期自动回到本人。"""
    from app.clock import local_date
    from app.directory import absence as service

    with office() as desk:
        db, now = desk.db, desk.now
        if not staff_no:
            with db.reading() as session:
                _show_absences(service.absences(session, local_date(now)), as_json=as_json)
            return
        with db.transaction() as session:
            officer = _officer(session, staff_no)
            if end:
                service.end_absence(session, officer.id or 0, actor_kind=ACTOR, actor=ACTOR, now=now)
                print(f"{officer.name}已回岗。")
                return
            deputy = _officer(session, stand_in) if stand_in else None
            found = service.set_absence(
                session,
                officer.id or 0,
                start=_day(start) if start else local_date(now),
                until=_day(until) if until else None,
                stand_in_id=deputy.id if deputy else None,
                actor_kind=ACTOR,
                actor=ACTOR,
                now=now,
            )
    _show_absences([found], as_json=as_json)


def _show_absences(rows: "list[Absence]", *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, default=str))
        return
    for row in rows:
        until = f"到 {row.until}" if row.until else "何时回岗待定"
        print(f"{row.staff_no} {row.name}：{row.start} 起，{until}，代理人 {row.stand_in or '无'}")
    if not rows:
        print("现在和将来都没有人登记外出。")


def _day(text: str) -> date:
    from app.errors import AppError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AppError(f"日期「{text}」应写成 2026-12-01") from None


def _enterprise(session: "Session", code: str) -> "Enterprise":
    from app.directory.lookup import enterprise_by_code

    return enterprise_by_code(session, code)


def _officer(session: "Session", staff_no: str) -> "Officer":
    from app.directory.lookup import officer_by_number

    return officer_by_number(session, staff_no)


def hub_actor() -> "Actor":
    """Who works the command line acts for the hub."""
    from app.tickets.values import Actor, ActorKind

    return Actor(ActorKind.HUB, ACTOR, "系统管理员")
