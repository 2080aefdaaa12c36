"""The report of a made-up week: what must hold, the figures beside each other, what the hub would read."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bench.week.checks import findings, sample
from app.bench.week.figures import Pair, pairs, shares
from app.bench.week.life import SEED, SMALL, Lived, Size, live
from app.bench.week.seen import Finding
from app.errors import AppError
from app.settings import Settings
from handbook.service import HandbookService


@dataclass(frozen=True)
class WeekReport:
    """As text, as values, and what does not hold."""

    text: str
    values: dict[str, Any]
    faults: list[str]


def week_report(
    settings: Settings,
    *,
    is_small: bool = False,
    seed: int = SEED,
    folder: Path | None = None,
    tell: Callable[[str], None],
    handbook: HandbookService | None = None,
) -> WeekReport:
    """Live through it and look. `folder` (empty) keeps the data; AppError where something lies in it already."""
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise AppError(f"{folder} 不是空的：请另选一个文件夹")
    found: list[WeekReport] = []

    def look(lived: Lived) -> None:
        values = report(lived)
        found.append(WeekReport(as_text(values), as_json(values), faults_of(values)))

    with tempfile.TemporaryDirectory(prefix="qiying-week-") as name:
        place = folder or Path(name)
        place.mkdir(parents=True, exist_ok=True)
        live(settings, place, SMALL if is_small else Size(), look, tell=tell, seed=seed, handbook=handbook)
    return found[0]


def report(lived: Lived) -> dict[str, Any]:
    """Everything as values."""
    return {
        "district": lived.town.runtime.profile.name,
        "since": lived.first.isoformat(),
        "until": lived.last.isoformat(),
        "restarts": lived.town.restarts,
        "unfinished": lived.town.unfinished,
        "findings": findings(lived),
        "pairs": pairs(lived),
        "shares": shares(lived),
    }


def faults_of(found: dict[str, Any]) -> list[str]:
    """What does not hold or does not agree, in words; empty where all is well."""
    wrong = [f"{item.name}：{line}" for item in found["findings"] for line in sample(item.wrong)]
    wrong += [
        f"{pair.name}：报表 {pair.product}，日记 {pair.diary}" for pair in found["pairs"] if not pair.agrees
    ]
    if found["unfinished"]:
        wrong.append(f"后台任务有 {found['unfinished']} 次停不下来")
    return wrong


def as_json(found: dict[str, Any]) -> dict[str, Any]:
    """For a file."""
    return {
        **found,
        "findings": [
            {"name": item.name, "looked_at": item.looked_at, "wrong": sample(item.wrong)}
            for item in found["findings"]
        ],
        "pairs": [pair.__dict__ for pair in found["pairs"]],
    }


def as_text(found: dict[str, Any]) -> str:
    """For a person, in Markdown."""
    lines = [
        f"# {found['district']}：模拟一周（{found['since']} 到 {found['until']}）",
        "",
        "## 必须成立的",
        "",
    ]
    lines += [
        "| 检查 | 看了 | 不符 |",
        "|---|---|---|",
        *_checks(found["findings"]),
        "",
        "## 同一个数，两边各数一遍",
        "",
    ]
    lines += ["| 数 | 报表 | 日记 |", "|---|---|---|", *_pairs(found["pairs"]), "", "## 其他", ""]
    for name, value in found["shares"].items():
        if isinstance(value, list):
            lines += [f"- {name}：", *(f"  - {line}".replace("\n", " / ") for line in value)]
        else:
            lines.append(f"- {name}：{value}")
    wrong = faults_of(found)
    lines += ["", "## 不符的", "", *(f"- {line}" for line in wrong or ["没有"])]
    return "\n".join(lines) + "\n"


def _checks(items: Sequence[Finding]) -> list[str]:
    return [f"| {item.name} | {item.looked_at} | {len(item.wrong)} |" for item in items]


def _pairs(items: Sequence[Pair]) -> list[str]:
    return [f"| {pair.name} | {pair.product} | {pair.diary} |" for pair in items]
