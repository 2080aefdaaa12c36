"""The worker's duties in a runtime: tickets, conversations, the handbook, attachments, the officers' menu."""

import time
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

from app import log
from app.api.exchange.service import Exchange
from app.api.webhooks import delivering, posting
from app.api.webhooks import service as outgoing
from app.bootstrap import Runtime, desk_of
from app.clock import real_now
from app.db import Database
from app.directory import lookup, overview
from app.districts.profile import Profile
from app.fetching import fetch_attachments
from app.outbox.periodic import Job, daily, every
from app.outbox.ports import DeliveryError
from app.outbox.quiet import QuietUntil, never_quiet
from app.policies import service as policies
from app.privacy.files import forget_rejected
from app.privacy.retention import purge
from app.tickets import calendar_watch, chasing, indexing, monthly, rectifying, reminding
from app.trends import digest, drafting, gaps, warning
from app.wechat import menus
from app.worker import Hooks, Worker, in_transaction

FETCH_EVERY = timedelta(seconds=30)
TOKEN_EVERY = timedelta(seconds=30)
MENU_EVERY = timedelta(minutes=10)
CHECK_EVERY = timedelta(minutes=10)
WEBHOOKS_EVERY = timedelta(seconds=5)
EXCHANGE_EVERY = timedelta(seconds=10)
PUSH_EVERY = timedelta(minutes=1)
GAPS_EVERY = timedelta(hours=1)
INDEX_EVERY = timedelta(seconds=5)
INDEXING_S = 1.0


def index_texts(db: Database, now: datetime, *, patience_s: float = INDEXING_S) -> int:
    """Take what is left into the search index, in short transactions, for about so many seconds; how many rows."""
    until = time.monotonic() + patience_s
    count = 0
    while time.monotonic() < until:
        with db.transaction() as session:
            done = indexing.take_in(session, now)
        if not done:
            break
        count += done
    return count


def keep_coverage(db: Database, profile: Profile, now: datetime) -> None:
    """Work out a large district's coverage outside of any transaction that would hold others up, and keep it."""
    with db.reading() as session:
        summary = overview.summary_of(session, profile) if overview.is_large(session) else None
    with db.transaction() as session:
        overview.keep(session, summary, now)


def quiet_hours_of(runtime: Runtime) -> QuietUntil:
    """The district's quiet hours; none in a demo on real time, where one visitor plays everybody at any hour."""
    settings = runtime.settings
    is_played = settings.demo and settings.now is None
    return never_quiet if is_played else runtime.profile.quiet_hours.until


def worker_of(runtime: Runtime) -> Worker:
    """Put the worker together."""

    def escalate(session: Session, now: datetime) -> int:
        return reminding.escalate_due(session, runtime.rules(session), now)

    def fetch(now: datetime) -> None:
        fetch_attachments(runtime.db, runtime.gateway.client, runtime.settings.data_dir, now)

    hooks = Hooks(
        escalate=escalate,
        resume=runtime.conversations.resume_abandoned,
        quiet_until=quiet_hours_of(runtime),
    )

    def sync_menu(_now: datetime) -> None:
        with runtime.db.reading() as session:
            openids = lookup.staff_openids(session)
        menus.sync_officers(runtime.gateway.client, openids)

    def check_calendar(session: Session, now: datetime) -> None:
        calendar_watch.catch_up(session, rules=runtime.rules(session), now=now)

    def remind_of_problems(session: Session, now: datetime) -> None:
        rectifying.remind_due(session, runtime.rules(session), now)

    def survey(session: Session, now: datetime) -> None:
        monthly.start_monthly(session, runtime.rules(session), now)

    def check_token(_now: datetime) -> None:
        with suppress(DeliveryError):  # noted for the alarm where it is fetched
            runtime.gateway.client.tokens.current()

    def end_texts(now: datetime) -> None:
        ended = purge(runtime.db, runtime.retention, now, real_now())
        ended["rejected_rows"] = forget_rejected(runtime.settings.data_dir, real_now())
        log.event("texts_ended", **ended)

    def take_in_texts(now: datetime) -> None:
        index_texts(runtime.db, now)

    jobs = [
        *_outside_jobs(runtime),
        Job("access_token", every(TOKEN_EVERY), check_token),
        Job("retention", daily(3, 30), end_texts),
        Job("attachments", every(FETCH_EVERY), fetch),
        Job("officer_menu", every(MENU_EVERY), sync_menu),
        Job("search_index", every(INDEX_EVERY), take_in_texts),
        Job("coverage", every(overview.EVERY), partial(keep_coverage, runtime.db, runtime.profile)),
        Job("calendar_check", every(CHECK_EVERY), in_transaction(runtime.db, check_calendar)),
        Job("monthly_survey", daily(9, 30), in_transaction(runtime.db, survey)),
        Job("problem_list", every(CHECK_EVERY), in_transaction(runtime.db, remind_of_problems)),
    ]
    jobs += _learning_jobs(runtime)
    return Worker(runtime.db, runtime.gateway, runtime.clock, hooks=hooks, jobs=jobs)


def _outside_jobs(runtime: Runtime) -> list[Job]:
    """What goes between us and other systems: webhooks, files, and what was handed out and must come back."""
    exchange = Exchange(runtime.db, runtime.settings.data_dir, runtime.rules)

    def webhooks(now: datetime) -> None:
        with runtime.db.transaction() as session:
            outgoing.collect(session, now)
        allows_loopback = runtime.settings.demo or not runtime.settings.uses_real_platform
        post = partial(posting.post, allows_loopback=allows_loopback)
        delivering.deliver(runtime.db, post, runtime.signing_key, now)

    def take_files(now: datetime) -> None:
        exchange.work(now)

    def tell_states(now: datetime) -> None:
        exchange.tell_states(now)

    def chase(session: Session, now: datetime) -> None:
        chasing.chase_due(session, runtime.rules(session), now)

    return [
        Job("webhooks", every(WEBHOOKS_EVERY), webhooks),
        Job("exchange", every(EXCHANGE_EVERY), take_files),
        Job("exchange_states", daily(7, 30), tell_states),
        Job("handoffs", every(CHECK_EVERY), in_transaction(runtime.db, chase)),
    ]


def _learning_jobs(runtime: Runtime) -> list[Job]:
    """Policies on their way, questions without an answer, topics out of range, what departments read weekly."""
    desk = desk_of(runtime.settings, runtime.profile)

    def push_policies(session: Session, now: datetime) -> None:
        policies.release(session, runtime.rules(session), now, quiet_hours_of(runtime))

    def group_gaps(now: datetime) -> None:
        with runtime.db.reading() as session:
            found, known = gaps.unplaced(session, now), gaps.heads(session)
        placed = gaps.place(found, known, runtime.handbook.group, runtime.handbook)
        with runtime.db.transaction() as session:
            gaps.keep(session, placed)
            drafting.follow_desk(session, desk)

    def look_at_topics(session: Session, now: datetime) -> None:
        titles = {entry.id: entry.title for entry in runtime.handbook.handbook.entries}
        raised = warning.look(session, runtime.rules(session), titles, now)
        if raised:
            log.event("topics_unusual", count=len(raised))

    def send_digests(session: Session, now: datetime) -> None:
        digest.send(session, runtime.handbook.handbook.entries, runtime.rules(session), now)

    return [
        Job("policy_push", every(PUSH_EVERY), in_transaction(runtime.db, push_policies)),
        Job("gaps", every(GAPS_EVERY), group_gaps),
        Job("topics", every(CHECK_EVERY), in_transaction(runtime.db, look_at_topics)),
        Job("digest", daily(9, 10), in_transaction(runtime.db, send_digests)),
    ]
