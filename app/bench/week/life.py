"""A week put together: everybody's plans, an outage, a restart, then days without new questions to finish in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from app.bench.week.clients import ClientLife
from app.bench.week.diary import Diary
from app.bench.week.engine import Engine
from app.bench.week.hotline import CHANNEL, Hotline
from app.bench.week.office import Office
from app.bench.week.officials import OfficialLife
from app.bench.week.people import Cast, furnish
from app.bench.week.town import Town, opened
from app.bench.week.words import Words, moments
from app.clock import SHANGHAI
from app.settings import Settings
from app.workdays.calendar import WorkCalendar
from handbook.entry import Kind
from handbook.service import HandbookService

FIRST_DAY = date(2026, 9, 21)  # a Monday; the Mid-Autumn holiday ends the week, National Day follows
OUTAGE = (timedelta(days=2, hours=10), timedelta(hours=2))
RESTART = timedelta(days=3, hours=14)
SEED = 20260921
A_VISIT_IS = 1.75  # messages of an enterprise a visit, on average
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How much happens. `messages` of enterprises in `days`, then `after` days to finish in.

    `pace`: how long the worker rests at least, in business time.
    """

    messages: int = 3200
    days: int = 7
    after: int = 19
    clients: int = 260
    orders: int = 60
    pace: timedelta = timedelta(minutes=2)


SMALL = Size(messages=130, days=1, after=0, clients=30, orders=5, pace=timedelta(minutes=12))


@dataclass(frozen=True)
class Lived:
    """What is looked at afterwards, while the town still stands."""

    town: Town
    diary: Diary
    cast: Cast
    first: date
    last: date


def live(
    settings: Settings,
    folder: Path,
    size: Size,
    look: Callable[[Lived], None],
    *,
    tell: Tell,
    seed: int = SEED,
    handbook: HandbookService | None = None,
) -> None:
    """Run it on an own data folder; `look` sees the result before the town is taken down."""
    start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 7, tzinfo=SHANGHAI)
    rng = Random(seed)
    with opened(settings, folder, start, handbook) as town:
        with town.runtime.db.transaction() as session:
            cast = furnish(session, town.runtime.profile, start, rng, size.clients)
        with town.runtime.db.reading() as session:
            calendar = town.runtime.rules(session).calendar
        diary = Diary()
        engine = Engine(town, diary, rng, size.pace)
        for client in cast.clients:
            engine.phone(client.openid)
        _plan(engine, cast, calendar, size)
        midnight = start.replace(hour=0)
        for day in range(size.days + size.after):
            engine.run(midnight + timedelta(days=day + 1))
            tell(f"第 {day + 1} 天：{len(diary.said)} 条消息，{len(diary.matters)} 件诉求")
        last = FIRST_DAY + timedelta(days=size.days + size.after - 1)
        office = Office(engine, cast, calendar)
        office.log_in()
        office.look_around(FIRST_DAY, last)
        look(Lived(town, diary, cast, FIRST_DAY, last))


def _plan(engine: Engine, cast: Cast, calendar: WorkCalendar, size: Size) -> None:
    midnight = engine.now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    rng, everybody = engine.rng, size.days + size.after
    public = [entry for entry in engine.town.runtime.handbook.public_entries() if entry.kind is Kind.ANSWER]
    words = Words(public, rng)
    lives = [ClientLife(engine, words, client) for client in cast.clients]
    for life in lives:
        engine.at(midnight + timedelta(hours=7.2, seconds=rng.randrange(7200)), life.arrive)
    for moment in moments(FIRST_DAY, size.days, int(size.messages / A_VISIT_IS), calendar, rng):
        engine.at(max(moment, midnight + timedelta(hours=9.3)), _visit_of(engine, lives))
    destinations = engine.town.runtime.profile.handoffs.destinations
    for official in cast.officials:
        OfficialLife(engine, official, cast.departments, destinations).plan(midnight, everybody, calendar)
    _plan_hub(engine, cast, calendar, midnight, everybody, public[0].id, words)
    hotline = Hotline(engine, words, cast)
    for moment in moments(FIRST_DAY, size.days, size.orders, calendar, rng):
        engine.at(max(moment, midnight + timedelta(hours=8)), hotline.bring)
    if size.days > OUTAGE[0].days:
        engine.at(midnight + OUTAGE[0], lambda: _fall(engine))
        engine.at(midnight + OUTAGE[0] + OUTAGE[1], lambda: _rise(engine))
    engine.at(midnight + (RESTART if size.days > RESTART.days else timedelta(hours=14)), engine.town.restart)


def _visit_of(engine: Engine, lives: list[ClientLife]) -> Callable[[], None]:
    return lambda: engine.rng.choice(lives).visit()


def _plan_hub(
    engine: Engine,
    cast: Cast,
    calendar: WorkCalendar,
    midnight: datetime,
    days: int,
    entry_id: str,
    words: Words,
) -> None:
    office = Office(engine, cast, calendar)
    engine.at(midnight + timedelta(hours=8.5), office.log_in)
    for number in range(days):
        day = midnight + timedelta(days=number)
        if calendar.is_workday(day.date()):
            for hour in (9.1, 11.4, 14.6, 16.8):
                engine.at(day + timedelta(hours=hour), office.sit)
    named = [client.name for client in cast.clients if client.enterprise]
    rows = [[words.trouble(), engine.rng.choice(named), "王测试", "13900000003", ""] for _ in range(8)]
    rows += [rows[0], ["", named[0], "", "", ""], ["没有这家企业的事", "示例没有的公司", "", "", ""]]
    channel = next(name for name in engine.town.runtime.profile.channels if name not in ("微信", CHANNEL))
    engine.at(midnight + timedelta(hours=11), lambda: office.upload_list(channel, rows))
    engine.at(midnight + timedelta(days=min(1, days - 1), hours=15.2), lambda: office.push_policy(entry_id))


def _fall(engine: Engine) -> None:
    """The platform's API answers with faults; messages still come in."""
    engine.town.platform.fault("http", 502, times=10**6)


def _rise(engine: Engine) -> None:
    engine.town.platform.faults.clear()
