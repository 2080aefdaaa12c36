"""Sentences for officers and coordinators."""

from collections.abc import Sequence

from bot.messages import Reply, Tap
from bot.policy import Policy
from bot.views import Role

LEFT = "退出协办"
REOPENED = "告知后重办"


_EXAMPLES = {
    "查看": "查看 0042", "接单": "接单 0042", "回复": "回复 0042 明天上午到现场看",
    "补件": "补件 0042 请发营业执照照片", "吹哨": "吹哨 0042 住建委 占道施工需协调",
    "上报": "上报 0042 需区级协调", "退回": "退回 0042 不属于本片区", "延期": "延期 0042 3 等待检测结果",
    "办结": "办结 0042 已铺设临时通道（办不了的写：办结 0042 解释：原因）", "告知": "告知 0042 11月24日电话告知赵女士",
    "登记": "登记 测试1号食品有限公司 门口修路货车进不来", "走访": "走访 测试1号食品有限公司 询问用工",
    "确认绑定": "确认绑定 12", "查企业": "查企业 测试1号", "查专员": "查专员 住建委", "手册": "手册 占道经营", "协办": "协办 0042 城管委 需一起到现场",
    "转出": "转出 0042 12345热线 T20261120001", "转回": "转回 0042 供电公司已增容", "类别": "类别 0042 融资贷款（也可以写 咨询、问题、意见建议）", "提议": "提议 0042 临时占道先向城管委申请，五个工作日内答复",
}  # fmt: skip
# What a command of this verb still lacks.
_ASKED = {
    "回复": "要带给企业的话", "补件": "要企业补充什么", "上报": "上报的理由", "退回": "退回的理由", "办结": "办理结果",
    "告知": "告知的经过（什么时候、怎么告知谁的）", "提议": "写进手册的答复", "转回": "对方的办理结果", "类别": "类别或类型",
}  # fmt: skip


def only() -> Reply:
    """Case 54."""
    return Reply.of("这是工作人员的指令，您用不了。要办事直接说就行，我来转。")


def not_for(verb: str) -> Reply:
    """An officer's command, sent by a coordinator."""
    return Reply.of(f"「{verb}」是服务人员的指令，部门协调专员用不了。", Tap("看看您能用哪些", "帮助"))


def help_text(role: Role) -> Reply:
    """帮助: the commands that this role may use."""
    if role is Role.COORDINATOR:
        return Reply.of(
            "部门协调专员常用指令（单号用后四位就行）：\n",
            Tap("待办", "待办"),
            "\n查看 0042 · 接单 0042 · 回复 0042 内容\n补件 0042 需要什么 · 延期 0042 天数 理由\n"
            "上报 0042 理由 · 退回 0042 理由\n办结 0042 结果 · 告知 0042 经过\n"
            "协办 0042 部门 · 转出 0042 去向 编号 · 转回 0042 结果\n查专员 部门 · 手册 问题\n"
            "提议 0042 答复（办结后写进手册）· 类别 0042 类别",
        )
    return Reply.of(
        "工作人员常用指令（单号用后四位就行）：\n",
        Tap("待办", "待办"),
        "\n查看 0042 · 接单 0042 · 回复 0042 内容\n补件 0042 需要什么 · 吹哨 0042 部门 理由\n"
        "上报 0042 理由 · 退回 0042 理由 · 延期 0042 天数 理由\n办结 0042 结果 · 告知 0042 经过\n"
        "登记 企业 诉求 · 走访 企业 情况\n协办 0042 部门 · 转出 0042 去向 编号 · 转回 0042 结果\n"
        "查企业 名称 · 查专员 部门 · 手册 问题 · 确认绑定 编号\n"
        "提议 0042 答复（办结后写进手册）· 类别 0042 类别",
    )


def how_to(verb: str, ref: str = "", departments: Sequence[str] = ()) -> Reply:
    """An officer's command without its number or content, shown with the number given and a department to copy."""
    names = f"\n可以写：{'、'.join(departments)}" if departments else ""
    return Reply.of(f"请这样发：{_example(verb, ref)}{names}")


def ask_for_text(verb: str, ref: str) -> Reply:
    """A command with its number and nothing else: the next message is its text."""
    return Reply.of(
        f"请把{_ASKED[verb]}发过来，下一条消息就当作 {ref[-4:]} 的「{verb}」；不办了发 ",
        Tap("取消", "取消"),
        f"。\n也可以一次发完：{_example(verb, ref)}",
    )


def left_alone(ref: str) -> Reply:
    """取消 while a command waits for its text."""
    return Reply.of(f"好，{ref[-4:]} 没有动。")


def _example(verb: str, ref: str) -> str:
    return _EXAMPLES.get(verb, verb).replace("0042", ref[-4:] or "0042")


def hand_off_how(destinations: Sequence[str], ref: str) -> Reply:
    """转出 without a known destination."""
    return Reply.of(
        f"请写明转到哪里：{'、'.join(destinations)}。例如：转出 {ref[-4:]} {destinations[0]} 对方的编号"
    )


def nothing_found() -> Reply:
    """手册 without a match."""
    return Reply.of("手册里没找到。换个说法试试，或发「查专员 部门」找对口联络员。")


def bind_how() -> Reply:
    """绑定工号 without the code."""
    return Reply.of("请发：绑定工号 8位口令（口令由管理员在后台开给您，一次有效）")


def bound(name: str, where: str, policy: Policy) -> Reply:
    """绑定工号 done."""
    place = f"（{where}）" if where else ""
    return Reply.of(
        f"{name}{place}，绑定好了。{policy.district}的新诉求会直接发到这里。\n",
        Tap("待办", "待办"), " ", Tap("看看有哪些指令", "帮助"),
    )  # fmt: skip


def done(verb: str, number: str, holder: str) -> Reply:
    """A command went through; the enterprise is told by itself."""
    short = number[-4:]
    texts = {
        "接单": f"{short} 已接单，企业会收到通知。",
        "回复": f"{short} 已把话带给企业。",
        "补件": f"{short} 已请企业补充，等待期间按规定停表。",
        "吹哨": f"{short} 已吹哨到{holder}，您仍是首问责任人，有进展会告诉您。",
        "上报": f"{short} 已上报，现由{holder}办理。",
        "退回": f"{short} 已退回，现由{holder}处理。",
        LEFT: f"{short} 已退出协办，仍由{holder}主办。",
        "延期": f"{short} 已延期，企业会收到新的时限和理由。",
        "办结": f"{short} 已办结，结果正发给企业；送到或电话告知后归档。",
        "告知": f"{short} 已记下告知经过。",
        REOPENED: f"{short} 已记下：企业不满意，重新打开，现由{holder}牵头。",
        "协办": f"{short} 已请协办单位一起办，仍由{holder}主办。",
        "转出": f"{short} 已记下转出，仍由{holder}跟进；对方有结果后发「转回 {short} 结果」，再办结。",
        "类别": f"{short} 的类别已改好。",
        "转回": f"{short} 已记下转出结果，由{holder}接着办。",
    }
    return Reply.of(texts[verb])


def no_own_enterprise(name: str) -> Reply:
    """Neither among this officer's enterprises nor in the officer's area."""
    return Reply.of(
        f"您的片区和您服务的企业里没有「{name[:30]}」。换全称或信用代码再试；别的片区的请找管理员。"
    )


def several_enterprises(names: Sequence[str]) -> Reply:
    """More than one fits."""
    return Reply.of("有几家名字相近，请写全称：\n" + "\n".join(names))


def no_coordinator(text: str) -> Reply:
    """查专员 without a match."""
    return Reply.of(f"名单里没有与「{text[:20]}」对口的专员。可以发部门名称再试，例如：查专员 住建委")


def no_such_ticket(ref: str) -> Reply:
    """A number that is not in this person's hands."""
    return Reply.of(f"{ref} 不在您手上，或没有这个号。", Tap("待办", "待办"))


def proposed(number: str, title: str) -> Reply:
    """提议 is on the editors' desk."""
    return Reply.of(f"已把 {number[-4:]} 的办法提给手册编辑（{title}），采纳或发布了会告诉您。")


def visit_logged(enterprise: str, too_often: str) -> Reply:
    """走访 kept; `too_often` says that the enterprise should be left alone now (E7)."""
    rest = f"\n无事不扰：该企业{too_often}，没有要紧事请先不要再联系。" if too_often else ""
    return Reply.of(f"已记下对「{enterprise}」的走访。要立单请发：登记 {enterprise} 诉求{rest}")


def contacts(enterprise: str, lines: Sequence[str], too_often: str) -> Reply:
    """What to know before a visit: who was there lately, and whether it is enough for now (E7)."""
    known = "\n".join(lines) if lines else "近 30 天没有联系过。"
    advice = f"无事不扰：{too_often}，没有要紧事请先不要去。" if too_often else "去过以后请发："
    how = "" if too_often else f"走访 {enterprise} 情况"
    return Reply.of(f"「{enterprise}」近 30 天的联系：\n{known}\n{advice}{how}")


def registered(enterprise: str, number: str) -> Reply:
    """登记 done."""
    return Reply.of(f"已为「{enterprise}」立单 {number}。", Tap("查看", f"查看 {number}"))


def binding_confirmed(enterprise: str) -> Reply:
    """确认绑定 done."""
    return Reply.of(f"已确认，对方现在能查「{enterprise}」的全部事项。")
