"""The dialogue without database or platform: decisions as values (design §3, conversations 1–8)."""

from collections.abc import Callable

import pytest

from bot import effects
from bot.messages import MessageKind, Tap, Url
from bot.state import Step
from bot.views import EnterpriseView, TicketView
from handbook.entry import Decision, Entry, Kind
from tests.bot.turns import kinds, said


def test_first_follow_greets_tells_what_is_kept_and_how_to_bind(phone) -> None:
    """PIPL 17 notice at first contact; conversation 1."""
    turn = phone.sends(MessageKind.FOLLOW)
    parts = turn.replies[0].parts
    assert "有需必应" in said(turn)
    assert "只记录" in said(turn)
    assert any(isinstance(part, Tap) and part.say == "绑定" for part in parts)
    assert any(isinstance(part, Url) and part.path == "/privacy" for part in parts)


def test_an_answer_is_verbatim_with_source_date_and_a_link(phone, entry: Callable[..., Entry]) -> None:
    """B1: approved words, department, basis, review date, full entry one tap away."""
    found = entry("registration/license-lost", "营业执照丢了怎么补办")
    phone.search.results["执照找不着了咋补"] = (Decision.ANSWER, [found])
    turn = phone.says("执照找不着了咋补")
    assert found.summary in said(turn)
    assert "市场监管局 · 依据《市场主体登记管理条例》第二十四条 · 2026-11 复核" in said(turn)
    assert any(isinstance(p, Url) and p.path == "/h/registration/license-lost" for p in turn.replies[0].parts)
    assert kinds(turn) == ["RecordAnswer"]


def test_unsolved_takes_the_question_to_a_person(phone, entry: Callable[..., Entry]) -> None:
    """«没解决» counts against the answer and opens a ticket with the question: nobody asks twice."""
    phone.search.results["执照丢了"] = (Decision.ANSWER, [entry("a/b", "补照")])
    phone.says("执照丢了")
    phone.state = phone.state.settled(question="执照丢了", near=("a/b",), answer_id=7)
    turn = phone.says("没解决，转服务员")
    assert effects.RecordUnsolved(7) in turn.effects
    opened = next(effect for effect in turn.effects if isinstance(effect, effects.OpenTicket))
    assert opened.content == "执照丢了"


@pytest.mark.parametrize(
    "pick",
    [
        "2",
        "第2个",
        "2 公司变更法定代表人",
        "公司变更法定代表人",
        "２",
        "第二个",
        "二",
        "②",
        "2.",
        "我选第2个",
        "第二个吧",
    ],
)
def test_choices_are_taken_by_tap_number_or_words(phone, entry: Callable[..., Entry], pick: str) -> None:
    """B2: ask, do not guess; a typed number works as well as the tap."""
    entries = [entry("c/a", "个体工商户变更经营者"), entry("c/b", "公司变更法定代表人")]
    phone.search.results["换成我媳妇的名字"] = (Decision.CHOOSE, entries)
    turn = phone.says("换成我媳妇的名字")
    assert "都不是，转服务员" in said(turn)
    chosen = phone.says(pick)
    assert entries[1].summary in said(chosen)


def test_none_of_the_choices_opens_a_ticket_with_the_question(phone, entry: Callable[..., Entry]) -> None:
    phone.search.results["换名字"] = (Decision.CHOOSE, [entry("c/a", "甲"), entry("c/b", "乙")])
    phone.says("换名字")
    turn = phone.says("3")
    assert turn.effects[0].content == "换名字"


def test_a_question_is_understood_whatever_was_asked_before(phone, entry: Callable[..., Entry]) -> None:
    """Search first, always: an open choice does not swallow a new question."""
    phone.search.results["换名字"] = (Decision.CHOOSE, [entry("c/a", "甲"), entry("c/b", "乙")])
    phone.search.results["年报怎么报"] = (Decision.ANSWER, [entry("credit/annual-report", "年报")])
    phone.says("换名字")
    assert "年报：先到窗口" in said(phone.says("年报怎么报"))


def test_no_answer_opens_a_ticket_and_asks_an_unknown_person_once(phone) -> None:
    """C1; the unbound are asked once who they are, with the question already safe."""
    first = phone.says("厂门口修路货车进不来")
    assert kinds(first) == ["RecordAnswer", "OpenTicket"]
    assert "您是哪家企业" in said(first)
    phone.waits(hours=1)
    second = phone.says("隔壁厂排放气味太大")
    assert "您是哪家企业" not in said(second)


def test_a_message_soon_after_opening_belongs_to_the_ticket(phone, ticket: Callable[..., TicketView]) -> None:
    """Design §3: three messages of one story become one ticket."""
    phone.desk.tickets = (ticket(),)
    phone.waits(minutes=5)
    turn = phone.says("昨天还把路灯杆撞了")
    assert effects.Supplement("20261120-0042", "昨天还把路灯杆撞了") in turn.effects


def test_later_the_bot_asks_whether_it_is_something_new(phone, ticket: Callable[..., TicketView]) -> None:
    """Design §3: a follow-up must not swallow a new question, nor a story become three tickets."""
    phone.desk.tickets = (ticket(),)
    phone.waits(hours=3)
    turn = phone.says("还有个事门牌号没有")
    assert kinds(turn) == ["RecordAnswer"]
    assert "补充在办的事，还是新诉求" in said(turn)
    opened = phone.says("2")
    assert opened.effects[0].content == "还有个事门牌号没有"


def test_while_we_wait_for_the_enterprise_its_words_answer(phone, ticket: Callable[..., TicketView]) -> None:
    """After 补件 an unanswered message is the supplement, however late."""
    phone.desk.tickets = (ticket(is_waiting=True),)
    phone.waits(days=2)
    assert kinds(phone.says("合同在这个月底到期")) == ["Supplement"]  # no gap of the handbook


@pytest.mark.parametrize("text", ["厂里着火了", "车间有人触电了快来人", "后厨煤气泄漏"])
def test_an_emergency_gets_the_numbers_first_then_the_ticket(phone, text: str) -> None:
    turn = phone.says(text)
    assert turn.replies[0].plain().find("119") > 0
    assert "OpenTicket" in kinds(turn)


@pytest.mark.parametrize("text", ["我不想活了", "再不给我办我就从楼上跳下去", "我带着汽油去你们那"])
def test_a_life_at_risk_gets_kind_words_and_the_numbers_then_the_ticket(phone, text: str) -> None:
    turn = phone.says(text)
    first = turn.replies[0].plain()
    assert "OpenTicket" in kinds(turn)
    assert all(number in first for number in ("110", "120", "12356"))
    assert "燃气" not in first


@pytest.mark.parametrize("text", ["跳楼价甩卖要备案吗", "楼上吊顶要办什么手续"])
def test_everyday_words_open_no_crisis(phone, text: str) -> None:
    assert "12356" not in said(phone.says(text))


@pytest.mark.parametrize("text", ["消防安全检查怎么办", "燃气泄漏应急预案怎么备案", "火锅店要办什么证"])
def test_paperwork_about_dangers_is_no_emergency(phone, text: str) -> None:
    assert "119" not in said(phone.says(text))


def test_a_complaint_about_ones_own_officer_goes_to_the_hub(phone) -> None:
    turn = phone.says("我的服务专员总不接电话态度还差")
    assert turn.effects[0].is_about_officer


@pytest.mark.parametrize("text", ["。。。", "???", "asdkjh", "8", "哦"])
def test_noise_gets_a_short_reply_and_no_ticket(phone, text: str) -> None:
    turn = phone.says(text)
    assert "OpenTicket" not in kinds(turn)
    assert said(turn)


@pytest.mark.parametrize("kind", [Kind.SMALLTALK, Kind.OUT_OF_SCOPE, Kind.REDIRECT])
def test_talk_and_other_peoples_matters_make_no_ticket(
    phone, entry: Callable[..., Entry], kind: Kind
) -> None:
    """B5: refused kindly with the right channel, counted, no ticket."""
    phone.search.results["问一下"] = (Decision(kind.value), [entry("x/y", "标题", kind)])
    turn = phone.says("问一下")
    assert said(turn).startswith("标题：先到窗口。")
    assert kinds(turn) == ["RecordAnswer"]


def test_a_short_reply_leaves_a_way_on_to_a_person(phone, entry: Callable[..., Entry]) -> None:
    """«厂房漏水房东不修» may be taken for a citizen's matter: one tap corrects it."""
    found = entry("redirect/housing", "个人租房", Kind.REDIRECT)
    phone.search.results["厂房漏水房东不修"] = (Decision.REDIRECT, [found])
    turn = phone.says("厂房漏水房东不修")
    tap = next(part for part in turn.replies[0].parts if isinstance(part, Tap))
    opened = next(e for e in phone.says(tap.say).effects if isinstance(e, effects.OpenTicket))
    assert opened.content == "厂房漏水房东不修"


def test_a_human_is_asked_for_without_a_reason(phone) -> None:
    assert "一句话" in said(phone.says("转人工"))
    assert phone.state.step is Step.DESCRIBING
    assert "OpenTicket" in kinds(phone.says("想找块地建仓库"))


def test_a_picture_is_kept_until_there_are_words(phone) -> None:
    phone.sends(MessageKind.IMAGE, media_id="M1")
    turn = phone.says("围挡把大门堵了")
    assert turn.effects[1].media == (("image", "M1"),)


def test_binding_is_confirmed_by_a_tap_and_contact_asked_once(phone) -> None:
    phone.desk.enterprises = (EnterpriseView(5, "宁河区测试1号食品有限公司"),)
    assert "是这家吗" in said(phone.says("绑定 测试1号"))
    turn = phone.says("1")
    assert turn.effects == (effects.Bind(5),)
    assert "称呼和电话" in said(turn)
    assert phone.says("赵女士 13900000001").effects == (effects.SaveContact("赵女士", "13900000001"),)


@pytest.mark.parametrize("decision", [Decision.OUT_OF_SCOPE, Decision.REDIRECT])
def test_a_person_asked_for_after_a_refusal_gets_the_refused_matter(
    phone, entry: Callable[..., Entry], decision: Decision
) -> None:
    """«人工» is about the last matter, not about one that was answered before."""
    phone.search.results["老停水"] = (Decision.ANSWER, [entry("a/b", "停水找谁")])
    phone.search.results["判了不给钱"] = (decision, [entry("x/y", "执行", Kind(decision.value))])
    phone.says("老停水")
    phone.says("判了不给钱")
    opened = next(e for e in phone.says("人工").effects if isinstance(e, effects.OpenTicket))
    assert opened.content == "判了不给钱"


def test_only_resolved_tickets_are_offered_for_rating(phone, entry: Callable[..., Entry]) -> None:
    """«办得不错» while nothing is resolved must not offer to rate what is still in hand."""
    rating = entry("command/rate", "评价", Kind.COMMAND, command="评价")
    phone.search.results["办得不错"] = (Decision.COMMAND, [rating])
    phone.desk.tickets = (TicketView("20261120-0042", "修路", phone.now),)
    assert "0042" not in said(phone.says("办得不错"))
    phone.desk.tickets = (
        TicketView("20261120-0043", "停水", phone.now, is_resolved=True),
        *phone.desk.tickets,
    )
    offered = said(phone.says("办得不错"))
    assert "0043" in offered
    assert "0042" not in offered


def test_a_new_matter_taken_for_a_command_is_one_tap_from_a_person(
    phone, entry: Callable[..., Entry]
) -> None:
    """«快耽误交货了» reads like 催办: the offer keeps the words, and «不是» makes them a ticket."""
    urging = entry("command/urge", "催办", Kind.COMMAND, command="催办")
    phone.search.results["门口修路 快耽误交货了"] = (Decision.COMMAND, [urging])
    phone.desk.tickets = (TicketView("20261120-0042", "停水", phone.now),)
    turn = phone.says("门口修路 快耽误交货了")
    no = next(p for p in turn.replies[0].parts if isinstance(p, Tap) and p.label.startswith("不是"))
    opened = next(e for e in phone.says(no.say).effects if isinstance(e, effects.OpenTicket))
    assert opened.content == "门口修路 快耽误交货了"


def test_a_close_call_after_a_request_for_more_can_be_the_supplement(
    phone, entry: Callable[..., Entry]
) -> None:
    """What was asked for with 补件 must reach the ticket even if it resembles an entry."""
    phone.search.results["位置在南门"] = (Decision.CHOOSE, [entry("a/b", "规划许可")])
    phone.desk.tickets = (TicketView("20261120-0042", "修路", phone.now, is_waiting=True),)
    assert "2 补充 0042 修路" in said(phone.says("位置在南门"))
    assert phone.says("2").effects == (effects.Supplement("20261120-0042", "位置在南门", ()),)


def test_what_would_be_refused_is_not_offered_as_a_choice(phone, entry: Callable[..., Entry]) -> None:
    """Nobody is asked whether they mean «涉及国家秘密的事项»."""
    refused = entry("scope/secret", "涉及国家秘密的事项", Kind.OUT_OF_SCOPE)
    phone.search.results["位置在南门"] = (Decision.CHOOSE, [refused, entry("a/b", "规划许可")])
    assert "国家秘密" not in said(phone.says("位置在南门"))


@pytest.mark.parametrize("kind", [Kind.OUT_OF_SCOPE, Kind.REDIRECT, Kind.ANSWER])
def test_a_kept_question_is_forgotten_after_a_day(phone, entry: Callable[..., Entry], kind: Kind) -> None:
    """«人工» a week later is about something else: it must not open a ticket for the old words."""
    phone.search.results["老问题"] = (Decision(kind.value), [entry("x/y", "标题", kind)])
    phone.says("老问题")
    phone.waits(days=7)
    assert kinds(phone.says("人工")) == []
