"""Two people, one ticket, on both databases (reliability test 8): one wins, the other is told; nothing is lost."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.audit import AuditRow
from app.db import Database
from app.districts.loader import load_profile
from app.errors import AppError, Conflict
from app.keyvalue import Counter, next_value
from app.migrations import runner
from app.outbox.models import OutboxMessage
from app.tickets import reminding, service
from app.tickets.lifecycle import Action
from app.tickets.models import Ticket, TicketEvent
from app.tickets.values import Actor, ActorKind, Rules, TicketDraft
from app.workdays.store import packaged_calendar

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
RULES = Rules(load_profile("ninghe"), packaged_calendar(), b"key")
WORKERS = 8
TICKETS = int(os.environ.get("QIYING_RACE_TICKETS", "25"))
BOSS = Actor(ActorKind.ENTERPRISE, "o-boss", "")
WANG = Actor(ActorKind.OFFICER, "1", "王服务")
HUB = Actor(ActorKind.HUB, "1", "中枢值班")

CLAIMER = """
import json, random, sys
from datetime import UTC, datetime
from app.db import Database
from app.districts.loader import load_profile
from app.errors import AppError
from app.tickets import service
from app.tickets.lifecycle import Action
from app.tickets.values import Actor, ActorKind, Rules
from app.workdays.store import packaged_calendar

url, ids, me = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
database = Database(url)
rules = Rules(load_profile("ninghe"), packaged_calendar(), b"key")
random.Random(me).shuffle(ids)
sys.stdin.readline()
won, told = [], 0
for ticket_id in ids:
    try:
        with database.transaction() as session:
            actor = Actor(ActorKind.HUB, me, f"值班{me}")
            now = datetime(2026, 11, 20, 3, tzinfo=UTC)
            service.perform(session, ticket_id, Action.ACCEPT, actor, rules=rules, now=now)
        won.append(ticket_id)
    except AppError as error:
        told += "已接单" in error.message
print(json.dumps([won, told]))
"""


def open_tickets(database: Database, count: int) -> list[int]:
    ids = []
    for _ in range(count):
        with database.transaction() as session:
            ticket = service.open_ticket(session, TicketDraft("修路", "o-boss", 1), rules=RULES, now=NOW)
            ids.append(ticket.id or 0)
    return ids


def together(acts: list[Callable[[], object]]) -> list[object]:
    """Everything at once from threads of their own; a refusal is a result, any other error is not."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_eight_processes_claim_every_ticket_once(database: Database) -> None:
    """As many wins as tickets, all distinct; every loser is told who was faster; one event each."""
    ids = open_tickets(database, TICKETS)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER, database.url, json.dumps(ids), str(n)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(WORKERS)
    ]
    answers = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        output, _ = process.communicate(timeout=240)
        assert process.returncode == 0
        answers.append(json.loads(output))
    won = [ticket_id for wins, _ in answers for ticket_id in wins]
    assert sorted(won) == ids
    assert sum(told for _, told in answers) == (WORKERS - 1) * TICKETS
    with database.reading() as session:
        accepted = select(func.count()).where(col(TicketEvent.kind) == "accept")
        assert session.exec(accepted).one() == TICKETS
        pushed = select(func.count()).where(
            col(OutboxMessage.kind) == "ticket_accepted", col(OutboxMessage.openid) == "o-boss"
        )
        assert session.exec(pushed).one() == TICKETS
        assert {ticket.version for ticket in session.exec(select(Ticket))} == {2}


def test_two_stale_forms_one_is_refused_with_what_happened(database: Database) -> None:
    """A 409 that names the winner; the loser's words are nowhere."""
    (ticket_id,) = open_tickets(database, 1)

    def edit(action: Action, actor: Actor, **words: object) -> Callable[[], object]:
        def act() -> object:
            with database.transaction() as session:
                return service.perform(
                    session, ticket_id, action, actor, expected_version=1, rules=RULES, now=NOW, **words
                )

        return act

    found = together(
        [
            edit(Action.SUMMON, WANG, target="住建委", note="甲"),
            edit(Action.DISPATCH, HUB, target="department:2", note="乙"),
        ]
    )
    refused = [item for item in found if isinstance(item, Conflict)]
    assert len(refused) == 1
    assert "刚刚有变化" in refused[0].message
    with database.reading() as session:
        assert session.get_one(Ticket, ticket_id).version == 2
        assert len(list(session.exec(select(TicketEvent)))) == 2


def test_the_enterprise_withdraws_while_the_officer_settles(database: Database) -> None:
    """Never both, whichever is first."""
    for ticket_id in open_tickets(database, 10):

        def act(action: Action, actor: Actor, note: str, ticket_id: int = ticket_id) -> Callable[[], object]:
            def run() -> object:
                with database.transaction() as session:
                    return service.perform(session, ticket_id, action, actor, note=note, rules=RULES, now=NOW)

            return run

        found = together([act(Action.RESOLVE, WANG, "好了"), act(Action.WITHDRAW, BOSS, "")])
        assert sum(isinstance(item, AppError) for item in found) == 1


def test_two_workers_remind_once(database: Database) -> None:
    """Both see the same due tickets; whoever clears the mark first has each."""
    open_tickets(database, 10)
    later = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def tick() -> int:
        with database.transaction() as session:
            return reminding.escalate_due(session, RULES, later)

    together([tick] * 4)
    with database.reading() as session:
        reminded = session.exec(select(func.count()).where(col(TicketEvent.kind) == "reminded")).one()
        pushed = session.exec(select(func.count()).where(col(OutboxMessage.kind) == "ticket_reminder")).one()
    assert (reminded, pushed) == (10, 10)


def test_numbers_are_never_given_twice_from_the_very_first(database: Database) -> None:
    """Eight callers on an empty database: the counter's first row is a race of its own."""

    def open_one() -> object:
        with database.transaction() as session:
            return service.open_ticket(session, TicketDraft("修路", "o-boss", 1), rules=RULES, now=NOW).number

    numbers = together([open_one] * WORKERS)
    assert sorted(map(str, numbers)) == [f"20261120-{n:04d}" for n in range(1, WORKERS + 1)]


def test_no_increment_is_lost(database: Database) -> None:
    """Sixteen hundred increments from eight threads."""

    def count() -> object:
        for _ in range(200):
            with database.transaction() as session:
                next_value(session, "race")
        return None

    together([count] * WORKERS)
    with database.reading() as session:
        assert session.get_one(Counter, "race").value == 200 * WORKERS


def test_a_refusal_is_audited_though_nothing_changes(database: Database) -> None:
    """Case 54 on both databases: the caller commits the audit row of the refusal."""
    (ticket_id,) = open_tickets(database, 1)
    with database.transaction() as session, pytest.raises(AppError):
        service.perform(
            session,
            ticket_id,
            Action.ACCEPT,
            Actor(ActorKind.COORDINATOR, "1", "李专员"),
            rules=RULES,
            now=NOW,
        )
    with database.reading() as session:
        (row,) = session.exec(select(AuditRow))
    assert (row.action, row.succeeded) == ("ticket.accept", False)


def test_the_migration_gives_the_models_schema(database: Database) -> None:
    """Model = schema on both databases; running it again changes nothing (reliability test 13)."""
    assert runner.differences(database) == []
    runner.upgrade(database)
    assert runner.differences(database) == []
