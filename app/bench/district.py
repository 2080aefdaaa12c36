"""A made-up district of any size in an empty database: the same areas, officers and departments, ever more enterprises
and tickets. Seeded: the same numbers, the same rows.

Tickets come in evenly over a thousand days; those of the last ten are open, those of the ten before have their result,
all others are over. Their texts are sentences of the handbook, so that common and rare words are spread as in real ones.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from app.bench.synthetic import Pool
from app.clock import local_date
from app.conversations.models import Answer
from app.directory import serving
from app.directory.changes import batches
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.districts.profile import HolderKind
from app.outbox.models import OutboxMessage, OutboxState
from app.tickets.lifecycle import LIVE, Status
from app.tickets.models import Rating, Ticket, TicketEvent
from app.tickets.opening import ladder_snapshot
from app.tickets.values import Rules

SEED = 7
FIRST_LEVEL, PARTS, OFFICERS, DEPARTMENTS = 12, 10, 240, 20
UNSERVED = 0.02
DAYS = 1000
OPEN_DAYS, UNTOLD_DAYS = 10, 20
SENTENCES = 3
_KINDS = (("企业", "1", "有限公司"), ("企业", "1", "科技有限公司"), ("个体工商户", "2", "店"))
_TRADES = ("商贸", "建材", "餐饮", "运输", "农产品", "机械", "服装", "物业")
_STATUSES = (*["正常"] * 17, "停业", "迁入", "注销")
_OPEN = tuple(sorted(LIVE))
_OVER = (*[Status.CLOSED] * 9, Status.WITHDRAWN)
_CATEGORIES = ("政策落实", "行政许可", "用工", "融资", "其他")


@dataclass(frozen=True)
class Size:
    """How much of what there is."""

    enterprises: int
    tickets: int


def fill(session: Session, pool: Pool, size: Size, *, rules: Rules, now: datetime) -> None:
    """Write the whole district in the caller's transaction, which nothing else has written to."""
    chooser = random.Random(SEED)
    areas = _places(session)
    _write(session, Enterprise, _enterprises(pool, size.enterprises, areas, chooser, now))
    served = {number: chooser.randint(1, OFFICERS) for number in range(1, size.enterprises + 1)}
    served = {number: officer for number, officer in served.items() if chooser.random() >= UNSERVED}
    _write(session, Assignment, _assignments(served, now))
    serving.repeat(session, served)
    tickets = list(_tickets(pool, size, served, chooser, rules, now))
    _write(session, Ticket, tickets)
    _write(session, TicketEvent, (_event(ticket) for ticket in tickets))
    _write(session, Rating, (_rating(ticket, chooser) for ticket in tickets if ticket.told_at is not None))
    _write(session, OutboxMessage, (_message(ticket) for ticket in tickets))
    _write(session, Answer, (_answer(pool, ticket, chooser) for ticket in tickets))


def _write(session: Session, model: type[SQLModel], rows: Iterable[SQLModel]) -> None:
    for batch in batches(rows):
        session.connection().execute(insert(model), [_values(row) for row in batch])


def _values(row: SQLModel) -> dict[str, Any]:
    return {name: value for name, value in row.model_dump().items() if (name, value) != ("id", None)}


def _places(session: Session) -> list[str]:
    """Areas of two levels, officers in them, departments with a coordinator each; the codes of the lower level."""
    tops = [Area(code=f"X{n:02d}", name=f"测试{n}片区", kind="一级片区") for n in range(FIRST_LEVEL)]
    parts = [
        Area(code=f"{top.code}{n:02d}", name=f"{top.name}{n}网格", kind="二级片区", parent_code=top.code)
        for top in tops
        for n in range(PARTS)
    ]
    _write(session, Area, [*tops, *parts])
    codes = [area.code for area in parts]
    _write(
        session,
        Officer,
        (
            Officer(
                staff_no=f"X{n:04d}", name=f"示例{n}", area_code=codes[n % len(codes)], phone="13900000000"
            )
            for n in range(OFFICERS)
        ),
    )
    _write(session, Department, (Department(name=f"测试{n}局") for n in range(DEPARTMENTS)))
    _write(
        session,
        Coordinator,
        (Coordinator(department_id=n + 1, name=f"示例专员{n}") for n in range(DEPARTMENTS)),
    )
    return codes


def _enterprises(
    pool: Pool, count: int, areas: list[str], chooser: random.Random, now: datetime
) -> Iterator[Enterprise]:
    for number in range(1, count + 1):
        kind, category, ending = chooser.choice(_KINDS)
        word = "".join(chooser.choices(pool.characters, k=3))
        area = chooser.choice(areas)
        yield Enterprise(
            id=number,
            credit_code=f"9{category}120221{number:010d}",
            name=f"测试{word}{chooser.choice(_TRADES)}{ending}",
            kind=kind,
            industry=chooser.choice(_TRADES),
            address=f"测试{int(area[1:3])}片区示例路{chooser.randint(1, 999)}号",
            area_code=area,
            status=chooser.choice(_STATUSES),
            contact_name=f"{chooser.choice(pool.characters)}测试",
            contact_phone="13900000000",
            updated_at=now,
        )


def _assignments(served: dict[int, int], now: datetime) -> Iterator[Assignment]:
    for enterprise, officer in served.items():
        yield Assignment(enterprise_id=enterprise, officer_id=officer, since=now, rule="属地片区")


def _tickets(
    pool: Pool, size: Size, served: dict[int, int], chooser: random.Random, rules: Rules, now: datetime
) -> Iterator[Ticket]:
    """The oldest first, as they come in; the last few are open."""
    ladder = ladder_snapshot(rules.profile)
    for number in range(1, size.tickets + 1):
        age = DAYS * (size.tickets - number) / size.tickets
        opened, is_open = now - timedelta(days=age, hours=1), age < OPEN_DAYS
        enterprise = chooser.randint(1, size.enterprises)
        officer = served.get(enterprise)
        over = Status.RESOLVED if age < UNTOLD_DAYS else chooser.choice(_OVER)
        status = chooser.choice(_OPEN) if is_open else over
        to_department = chooser.random() < 0.2
        holder = HolderKind.DEPARTMENT if to_department else HolderKind.OFFICER if officer else HolderKind.HUB
        content = "".join(chooser.choices(pool.sentences, k=SENTENCES)) + chooser.choice(pool.phrasings)
        done = None if is_open else opened + timedelta(days=5)
        due = local_date(opened) + timedelta(days=chooser.choice((3, 7, 7, 7)))
        yield Ticket(
            id=number,
            number=f"{local_date(opened):%Y%m%d}-{number % 10_000:04d}",
            status=status,
            channel=chooser.choice(rules.profile.channels),
            category=chooser.choice(_CATEGORIES),
            title=content[:60],
            content=content[:4000],
            openid=f"oBench{enterprise}",
            enterprise_id=enterprise,
            contact_name=f"{chooser.choice(pool.characters)}{chooser.choice(pool.characters)}测试",
            ladder=ladder,
            step=ladder[0]["key"],
            holder_kind=holder,
            officer_id=officer if holder is HolderKind.OFFICER else None,
            department_id=chooser.randint(1, DEPARTMENTS) if to_department else None,
            first_responder_id=officer,
            opened_at=opened,
            received_on=local_date(opened),
            due_on=due,
            due_from=local_date(opened),
            due_days=5,
            held_since=opened,
            resolved_at=done,
            told_at=done if status is Status.CLOSED else None,
            last_activity_at=done or opened,
            returned_count=2 if chooser.random() < 0.01 else 0,
            supervised_at=opened if is_open and chooser.random() < 0.1 else None,
        )  # fmt: skip


def _event(ticket: Ticket) -> TicketEvent:
    return TicketEvent(ticket_id=ticket.id or 0, at=ticket.opened_at, kind="opened", actor_kind="enterprise")


def _rating(ticket: Ticket, chooser: random.Random) -> Rating:
    return Rating(
        ticket_id=ticket.id or 0,
        at=ticket.last_activity_at,
        score=chooser.choice((2, 4, 5, 5)),
        openid="oBench",
    )


def _message(ticket: Ticket) -> OutboxMessage:
    return OutboxMessage(
        dedupe_key=f"bench-{ticket.id}", openid=ticket.openid or "", kind="ticket_resolved", ticket_id=ticket.id,
        state=OutboxState.SENT, created_at=ticket.opened_at, due_at=ticket.opened_at,
    )  # fmt: skip


def _answer(pool: Pool, ticket: Ticket, chooser: random.Random) -> Answer:
    return Answer(
        openid=ticket.openid or "", question=chooser.choice(pool.phrasings)[:500],
        decision=chooser.choice(("answer", "answer", "choose", "none")),
        entry_id=chooser.choice(pool.entries).id, at=ticket.opened_at,
    )  # fmt: skip
