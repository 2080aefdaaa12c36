"""Who may do what in the panel: every route names the roles it is for."""

from enum import StrEnum


class Role(StrEnum):
    """The five kinds of account."""

    HUB = "hub"
    LEADER = "officer-leader"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_NAMES = {
    Role.HUB: "运行中枢",
    Role.LEADER: "片区负责人",
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
