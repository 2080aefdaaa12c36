"""Who may do what in the panel: every route names the roles it is for."""

from enum import StrEnum


class Role(StrEnum):
    """The six kinds of account."""

    HUB = "hub"
    LEADER = "officer-leader"
    DEPARTMENT = "department"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_NAMES = {
    Role.HUB: "运行中枢",
    Role.LEADER: "片区负责人",
    Role.DEPARTMENT: "部门经办人",
    Role.EDITOR: "手册编辑",
    Role.AUDITOR: "审计员",
    Role.ADMIN: "管理员",
}

EVERYONE = frozenset(Role)
CASE_READERS = frozenset({Role.HUB, Role.LEADER, Role.AUDITOR, Role.ADMIN})
CASE_WORKERS = frozenset({Role.HUB, Role.LEADER, Role.ADMIN})
DISPATCHERS = frozenset({Role.HUB, Role.ADMIN})
OVERSEERS = frozenset({Role.AUDITOR, Role.ADMIN})
OUTBOX_READERS = frozenset({Role.HUB, Role.AUDITOR, Role.ADMIN})
EDITORS = frozenset({Role.EDITOR, Role.ADMIN})
HANDBOOK_READERS = frozenset({Role.HUB, Role.EDITOR, Role.AUDITOR, Role.ADMIN})
POLICY_WRITERS = DISPATCHERS | EDITORS
TICKET_READERS = CASE_READERS | {Role.DEPARTMENT}
TICKET_WORKERS = CASE_WORKERS | {Role.DEPARTMENT}
ADMINS = frozenset({Role.ADMIN})
SYSTEM_KEEPERS = frozenset({Role.HUB, Role.ADMIN})
SYSTEM_READERS = frozenset({Role.HUB, Role.AUDITOR, Role.ADMIN})

# What an administrator is there for. Where duties are separate, everything else is closed to the role:
# no case, no enterprise, no handbook and no audit trail (GB/T 22239 L3-CES1-08).
_ADMIN_PATHS = (
    "/admin/users", "/admin/sessions", "/admin/me", "/admin/logout", "/admin/calendar", "/admin/outbox",
    "/admin/system", "/admin/keys",
)  # fmt: skip


def may_open(role: Role, roles: frozenset[Role], path: str, *, separates_duties: bool) -> bool:
    """Whether an account of this role may use a route that is for `roles`."""
    if role not in roles:
        return False
    if role is not Role.ADMIN or not separates_duties or path.rstrip("/") == "/admin":
        return True
    return any(path == own or path.startswith(f"{own}/") for own in _ADMIN_PATHS)
