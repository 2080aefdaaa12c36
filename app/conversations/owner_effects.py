"""Carrying out what an enterprise's turn asked for; every function says what the person reads."""

from app import audit
from app.conversations import answers, cards
from app.conversations.scene import Scene
from app.directory import binding, lookup
from app.directory.models import Coordinator, Enterprise, Officer
from app.followers.models import Follower
from app.outbox import service as outbox
from app.tickets import merging, notices, parties, reading, repository, service
from app.tickets.adopting import adopt
from app.tickets.lifecycle import FINAL, Action, Status
from app.tickets.models import Attachment, Ticket
from app.tickets.values import TicketDraft
from bot import binding_wording, effects, staff_wording, wording
from bot.messages import Reply, Tap
from bot.views import OfficerView

_MEDIA_WORDS = {"image": "图片", "video": "视频", "location": "位置", "link": "链接"}


def open_ticket(scene: Scene, effect: effects.OpenTicket) -> Reply:
    """C1: opened in the same passive reply."""
    contact = binding.current_contact(scene.session, scene.openid)
    draft = TicketDraft(
        content=effect.content or "（图片）",
        openid=scene.openid,
        enterprise_id=contact.enterprise_id if contact else None,
        contact_name=contact.name if contact else "",
        contact_phone=contact.phone if contact else "",
        near=scene.titles(effect.near),
        near_ids=effect.near,
        is_about_officer=effect.is_about_officer,
    )
    ticket = service.open_ticket(scene.session, draft, rules=scene.rules, now=scene.now)
    keep_media(scene, ticket, effect.media)
    return notices.opened(scene.facts(ticket), was_searched=effect.was_searched)


def keep_media(scene: Scene, ticket: Ticket, media: tuple[tuple[str, str], ...]) -> None:
    """Note what was sent; the worker fetches pictures before the platform forgets them (3 days)."""
    assert ticket.id is not None  # noqa: S101 - it came from the table
    for kind, media_id in media:
        scene.session.add(
            Attachment(ticket_id=ticket.id, at=scene.now, media_kind=kind, media_id=media_id[:200])
        )


def supplement(scene: Scene, effect: effects.Supplement) -> Reply:
    """D5 补充."""
    ticket = scene.find(effect.ref, "补充")
    if isinstance(ticket, Reply):
        return ticket
    words = [f"［{_MEDIA_WORDS.get(kind, '文件')}］" for kind, _ in effect.media]
    note = " ".join([effect.text, *words]).strip()
    changed = scene.act(ticket, Action.SUPPLEMENT, note=note)
    keep_media(scene, changed, effect.media)
    return notices.supplemented(scene.facts(changed))


def reopen(scene: Scene, effect: effects.Reopen) -> Reply:
    """D4: not solved after all; it goes on one rung up, with these words."""
    ticket = scene.find(effect.ref, "进度")
    if isinstance(ticket, Reply):
        return ticket
    before = ticket.step
    changed = scene.act(ticket, Action.REOPEN, note=effect.text)
    keep_media(scene, changed, effect.media)
    return notices.reopened(scene.facts(changed), effect.text, was_raised=changed.step != before)


def show_progress(scene: Scene, effect: effects.ShowProgress) -> Reply:
    """D5 进度."""
    if effect.ref:
        ticket = scene.find(effect.ref, "进度")
        return ticket if isinstance(ticket, Reply) else _progress(scene, ticket)
    tickets = reading.tickets_of(scene.session, scene.openid, now=scene.now)
    live = [ticket for ticket in tickets if _goes_on(scene, ticket)]
    if len(live) == 1:
        return _progress(scene, live[0])
    return cards.progress_list([scene.facts(item) for item in live]) if live else wording.no_open_tickets()


def _goes_on(scene: Scene, ticket: Ticket) -> bool:
    """Not filed, or merged into one that is not filed: its person still waits for news."""
    followed = merging.survivor_of(scene.session, ticket) or ticket
    return Status(followed.status) not in FINAL


def _progress(scene: Scene, ticket: Ticket) -> Reply:
    return cards.progress(scene.facts(ticket), scene.last_news(ticket), scene.owner_path(ticket))


def urge(scene: Scene, effect: effects.Urge) -> Reply:
    """D5 催办."""
    ticket = scene.find(effect.ref, "催办")
    if isinstance(ticket, Reply):
        return ticket
    return notices.urged(scene.facts(scene.act(ticket, Action.URGE)))


def withdraw(scene: Scene, effect: effects.Withdraw) -> Reply:
    """D5 撤回."""
    ticket = scene.find(effect.ref, "撤回")
    if isinstance(ticket, Reply):
        return ticket
    return notices.withdrawn(scene.facts(scene.act(ticket, Action.WITHDRAW)))


def rate(scene: Scene, effect: effects.Rate) -> Reply:
    """D3, D4: one tap; dissatisfied reopens upwards."""
    ticket = scene.find(effect.ref, "评价")
    if isinstance(ticket, Reply):
        return ticket
    before, earlier = ticket.step, repository.current_rating(scene.session, ticket.id)
    was = earlier.score if earlier else None
    changed = scene.act(ticket, Action.RATE, note=effect.comment, score=effect.score)
    facts = scene.facts(changed)
    if changed.status == Status.CLOSED:
        return notices.rated(facts, was=was)
    return notices.reopened(facts, effect.comment, was_raised=changed.step != before, was=was)


def show_officer(scene: Scene, _effect: effects.ShowOfficer) -> Reply:
    """A7 我的服务员."""
    contact = binding.current_contact(scene.session, scene.openid)
    if contact is None:
        return binding_wording.not_bound()
    return binding_wording.my_officer(_officer_view(scene, contact.enterprise_id), scene.policy)


def bind(scene: Scene, effect: effects.Bind) -> Reply:
    """Speak for an enterprise; what waited in the hub's queue goes to its officer."""
    enterprise = scene.session.get(Enterprise, effect.enterprise_id)
    if enterprise is None or enterprise.id is None:
        return binding_wording.not_bound()
    current = binding.current_contact(scene.session, scene.openid)
    if current is not None and current.enterprise_id == enterprise.id:
        return binding_wording.already_bound(enterprise.name)
    contact = binding.bind_contact(scene.session, scene.openid, enterprise.id, scene.now)
    moved = [
        ticket.number
        for ticket in reading.tickets_of(scene.session, scene.openid, now=scene.now)
        if ticket.enterprise_id is None
        and Status(ticket.status) not in FINAL
        and adopt(scene.session, ticket, contact, rules=scene.rules, now=scene.now)
    ]
    present, absent = lookup.current_officer(scene.session, enterprise.id, scene.today)
    officer = present or absent
    if officer is not None and officer.openid and contact.id is not None:
        _ask_to_confirm(scene, officer, contact.id, enterprise.name)
    return binding_wording.bound(enterprise.name, _officer_view(scene, enterprise.id), scene.policy, moved)


def _ask_to_confirm(scene: Scene, officer: Officer, contact_id: int, enterprise: str) -> None:
    assert officer.openid is not None  # noqa: S101 - checked by the caller
    reply = Reply.of(
        f"【绑定申请】有人在微信上称代表「{enterprise}」，编号 {contact_id}。核实后确认，他就能看到本企业的全部事项。\n",
        Tap("确认", f"确认绑定 {contact_id}"),
    )
    outbox.enqueue(
        scene.session,
        dedupe_key=f"binding:{contact_id}:officer:{officer.id}",
        openid=officer.openid,
        kind="binding_request",
        reply=reply,
        fields={"enterprise": enterprise[:20], "number": str(contact_id)},
        now=scene.now,
    )


def switch_to(scene: Scene, effect: effects.SwitchTo) -> Reply:
    """切换."""
    contact = binding.switch_contact(scene.session, scene.openid, effect.enterprise_id)
    enterprise = scene.session.get(Enterprise, contact.enterprise_id)
    return binding_wording.switched(enterprise.name if enterprise else "")


def unbind(scene: Scene, _effect: effects.Unbind) -> Reply:
    """解绑."""
    contact = binding.unbind_contact(scene.session, scene.openid, scene.now)
    enterprise = scene.session.get(Enterprise, contact.enterprise_id)
    return binding_wording.unbound(enterprise.name if enterprise else "")


def save_contact(scene: Scene, effect: effects.SaveContact) -> Reply:
    """Name and phone for the binding and for the tickets that have none yet."""
    binding.save_contact(scene.session, scene.openid, effect.name, effect.phone)
    for ticket in reading.tickets_of(scene.session, scene.openid, now=scene.now):
        if Status(ticket.status) not in FINAL and not ticket.contact_phone:
            ticket.contact_name, ticket.contact_phone = effect.name, effect.phone
            scene.session.add(ticket)
    return binding_wording.contact_saved(effect.name)


def opt_out(scene: Scene, _effect: effects.OptOut) -> Reply:
    """退订: no surveys, no policy pushes."""
    follower = scene.session.get(Follower, scene.openid)
    if follower is not None:
        follower.refuses_surveys = True
        scene.session.add(follower)
    return wording.opted_out()


def bind_staff(scene: Scene, effect: effects.BindStaff) -> Reply:
    """绑定工号 with a one-time code (case 55)."""
    holder = binding.redeem(scene.session, effect.code, scene.openid, scene.now)
    kind = "officer" if isinstance(holder, Officer) else "coordinator"
    audit.record(
        scene.session,
        at=scene.now,
        actor_kind=kind,
        actor=str(holder.id),
        action="staff.bind",
        target=f"{kind}:{holder.id}",
    )
    return staff_wording.bound(holder.name, _duty(scene, holder), scene.policy)


def _duty(scene: Scene, holder: Officer | Coordinator) -> str:
    if isinstance(holder, Officer):
        return lookup.area_name(scene.session, holder.area_code)
    pairs = lookup.find_coordinators(scene.session, holder.name, limit=20)
    return next((department.name for department, person in pairs if person.id == holder.id), "")


def record_unsolved(scene: Scene, effect: effects.RecordUnsolved) -> None:
    """«没解决» counts against the answer."""
    answers.mark_unsolved(scene.session, effect.answer_id, scene.openid)


def _officer_view(scene: Scene, enterprise_id: int) -> OfficerView | None:
    officer, absent = lookup.current_officer(scene.session, enterprise_id, scene.today)
    if officer is None:
        return None
    return OfficerView(
        name=officer.name,
        title=scene.policy.officer_title,
        area=parties.area_name(scene.session, officer.area_code),
        phone=officer.public_phone,
        duty=officer.duty,
        stands_in_for=absent.name if absent else "",
    )
