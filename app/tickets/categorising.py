"""Category and kind of a request (C17): proposed when it opens, corrected by a person.

The choice is pure: entries and words in, names of the district's own lists out. What nothing speaks for stays empty.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.districts.profile import Profile
from app.tickets.changes import Case, Change
from app.tickets.values import Incomplete

# The first kind whose words appear wins: a wish stays a wish though it names a trouble, a trouble asked as a question
# («货车进不来怎么办») is a trouble.
_KIND_WORDS = {
    "意见建议": re.compile(r"建议|提个意见|提点意见|提意见|(?:希望|盼望|期盼|呼吁).{0,12}(?:能|可以|增|加|改|优化|开通|完善|多)"),
    "问题": re.compile(
        r"投诉|反映|反应一下|没人管|没有人管|不给|不让|不予|拖着|拖欠|推来推去|推诿|一直没|迟迟|至今|还没有?(?:办|批|修|通|解决)"
        r"|办不了|办不下|办不成|无法|没法|不了|打不开|登录不上|进不[来去]|出不[来去]|停电|停水|停气|停产|断电|断网|故障|漏水|积水|坏了|被罚|被退|被拒"
        r"|堵|扰民|受影响|影响.{0,8}(?:生产|经营|出行|营业)|困难|着急|帮.{0,4}(?:解决|协调)|请.{0,4}(?:解决|协调)"
    ),
    "咨询": re.compile(
        r"怎么|怎样|如何|哪里|哪儿|哪个|哪些|什么|多少|多久|几天|几个|是否|是不是|有没有|能不能|可不可以|需不需要|要不要|咨询|请问|问一下|想问|想了解|吗|呢|[?？]"
    ),
}  # fmt: skip
_BETWEEN = re.compile(r"[\s,，、;；/·]+")


@dataclass(frozen=True)
class Sorting:
    """A category and a kind; empty where there is none."""

    category: str = ""
    kind: str = ""


def propose(content: str, near_ids: Sequence[str], profile: Profile) -> Sorting:
    """What the request seems to be: the category by the handbook's near entries, the kind by its words. Pure."""
    return Sorting(proposed_category(near_ids, profile.from_handbook), proposed_kind(content, profile.kinds))


def proposed_category(near_ids: Sequence[str], from_handbook: Mapping[str, str]) -> str:
    """What most of the near entries stand for, the nearest one where they disagree evenly. Pure.

    An entry's own line (`labor/recruit`) goes before its folder's (`labor`); an entry without a line has no say.
    """
    found = [from_handbook.get(entry) or from_handbook.get(entry.partition("/")[0], "") for entry in near_ids]
    votes = Counter(category for category in found if category)
    return max(votes, key=lambda category: votes[category], default="")


def proposed_kind(content: str, kinds: Sequence[str]) -> str:
    """The first of the district's kinds that the words speak for; empty if none does. Pure."""
    return next((kind for kind, words in _KIND_WORDS.items() if kind in kinds and words.search(content)), "")


def read(text: str, profile: Profile) -> Sorting:
    """`融资贷款 咨询`: names of the district's categories and kinds, in any order. Pure.

    Raises Incomplete that lists what there is, where a word is none of them or nothing is named.
    """
    words = [word for word in _BETWEEN.split(text.strip()) if word]
    category = [word for word in words if word in profile.categories]
    kind = [word for word in words if word in profile.kinds]
    if not words or len(category) > 1 or len(kind) > 1 or len(category) + len(kind) != len(words):
        raise Incomplete(
            f"请写明类别（{'、'.join(profile.categories)}），也可以写类型（{'、'.join(profile.kinds)}），各一个"
        )
    return Sorting("".join(category), "".join(kind))


def categorise(case: Case) -> Change:
    """归类: a person says what it is; from then on it is no proposal any more."""
    named, ticket = read(case.target, case.rules.profile), case.ticket
    category, kind = named.category or ticket.category, named.kind or ticket.kind
    return Change(
        values={"category": category, "kind": kind, "is_sorting_proposed": False},
        data={"category": category, "kind": kind, "was": [ticket.category, ticket.kind]},
    )
