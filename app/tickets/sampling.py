"""Samples that anybody can draw again: the same seed over the same rows gives the same ones. Pure."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A closed ticket that may be drawn."""

    ticket_id: int
    number: str
    enterprise_id: int | None
    group: str


def draw(candidates: Iterable[Candidate], *, seed: int, per_group: int) -> list[Candidate]:
    """At most `per_group` of each group, an enterprise once in all; the same arguments give the same draw. Pure."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda item: item.number):
        groups[candidate.group].append(candidate)
    drawn: list[Candidate] = []
    disturbed: set[int] = set()
    for group in sorted(groups):
        members = groups[group]
        random.Random(f"{seed}:{group}").shuffle(members)
        taken = 0
        for member in members:
            if taken == per_group:
                break
            if member.enterprise_id in disturbed:
                continue
            if member.enterprise_id is not None:
                disturbed.add(member.enterprise_id)
            drawn.append(member)
            taken += 1
    return drawn


def sample(ids: Iterable[int], *, seed: int, size: int) -> list[int]:
    """At most `size` of these ids, in ascending order; the order in which they come does not matter."""
    known = sorted(set(ids))
    random.Random(seed).shuffle(known)
    return sorted(known[:size])
