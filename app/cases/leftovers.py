"""Nothing of a person or an enterprise may be left in a case that everybody reads (B4; PIPL 6, 25).

Known names come from the ticket, the staff lists and the whole directory. What looks like a name, a company, a
house or a ticket number is found by its shape too: a case may tell of somebody who is in no list.
"""

import re
from collections.abc import Iterable

from sqlmodel import Session, col, select

from app.directory.models import Contact, Coordinator, Enterprise, Officer
from app.editing import privacy
from app.editing.privacy import Flag
from app.tickets.models import Ticket, TicketEvent

SHORTEST_STAFF_NAME = 3
SHORTEST_COMPANY_CORE = 4
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦昌马苗"
    "俞任袁柳鲍史唐费薛雷贺倪汤滕殷罗毕郝邬安常傅卞康余顾孟黄穆萧尹姚邵汪祁毛狄戴宋庞熊纪舒屈董梁杜阮蓝闵"
    "贾江颜郭梅林钟徐邱骆高夏蔡田樊胡凌霍虞万柯卢莫房解丁邓杭洪包左石崔吉龚程邢裴陆荣翁荀段侯宁刘龙叶黎白"
)
_CALLED = re.compile(
    rf"(?<![提最])[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}(?:先生|女士|小姐|老板|师傅|经理|会计|大姐|大哥)"
)
_COMPANY = re.compile(
    r"[\w（）()·]{2,24}(?:有限责任公司|股份有限公司|有限公司|专业合作社|合伙企业|个人独资企业)"
)
_HOUSE = re.compile(r"[\u4e00-\u9fff]{1,12}(?:路|街|道|巷|胡同|里)\s*\d+\s*号")
_HIDDEN = re.compile(
    r"某\w{0,4}(?:有限责任公司|股份有限公司|有限公司|专业合作社|合伙企业|个人独资企业)$"
    r"|某\w{0,2}(?:路|街|道|巷|胡同|里)\s*\d+\s*号$"
)
_TICKET = re.compile(r"(?<!\d)20\d{6}-\d{4}(?!\d)")
_SHAPES = (
    ("人名", _CALLED, "某人"),
    ("企业名称", _COMPANY, "某企业"),
    ("详细地址", _HOUSE, "某地"),
    ("工单号", _TICKET, "（单号）"),
)


def leftovers(session: Session, text: str, ticket: Ticket | None = None) -> list[Flag]:
    """Everything personal that is still in the text, in reading order; empty for a clean one."""
    people = [*_people_of(session, ticket), *_staff(session)]
    named = privacy.flags(text, enterprises=_enterprises(session, text, ticket), people=people)
    return sorted([*named, *_shaped(text, named)], key=lambda flag: flag.start)


def cleaned(session: Session, text: str, ticket: Ticket) -> str:
    """The text with everything replaced that `leftovers` would find."""
    result, end = "", 0
    for flag in leftovers(session, text, ticket):
        if flag.start < end:
            continue
        result += text[end : flag.start] + flag.instead
        end = flag.end
    return result + text[end:]


def _shaped(text: str, known: Iterable[Flag]) -> list[Flag]:
    taken = [(flag.start, flag.end) for flag in known]
    found: list[Flag] = []
    for kind, pattern, instead in _SHAPES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if _HIDDEN.search(match.group()) or any(start < stop and begin < end for begin, stop in taken):
                continue
            taken.append((start, end))
            found.append(Flag(kind, match.group(), start, end, instead))
    return found


def _people_of(session: Session, ticket: Ticket | None) -> list[str]:
    """Everybody who has to do with the ticket."""
    if ticket is None:
        return []
    names = [ticket.contact_name]
    enterprise = session.get(Enterprise, ticket.enterprise_id) if ticket.enterprise_id else None
    if enterprise is not None:
        names += [enterprise.legal_representative, enterprise.contact_name]
        contacts = select(Contact.name).where(col(Contact.enterprise_id) == enterprise.id)
        names += session.exec(contacts).all()
    people = ("officer", "coordinator", "enterprise")
    actors = select(TicketEvent.actor_name).where(
        col(TicketEvent.ticket_id) == ticket.id, col(TicketEvent.actor_kind).in_(people)
    )
    names += session.exec(actors).all()
    officer_ids = [item for item in (ticket.officer_id, ticket.first_responder_id) if item is not None]
    names += session.exec(select(Officer.name).where(col(Officer.id).in_(officer_ids))).all()
    return [name for name in names if name]


def _staff(session: Session) -> list[str]:
    """Names of three characters and more: a shorter one is too often an ordinary word."""
    found = [*session.exec(select(Officer.name)), *session.exec(select(Coordinator.name))]
    return [name for name in found if len(name) >= SHORTEST_STAFF_NAME]


def _enterprises(session: Session, text: str, ticket: Ticket | None) -> list[str]:
    """Names of the directory that stand in the text, in full or by their own part; the ticket's own in any case."""
    own = session.get(Enterprise, ticket.enterprise_id) if ticket and ticket.enterprise_id else None
    found = [own.name] if own is not None else []
    for name in session.exec(select(Enterprise.name)):
        shortened = privacy.short_names([name])
        if any(len(short) >= SHORTEST_COMPANY_CORE and short in text for short in shortened):
            found.append(name)
    return found
