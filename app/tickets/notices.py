"""The text of every push to an enterprise and of the replies it gets for its own actions. Pure, golden-tested.

Short: what happened, who, by when, the next taps. Taps say the full number, so that they never go stale.
"""

from dataclasses import dataclass, field
from datetime import date

from app.tickets.deadlines import day_text
from app.tickets.facts import TicketFacts
from bot.messages import Part, Reply, Tap

FIELD_LENGTH = 20
SATISFIED, FAIR, DISSATISFIED = 5, 3, 1
ABOUT_OFFICER = "服务人员"


@dataclass(frozen=True)
class Notice:
    """One push: its kind (selects the template), its bubble, and template values by our own names."""

    kind: str
    reply: Reply
    fields: dict[str, str] = field(default_factory=dict)


def opened(facts: TicketFacts, *, was_searched: bool = True) -> Reply:
    """The passive reply that opens a ticket: number, who, when (mission C1).

    `was_searched`: the handbook had nothing; otherwise the person asked for a person.
    """
    if facts.responder is None:
        to = f"已交给{facts.hub_name}，会安排专人联系您。"
    elif facts.is_held_by_responder:
        to = f"已转给您的{facts.officer_title}：\n{facts.responder.card}"
    else:
        to = f"已交给{facts.hub_name}，由您的{facts.officer_title}负责：\n{facts.responder.card}"
    return Reply.of(
        f"{'这件事手册里没有现成答案，' if was_searched else '好，这件事'}{to}\n"
        f"单号 {facts.number}，{facts.promise_text}办结，有进展马上告诉您。\n"
        "可以直接发照片或补充情况。\n",
        progress_tap(facts),
        " ",
        Tap("发错了，撤回", f"撤回 {facts.number}"),
    )


def accepted(facts: TicketFacts) -> Notice:
    """Somebody took it up."""
    text = f"{facts.suffix} 已接单：{facts.holder.card} 正在办理，{facts.by_when}办结。\n"
    return _notice("ticket_accepted", facts, text)


def summoned(facts: TicketFacts, by: str) -> Notice:
    """吹哨: a department has it, the first responder stays."""
    return _notice(
        "ticket_transferred",
        facts,
        f"{facts.suffix} 有进展：已由{by}「吹哨」至{_named(facts)}，"
        f"{facts.contact_days} 个工作日内与您联系。{_follows(facts)}\n",
    )


def raised(facts: TicketFacts) -> Notice:
    """上报: one rung up, or straight there by the green channel (C6)."""
    by = "启动绿色通道，" if facts.is_green else ""
    return _notice(
        "ticket_transferred",
        facts,
        f"{facts.suffix} 有进展：{by}已上报到「{facts.step_name}」，由{facts.holder.short}办理。{_follows(facts)}\n",
    )


def dispatched(facts: TicketFacts) -> Notice:
    """分派: the hub found who does it."""
    text = f"{facts.suffix} 有进展：{facts.hub_name}已转给{facts.holder.card} 办理，{facts.by_when}办结。\n"
    return _notice("ticket_transferred", facts, text)


def returned(facts: TicketFacts) -> Notice:
    """退回: who was named to the enterprise does not have it any more; why is inside business."""
    now = f"由{facts.holder.card} 接着办" if facts.holder.name else f"由{facts.holder.short}重新安排"
    text = f"{facts.suffix} 有进展：现在{now}，{facts.by_when}办结。\n"
    return _notice("ticket_transferred", facts, text)


def convened(facts: TicketFacts, body: str) -> Notice:
    """提请会商: a meeting will say who leads (C7)."""
    text = f"{facts.suffix} 有进展：已提请{body}研究，议定后告诉您；这期间仍由{facts.holder.short}跟进。\n"
    return _notice("ticket_transferred", facts, text)


def decided(facts: TicketFacts, body: str) -> Notice:
    """会议议定: who leads, by when (C7)."""
    text = f"{facts.suffix} 有进展：经{body}研究，由{facts.holder.card} 牵头，{facts.by_when}办结。{_follows(facts)}\n"
    return _notice("ticket_transferred", facts, text)


def handed_off(facts: TicketFacts, destination: str, outside_number: str) -> Notice:
    """转出: another system works on it too; nobody need start again (C16)."""
    number = f"（编号 {outside_number}）" if outside_number else ""
    text = f"{facts.suffix} 有进展：已转{destination}{number}协同办理，仍由{facts.holder.short}跟进，结果在这里告诉您。\n"
    return _notice("ticket_transferred", facts, text)


def merged(facts: TicketFacts) -> Notice:
    """并案: the same matter is being worked on already."""
    text = f"{facts.suffix} 和正在办理的一件是同一件事，已并案，由{facts.holder.short}一起办，{facts.by_when}办结，有进展照样告诉您。\n"
    return _notice("ticket_transferred", facts, text)


def replied(facts: TicketFacts, message: str, by: str) -> Notice:
    """A message to the enterprise that does not end the ticket."""
    return _notice("notice", facts, f"{facts.suffix} {by}回复：{message}\n还有要说的，直接发来。\n", message)


def waiting(facts: TicketFacts, needed: str) -> Notice:
    """补件: we need something from the enterprise."""
    pause = "，等您补充期间不计办理时限" if facts.pauses else ""
    text = f"{facts.suffix} 需要您补充：{needed}\n直接把文字或照片发来就行{pause}。\n"
    return _notice("ticket_waiting", facts, text, needed)


def waiting_again(facts: TicketFacts) -> Notice:
    """One reminder that we are still waiting."""
    text = f"{facts.suffix} 还在等您补充材料，发来后马上接着办。事情已经解决的话可以撤回。\n"
    return _notice("ticket_waiting", facts, text, "还在等您补充材料")


def resumed(facts: TicketFacts) -> Notice:
    """The longest pause is used up: the promised day is another one than before."""
    text = f"{facts.suffix} 还没等到您补充，先接着办，{facts.by_when}办结。材料随时可以发来。\n"
    return _notice("ticket_waiting", facts, text, "恢复计时，先接着办")


def extended(facts: TicketFacts, days: int, reason: str) -> Notice:
    """延期: a new date and why."""
    return _notice(
        "ticket_extended",
        facts,
        f"{facts.suffix} 要多用 {days} 个工作日，{facts.by_when}办结。原因：{reason}\n",
        reason,
    )


def recounted(facts: TicketFacts) -> Notice:
    """The holidays of a year became known, and the promised day is another one."""
    text = f"{facts.suffix} 因放假安排公布，办结时限按工作日重新计算：{facts.by_when}办结。\n"
    return _notice("ticket_extended", facts, text, "放假安排公布")


def resolved(facts: TicketFacts, by: str, on: date) -> Notice:
    """办结: the result and three taps (mission D3)."""
    return Notice(
        "ticket_resolved",
        Reply.of(
            f"{facts.suffix} 已办结：{facts.result}（{by}，{day_text(on)}）\n解决了吗？ ",
            Tap("满意", f"评价 {facts.number} {SATISFIED}"),
            " ",
            Tap("基本满意", f"评价 {facts.number} {FAIR}"),
            " ",
            Tap("不满意", f"评价 {facts.number} {DISSATISFIED}"),
        ),
        template_fields(facts, facts.result),
    )


def reopened(facts: TicketFacts, comment: str, *, was_raised: bool, was: int | None = None) -> Reply:
    """Dissatisfied: it is open again, usually higher, and nothing need be said twice (mission D4).

    `was` is the rating that this one replaces.
    """
    up = f"，并升到「{facts.step_name}」，由{facts.holder.short}牵头" if was_raised else ""
    kept = f"您说的“{comment}”已写进单子，不用再讲一遍。" if comment else "哪里没解决，直接发来，会写进单子。"
    return Reply.of(
        f"明白了{_replaced(was, facts.score)}。{facts.suffix} 已重新打开{up}，{facts.contact_days} 个工作日内联系您。{kept}\n",
        progress_tap(facts),
    )


def reopened_by_hub(facts: TicketFacts) -> Notice:
    """The hub opened it again."""
    text = (
        f"{facts.suffix} 已重新打开，由{facts.holder.short}继续办，{facts.contact_days} 个工作日内联系您。\n"
    )
    return _notice("ticket_reopened", facts, text)


def closed(facts: TicketFacts) -> Notice:
    """归档 after silence."""
    return Notice(
        "ticket_closed",
        Reply.of(f"{facts.suffix} 已归档。事情有反复，直接把情况发来，我们接着办。"),
        template_fields(facts),
    )


def rated(facts: TicketFacts, *, was: int | None = None) -> Reply:
    """Thanks, and what happens next; where the district wants it, one more tap about the officer (NH 双回访).

    `was` is the rating that this one replaces: the last answer counts, the earlier one is kept (D3).
    """
    thanks = f"谢谢，{facts.suffix} 的评价已记下{_replaced(was, facts.score)}，单子归档。以后有事直接发来。"
    if not facts.asks_about_officer or facts.responder is None or facts.score is None:
        return Reply.of(thanks)
    scores = (("满意", SATISFIED), ("基本满意", FAIR), ("不满意", DISSATISFIED))
    taps: list[Part] = []
    for label, score in scores:
        taps += [" ", Tap(label, f"评价 {facts.number} {facts.score} {ABOUT_OFFICER}{score}分")]
    who = facts.responder.name or facts.officer_title
    return Reply.of(f"{thanks}\n顺便问一句，对{facts.officer_title}{who}的服务满意吗？", *taps)


def _replaced(was: int | None, score: int | None) -> str:
    """`，由“满意”改为“不满意”（原来的留底）`; nothing where the rating is the first or the same."""
    if was is None or score is None or was == score:
        return ""
    return f"，由{_rating_name(was)}改为{_rating_name(score)}（原来的留底，以最后一次为准）"


def _rating_name(score: int) -> str:
    return {5: "“满意”", 3: "“基本满意”", 1: "“不满意”"}.get(score, f" {score} 分")


def survey(facts: TicketFacts) -> Notice:
    """The sampled call-back: one question, one tap (D3)."""
    return Notice(
        "notice",
        Reply.of(
            f"【回访】您的诉求 {facts.suffix} 已办结归档，现在看，问题真的解决了吗？ ",
            Tap("满意", f"评价 {facts.number} {SATISFIED}"),
            " ",
            Tap("基本满意", f"评价 {facts.number} {FAIR}"),
            " ",
            Tap("不满意", f"评价 {facts.number} {DISSATISFIED}"),
            "\n不想再收到回访，回复“退订”。",
        ),
        template_fields(facts, "满意度回访"),
    )


def supplemented(facts: TicketFacts) -> Reply:
    """Added, and who sees it."""
    return Reply.of(f"已补充到 {facts.suffix}，{facts.holder.short}能看到。\n", progress_tap(facts))


def urged(facts: TicketFacts) -> Reply:
    """Urged, and where it stands."""
    late = f"已超期，一并报{facts.supervising_body}督办。" if facts.left < 0 else f"{facts.by_when}办结。"
    return Reply.of(f"已催办 {facts.suffix}：现由{facts.holder.card} 办理，{late}\n", progress_tap(facts))


def withdrawn(facts: TicketFacts) -> Reply:
    """Gone, at the enterprise's wish."""
    return Reply.of(f"{facts.suffix} 已撤回，不再办理。需要时直接把问题发来。")


def withdrawn_for_you(facts: TicketFacts) -> Notice:
    """The hub withdrew it because the enterprise said so by telephone."""
    text = f"{facts.suffix} 已按您的意思撤回，不再办理。不是您的意思，直接把问题发来。"
    return Notice("ticket_closed", Reply.of(text), template_fields(facts))


def progress_tap(facts: TicketFacts) -> Tap:
    """〔查进度〕."""
    return Tap("查进度", f"进度 {facts.number}")


def _notice(kind: str, facts: TicketFacts, text: str, note: str = "") -> Notice:
    parts: tuple[Part, ...] = (text, progress_tap(facts))
    return Notice(kind, Reply(parts), template_fields(facts, note))


def template_fields(facts: TicketFacts, note: str = "") -> dict[str, str]:
    """Values for a category template, each short enough for its `thing` fields."""
    return {
        "number": facts.number,
        "title": _short(facts.quote),
        "enterprise": _short(facts.enterprise),
        "status": facts.status_name,
        "handler": _short(facts.holder.short),
        "due": day_text(facts.due_on),
        "note": _short(note or facts.step_name),
    }


def _short(text: str) -> str:
    return text if len(text) <= FIELD_LENGTH else f"{text[: FIELD_LENGTH - 1]}…"


def _named(facts: TicketFacts) -> str:
    holder = facts.holder
    return f"{holder.unit}（{holder.name}）" if holder.name else holder.unit


def _follows(facts: TicketFacts) -> str:
    if facts.responder is None or facts.is_held_by_responder:
        return ""
    return f"{facts.responder.name or facts.responder.unit}继续跟进。"
