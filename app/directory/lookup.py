"""Questions to the directory: which enterprise is meant, who serves it, whom to ask, who is not served.

What a stranger may ask (`find_enterprises`) leads to names only: no phone, no person.
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import date
from difflib import SequenceMatcher

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select
from stdnum.cn import uscc

from app.directory.columns import GONE
from app.directory.models import Area, Assignment, Coordinator, Department, Enterprise, Officer
from app.errors import NotFound
from app.followers.models import Follower

MOST_ENTERPRISES = 3
MOST_COORDINATORS = 5
SHORTEST_NAME = 2
CANDIDATES = 300
SIMILAR_ENOUGH = 0.6

_COMMON = re.compile(
    r"有限责任公司|股份有限公司|有限公司|分公司|公司|集团|厂|个体工商户|农民专业合作社|专业合作社|合作社"
)
# The municipality and the district that a name begins with; «阳光社区超市» begins with no district.
_PREFIX = re.compile(r"^(天津市?)?([^区]{1,3}[^社园小校景库]区)?")


def clean_name(text: str) -> str:
    """A name as it is compared: half width, no blanks, Chinese brackets."""
    folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    return folded.replace("(", "（").replace(")", "）")


def find_enterprises(session: Session, text: str, *, limit: int = MOST_ENTERPRISES) -> list[Enterprise]:
    """What a credit code or a name may mean, best first, at most `limit`; none if nothing is close.

    A name found in full stands alone. Deregistered and moved-away enterprises are not found.
    """
    code = uscc.compact(unicodedata.normalize("NFKC", text)).upper()
    is_present = col(Enterprise.status).not_in(GONE)
    if uscc.is_valid(code):
        return list(session.exec(select(Enterprise).where(is_present, col(Enterprise.credit_code) == code)))
    name = clean_name(text)
    if len(name) < SHORTEST_NAME:
        return []
    core = _core(name)
    pieces = [core] if len(core) >= SHORTEST_NAME else [name]
    rows = _containing(session, pieces, is_present)
    exact = [row for row in rows if clean_name(row.name) == name]
    if exact or rows:
        return (exact or _ranked(rows, name))[:limit]
    rows = _containing(session, sorted(_pairs(core)), is_present)
    return [row for row in _ranked(rows, name) if _likeness(row, name) >= SIMILAR_ENOUGH][:limit]


def _core(name: str) -> str:
    """The part of a name that tells it from others."""
    return _COMMON.sub("", _PREFIX.sub("", name, count=1)) or name


def _pairs(core: str) -> set[str]:
    return {core[at : at + 2] for at in range(len(core) - 1)}


def _containing(session: Session, pieces: Collection[str], rule: ColumnElement[bool]) -> list[Enterprise]:
    """Enterprises with any of these pieces in the name; brackets count as either kind."""
    if not pieces:
        return []
    plain = func.replace(func.replace(col(Enterprise.name), "(", "（"), ")", "）")
    matches = or_(*(plain.contains(piece, autoescape=True) for piece in pieces))
    statement = select(Enterprise).where(rule, matches).order_by(col(Enterprise.id)).limit(CANDIDATES)
    return list(session.exec(statement))


def _ranked(rows: list[Enterprise], name: str) -> list[Enterprise]:
    return sorted(rows, key=lambda row: -_likeness(row, name))


def _likeness(row: Enterprise, name: str) -> float:
    return SequenceMatcher(None, _core(clean_name(row.name)), _core(name), autojunk=False).ratio()


def officer_of(session: Session, enterprise_id: int) -> Officer | None:
    """The officer who serves this enterprise, away or not."""
    statement = (
        select(Officer)
        .join(Assignment, col(Assignment.officer_id) == col(Officer.id))
        .where(col(Assignment.enterprise_id) == enterprise_id, col(Assignment.until).is_(None))
    )
    return session.exec(statement).first()


def officer_by_number(session: Session, staff_no: str) -> Officer:
    """The officer with this staff number; NotFound."""
    officer = session.exec(select(Officer).where(col(Officer.staff_no) == staff_no.strip())).first()
    if officer is None:
        raise NotFound(f"没有工号 {staff_no}")
    return officer


def enterprise_by_code(session: Session, code: str) -> Enterprise:
    """The enterprise with this credit code, gone or not; NotFound."""
    wanted = code.strip().upper()
    row = session.exec(select(Enterprise).where(col(Enterprise.credit_code) == wanted)).first()
    if row is None:
        raise NotFound(f"名录里没有 {code}")
    return row


def served_count(session: Session, officer_id: int) -> int:
    """How many enterprises this officer serves."""
    statement = select(func.count()).select_from(Assignment)
    return session.exec(
        statement.where(col(Assignment.officer_id) == officer_id, col(Assignment.until).is_(None))
    ).one()


def is_away(officer: Officer, on: date) -> bool:
    """Whether the officer is absent on this day; an open end means until further notice."""
    if officer.away_from is None or on < officer.away_from:
        return False
    return officer.away_until is None or on <= officer.away_until


def current_officer(session: Session, enterprise_id: int, on: date) -> tuple[Officer | None, Officer | None]:
    """Who serves this enterprise on this day, and, if that is a stand-in, the officer who is away.

    The chain of stand-ins is followed, never round in a circle; (None, officer) if nobody on it is there.
    """
    assigned = officer_of(session, enterprise_id)
    seen: set[int | None] = set()
    officer = assigned
    while officer is not None and officer.id not in seen:
        if officer.is_active and not is_away(officer, on):
            return officer, None if officer is assigned else assigned
        seen.add(officer.id)
        officer = session.get(Officer, officer.stand_in_id) if officer.stand_in_id else None
    return None, assigned


def enterprises_of_officers(
    session: Session,
    officer_ids: Collection[int],
    text: str = "",
    *,
    areas: Collection[str] = (),
    limit: int = MOST_COORDINATORS,
) -> list[Enterprise]:
    """The enterprises these officers serve, and those of these areas, whose name or code has `text` in it (all of
    them without)."""
    name = clean_name(text)
    served = select(Assignment.enterprise_id).where(
        col(Assignment.officer_id).in_(officer_ids), col(Assignment.until).is_(None)
    )
    theirs = or_(col(Enterprise.id).in_(served), col(Enterprise.area_code).in_(areas))
    known = session.exec(select(Enterprise.id, Enterprise.name, Enterprise.credit_code).where(theirs))
    ids = [
        number
        for number, known_as, code in known
        if name in clean_name(known_as) or _core(name) in clean_name(known_as) or name == code
    ]
    rows = session.exec(
        select(Enterprise).where(col(Enterprise.id).in_(ids[:CANDIDATES])).order_by(col(Enterprise.id))
    )
    return _ranked(list(rows), name)[:limit]


def staff_openids(session: Session) -> set[str]:
    """Everyone on duty who is bound to WeChat and has not left: who should see the officers' menu."""
    found: set[str] = set()
    for model in (Officer, Coordinator):
        statement = (
            select(model.openid)
            .outerjoin(Follower, col(Follower.openid) == col(model.openid))
            .where(
                col(model.is_active),
                col(model.openid).is_not(None),
                or_(col(Follower.openid).is_(None), col(Follower.is_subscribed)),
            )
        )
        found.update(openid for openid in session.exec(statement) if openid)
    return found


def area_name(session: Session, code: str | None) -> str:
    """The area's name; empty if there is none."""
    area = session.get(Area, code) if code else None
    return area.name if area else ""


def find_department(session: Session, text: str) -> Department | None:
    """The active department that a word means: its full name, else the only one that contains the word."""
    name = clean_name(text)
    if not name:
        return None
    rows = list(
        session.exec(select(Department).where(col(Department.is_active)).order_by(col(Department.id)))
    )
    for row in rows:
        if clean_name(row.name) == name:
            return row
    close = [row for row in rows if name in clean_name(row.name) or clean_name(row.name) in name]
    return close[0] if len(close) == 1 else None


def find_coordinators(
    session: Session, text: str, limit: int = MOST_COORDINATORS
) -> list[tuple[Department, Coordinator]]:
    """Whom to ask about a department, a person or a matter (mission A6 查专员), best first."""
    wanted = clean_name(text)
    if not wanted:
        return []
    statement = (
        select(Department, Coordinator)
        .join(Coordinator, col(Coordinator.department_id) == col(Department.id))
        .where(col(Department.is_active), col(Coordinator.is_active))
        .order_by(col(Coordinator.id))
    )
    scored = [(_fitness(wanted, *pair), pair) for pair in session.exec(statement)]
    best = sorted((item for item in scored if item[0] > 0), key=lambda item: -item[0])
    return [pair for _, pair in best[:limit]]


def abbreviates(short: str, name: str) -> bool:
    """Whether `住建委` may stand for `住房和建设委员会`: begins like it and leaves characters out, none added.

    A municipal or district prefix of the full name is passed over.
    """
    name = re.sub(r"^(天津市?|.{2}区|市|区)", "", name) if not name.startswith(short[:1]) else name
    if len(short) < SHORTEST_NAME or not name.startswith(short[0]):
        return False
    left = iter(name)
    return all(character in left for character in short)


def _fitness(wanted: str, department: Department, person: Coordinator) -> float:
    """Department or person named: first; a matter of theirs: next; two characters in common: last."""
    if wanted in clean_name(department.name) or clean_name(department.name) in wanted:
        return 4
    if wanted == person.name or abbreviates(wanted, clean_name(department.name)):
        return 4
    matters = [clean_name(part) for part in re.split(r"[、，,；;/\s]", person.expertise) if part]
    if any(matter in wanted or wanted in matter for matter in matters):
        return 3
    if department.industries and wanted in clean_name(department.industries):
        return 2
    pairs = _pairs(wanted)
    shared = sum(pair in clean_name(person.expertise) for pair in pairs)
    return shared / len(pairs) if pairs else 0
