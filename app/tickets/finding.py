"""Which department the words of a command mean."""

from collections.abc import Sequence

from app.directory.lookup import abbreviates
from app.directory.models import Department
from app.errors import Conflict, NotFound
from app.tickets import parties
from app.tickets.changes import Case
from app.tickets.values import Incomplete


def find_department(case: Case) -> Department:
    """The one active department meant by `target`: `department:<id>`, its name, or a part of it."""
    if not case.target:
        raise Incomplete(f"请写明部门，例如：吹哨 {case.ticket.number[-4:]} 住建委")
    known = parties.departments(case.session)
    meant = named(known, case.target)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise Conflict(f"「{case.target}」不止一个：{'、'.join(item.name for item in meant)}，请写全")
    raise NotFound(f"没有「{case.target}」这个部门，可以吹哨：{'、'.join(item.name for item in known)}")


def named(known: Sequence[Department], text: str) -> list[Department]:
    """Every department that `department:<id>`, a name or a part of one may mean."""
    kind, _, identity = text.partition(":")
    if kind == "department":
        return [department for department in known if str(department.id) == identity]
    exact = [department for department in known if department.name == text]
    parts = [department for department in known if _means(text, department.name)]
    return exact or parts or [row for row in known if _abbreviated(text, row.name)]


def _abbreviated(typed: str, name: str) -> bool:
    return abbreviates(typed, name) or abbreviates(name, typed)


def _means(typed: str, name: str) -> bool:
    typed, name = typed.removeprefix("市").removeprefix("区"), name.removeprefix("市").removeprefix("区")
    return bool(typed) and (typed in name or name in typed)
