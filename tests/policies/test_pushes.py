"""Policy push (B7; FT 三(一)3, BH 津策通): whom, whom not and why, quota, quiet hours, stop, read, follow-up."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.conversations.models import Answer
from app.errors import AppError, Conflict
from app.followers.models import Follower
from app.outbox.models import OutboxState
from app.policies import audience, links, progress, service
from app.policies.models import ItemState, PolicyPush, PushItem, PushState
from app.policies.targeting import Target, fitting, target_text
from bot.messages import Reply

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
KEY = b"a signing key for tests only...."
NIGHT = NOW + timedelta(hours=12)


class Facts:
    kind, industry, scale, stage, chain, area_code = "企业", "食品制造业", "小型", "成长期", "新食品", "A1"


@pytest.mark.parametrize(
    ("target", "reasons"),
    [
        (Target(), ["全区都发"]),
        (Target(industry=("食品",)), ["行业：食品制造业"]),
        (Target(industry=("食品", "物流"), scale=("小型", "微型")), ["行业：食品制造业", "规模：小型"]),
        (Target(area=("A",)), ["片区：测试网格"]),
        (Target(chain=("新食品",), stage=("成长期",)), ["发展阶段：成长期", "产业链：新食品"]),
        (Target(industry=("食品",), scale=("大型",)), None),
        (Target(kind=("个体工商户",)), None),
    ],
)
def test_a_target_says_why_an_enterprise_fits(target, reasons):
    """B7: by kind, industry, size, stage, area, chain; values of one are alternatives, criteria add up."""
    assert fitting(target, Facts(), {"A1": "测试网格"}, frozenset({"A", "A1"})) == reasons
    assert Target.from_json(target.to_json()) == target


def test_a_target_reads_as_one_line():
    assert target_text(Target(industry=("食品",), area=("A",)), {"A": "一片区"}) == "行业：食品；片区：一片区"


def test_everybody_is_either_a_receiver_with_a_reason_or_left_out_with_one(town):
    """B7, E7: unbound, unverified, unfollowed, opted out, contacted often, twice the same person; counted."""
    push_id = town.write()
    with town.db.reading() as session:
        found = service.preview(session, service.find(session, push_id), profile=town.rules.profile, now=NOW)
    assert {(one.openid, one.enterprise_id) for one in found.receivers} == {
        ("o-one", 1),
        ("o-two", 2),
        ("o-two-b", 2),
    }
    assert found.receivers[0].why == "行业：食品制造业；片区：测试网格"
    assert found.reasons == dict.fromkeys(
        sorted(
            [
                audience.NO_CONTACT,
                audience.NOT_VERIFIED,
                audience.OPTED_OUT,
                audience.NOT_FOLLOWING,
                audience.TOO_OFTEN,
                audience.SAME_PERSON,
            ]
        ),
        1,
    )
    assert found.fitting == len({one.enterprise_id for one in found.receivers}) + len(found.left_out) == 8


def test_nobody_hears_anything_before_the_start(town):
    town.write()
    assert town.release() == 0 and town.told() == []


def test_a_push_goes_out_by_the_outbox_once_each_and_is_one_contact(town):
    """B7: title, one sentence, the page; E7: one push is one contact of an enterprise, also with two people."""
    push_id = town.write()
    town.start(push_id)
    assert town.release() == 3
    assert town.release(NOW + timedelta(minutes=1)) == 0
    assert town.push(push_id).state == PushState.DONE
    messages = town.told()
    assert [message.openid for message in messages] == ["o-one", "o-two", "o-two-b"]
    words = Reply.from_json(messages[0].reply).plain()
    assert (
        words == "【政策送达】食品企业技改补助\n技改投入可以申请补助。\n〔看全文〕\n不想再收到，回复“退订”。"
    )
    assert messages[0].path.startswith("/h/finance/food-subsidy?p=")
    assert [visit.channel for visit in town.visits(2)] == ["政策推送"]


def test_the_database_lets_nobody_have_the_same_push_twice(town):
    push_id = town.write()
    town.start(push_id)
    with pytest.raises(Conflict, match="已经开始"):
        town.start(push_id)
    with pytest.raises(IntegrityError), town.db.transaction() as session:
        session.add(PushItem(push_id=push_id, enterprise_id=10, openid="o-one"))


def test_the_same_policy_is_not_brought_again_by_another_push(town):
    town.start(town.write())
    town.release()
    with pytest.raises(Conflict, match="没有人会收到"):
        town.start(town.write())


def test_the_quota_holds_per_hour(town):
    push_id = town.write(per_hour=2)
    town.start(push_id)
    assert town.release() == 2
    assert town.release(NOW + timedelta(minutes=59)) == 0
    assert town.push(push_id).state == PushState.RUNNING
    assert town.release(NOW + timedelta(minutes=61)) == 1


def test_one_person_gets_no_more_pushes_than_allowed_for_whichever_enterprise(town):
    """E7: a bookkeeper of several enterprises is one person; what came for the others counts, too."""
    push_id = town.write()
    cap = town.rules.profile.feedback.contacts_per_month
    for number, earlier in enumerate([town.write() for _ in range(cap)], 1):
        with town.db.transaction() as session:
            service.find(session, earlier).entry_id = f"policy/earlier-{number}"
            session.add(
                PushItem(
                    push_id=earlier, enterprise_id=8, openid="o-one", state=ItemState.RELEASED,
                    released_at=NOW - timedelta(days=number), outbox_key=f"earlier-{number}",
                )
            )  # fmt: skip
    with town.db.reading() as session:
        found = service.preview(session, service.find(session, push_id), profile=town.rules.profile, now=NOW)
    assert "o-one" not in {one.openid for one in found.receivers}
    assert found.reasons[audience.ENOUGH] == 2  # both enterprises that this person speaks for


def test_quiet_hours_hold_everything_back(town):
    """E7: at half past ten in the evening nobody is disturbed, in the morning it goes on."""
    town.start(town.write())
    assert town.release(NIGHT) == 0 and town.told() == []
    assert town.release(NIGHT + timedelta(hours=12)) == 3


def test_who_says_so_between_start_and_turn_is_left_alone(town):
    """退订 counts at once, also for a push under way."""
    push_id = town.write()
    town.start(push_id)
    with town.db.transaction() as session:
        session.get(Follower, "o-one").refuses_surveys = True
    assert town.release() == 2
    item = town.items(push_id)["o-one"]
    assert (item.state, item.reason) == (ItemState.SKIPPED, audience.OPTED_OUT)


def test_stopping_spares_whoever_has_not_got_it(town):
    push_id = town.write(per_hour=2)
    town.start(push_id)
    town.release()
    with town.db.transaction() as session:
        row = town.told()[0]
        session.merge(row).state = OutboxState.SENT
    with town.db.transaction() as session:
        assert service.stop(session, push_id, reason="写错了日期", by="hub", now=NOW) == 2
    assert [row.state for row in town.told()] == [OutboxState.SENT, OutboxState.CANCELLED]
    assert town.release(NOW + timedelta(hours=2)) == 0
    assert {item.state for item in town.items(push_id).values()} == {ItemState.RELEASED, ItemState.STOPPED}
    with town.db.reading() as session:
        shown = progress.figures(session, session.get_one(PolicyPush, push_id))
    assert (shown.total, shown.sent, shown.stopped, shown.failed) == (3, 1, 2, 0)


@pytest.mark.parametrize(
    "changes", [{"sentence": " "}, {"sentence": "长" * 121}, {"per_hour": 0}, {"follow_hours": 9999}]
)
def test_what_makes_no_sense_is_refused(town, changes):
    values = {"sentence": "一句话。", "per_hour": 10, "follow_hours": 24} | changes
    with pytest.raises(AppError), town.db.transaction() as session:
        service.create(session, None, Target(), by="hub", now=NOW, **values)


def test_reading_is_counted_once_and_only_by_a_genuine_link(town):
    push_id = town.write()
    town.start(push_id)
    town.release()
    token = town.told()[0].path.partition("?p=")[2]

    def read(token: str, entry_id: str = "finance/food-subsidy") -> bool:
        with town.db.transaction() as session:
            return progress.note_read(session, token, entry_id, KEY, NOW + timedelta(hours=1))

    assert not read(token, "other/entry") and not read("1.0000") and not read("") and not read("x.y")
    assert links.read_signed(f"9{token}", KEY) is None
    assert read(token) and not read(token)
    with town.db.reading() as session:
        figures = progress.figures(session, service.find(session, push_id))
    assert (figures.total, figures.under_way, figures.read) == (3, 3, 1)


def test_questions_afterwards_come_back_linked_without_personal_data(town):
    """B7: by the same person, within the hours; names and numbers are taken out of the words."""
    push_id = town.write()
    town.start(push_id)
    town.release()
    with town.db.transaction() as session:
        for hours, openid, words in (
            (-1, "o-one", "推送之前问的"),
            (2, "o-one", "测试1号企业能补多少，回我13912345678"),
            (80, "o-one", "三天以后问的"),
            (2, "o-three", "没收到推送的人问的"),
        ):
            moment = NOW + timedelta(hours=hours)
            session.add(Answer(openid=openid, question=words, decision="none", at=moment))
    with town.db.reading() as session:
        found = progress.follow_ups(session, service.find(session, push_id))
    assert [(one.question, one.outcome) for one in found] == [("某企业能补多少，回我（电话）", "没答上")]
