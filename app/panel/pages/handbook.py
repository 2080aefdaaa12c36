"""The handbook for people who keep it: the list, one entry with its history, a new entry, the way back."""

from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from app.clock import local_date
from app.conversations import learning
from app.conversations.answers import unsolved_counts
from app.conversations.models import LessonState
from app.editing.desk import Desk
from app.editing.values import OPEN, STATE_NAMES, Person, Sheet, State
from app.errors import AppError, NotFound
from app.panel import handbook_form
from app.panel.calls import Call
from app.panel.paging import PER_PAGE, Page
from app.panel.roles import EDITORS, POLICY_WRITERS
from app.policies.service import may_be_pushed
from app.trends.usage import hit_counts
from handbook.check import stale_entries
from handbook.drafting import Draft, slug_of
from handbook.entry import Entry
from handbook.loader import Category, Library

PATH = "/admin/handbook"
FIRST_PROBLEMS = 5
COUNTED = timedelta(days=90)


@dataclass(frozen=True)
class Row:
    """One line of the list; `overdue` the day its review was due, if that has gone by; `unsolved` how often the
    answer did not help in the last 90 days, `hits` how often it was given."""

    entry: Entry
    label: str
    overdue: date | None
    is_local: bool
    sheet: Sheet | None
    unsolved: int = 0
    hits: int = 0


def desk_of(call: Call) -> Desk:
    """The editors' desk. Raises NotFound where this server has none."""
    if call.deps.desk is None:
        raise NotFound("这台服务器没有开放手册编辑。")
    return call.deps.desk


def person_of(call: Call) -> Person:
    """The user as the desk knows people."""
    return Person(call.user.username, call.user.name or call.user.username)


def topic_categories(library: Library) -> list[Category]:
    """Folders in the order of lists."""
    return sorted(library.categories.values(), key=lambda category: category.order)


def show_list(call: Call) -> Response:
    """Every entry of this district, filtered."""
    desk = desk_of(call)
    library = desk.library()
    query = {name: call.query(name) for name in ("q", "folder", "department", "show")}
    since = call.now - COUNTED
    counts = (hit_counts(call.session, since), unsolved_counts(call.session, since))
    rows = _rows(desk, library, local_date(call.now), *counts)
    shown = [row for row in rows if _fits(row, query)]
    if query["show"] in ("used", "unsolved"):
        shown.sort(key=lambda row: row.unsolved if query["show"] == "unsolved" else row.hits, reverse=True)
    sheets = [row.sheet for row in rows if row.sheet]
    number = min(max(call.query_number("page") or 1, 1), max(1, -(-len(shown) // PER_PAGE)))
    return call.page(
        "handbook_list.html",
        page=Page(shown[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(shown), PATH, query),
        query=query,
        counts={
            "stale": sum(row.overdue is not None for row in rows),
            "local": sum(row.is_local for row in rows),
            "draft": len(sheets),
            "unsolved": sum(row.unsolved > 0 for row in rows),
            "used": sum(row.hits > 0 for row in rows),
        },
        days=COUNTED.days,
        learned=learning.counts(call.session)[LessonState.WAITING],
        waiting=sum(sheet.state in OPEN for sheet in desk.shelf.sheets()),
        categories=topic_categories(library),
        departments=sorted({row.entry.department for row in rows if row.entry.department}),
        problems=library.faults[:FIRST_PROBLEMS],
        problem_count=len(library.faults),
        may_edit=call.role in EDITORS,
        kinds=handbook_form.KIND_NAMES,
        states=STATE_NAMES,
    )


def show_entry(call: Call) -> Response:
    """One entry as it is served, with the draft under way and every earlier version."""
    desk, entry_id = desk_of(call), _id(call)
    library = desk.library()
    entry = next((entry for entry in library.entries if entry.id == entry_id), None)
    versions = desk.shelf.versions(entry_id)
    if entry is None and not versions:
        raise NotFound("没有这个条目")
    due = {found.id: day for found, day in stale_entries(library, local_date(call.now))}
    return call.page(
        "handbook_entry.html",
        entry=entry,
        entry_id=entry_id,
        label=_label(library, entry_id),
        overdue=due.get(entry_id),
        hits=hit_counts(call.session, call.now - COUNTED).get(entry_id, 0),
        unsolved=unsolved_counts(call.session, call.now - COUNTED).get(entry_id, 0),
        days=COUNTED.days,
        is_local=desk.shelf.published(entry_id) is not None,
        sheet=desk.open_sheet(entry_id),
        versions=list(reversed(versions)),
        may_edit=call.role in EDITORS,
        may_push=entry is not None and may_be_pushed(entry) and call.may(POLICY_WRITERS, "/admin/policies"),
        kinds=handbook_form.KIND_NAMES,
        states=STATE_NAMES,
    )


def start(call: Call) -> Response:
    """To the draft of this entry: a new one, or the one under way."""
    entry_id = _id(call)
    call.target = f"entry:{entry_id}"
    sheet = desk_of(call).start(entry_id, person_of(call), call.now)
    call.detail = {"draft": sheet.key}
    return call.go(f"{PATH}/drafts/{sheet.key}")


def restore(call: Call) -> Response:
    """Serve an earlier version again."""
    entry_id = _id(call)
    call.target = f"entry:{entry_id}"
    number = call.form.number("number")
    if number is None:
        raise AppError("请选择要恢复的版本")
    call.detail = {"version": number}
    desk_of(call).restore(entry_id, number, person_of(call), call.now)
    return call.go(f"{PATH}/entry/{entry_id}", done="restored")


def show_new(call: Call) -> Response:
    """The form for a new entry."""
    return _new_page(call, typed={"title": call.query("title"), "folder": call.query("folder"), "slug": ""})


def create(call: Call) -> Response:
    """A draft of a new entry; its short name is made from the title unless one was typed."""
    desk = desk_of(call)
    title, folder = call.form.text("title"), call.form.text("folder")
    library = desk.library()
    if not title:
        raise AppError("请写标题：企业最常见的那句问法", field="title")
    if folder not in library.categories:
        raise AppError("请选择类目", field="folder")
    entry_id = f"{folder}/{call.form.text('slug') or slug_of(title)}"
    call.target = f"entry:{entry_id}"
    draft = Draft(title=title, category=library.categories[folder].label)
    sheet = desk.start_new(entry_id, draft, person_of(call), call.now)
    call.detail = {"draft": sheet.key}
    return call.go(f"{PATH}/drafts/{sheet.key}")


def show_new_again(call: Call, error: AppError) -> Response:
    """The form with what was typed."""
    typed = {name: call.form.text(name) for name in ("title", "folder", "slug")}
    return _new_page(call, typed=typed, fault=error.message, status=error.status_code)


def _new_page(call: Call, *, typed: dict[str, str], fault: str = "", status: int = 200) -> Response:
    categories = topic_categories(desk_of(call).library())
    return call.page("handbook_new.html", status=status, typed=typed, fault=fault, categories=categories)


def _id(call: Call) -> str:
    return f"{call.part('folder')}/{call.part('slug')}"


def _label(library: Library, entry_id: str) -> str:
    folder = entry_id.split("/")[0]
    category = library.categories.get(folder)
    return category.label if category else folder


def _rows(
    desk: Desk, library: Library, today: date, hits: dict[str, int], unsolved: dict[str, int]
) -> list[Row]:
    due = {entry.id: day for entry, day in stale_entries(library, today)}
    local = desk.shelf.changed_entries()
    busy = {s.entry_id: s for s in desk.shelf.sheets() if s.state in (State.DRAFT, State.REVIEW)}
    order = {folder: category.order for folder, category in library.categories.items()}
    entries = sorted(library.entries, key=lambda entry: (order.get(entry.id.split("/")[0], 9999), entry.id))
    return [
        Row(
            entry,
            _label(library, entry.id),
            due.get(entry.id),
            entry.id in local,
            busy.get(entry.id),
            unsolved.get(entry.id, 0),
            hits.get(entry.id, 0),
        )
        for entry in entries
    ]


def _fits(row: Row, query: dict[str, str]) -> bool:
    entry, words = row.entry, query["q"].lower()
    shown = {
        "stale": row.overdue is not None,
        "local": row.is_local,
        "draft": row.sheet is not None,
        "unsolved": row.unsolved > 0,
        "used": row.hits > 0,
    }
    return (
        (
            not words
            or any(
                words in text.lower() for text in (entry.title, entry.id, *entry.questions, *entry.keywords)
            )
        )
        and (not query["folder"] or entry.id.startswith(f"{query['folder']}/"))
        and (not query["department"] or entry.department == query["department"])
        and shown.get(query["show"], True)
    )
