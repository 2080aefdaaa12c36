"""Whom a policy is for: kind, industry, size, stage, area and chain of an enterprise (B7; FT 三(一)3, BH 津策通). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

# What each criterion is called, in the order of the form; the name is the enterprise's own attribute.
CRITERIA = {
    "kind": "类型",
    "industry": "行业",
    "scale": "规模",
    "stage": "发展阶段",
    "area": "片区",
    "chain": "产业链",
}
EVERYBODY = "全区都发"


class Facts(Protocol):
    """What is looked at of an enterprise; `app.directory.models.Enterprise` has it."""

    kind: str
    industry: str
    scale: str
    stage: str
    chain: str
    area_code: str | None


@dataclass(frozen=True)
class Target:
    """Per criterion the values that fit; none means any. Values of one criterion are alternatives, criteria add up.

    `area` holds area codes, parts of an area included by the caller (`scope`).
    """

    kind: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    scale: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Target":
        """Back from `to_json`; unknown names are ignored."""
        return cls(**{item.name: tuple(map(str, data.get(item.name, ()))) for item in fields(cls)})

    def to_json(self) -> dict[str, list[str]]:
        """As stored with the push."""
        return {item.name: list(getattr(self, item.name)) for item in fields(self)}


def fitting(
    target: Target, facts: Facts, areas: Mapping[str, str], scope: frozenset[str]
) -> list[str] | None:
    """Why this enterprise is meant, one reason a criterion; None if it is not.

    `areas` names area codes; `scope` are the codes of the target with everything below them. Industry and chain
    fit where the wanted word is part of what the directory says, the others where they are the same.
    """
    reasons: list[str] = []
    for name, label in CRITERIA.items():
        wanted: Sequence[str] = getattr(target, name)
        if not wanted:
            continue
        if name == "area":
            is_inside = facts.area_code is not None and facts.area_code in scope
            found = areas.get(facts.area_code or "", facts.area_code or "") if is_inside else ""
        elif name in ("industry", "chain"):
            value: str = getattr(facts, name)
            found = value if any(word in value for word in wanted) else ""
        else:
            value = getattr(facts, name)
            found = value if value in wanted else ""
        if not found:
            return None
        reasons.append(f"{label}：{found}")
    return reasons or [EVERYBODY]


def target_text(target: Target, areas: Mapping[str, str]) -> str:
    """The target in one line for people."""
    parts = []
    for name, label in CRITERIA.items():
        values: Sequence[str] = getattr(target, name)
        if values:
            shown = [areas.get(value, value) for value in values] if name == "area" else values
            parts.append(f"{label}：{'或'.join(shown)}")
    return "；".join(parts) or EVERYBODY
