"""The demo's requests, as `seed_stories.toml` tells them: plain data, the same in every district."""

import tomllib
from collections.abc import Set
from importlib import resources
from typing import Any

TO_DEPARTMENTS = frozenset({"summon", "dispatch"})


def stories(without: Set[int] = frozenset()) -> list[dict[str, Any]]:
    """Every story, less those of the enterprises so numbered."""
    text = resources.files("app.demo").joinpath("seed_stories.toml").read_text(encoding="utf-8")
    return [story for story in tomllib.loads(text)["story"] if story["enterprise"] not in without]


def needed_departments(told: list[dict[str, Any]]) -> list[str]:
    """Which departments are given something to do in these, each once, in the order of the stories."""
    steps = [step for story in told for step in story.get("steps", ())]
    return list(dict.fromkeys(step["target"] for step in steps if step["do"] in TO_DEPARTMENTS))
