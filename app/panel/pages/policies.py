"""Policies brought to enterprises (B7): written, looked at before anybody is told, started, followed, stopped."""

from sqlmodel import Session, col, select
from starlette.responses import Response

from app.directory.models import Enterprise
from app.errors import AppError, Conflict
from app.panel.calls import Call, whole_number
from app.panel.roles import CASE_READERS, DISPATCHERS, POLICY_WRITERS
from app.policies import progress, service
from app.policies.audience import area_names
from app.policies.models import PolicyPush, PushState
from app.policies.targeting import CRITERIA, Target, target_text
from handbook.entry import Entry

PATH = "/admin/policies"
MOST_CHOICES = 40
SHOWN = 200
SHOWN_PUSHES = 100
STATE_NAMES = {
    PushState.DRAFT: ("还没发", "wait"),
    PushState.RUNNING: ("在发", "go"),
    PushState.DONE: ("已发完", "done"),
    PushState.STOPPED: ("已停发", "gone"),
}


def show_list(call: Call) -> Response:
    """All pushes, newest first."""
    statement = select(PolicyPush).order_by(col(PolicyPush.id).desc()).limit(SHOWN_PUSHES)
    areas = area_names(call.session)
    rows = [
        (push, progress.figures(call.session, push), target_text(Target.from_json(push.target), areas))
        for push in call.session.exec(statement)
    ]
    return call.page("policies.html", rows=rows, states=STATE_NAMES, may_write=call.may(POLICY_WRITERS, PATH))


def show_new(call: Call) -> Response:
    """The form; `q` looks for the entry, `entry` has chosen it."""
    return _form_page(call, entry_id=call.query("entry"))


def create(call: Call) -> Response:
    """Write it down; nobody is told."""
    form = call.form
    push = service.create(
        call.session,
        _entry(call, form.text("entry")),
        Target(**{name: tuple(form.every(name)) for name in CRITERIA}),
        sentence=form.text("sentence"),
        per_hour=form.number("per_hour") or 0,
        follow_hours=form.number("follow_hours") or 0,
        by=call.user.name or call.user.username,
        now=call.now,
    )
    call.target = f"policy_push:{push.id}"
    call.detail = {"entry": push.entry_id, "target": push.target, "per_hour": push.per_hour}
    return call.go(f"{PATH}/{push.id}", done="push-written")


def refuse_create(call: Call, error: AppError) -> Response:
    """The form again with what was typed."""
    return _form_page(call, entry_id=call.form.text("entry"), fault=error.message, status=error.status_code)


def show(call: Call) -> Response:
    """Before the start: who would get it and who would not. After it: how it goes."""
    return _page(call)


def start(call: Call) -> Response:
    """Fix the list and let it out. The number that was shown has to be the number that is meant."""
    push = _push(call)
    profile = call.deps.rules(call.session).profile
    found = service.preview(call.session, push, profile=profile, now=call.now)
    if call.form.number("receivers") != len(found.receivers):
        raise Conflict("您看名单以后，会收到的人数变了：看过现在的名单再开始")
    service.start(
        call.session, push.id or 0, profile=profile, by=call.user.name or call.user.username, now=call.now
    )
    call.detail = {"act": "start", "receivers": len(found.receivers), "left_out": len(found.left_out)}
    return call.go(f"{PATH}/{push.id}", done="push-started")


def stop(call: Call) -> Response:
    """No more of it."""
    push = _push(call)
    reason = call.form.text("reason")
    spared = service.stop(
        call.session, push.id or 0, reason=reason, by=call.user.name or call.user.username, now=call.now
    )
    call.detail = {"act": "stop", "spared": spared, "reason": reason[:200]}
    return call.go(f"{PATH}/{push.id}", done="push-stopped")


def refuse_act(call: Call, error: AppError) -> Response:
    """The page with the reason."""
    return _page(call, fault=error.message, status=error.status_code)


def _page(call: Call, *, fault: str = "", status: int = 200) -> Response:
    push = _push(call)
    rules = call.deps.rules(call.session)
    is_draft = push.state == PushState.DRAFT
    found = service.preview(call.session, push, profile=rules.profile, now=call.now) if is_draft else None
    path = f"/h/{push.entry_id}"
    return call.page(
        "policy.html",
        status=status,
        fault=fault,
        push=push,
        state=STATE_NAMES[PushState(push.state)],
        target=target_text(Target.from_json(push.target), area_names(call.session)),
        bubble=service.share_text(push, path).plain(),
        audience=found,
        shown=SHOWN,
        figures=None if is_draft else progress.figures(call.session, push),
        lines=[] if is_draft else progress.lines(call.session, push),
        follow_ups=[] if is_draft else progress.follow_ups(call.session, push),
        quiet_until=rules.profile.quiet_hours.until(call.now),
        cap=rules.profile.feedback.contacts_per_month,
        may_see_names=call.may(CASE_READERS, PATH),
        may_send=call.may(DISPATCHERS, PATH),
        is_running=push.state == PushState.RUNNING,
    )


def _form_page(call: Call, *, entry_id: str, fault: str = "", status: int = 200) -> Response:
    entry = _entry(call, entry_id)
    words = call.query("q")[:100]
    found = call.deps.search.search(words, staff=True).candidates if words else ()
    typed = {name: call.form.text(name) for name in ("sentence", "per_hour", "follow_hours")}
    if not any(typed.values()):
        typed = {
            "sentence": service.sentence_of(entry) if entry else "",
            "per_hour": str(service.PER_HOUR),
            "follow_hours": str(service.FOLLOW_HOURS),
        }
    return call.page(
        "policy_new.html",
        status=status,
        fault=fault,
        entry=entry,
        words=words,
        found=[one.entry for one in found if service.may_be_pushed(one.entry)],
        typed=typed,
        choices=[
            (name, label, _choices(call.session, name), set(call.form.every(name)))
            for name, label in CRITERIA.items()
        ],
        most=service.MOST_PER_HOUR,
        most_hours=service.MOST_FOLLOW_HOURS,
    )


def _choices(session: Session, name: str) -> list[tuple[str, str]]:
    """What the directory holds for one criterion, the most frequent ones."""
    if name == "area":
        return sorted(area_names(session).items())[:MOST_CHOICES]
    column = {
        "kind": col(Enterprise.kind),
        "industry": col(Enterprise.industry),
        "scale": col(Enterprise.scale),
        "stage": col(Enterprise.stage),
        "chain": col(Enterprise.chain),
    }[name]
    statement = select(column).where(column != "").distinct().order_by(column).limit(MOST_CHOICES)
    return [(value, value) for value in session.exec(statement)]


def _entry(call: Call, entry_id: str) -> Entry | None:
    return call.deps.search.entry(entry_id) if entry_id else None


def _push(call: Call) -> PolicyPush:
    push = service.find(call.session, whole_number(call.part("push_id")) or 0)
    call.target = f"policy_push:{push.id}"
    return push
