"""The learning loop (B3): clusters over time, their department, their draft, whether they shrank; use and digest."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.editing.desk import Desk
from app.editing.values import Person, State
from app.errors import Conflict
from app.tickets.models import Ticket
from app.trends import digest, drafting, gaps, usage
from app.trends.models import GapCluster, GapQuestion, GapState
from handbook.entry import Candidate, Decision, Entry, Kind, SearchResult, Section

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
KB = Path(__file__).parents[2] / "kb"


def group(texts):
    """Texts that begin alike are of one meaning."""
    found = {}
    for place, text in enumerate(texts):
        found.setdefault(text[:1], []).append(place)
    return list(found.values())


def entry(entry_id, department, **changes):
    values = {
        "id": entry_id, "title": f"{entry_id}怎么办", "questions": (), "unlike": (), "keywords": (),
        "department": department, "category": "", "kind": Kind.ANSWER, "audience": "public", "summary": "。",
        "sections": (Section("办理条件", "。"),), "internal_notes": "", "basis": (), "reviewed": None,
        "review_every": 180, "related": (),
    }  # fmt: skip
    return Entry(**(values | changes))


def absorb(town, now=NOW):
    with town.db.reading() as session:
        found, known = gaps.unplaced(session, now), gaps.heads(session)
    placed = gaps.place(found, known, group, town.search)
    with town.db.transaction() as session:
        return gaps.keep(session, placed)


def clusters(town):
    with town.db.reading() as session:
        return list(session.exec(select(GapCluster).order_by(col(GapCluster.id))))


def test_what_was_not_answered_comes_together_and_names_its_department(town):
    """No answer, and an answer that did not help; what was answered stays out."""
    town.ask(3, 2, words="电压不稳怎么办")
    town.ask(2, words="电表老跳闸", decision="answer", entry_id="utilities/power", is_solved=False)
    town.ask(2, words="电费在哪交", decision="answer", entry_id="utilities/power")
    town.ask(1, words="鸡舍怎么备案")
    assert absorb(town) == 4
    power, barn = clusters(town)
    assert (power.name, power.department, power.near) == ("电压不稳怎么办", "供电公司", "utilities/power")
    assert (barn.department, barn.near) == ("市场监管局", "")
    with town.db.reading() as session:
        assert gaps.counts(session, NOW - timedelta(days=30)) == {power.id: 3, barn.id: 1}


def test_no_department_is_named_where_several_are_as_likely():
    """B3: «信号太差» is as near to the tax office as to anybody; it stays with the hub instead of asking one of them."""

    class Tied:
        scores = (0.11, 0.11)

        def search(self, question, *, staff=False):
            found = [
                Candidate(entry(f"a/{n}", name), score, {})
                for n, (name, score) in enumerate(zip(("税务局", "工信局"), self.scores, strict=True))
            ]
            return SearchResult(question, Decision.NONE, tuple(found), 0.1)

    search = Tied()
    assert gaps.likely_owner(["信号太差"], search)[1] == ""
    search.scores = (0.2, 0.11)
    assert gaps.likely_owner(["信号太差"], search)[1] == "税务局"


def test_a_cluster_stays_the_same_from_day_to_day(town):
    town.ask(3, 2)
    absorb(town)
    assert absorb(town) == 0
    town.ask(1, words="电又停了")
    assert absorb(town) == 1
    (cluster,) = clusters(town)
    assert cluster.last_at == NOW - timedelta(days=1) and cluster.first_at == NOW - timedelta(days=3)


def test_names_and_numbers_do_not_get_into_a_cluster(town):
    town.ask(1, words="电停了，测试1号面粉有限公司测试人，13912345678")
    absorb(town)
    (cluster,) = clusters(town)
    assert cluster.name == "电停了，某企业某人，（电话）"
    with town.db.reading() as session:
        assert gaps.wordings(session, cluster, 5) == ["电停了，某企业某人，（电话）"]


def test_words_that_were_erased_are_not_kept_elsewhere(town):
    """PIPL 47: the cluster keeps the place of a question, its words end with the answer."""
    town.ask(1)
    absorb(town)
    assert [column.name for column in GapQuestion.__table__.columns] == [
        "id",
        "cluster_id",
        "answer_id",
        "at",
    ]


def test_the_draft_carries_questions_and_results_without_names_and_the_cluster_follows_it(town, tmp_path):
    for words in ("电压不稳怎么办", "电老跳闸", "电13912345678不稳"):
        town.ask(3, words=words)
    absorb(town)
    with town.db.transaction() as session:
        session.add(ticket("测试1号面粉有限公司已由供电公司换变压器，联系13912345678，半天恢复"))
    desk = Desk(KB, tmp_path / "local", "ninghe", town.rules.profile.handbook_variables())
    who = Person("zhang", "测试编辑")
    with town.db.transaction() as session:
        cluster = gaps.find(session, 1)
        sheet = drafting.start_draft(session, desk, cluster, "utilities", "水电气热", who, NOW)
        with pytest.raises(Conflict, match="有人在写"):
            drafting.start_draft(session, desk, cluster, "utilities", "水电气热", who, NOW)
    draft = desk.draft(sheet.key)
    assert (draft.title, draft.department, draft.category) == ("电压不稳怎么办", "供电公司", "水电气热")
    assert set(draft.questions) == {"电老跳闸", "电（电话）不稳"}
    assert "换变压器" in draft.summary and "测试1号" not in draft.summary and "1391" not in draft.summary
    with town.db.transaction() as session:
        assert drafting.follow_desk(session, desk) == 0
    done = sheet.after(sheet.updated, state=State.PUBLISHED)
    desk.shelf.write_draft(done)
    with town.db.transaction() as session:
        assert drafting.follow_desk(session, desk) == 1
        cluster = gaps.find(session, 1)
        assert (cluster.state, cluster.settled_at) == (GapState.SETTLED, NOW)


def test_a_dropped_draft_opens_its_cluster_again(town, tmp_path):
    town.ask(1)
    absorb(town)
    desk = Desk(KB, tmp_path / "local", "ninghe", {})
    with town.db.transaction() as session:
        cluster = gaps.find(session, 1)
        cluster.state, cluster.sheet_key = GapState.DRAFTED, "20261120100000-00000000"
        session.add(cluster)
        session.flush()
        assert drafting.follow_desk(session, desk) == 1 and gaps.find(session, 1).state == GapState.OPEN


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (1, "发布前 10 天 4 次，发布后 10 天 1 次：少了"),
        (4, "发布前 10 天 4 次，发布后 10 天 4 次：没有变少"),
        (6, "发布前 10 天 4 次，发布后 10 天 6 次：反而多了"),
    ],
)
def test_after_publishing_it_is_seen_whether_the_cluster_shrank(town, after, words):
    town.ask(15, 4)
    town.ask(5, after, words="电还是不稳")
    town.ask(40, 3)
    absorb(town)
    with town.db.transaction() as session:
        gaps.settle(session, gaps.find(session, 1), "utilities/power", NOW - timedelta(days=10))
        assert gaps.shrinkage(session, gaps.find(session, 1), NOW).text == words
        gaps.settle(session, gaps.find(session, 1), "utilities/power", NOW)
        assert gaps.shrinkage(session, gaps.find(session, 1), NOW).text == "刚发布，明天再看"


def test_hits_never_hit_and_winning_wrongly(town):
    entries = [entry("a/one", "甲局"), entry("a/two", "甲局"), entry("a/three", "乙局")]
    town.ask(1, 5, decision="answer", entry_id="a/one")
    town.ask(1, 2, decision="answer", entry_id="a/two", is_solved=False)
    town.ask(1, 3, decision="chosen", entry_id="a/one", offered=("a/two", "a/one"))
    with town.db.reading() as session:
        uses = usage.usage(session, entries, NOW - timedelta(days=90))
    assert [(use.entry.id, use.hits, use.unsolved, use.passed_over) for use in uses] == [
        ("a/one", 8, 0, 0),
        ("a/two", 2, 2, 3),
        ("a/three", 0, 0, 0),
    ]
    assert [use.entry.id for use in usage.never_hit(uses)] == ["a/three"]
    assert [use.entry.id for use in usage.winning_wrongly(uses)] == ["a/two"]


def test_the_weekly_digest_reaches_the_departments_coordinators_once(town):
    """New gaps, reviews due, not solved, won wrongly, never hit; only those who have something to do are told."""
    entries = [
        entry("permit/food", "市场监管局", title="食品证", reviewed=date(2026, 5, 1)),
        entry("permit/old", "市场监管局", title="老条目"),
        entry("tax/invoice", "税务局", title="发票"),
    ]
    town.ask(1, 2, words="鸡舍怎么备案")
    absorb(town)
    town.ask(1, 3, decision="answer", entry_id="permit/food", is_solved=False)
    for _ in range(2):
        with town.db.transaction() as session:
            assert digest.send(session, entries, town.rules, NOW) == 1
    ((openid, words),) = town.told()
    assert openid == "o-market"
    assert words.split("\n") == [
        "【应答手册周报】市场监管局（到11月20日）",
        "答不上的新问题 1 堆，请补条目：鸡舍怎么备案（2次）",
        "到期该复核 1 条：食品证（10月28日）",
        "看了说没解决 3 次：食品证（3次）",
        "常被错当答案 1 条，请改问法：食品证",
        "近 90 天没人问到 1 条：老条目",
    ]
    with town.db.transaction() as session:
        assert digest.send(session, entries, town.rules, NOW + timedelta(days=1)) == 0  # Saturday


def ticket(result):
    day = NOW.date()
    return Ticket(
        number="20261117-0001",
        status="resolved",
        content="电压不稳",
        result=result,
        openid="o-asker",
        enterprise_id=1,
        step="local",
        holder_kind="hub",
        opened_at=NOW - timedelta(days=3) + timedelta(minutes=5),
        received_on=day,
        due_on=day,
        due_from=day,
        due_days=0,
        held_since=NOW,
        last_activity_at=NOW,
    )
