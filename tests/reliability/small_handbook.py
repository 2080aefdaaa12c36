"""A handbook of three matters without a fault."""

from collections.abc import Callable
from pathlib import Path

import pytest

from handbook.service import Sources

ENTRY = """---
title: {title}
questions:
{questions}
unlike:
  - {title}几点开门
  - {title}旁边
  - {title}以外
keywords: [{title}]
department: 市场监管局
category: 行政许可
audience: public
kind: answer
basis:
  - {{title: 行政许可法, article: 第十二条}}
approved: {{by: 市场监管局, on: 2026-11-20}}
reviewed: 2026-11-20
---
{title}：带上身份证到窗口办，五个工作日办好，不收费。

{sections}
"""
HEADINGS = ("办理条件", "所需材料", "办理流程", "办理时限与费用", "办理渠道", "常见问题")


def write_handbook(folder: Path) -> Sources:
    """Three matters without a fault."""
    kb = folder / "kb" / "permit"
    kb.mkdir(parents=True)
    (kb.parent / "categories.toml").write_text('[permit]\nlabel = "行政许可"\norder = 1\n', "utf-8")
    sections = "\n\n".join(f"## {heading}\n" + "按规定准备好并交到窗口。" * 6 for heading in HEADINGS)
    for number, title in enumerate(("面包店许可", "货车营运证", "砖窑厂手续")):
        asked = "\n".join(f"  - {title}怎么办理第{n}种" for n in range(12))
        text = ENTRY.format(title=title, questions=asked, sections=sections)
        (kb / f"matter{number}.md").write_text(text, "utf-8")
    return Sources(
        kb_dir=kb.parent, index_dir=folder / "index", district="ninghe", variables={"name": "宁河区"}
    )


@pytest.fixture
def small_handbook() -> Callable[[Path], Sources]:
    """Writes a handbook of three matters into a folder."""
    return write_handbook
