"""A policy reaches a phone, is read and asked about; a question without an answer becomes a cluster (B7, B3)."""

import re
from html import unescape

import httpx2
from sqlmodel import col, select

from app.directory.models import Contact
from app.policies import progress, service
from app.policies.targeting import Target
from app.trends.models import GapCluster

ENTRY = "registration/company-setup"


def test_a_policy_is_pushed_read_and_asked_about(town, bound):
    """B7 with the worker, the platform and the page over HTTP; quiet hours hold it until the morning."""
    profile, now = town.runtime.profile, town.clock.now

    def write(session):
        session.exec(select(Contact).where(col(Contact.ended_at).is_(None))).one().verified_at = now()
        push = service.create(
            session, town.runtime.handbook.entry(ENTRY), Target(area=("LT",)), sentence="网上就能办，不收费。",
            per_hour=10, follow_hours=72, by="hub", now=now(),
        )  # fmt: skip
        service.start(session, push.id, profile=profile, by="hub", now=now())

    town.work()
    town.passes(hours=13)
    town.in_session(write)
    town.passes(minutes=2)
    town.work()
    assert "政策送达" not in bound.inbox[-1].text
    town.passes(hours=11)
    bound.send_text("我的服务员")
    town.work()
    shown = next(line for line in bound.inbox if "政策送达" in line.text)
    link = unescape(re.search(r'href="([^"]*/h/[^"]*p=[^"]*)"', shown.text)[1])
    assert httpx2.get(link).status_code == 200
    bound.send_text("注册公司要不要验资")
    with town.runtime.db.reading() as session:
        push = service.find(session, 1)
        assert progress.figures(session, push).read == 1
        assert [one.question for one in progress.follow_ups(session, push)] == ["注册公司要不要验资"]


def test_what_nobody_could_answer_becomes_a_cluster_within_the_hour(town, bound):
    """B3: grouped by the running handbook, named, with a department that should write it."""
    town.work()
    for words in ("量子纠缠怎么测量", "量子纠缠的仪器怎么测量"):
        bound.send_text(words)
    town.passes(hours=2)
    town.work()
    with town.runtime.db.reading() as session:
        names = [cluster.name for cluster in session.exec(select(GapCluster))]
    assert len(names) == 1 and "量子纠缠" in names[0]
