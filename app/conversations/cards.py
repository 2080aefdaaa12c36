"""Answers to 进度, 待办 and 查看, from ticket facts. Pure."""

from collections.abc import Sequence
from datetime import datetime

from app.clock import local_text
from app.tickets.facts import TicketFacts
from app.tickets.lifecycle import FINAL, Action, Status
from bot import wording
from bot.messages import Part, Reply, Tap, Url

MOST_LINES = 10
_TAPS = {Action.ACCEPT: "接单", Action.REPLY: "回复", Action.RESOLVE: "办结", Action.SUMMON: "吹哨"}


def progress(facts: TicketFacts, last_news: str, path: str) -> Reply:
    """进度 of one ticket, as its enterprise sees it (D5)."""
    lines = [f"{facts.number} {facts.status_name}", f"“{facts.quote}”"]
    if facts.status not in FINAL:
        lines.append(f"现在由{facts.holder.card}负责")
    if facts.status not in FINAL and facts.status is not Status.RESOLVED:
        late = f"，已超期 {-facts.left} 个工作日" if facts.left < 0 else f"，还剩 {facts.left} 个工作日"
        lines.append(
            f"{facts.promise_text}办结{late if facts.status is not Status.WAITING else '，等您补充期间不计时'}"
        )
    if facts.result:
        lines.append(f"结果：{facts.result}")
    if last_news:
        lines.append(f"最近：{last_news}")
    parts: list[Part] = ["\n".join(lines), "\n", Url("办理过程", path)]
    if facts.status is Status.RESOLVED:
        parts += ["\n解决了吗？ ", *wording.satisfaction_taps(facts.number)]
    elif facts.status not in FINAL:
        parts += [" ", Tap("催一下", f"催办 {facts.number}"), " ", Tap("撤回", f"撤回 {facts.number}")]
    return Reply(tuple(parts))


def progress_list(items: Sequence[TicketFacts]) -> Reply:
    """进度 of several."""
    parts: list[Part] = [f"您有 {len(items)} 件没有归档的事：\n"]
    for facts in items[:MOST_LINES]:
        parts += [Tap(f"{facts.suffix} {_glance(facts)}", f"进度 {facts.number}"), f" {facts.status_name}\n"]
    return Reply(tuple(parts))


def todo(items: Sequence[TicketFacts]) -> Reply:
    """待办: what I hold, the most urgent first."""
    if not items:
        return Reply.of("没有待办，辛苦了。")
    late = sum(1 for facts in items if facts.left < 0)
    head = f"待办 {len(items)} 件" + (f"，其中超期 {late} 件" if late else "") + "：\n"
    parts: list[Part] = [head]
    for facts in sorted(items, key=lambda item: item.first_due_on)[:MOST_LINES]:
        parts += [
            Tap(f"{facts.suffix} {_glance(facts)}", f"查看 {facts.number}"),
            f" {facts.status_name}·{facts.due_text}\n",
        ]
    if len(items) > MOST_LINES:
        parts.append(f"还有 {len(items) - MOST_LINES} 件，办完这些再发「待办」。")
    return Reply(tuple(parts))


def staff_ticket(
    facts: TicketFacts, news: Sequence[tuple[datetime, str]], path: str, allowed: frozenset[Action]
) -> Reply:
    """查看: who, what, how long, what happened last, what may be done."""
    lines = [
        f"{facts.number} {facts.status_name} · {facts.due_text}",
        facts.enterprise_line,
        f"“{facts.quote}”",
        f"当前：{facts.step_name} · {facts.holder.short}",
    ]
    if facts.sorting:
        lines.append(f"类别：{facts.sorting}")
    if facts.near:
        lines.append(f"手册相近：{'、'.join(facts.near[:2])}（不匹配）")
    lines += [f"{local_text(at)} {text}" for at, text in news]
    parts: list[Part] = ["\n".join(lines), "\n"]
    if Action.ACCEPT in allowed:
        parts += [Tap("接单", f"接单 {facts.number}"), " "]
    parts.append(Url("全部经过", path))
    ways = [word for action, word in _TAPS.items() if action in allowed and action is not Action.ACCEPT]
    if ways:
        parts.append("\n可发：" + " · ".join(f"{word} {facts.suffix} …" for word in ways))
    return Reply(tuple(parts))


def which_one(verb: str, items: Sequence[TicketFacts]) -> Reply:
    """The last four digits name more than one."""
    parts: list[Part] = ["这个号对应不止一件，是哪一件？\n"]
    for facts in items[:3]:
        parts += [Tap(f"{facts.number} {_glance(facts)}", f"{verb} {facts.number}"), "\n"]
    return Reply(tuple(parts))


def _glance(facts: TicketFacts) -> str:
    return facts.quote if len(facts.quote) <= 16 else f"{facts.quote[:15]}…"
