"""`qiying policies` and `qiying kb digest`: pushes at a glance, stop one at once, what departments read weekly."""

from typing import Annotated

import typer

from app.cli.office import AsJson, By, hub_person, office, show

policies_app = typer.Typer(no_args_is_help=True)
Push = Annotated[
    int, typer.Argument(metavar="编号", help="推送的编号，qiying policies list 里有", show_default=False)
]
STATES = {"draft": "还没发", "running": "在发", "done": "已发完", "stopped": "已停发"}


@policies_app.command("list")
def list_pushes(as_json: AsJson = False) -> None:
    """推送过的政策：名单多少人、送达、看过、没送到。"""
    from dataclasses import asdict

    from sqlmodel import col, select

    from app.policies import progress
    from app.policies.models import PolicyPush

    with office() as desk, desk.db.reading() as session:
        found = session.exec(select(PolicyPush).order_by(col(PolicyPush.id).desc()).limit(100)).all()
        rows = [
            {
                "id": push.id,
                "title": push.title,
                "state": push.state,
                **asdict(progress.figures(session, push)),
            }
            for push in found
        ]
    lines = [
        f"{row['id']} {row['title']} {STATES[str(row['state'])]}：名单 {row['total']} 人，排队 {row['waiting']}，"
        f"送达 {row['sent']}，看过 {row['read']}，没送到 {row['failed']}"
        + (f"，停发收回 {row['stopped']}" if row["stopped"] else "")
        for row in rows
    ]
    show(rows, lines or ["还没有推送过政策。"], as_json=as_json)


@policies_app.command("stop")
def stop(
    push_id: Push,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="为什么停，记入留痕", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """停发：还没发出的都收回。"""
    from app import audit
    from app.clock import real_now
    from app.policies import service

    person = hub_person(by)
    with office() as desk, desk.db.transaction() as session:
        spared = service.stop(session, push_id, reason=reason, by=person.name, now=desk.now)
        audit.record(
            session, at=real_now(), actor_kind="cli", actor=person.name, action="policy.stop",
            target=f"policy_push:{push_id}", detail={"spared": spared, "reason": reason[:200]},
        )  # fmt: skip
    show({"spared": spared}, [f"已停发，收回 {spared} 人的。"], as_json=as_json)


def digest(as_json: AsJson = False) -> None:
    """各部门这一周的应答手册周报：新的缺口、到期复核、没解决、错当答案、没人问到的。"""
    from app.bootstrap import desk_of
    from app.clock import local_date
    from app.districts.loader import load_profile
    from app.settings import Settings
    from app.trends import digest as weekly

    settings = Settings.load()
    entries = desk_of(settings, load_profile(settings.district)).library().entries
    with office() as desk, desk.db.reading() as session:
        found = [
            {"department": one.department, "text": weekly.text_of(one, local_date(desk.now))}
            for one in weekly.digests(session, entries, desk.now)
        ]
    show(found, ["\n\n".join(row["text"] for row in found) or "没有可说的。"], as_json=as_json)
