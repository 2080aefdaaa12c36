"""Warnings and the 政策储备池 (E2): what is asked for more than usual, what is asked for often, what became of it."""

from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from app.clock import local_date
from app.errors import AppError, NotFound
from app.panel.calls import Call, whole_number
from app.panel.roles import CASE_READERS, DISPATCHERS
from app.reports.period import midnight
from app.tickets import parties
from app.trends import reserve, warning
from app.trends.counting import Topic, counts_between, evidence, name_of
from app.trends.models import ReserveState, TopicKind

PATH = "/admin/trends"
RESERVE = f"{PATH}/reserve"
DAYS = 28
SHOWN_DAYS = 14
COMMON_FROM = 5
SHOWN = 30


def tabs(here: str) -> list[tuple[str, str, None, bool]]:
    """The pages that belong together."""
    pages = (
        (PATH, "预警"),
        (RESERVE, "政策储备池"),
        ("/admin/gaps", "答不上的问题"),
        ("/admin/usage", "条目使用"),
        ("/admin/digest", "部门周报"),
    )
    return [(path, label, None, path == here) for path, label in pages]


def show(call: Call) -> Response:
    """Topics out of range in the last days, and what is asked for most in four weeks."""
    return _page(call)


def enter(call: Call) -> Response:
    """Put a topic into the reserve with its evidence."""
    topic = _topic(call)
    name = name_of(call.session, topic, _titles(call, [topic]))
    call.target = f"topic:{topic.kind}:{topic.key}"[:200]
    found = evidence(call.session, topic, DAYS, call.now)
    note = call.form.text("note")
    item = reserve.enter(call.session, topic, name, found, note=note, by=call.user.username, now=call.now)
    call.detail = {"item": item.id, "count": found.count}
    return call.go(RESERVE, done="reserve-listed")


def refuse_enter(call: Call, error: AppError) -> Response:
    """The page with the reason."""
    return _page(call, fault=error.message, status=error.status_code)


def show_reserve(call: Call) -> Response:
    """The pool."""
    return _reserve_page(call)


def decide(call: Call) -> Response:
    """Adopt it or not, with the reason."""
    number = whole_number(call.part("item_id")) or 0
    call.target = f"reserve:{number}"
    wanted = call.form.text("state")
    state = ReserveState(wanted) if wanted in set(ReserveState) else ReserveState.LISTED
    reason = call.form.text("reason")
    reserve.decide(call.session, number, state, reason=reason, by=call.user.username, now=call.now)
    call.detail = {"state": state.value, "reason": reason[:200]}
    return call.go(RESERVE, done="reserve-decided")


def refuse_decide(call: Call, error: AppError) -> Response:
    """The pool with the reason."""
    return _reserve_page(call, fault=error.message, status=error.status_code)


def _page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    today = local_date(call.now)
    return call.page(
        "trends.html",
        status=status,
        fault=fault,
        tabs=tabs(PATH),
        notices=warning.notices(call.session, today - timedelta(days=SHOWN_DAYS)),
        common=_common(call),
        listed={
            (item.kind, item.topic)
            for item in reserve.listed(call.session)
            if item.state == ReserveState.LISTED
        },
        kinds=warning.KIND_NAMES,
        days=DAYS,
        fewest=COMMON_FROM,
        reached=len(parties.hub_openids(call.session, call.deps.rules(call.session).profile)),
        may_list=call.may(DISPATCHERS, PATH),
        rows_of=lambda topic: _rows_of(call, topic),
    )


def _first_day(call: Call) -> date:
    """Of the days that are counted, today among them: as the lists behind the numbers count days."""
    return local_date(call.now) - timedelta(days=DAYS - 1)


def _rows_of(call: Call, topic: Topic) -> str:
    """Where the counted ones are listed; "" for who may not see them."""
    since = _first_day(call)
    if topic.kind is TopicKind.ENTRY:
        return f"/admin/answers?{urlencode({'show': 'given', 'entry': topic.key, 'since': since})}"
    if topic.kind is TopicKind.GAP:
        return f"/admin/gaps/{topic.key}"
    if not call.may(CASE_READERS, "/admin/tickets"):
        return ""
    return f"/admin/tickets?{urlencode({'status': 'all', 'category': topic.key, 'since': since})}"


def _common(call: Call) -> list[tuple[Topic, str, int]]:
    counts = counts_between(call.session, midnight(_first_day(call)), call.now)
    often = [(topic, total) for topic, days in counts.items() if (total := sum(days.values())) >= COMMON_FROM]
    often.sort(key=lambda pair: (-pair[1], pair[0].kind, pair[0].key))
    topics = [topic for topic, _ in often[:SHOWN]]
    titles = _titles(call, topics)
    return [(topic, name_of(call.session, topic, titles), total) for topic, total in often[:SHOWN]]


def _reserve_page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    return call.page(
        "reserve.html",
        status=status,
        fault=fault,
        tabs=tabs(RESERVE),
        items=reserve.listed(call.session),
        kinds=warning.KIND_NAMES,
        states=reserve.STATE_NAMES,
        may_decide=call.may(DISPATCHERS, PATH),
        may_see_tickets=call.may(CASE_READERS, "/admin/tickets"),
    )


def _topic(call: Call) -> Topic:
    kind, key = call.form.text("kind"), call.form.text("topic")[:120]
    if kind not in set(TopicKind) or not key or (kind == TopicKind.GAP and whole_number(key) is None):
        raise NotFound("没有这个热点")
    return Topic(TopicKind(kind), key)


def _titles(call: Call, topics: list[Topic]) -> dict[str, str]:
    entries = [call.deps.search.entry(topic.key) for topic in topics if topic.kind is TopicKind.ENTRY]
    return {entry.id: entry.title for entry in entries if entry is not None}
