"""Drafts of handbook entries: the list, the form with faults at their fields, and what may be done next."""

from starlette.responses import Response

from app.cases.drafting import require_clean
from app.clock import local_date
from app.editing.desk import Desk, fingerprint
from app.editing.proposals import tell_proposer
from app.editing.values import STATE_NAMES, Act, Sheet, State
from app.errors import AppError, Conflict
from app.panel import handbook_form
from app.panel.calls import Call
from app.panel.pages import handbook_pictures
from app.panel.pages.handbook import PATH, desk_of, person_of, topic_categories
from app.panel.roles import EDITORS
from bot import answers
from handbook.check import COMMANDS
from handbook.drafting import Draft, markdown_of
from handbook.entry import Entry
from handbook.proofing import Proof

TABS = (
    ("proposed", "待采纳", (State.PROPOSED,)),
    ("draft", "在写", (State.DRAFT,)),
    ("review", "待审核", (State.REVIEW,)),
    ("done", "办完的", (State.PUBLISHED, State.DECLINED, State.DROPPED)),
)
TONES = {
    State.PROPOSED: "wait",
    State.DRAFT: "go",
    State.REVIEW: "hold",
    State.PUBLISHED: "done",
    State.DECLINED: "gone",
    State.DROPPED: "gone",
}
SHOWN = 100


def show_drafts(call: Call) -> Response:
    """Everything on the desk, by state."""
    sheets = desk_of(call).shelf.sheets()
    by_tab = {key: [sheet for sheet in sheets if sheet.state in states] for key, _, states in TABS}
    wanted = call.query("show")
    first = next((key for key in ("review", "proposed", "draft") if by_tab[key]), "draft")
    tab = wanted if wanted in by_tab else first
    return call.page(
        "handbook_drafts.html",
        tabs=[(key, label, len(by_tab[key])) for key, label, _ in TABS],
        tab=tab,
        sheets=by_tab[tab][:SHOWN],
        states=STATE_NAMES,
        tones=TONES,
    )


def show_draft(call: Call) -> Response:
    """One draft."""
    desk, sheet = _sheet(call)
    return _page(call, desk, sheet, desk.draft(sheet.key))


def save(call: Call) -> Response:
    """Store what was typed; with `then=submit` hand it on for review too."""
    desk, sheet = _sheet(call)
    draft = handbook_form.draft_from_form(call.form)
    after = desk.save(sheet.key, draft, _version(call), person_of(call), call.now)
    call.detail = {"act": "save", "version": after.version}
    if call.form.text("then") == "submit":
        faults = _proof(call, desk, after, draft).faults
        if not faults:
            require_clean(call.session, after, draft, handbook_form.written(draft))
            desk.move(after.key, Act.SUBMIT, after.version, person_of(call), call.now)
            call.detail = {"act": "submit"}
            return call.go(f"{PATH}/drafts/{after.key}", done="submitted")
        return call.go(f"{PATH}/drafts/{after.key}", done="saved-with-faults")
    return call.go(f"{PATH}/drafts/{after.key}", done="saved")


def act(call: Call) -> Response:
    """Submit, send back, publish, drop, accept, decline; the proposer hears of what concerns them."""
    desk, sheet = _sheet(call)
    wanted, who, note = _act(call), person_of(call), call.form.text("note")[:500]
    call.detail = {"act": wanted.value, "before": sheet.state.value}
    if wanted in (Act.SEND_BACK, Act.DECLINE) and not note:
        raise AppError("请写理由，对方要看", field="note")
    if wanted in (Act.SUBMIT, Act.PUBLISH):
        require_clean(call.session, sheet, desk.draft(sheet.key))
    if wanted is Act.PUBLISH:
        after = desk.publish(sheet.key, _version(call), who, call.now)
    else:
        after = desk.move(sheet.key, wanted, _version(call), who, call.now, note=note)
    told = tell_proposer(call.session, after, wanted, note=note, now=call.now)
    call.detail |= {"after": after.state.value, "told": told}
    if wanted is Act.PUBLISH:
        return call.go(f"{PATH}/entry/{after.entry_id}", done="published")
    if wanted in (Act.DECLINE, Act.DROP):
        return call.go(f"{PATH}/drafts", done=wanted.value)
    return call.go(f"{PATH}/drafts/{after.key}", done=wanted.value)


def rebase(call: Call) -> Response:
    """The author says: compared with what is served now."""
    desk, sheet = _sheet(call)
    after = desk.rebase(sheet.key, _version(call), person_of(call), call.now)
    return call.go(f"{PATH}/drafts/{after.key}", done="saved")


def show_refusal(call: Call, error: AppError) -> Response:
    """The draft with the reason, and with everything that was typed where it was a save."""
    desk, sheet = _sheet(call)
    is_save = "title" in call.form.fields
    draft = handbook_form.draft_from_form(call.form) if is_save else desk.draft(sheet.key)
    return _page(call, desk, sheet, draft, fault=error.message, status=error.status_code)


def _page(
    call: Call, desk: Desk, sheet: Sheet, draft: Draft, *, fault: str = "", status: int = 200
) -> Response:
    library = desk.library()
    found = desk.proof(markdown_of(draft), sheet.entry_id, library, local_date(call.now))
    served = desk.current(sheet.entry_id)
    is_editor = call.role in EDITORS
    is_moved = sheet.base != (fingerprint(served) if served is not None else "")
    return call.page(
        "handbook_draft.html",
        status=status,
        sheet=sheet,
        draft=draft,
        proof=found,
        fault=fault,
        bubble=_bubble(found.entry),
        sections=handbook_form.section_rows(draft, found),
        basis=handbook_form.basis_rows(draft),
        pictures=handbook_pictures.shown_in(draft),
        picture_sections=handbook_pictures.sections_for(draft),
        joined=handbook_form.joined,
        worded=handbook_form.worded,
        kinds=handbook_form.KIND_NAMES,
        audiences=handbook_form.AUDIENCE_NAMES,
        command_choices=[("", "请选择"), *((name, name) for name in COMMANDS)],
        category=next(
            (c.label for c in topic_categories(library) if c.folder == sheet.entry_id.split("/")[0]), ""
        ),
        departments=sorted({entry.department for entry in library.entries if entry.department}),
        states=STATE_NAMES,
        tones=TONES,
        today=local_date(call.now),
        is_moved=is_moved and sheet.state in (State.DRAFT, State.REVIEW),
        is_new=served is None,
        may_edit=is_editor and sheet.state is State.DRAFT,
        may_act=is_editor,
        may_publish=is_editor and call.user.username not in sheet.authors,
    )


def _bubble(entry: Entry | None) -> str:
    if entry is None:
        return ""
    reply = answers.answer(entry) if entry.sections else answers.short_reply(entry)
    return (reply if entry.is_public else answers.staff_answer(entry)).plain()


def _proof(call: Call, desk: Desk, sheet: Sheet, draft: Draft) -> Proof:
    return desk.proof(markdown_of(draft), sheet.entry_id, desk.library(), local_date(call.now))


def _sheet(call: Call) -> tuple[Desk, Sheet]:
    desk = desk_of(call)
    sheet = desk.shelf.sheet(call.part("key"))
    call.target = f"entry:{sheet.entry_id}"
    return desk, sheet


def _version(call: Call) -> int:
    version = call.form.number("version")
    if version is None:
        raise Conflict("这个页面放得太久了，请刷新后再试")
    return version


def _act(call: Call) -> Act:
    try:
        wanted = Act(call.part("act"))
    except ValueError:
        raise AppError("没有这个操作") from None
    if wanted is Act.SAVE:
        raise AppError("没有这个操作")
    return wanted
