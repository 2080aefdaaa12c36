"""Every sentence of the dialogue. Short first, one thing to do next, numbers and names always."""

from collections.abc import Sequence

from bot.messages import Part, Reply, Tap, Url
from bot.policy import Policy
from bot.views import TicketView

PRIVACY = Url("隐私说明", "/privacy")
UNSOLVED = Tap("没解决，转服务员", "没解决")
AS_CARD = Tap("图文卡片", "图文")
NOT_MEANT = Tap("不是这个意思，转服务员", "人工")


def greeting(policy: Policy, area: str = "") -> Reply:
    """First follow: who we are, what to do, what we keep (PIPL 17)."""
    place = f"{policy.district}（{area}）" if area else policy.district
    return Reply.of(
        f"您好，这里是{place}企业服务「有需必应」。\n"
        f"直接把问题发给我：能答的马上答，答不了的由您的{policy.officer_title}跟到底。\n",
        Tap("我的服务员", "我的服务员"), " ", Tap("绑定企业", "绑定"), " ", Tap("常见问题", "常见问题"),
        "\n为办理您的诉求，我们只记录您发来的内容和所属企业。", PRIVACY,
    )  # fmt: skip


def help_text(policy: Policy) -> Reply:
    """帮助."""
    return Reply.of(
        "直接发问题就行，一句话、一段话、语音转的文字都可以。\n",
        Tap("我的服务员", "我的服务员"), " ", Tap("查进度", "进度"), " ", Tap("绑定企业", "绑定"), " ",
        Tap("转人工", "人工"),
        "\n有单号以后：补充 0042 内容 · 催办 0042 · 撤回 0042 · 评价 0042 5"
        f"\n不接收问卷和政策推送发「退订」，自己诉求的进展照常通知。着急也可以打 {policy.hotline}。",
    )  # fmt: skip


def media_received(kind: str) -> Reply:
    """A picture without a ticket: ask for one sentence; the picture is kept."""
    names = {"image": "图片", "video": "视频", "location": "位置", "link": "链接", "voice": "语音"}
    if kind == "voice":
        return Reply.of("语音我听不了，请打字，或按住输入框的话筒转成文字再发。一句话说清要办什么就行。")
    return Reply.of(
        f"{names.get(kind, '内容')}收到了，先替您留着。请再用一句话说说要办什么事，我一起交上去。"
    )


def unsupported() -> Reply:
    """Stickers, files, cards."""
    return Reply.of("这种消息我打不开。请直接打字说要办什么事，需要的话再发照片。")


def nonsense() -> Reply:
    """Keyboard noise: short, human, no ticket."""
    return Reply.of("没看明白。您经营上有什么事，用一句话告诉我就行，比如「执照丢了怎么补」。")


def emergency() -> Reply:
    """Life first, then the paper."""
    return Reply.of(
        "⚠️ 先保安全：火警 119 · 急救 120 · 报警 110。燃气味先关阀、开窗、人撤到室外，再打燃气公司抢修电话。"
    )


def crisis() -> Reply:
    """A life at risk: kindly, the numbers, and that somebody is told."""
    return Reply.of(
        "您先别着急，人最要紧。请马上叫家人、朋友或身边的人陪着，离开高处和水边，把火源、药品、刀具放远。"
        "有危险立刻打 110、120（着火打 119）；心里难受想找人说，打 12356（全国统一心理援助热线）。"
        "您的难处我这就转给人。"
    )


def describe_first() -> Reply:
    """人工 without a question."""
    return Reply.of("好，转给人办。请用一句话说清要办什么事，我马上交给您的服务员。")


def choices(labels: Sequence[str]) -> Reply:
    """A close call: ask, do not guess (B2)."""
    parts: list[Part] = ["您想办的是哪一件？\n"]
    for number, label in enumerate(labels, start=1):
        parts += [Tap(f"{number} {label}", f"{number} {label}"), "\n"]
    parts.append("点一下，或回数字。")
    return Reply(tuple(parts))


def asked_which_ticket(verb: str, tickets: Sequence[TicketView], words: str = "") -> Reply:
    """A command that several tickets could mean; `words` are what was said with it, so that nothing is typed twice."""
    parts: list[Part] = [f"您要{verb}哪一件？\n"]
    for ticket in tickets:
        parts += [Tap(f"{ticket.short} {ticket.title}", f"{verb} {ticket.number} {words}".strip()), "\n"]
    return Reply(tuple(parts))


def new_or_supplement(labels: Sequence[str], *, has_live: bool) -> Reply:
    """An unanswered message while tickets are open or just settled: ask (design §3)."""
    parts: list[Part] = [f"{'这是补充在办的事' if has_live else '是这件事还没解决'}，还是新诉求？\n"]
    for number, label in enumerate(labels, start=1):
        parts += [Tap(f"{number} {label}", f"{number}"), "\n"]
    return Reply(tuple(parts[:-1]))


def welcome(ticket: TicketView) -> Reply:
    """Thanks while a matter is in hand."""
    if ticket.is_waiting:
        return Reply.of(f"好的。{ticket.short} 还在等您补充，直接把文字或照片发来就行。")
    return Reply.of(f"好的，{ticket.short} 有进展马上告诉您。")


def satisfaction_taps(number: str) -> list[Part]:
    """One tap to rate (D3)."""
    return [
        Tap("满意", f"满意 {number}"), " ", Tap("基本满意", f"基本满意 {number}"), " ",
        Tap("不满意", f"不满意 {number}"),
    ]  # fmt: skip


def no_open_tickets() -> Reply:
    """Nothing in hand."""
    return Reply.of("您没有在办的事项。有事直接发给我就行。")


def apart() -> Reply:
    """After words were attached to the ticket in hand: they may have been another matter."""
    return Reply.of(Tap("是另一件事，单独转", "单独转"))


def say_more() -> Reply:
    """One word that could be anything."""
    return Reply.of(
        "请再多说两句，比如「饭馆办证要什么材料」「公司换地址怎么办」，我好找准。\n",
        Tap("直接转服务员", "人工"),
    )


def the_other_question(words: str) -> Reply:
    """Two questions came in one message: this one was not answered yet."""
    return Reply.of(f"您还问到「{words}」。", Tap("接着问这一件", words))


def nothing_in_hand() -> Reply:
    """Urged or withdrawn in other words, with nothing in hand: which matter is it?"""
    return Reply.of(
        "您名下现在没有在办的事。是哪件事没办好？用一句话告诉我，马上转给人办。\n", NOT_MEANT
    )  # fmt: skip


def nothing_to_withdraw() -> Reply:
    """«不用了，已经解决了» with nothing in hand."""
    return Reply.of("好的。您名下现在没有在办的事，不用撤回。再有事直接发给我就行。\n", NOT_MEANT)


def confirm_withdrawal(ticket: TicketView) -> Reply:
    """撤回 without a number."""
    return Reply.of(
        f"{ticket.short}（{ticket.title}）不用再办了吗？\n", Tap("是，撤回", f"撤回 {ticket.number}"), " ",
        Tap("还要办", f"进度 {ticket.number}"),
    )  # fmt: skip


def no_such_ticket(ref: str) -> Reply:
    """A number that names nothing of this person's."""
    return Reply.of(f"没找到您的 {ref} 号事项。", Tap("看看我的事项", "进度"))


def rate_how(ticket: TicketView) -> Reply:
    """评价 without a score."""
    return Reply.of(f"{ticket.short} 办得怎么样？\n", *satisfaction_taps(ticket.number))


def opted_out() -> Reply:
    """退订 done."""
    return Reply.of("好，以后不再给您发问卷和政策推送。您自己诉求的进展照常通知。")


def supplement_how(ticket: TicketView) -> Reply:
    """补充 without words."""
    return Reply.of(f"请这样发：补充 {ticket.short} 要补充的话；照片直接发来就行。")


def nothing_to_rate() -> Reply:
    """评价 with nothing resolved."""
    return Reply.of("现在没有等您评价的事项。有事直接发给我就行。")


def card_how() -> Reply:
    """图文 without an answer before it."""
    return Reply.of("先问一件事，答上以后再发「图文」，就把那一条做成可以转发的卡片发给您。")


def offer_command(verb: str, tickets: Sequence[TicketView]) -> Reply:
    """A command in other words that changes something: one tap confirms it, another makes it a new matter."""
    parts: list[Part] = [f"您是要{verb}吗？\n"]
    for ticket in tickets:
        parts += [Tap(f"{verb} {ticket.short} {ticket.title}", f"{verb} {ticket.number}"), "\n"]
    parts.append(Tap("不是，是另外一件事", "人工"))
    return Reply(tuple(parts))


def offer_rating(ticket: TicketView, words: str) -> Reply:
    """«还没修好» about what was settled: the words go along with «不满意», so that nobody says them twice."""
    satisfied, fair, dissatisfied = (f"评价 {ticket.number} {score}" for score in (5, 3, 1))
    return Reply.of(
        f"{ticket.short} {ticket.title}，解决了吗？\n", Tap("满意", satisfied), " ", Tap("基本满意", fair), " ",
        Tap("不满意", f"{dissatisfied} {words}"), "\n", Tap("不是，是另外一件事", "人工"),
    )  # fmt: skip


def popular(titles: Sequence[str]) -> Reply:
    """常见问题: what others asked, each a tap away."""
    if not titles:
        return Reply.of("直接把问题发给我就行，比如「营业执照丢了怎么补」。")
    parts: list[Part] = ["大家常问：\n"]
    for title in titles:
        parts += [Tap(title, title), "\n"]
    parts.append("不在里面的，直接发给我。")
    return Reply(tuple(parts))
