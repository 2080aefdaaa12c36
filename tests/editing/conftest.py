"""A small handbook and a desk over it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.editing.desk import Desk
from app.editing.values import Person
from handbook.drafting import Draft, DraftSection, markdown_of
from handbook.entry import Basis

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WORDS = (
    "注册公司",
    "开公司",
    "办执照",
    "成立公司",
    "设立登记",
    "公司手续",
    "新办企业",
    "办个公司",
    "公司咋办",
    "营业执照",
    "开办",
    "登记公司",
)


def sound(title: str = "公司怎么注册", *, tail: str = "") -> Draft:
    """An entry without faults."""
    return Draft(
        title=title,
        questions=tuple(f"{word}{tail or '流程'}" for word in WORDS),
        unlike=("怎么注销", "怎么迁走", "怎么年报"),
        keywords=("公司",),
        department="市场监管局",
        category="开办登记",
        basis=(Basis("公司法", "第三十条"),),
        approved_by="市场监管局",
        approved_on="2026-11-01",
        reviewed="2026-11-01",
        summary="在网上申请，当场办结，不收费。",
        sections=tuple(
            DraftSection(heading, "按规定办理。" * 12)
            for heading in ("办理条件", "所需材料", "办理流程", "办理时限与费用", "办理渠道", "常见问题")
        ),
    )


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    kb = tmp_path / "kb"
    (kb / "registration").mkdir(parents=True)
    (kb / "categories.toml").write_text('[registration]\nlabel = "开办登记"\norder = 10\n', "utf-8")
    (kb / "registration" / "company.md").write_text(markdown_of(sound()), "utf-8")
    return Desk(kb, tmp_path / "local", "ninghe", {"hall": "大厅"})


@pytest.fixture
def zhang() -> Person:
    return Person("zhang", "张编辑")


@pytest.fixture
def li() -> Person:
    return Person("li", "李编辑")


@pytest.fixture
def draft() -> Draft:
    return sound()
