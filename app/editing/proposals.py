"""What a proposer hears about a proposal, through the outbox: taken up, declined and why, published."""

from datetime import datetime

from sqlmodel import Session

from app.editing.values import Act, Sheet
from app.outbox import service as outbox
from bot.messages import Part, Reply, Url

TOLD = {Act.ACCEPT: "已采纳", Act.DECLINE: "没有采纳", Act.PUBLISH: "已发布"}


def tell_proposer(session: Session, sheet: Sheet, act: Act, *, note: str, now: datetime) -> bool:
    """Queue the news; False where nobody can or need be told. Once per proposal and act."""
    person = sheet.proposer
    if person is None or not person.openid or act not in TOLD:
        return False
    outbox.enqueue(
        session,
        dedupe_key=f"handbook:{sheet.key}:{act.value}",
        openid=person.openid,
        kind="notice",
        reply=Reply(_words(sheet, act, note)),
        fields={
            "number": sheet.ticket or "手册",
            "title": f"手册建议：{sheet.title}"[:20],
            "status": TOLD[act],
            "note": note[:20],
        },
        path=f"/h/{sheet.entry_id}" if act is Act.PUBLISH else "",
        now=now,
    )
    return True


def _words(sheet: Sheet, act: Act, note: str) -> tuple[Part, ...]:
    source = f"（来自工单 {sheet.ticket}）" if sheet.ticket else ""
    start = f"您对应答手册「{sheet.title}」的建议{source}"
    if act is Act.ACCEPT:
        return (f"{start}已采纳，正在改稿，审核后发布。谢谢您。",)
    if act is Act.DECLINE:
        return (f"{start}这次没有采纳。理由：{note}",)
    return (f"{start}已写进手册，今后企业问到就这样答。\n", Url("看看新内容", f"/h/{sheet.entry_id}"))
