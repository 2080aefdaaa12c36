"""Rules of a district beside its ladder: who works together, where requests are handed on, how feedback is asked.

Frozen values, part of the profile; every rule names its clause or says 默认.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class CoHandling:
    """Requests of these channels reach the officer and a department together (C3)."""

    channels: tuple[str, ...]
    clause: str


@dataclass(frozen=True)
class OwnChannels:
    """Requests of these channels are settled by the department that brought them, where it is named (C18)."""

    channels: tuple[str, ...]
    clause: str


@dataclass(frozen=True)
class Handoffs:
    """Systems that a request may be handed to while it stays open here (C16); `chase_working_days`:
    without a result for so long somebody asks there, and again after as long."""

    destinations: tuple[str, ...]
    chase_working_days: int
    clause: str


class Grouping(StrEnum):
    """By what a satisfaction sample is drawn in groups."""

    CATEGORY = "category"
    AREA = "area"
    DEPARTMENT = "department"


@dataclass(frozen=True)
class Feedback:
    """Satisfaction call-backs (D3). `is_monthly`: one starts by itself each month; `sample_per_group`: how many of each group a campaign draws at most;
    `callback_working_days`: silence after which a person calls; `rates_officer`: the officer is asked about too;
    `contacts_per_month`: how often we may ask one enterprise within 30 days (E7)."""

    is_monthly: bool
    sample_per_group: int
    grouped_by: Grouping
    callback_working_days: int
    rates_officer: bool
    contacts_per_month: int
    clause: str


@dataclass(frozen=True)
class Rectification:
    """The problem list (C12): requests of these categories, or that reached these rungs, are put right on it and
    not settled before the head of the unit signed. `sample_percent` of signed items are checked on the spot;
    `refer_to` gets what fails the check."""

    categories: tuple[str, ...]
    steps: tuple[str, ...]
    working_days: int
    sample_percent: int
    refer_to: str
    clause: str


@dataclass(frozen=True)
class Passing:
    """Buck-passing (C14): a request given back `times_from` times or more is on the list, and may be handed over to
    one of `refer_to`."""

    refer_to: tuple[str, ...]
    times_from: int
    clause: str


class RoutingBy(StrEnum):
    """The fact of an enterprise that a routing layer reads (A8). The first layer that names somebody wins."""

    KEY_SERVICE = "key_service"
    PROMOTION = "promotion_department"
    INDUSTRY = "industry"
    BUILDING = "building"
    KIND = "kind"
    AREA = "area"


@dataclass(frozen=True)
class RoutingTable:
    """One line of a table: these values of the fact belong to this unit."""

    values: tuple[str, ...]
    unit: str
    clause: str


@dataclass(frozen=True)
class RoutingLayer:
    """One layer of the assignment: its name as each assignment records it, and its table where it has one."""

    name: str
    by: RoutingBy
    table: tuple[RoutingTable, ...]
    clause: str


@dataclass(frozen=True)
class Coverage:
    """What counts as 100 % (A1, A5). `statuses`: operating statuses in the base; `most_per_officer`: more is shown
    as too many; `areas` and `departments`: names that the document lists and the directory must therefore have."""

    statuses: tuple[str, ...]
    most_per_officer: int
    areas: tuple[str, ...]
    departments: tuple[str, ...]
    clause: str
