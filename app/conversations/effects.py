"""Which function carries out which effect."""

from collections.abc import Callable
from typing import Any

from app.conversations import owner_effects, staff_effects
from app.conversations.scene import Scene
from app.errors import AppError
from bot import effects
from bot.messages import Reply

_HANDLERS: dict[type, Callable[[Scene, Any], Reply | None]] = {
    effects.OpenTicket: owner_effects.open_ticket,
    effects.Supplement: owner_effects.supplement,
    effects.Reopen: owner_effects.reopen,
    effects.ShowProgress: owner_effects.show_progress,
    effects.Urge: owner_effects.urge,
    effects.Withdraw: owner_effects.withdraw,
    effects.Rate: owner_effects.rate,
    effects.ShowOfficer: owner_effects.show_officer,
    effects.Bind: owner_effects.bind,
    effects.SwitchTo: owner_effects.switch_to,
    effects.Unbind: owner_effects.unbind,
    effects.SaveContact: owner_effects.save_contact,
    effects.OptOut: owner_effects.opt_out,
    effects.BindStaff: owner_effects.bind_staff,
    effects.RecordUnsolved: owner_effects.record_unsolved,
    effects.StaffAct: staff_effects.act,
    effects.ShowTodo: staff_effects.show_todo,
    effects.ShowTicket: staff_effects.show_ticket,
    effects.Propose: staff_effects.propose,
    effects.FindEnterprise: staff_effects.find_enterprise,
    effects.FindCoordinator: staff_effects.find_coordinator,
    effects.LogVisit: staff_effects.log_visit,
    effects.ShowContacts: staff_effects.show_contacts,
    effects.Register: staff_effects.register,
    effects.ConfirmBinding: staff_effects.confirm_binding,
    effects.RefuseStaffCommand: staff_effects.refuse,
}


def carry_out(scene: Scene, effect: effects.Effect) -> Reply | None:
    """Do it and say so. A refusal (AppError) becomes the reply: services raise before they write."""
    try:
        return _HANDLERS[type(effect)](scene, effect)
    except AppError as refusal:
        return Reply.of(refusal.message)
