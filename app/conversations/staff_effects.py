"""Carrying out officers' and coordinators' commands."""

from app import audit
from app.clock import local_text
from app.conversations import cards
from app.conversations.scene import Scene
from app.directory import binding, changes, lookup
from app.directory.models import Enterprise, Officer
from app.editing import privacy, proposing
from app.editing.values import Person
from app.errors import AppError
from app.outbox import service as outbox
from app.tickets import contacting, guarding, parties, reading, repository, service
from app.tickets.contacting import Contact
from app.tickets.lifecycle import Action
from app.tickets.masking import mask_name, mask_phone
from app.tickets.models import Ticket
from app.tickets.values import TicketDraft
from bot import effects, staff_wording
from bot.commands import Verb
from bot.messages import Reply, Tap
from handbook.drafting import Draft
from handbook.entry import Decision, Kind

ACTIONS = {
    Verb.ACCEPT: Action.ACCEPT,
    Verb.REPLY: Action.REPLY,
    Verb.ASK_MORE: Action.REQUEST_INFO,
    Verb.SUMMON: Action.SUMMON,
    Verb.RAISE: Action.RAISE,
    Verb.RETURN: Action.RETURN,
    Verb.EXTEND: Action.EXTEND,
    Verb.RESOLVE: Action.RESOLVE,
    Verb.TELL: Action.TELL,
    Verb.ENGAGE: Action.ENGAGE,
    Verb.HAND_OFF: Action.HAND_OFF,
    Verb.HAND_BACK: Action.HAND_BACK,
    Verb.CATEGORISE: Action.CATEGORISE,
}
NEWS_SHOWN = 3
CONTACTS_SHOWN = 5
NOTE_SHOWN = 20
TITLE_LENGTH = 30
# Where a proposal begins that is near nothing in the handbook; an editor moves it.
FALLBACK = ("service", "政企服务")


def act(scene: Scene, effect: effects.StaffAct) -> Reply:
    """One verb on one ticket; the enterprise and the others are told through the outbox."""
    ticket = scene.find(effect.ref, effect.action)
    if isinstance(ticket, Reply):
        return ticket
    before, reopened = _holder(ticket), ticket.reopened_count
    changed = scene.act(
        ticket,
        ACTIONS[Verb(effect.action)],
        note=effect.note,
        target=effect.target,
        days=effect.days,
        details={"outside_number": effect.outside_number} if effect.outside_number else None,
    )
    has_left = effect.action == Verb.RETURN and _holder(changed) == before
    said = staff_wording.LEFT if has_left else effect.action
    if effect.action == Verb.TELL and changed.reopened_count > reopened:
        said = staff_wording.REOPENED
    return staff_wording.done(said, changed.number, scene.facts(changed).holder.short)


def _holder(ticket: Ticket) -> tuple[str, int | None, int | None]:
    return ticket.holder_kind, ticket.officer_id, ticket.department_id


def show_todo(scene: Scene, _effect: effects.ShowTodo) -> Reply:
    """待办."""
    held = reading.todo(scene.session, scene.caller.actor, scene.now)
    return cards.todo([scene.facts(ticket) for ticket in held])


def show_ticket(scene: Scene, effect: effects.ShowTicket) -> Reply:
    """查看."""
    ticket = scene.find(effect.ref, "查看")
    if isinstance(ticket, Reply):
        return ticket
    assert ticket.id is not None  # noqa: S101 - it came from the table
    events = [event for event in repository.events(scene.session, ticket.id) if event.note]
    news = [
        (event.at, f"{event.actor_name}：{' '.join(event.note.split())[:40]}")
        for event in events[-NEWS_SHOWN:]
    ]
    allowed = guarding.available_actions(scene.session, ticket, scene.caller.actor, scene.now)
    return cards.staff_ticket(scene.facts(ticket), news, scene.staff_path(ticket), allowed)


def propose(scene: Scene, effect: effects.Propose) -> Reply:
    """提议 (B3): the question and what answered it go to the editors, without whose they were."""
    ticket = scene.find(effect.ref, "提议")
    if isinstance(ticket, Reply):
        return ticket
    if not ticket.result:
        raise AppError(f"{ticket.number[-4:]} 还没有结果，办结以后再提议")
    enterprise = parties.enterprise(scene.session, ticket.enterprise_id)
    names = (enterprise.name,) if enterprise else ()
    people = [
        ticket.contact_name,
        enterprise.legal_representative if enterprise else "",
        scene.caller.actor.name,
    ]
    named = privacy.flags(effect.answer, enterprises=names, people=people)
    if named:
        raise AppError(privacy.explained(named))
    question = privacy.redacted(ticket.content, enterprises=names, people=people)
    entry_id, draft = _proposal(scene, question, effect.answer)
    actor = scene.caller.actor
    who = Person(f"{actor.kind}:{actor.id}", actor.name, scene.openid)
    words = f"企业这样问：{question}\n应该这样答：{effect.answer}"
    scene.desk.propose(entry_id, draft, who, scene.now, words=words, ticket=ticket.number, origin="chat")
    audit.record(
        scene.session,
        at=scene.now,
        actor_kind=actor.kind,
        actor=actor.id,
        action="handbook.propose",
        target=f"ticket:{ticket.number}",
        detail={"entry": entry_id},
    )
    return staff_wording.proposed(ticket.number, draft.title)


def _proposal(scene: Scene, question: str, answer: str) -> tuple[str, Draft]:
    """An edit of the entry that nearly matched, else a new entry beside the nearest one."""
    result = scene.search.search(question)
    matters = [item.entry for item in result.candidates if item.entry.kind in (Kind.ANSWER, Kind.POLICY)]
    if matters and result.decision in (Decision.ANSWER, Decision.CHOOSE):
        return matters[0].id, proposing.edited(scene.desk, matters[0].id, question)
    folder, label = (matters[0].id.split("/")[0], matters[0].category) if matters else FALLBACK
    title = question[:TITLE_LENGTH]
    return proposing.new_entry(scene.desk, folder, label, title=title, question=question, answer=answer)


def find_enterprise(scene: Scene, effect: effects.FindEnterprise) -> Reply:
    """查企业: own enterprises only, every look is audited."""
    officer = _officer(scene)
    found = _own_enterprises(scene, officer, effect.name)
    audit.record(
        scene.session,
        at=scene.now,
        actor_kind="officer",
        actor=officer.staff_no,
        action="enterprise.look",
        target=",".join(row.credit_code for row in found)[:200] or "-",
    )
    if not found:
        return staff_wording.no_own_enterprise(effect.name)
    return Reply.of("\n\n".join(_enterprise_card(scene, row) for row in found))


def _enterprise_card(scene: Scene, row: Enterprise) -> str:
    caller = " ".join(part for part in (mask_name(row.contact_name), mask_phone(row.contact_phone)) if part)
    live = repository.live_tickets(scene.session, row.id or 0, besides=None)
    contacts = contacting.contacted(scene.session, scene.now, [row.id or 0]).get(row.id or 0, 0)
    lines = [
        row.name,
        f"{row.credit_code} · {row.kind} · {row.status}",
        f"{lookup.area_name(scene.session, row.area_code)} {row.address}".strip(),
        f"联系人 {caller}" if caller else "没有登记联系人",
        f"在办 {live} 件，近 30 天主动联系 {contacts} 次",
    ]
    return "\n".join(line for line in lines if line)


def find_coordinator(scene: Scene, effect: effects.FindCoordinator) -> Reply:
    """查专员 (A6): staff may see each other's office phone and expertise."""
    found = lookup.find_coordinators(scene.session, effect.text)
    if not found:
        return staff_wording.no_coordinator(effect.text)
    lines = [
        f"{department.name} {person.name} {department.office_phone or person.phone}"
        + (f"\n  擅长：{person.expertise}" if person.expertise else "")
        for department, person in found
    ]
    return Reply.of("\n".join(lines))


def log_visit(scene: Scene, effect: effects.LogVisit) -> Reply:
    """走访 (A11)."""
    officer, enterprise = _officer(scene), _one_enterprise(scene, effect.enterprise)
    if isinstance(enterprise, Reply):
        return enterprise
    kind = next(
        (word for word in (Contact.CALL, Contact.ONLINE) if effect.note.startswith(word)), Contact.VISIT
    )
    contacting.log_contact(
        scene.session, enterprise.id or 0, kind, note=effect.note, officer_id=officer.id, now=scene.now
    )
    return staff_wording.visit_logged(enterprise.name, _too_often(scene, enterprise))


def show_contacts(scene: Scene, effect: effects.ShowContacts) -> Reply:
    """Before a visit: the contact log of the last 30 days (E7)."""
    enterprise = _one_enterprise(scene, effect.enterprise)
    if isinstance(enterprise, Reply):
        return enterprise
    lines = [
        f"{local_text(row.at)} {row.channel} {' '.join(row.note.split())[:NOTE_SHOWN]}".rstrip()
        for row in contacting.log_of(scene.session, enterprise.id or 0, scene.now)[:CONTACTS_SHOWN]
    ]
    return staff_wording.contacts(enterprise.name, lines, _too_often(scene, enterprise))


def _too_often(scene: Scene, enterprise: Enterprise) -> str:
    count = contacting.contacted(scene.session, scene.now, [enterprise.id or 0]).get(enterprise.id or 0, 0)
    return contacting.too_often(count, scene.rules.profile)


def register(scene: Scene, effect: effects.Register) -> Reply:
    """登记: what an enterprise said in person becomes a ticket with this officer."""
    _officer(scene)
    enterprise = _one_enterprise(scene, effect.enterprise)
    if isinstance(enterprise, Reply):
        return enterprise
    draft = TicketDraft(
        content=effect.content,
        enterprise_id=enterprise.id,
        contact_name=enterprise.contact_name,
        contact_phone=enterprise.contact_phone,
        channel="走访",
        opened_by=scene.caller.actor,
    )
    ticket = service.open_ticket(scene.session, draft, rules=scene.rules, now=scene.now)
    return staff_wording.registered(enterprise.name, ticket.number)


def confirm_binding(scene: Scene, effect: effects.ConfirmBinding) -> Reply:
    """确认绑定: verified contacts see all of their enterprise's tickets."""
    officer = _officer(scene)
    if not effect.ref.strip().isdigit():
        return staff_wording.how_to(Verb.CONFIRM_BINDING)
    contact, enterprise = binding.verify_contact(scene.session, int(effect.ref), officer, scene.now)
    audit.record(
        scene.session,
        at=scene.now,
        actor_kind="officer",
        actor=officer.staff_no,
        action="contact.verify",
        target=f"contact:{contact.id}",
    )
    outbox.enqueue(
        scene.session,
        dedupe_key=f"binding:{contact.id}:confirmed",
        openid=contact.openid,
        kind="binding_confirmed",
        reply=Reply.of(
            f"您代表「{enterprise.name}」已核实，本企业的全部事项都能在这里查。", Tap("查进度", "进度")
        ),
        fields={"enterprise": enterprise.name[:20]},
        now=scene.now,
    )
    return staff_wording.binding_confirmed(enterprise.name)


def refuse(scene: Scene, effect: effects.RefuseStaffCommand) -> Reply:
    """Case 54: refused and audited."""
    audit.record(
        scene.session,
        at=scene.now,
        actor_kind=scene.caller.actor.kind,
        actor=scene.openid,
        action=f"chat.{effect.action}",
        target="-",
        succeeded=False,
    )
    return staff_wording.not_for(effect.action) if scene.caller.is_staff else staff_wording.only()


def _officer(scene: Scene) -> Officer:
    if scene.caller.officer is None:
        raise AppError("这条指令只有为企服务人员能用")
    return scene.caller.officer


def _own_enterprises(scene: Scene, officer: Officer, name: str) -> list[Enterprise]:
    """Those the officer serves, those of whom he stands in for today (A3), and those of the own area."""
    ids = parties.acting_officer_ids(scene.session, officer.id or 0, scene.today)
    areas = changes.subtree(scene.session, officer.area_code) if officer.area_code else ()
    return lookup.enterprises_of_officers(scene.session, ids, name, areas=areas)


def _one_enterprise(scene: Scene, name: str) -> Enterprise | Reply:
    """One of this officer's own enterprises."""
    found = _own_enterprises(scene, _officer(scene), name)
    exact = [row for row in found if row.name == lookup.clean_name(name)]
    chosen = exact or found
    if len(chosen) == 1:
        return chosen[0]
    return (
        staff_wording.no_own_enterprise(name)
        if not chosen
        else staff_wording.several_enterprises([r.name for r in chosen])
    )
