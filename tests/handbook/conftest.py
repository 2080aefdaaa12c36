"""Handbooks written into a temporary folder; the encoder is replaced only where a test says so."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from handbook.embedding import Encoder
from handbook.service import HandbookService, Sources

ROOT = Path(__file__).parents[2]
VARIABLES = {
    "name": "宁河区", "hall": "宁河区政务服务中心", "hotline": "12345", "hub": "宁河区政务服务办",
    "officer_title": "服务专员", "feedback_window": "「办不成事」反映窗口", "online_platform": "线上诉求平台",
}  # fmt: skip

TOPICS = {
    "permit/bakery": ("面包店怎么办证", ["烘焙", "蛋糕", "糕点", "面包坊", "吐司", "西点", "裱花", "酥皮", "烤箱", "甜品", "泡芙", "饼房"]),
    "permit/truck": ("货车营运证怎么办", ["跑长途", "拉煤", "重卡", "挂车", "运沙", "冷链", "半挂", "货运", "牵引", "栏板", "厢货", "罐车"]),
    "permit/kiln": ("砖窑厂要什么手续", ["烧砖", "窑炉", "土坯", "隧道窑", "黏土", "瓦片", "陶土", "轮窑", "煤矸石", "页岩", "空心砖", "窑工"]),
}  # fmt: skip


def topic_text(
    title: str, words: Sequence[str], *, unlike: Sequence[str] = (), extra: str = "", body: str = ""
) -> str:
    """A complete entry as an editor would write it."""
    questions = "\n".join(f"  - {word}要办啥手续" for word in words)
    misses = "\n".join(
        f"  - {line}" for line in (unlike or [f"{title}多少年了", f"{title}旁边", f"{title}以外"])
    )
    parts = body or "\n\n".join(
        f"## {heading}\n{title}的{heading}：" + "按规定准备好并交到窗口，工作人员会一次讲清楚。" * 3
        for heading in ("办理条件", "所需材料", "办理流程", "办理时限与费用", "办理渠道", "常见问题")
    )
    return f"""---
title: {title}
questions:
{questions}
unlike:
{misses}
keywords: [{words[0]}]
department: 市场监管局
category: 行政许可
audience: public
kind: answer
basis:
  - {{title: 行政许可法, article: 第十二条}}
approved: {{by: 市场监管局, on: 2026-11-20}}
reviewed: 2026-11-20
{extra}---
{title}：带上身份证，到{{{{ district.hall }}}}窗口办，五个工作日办好，不收费。

{parts}
"""


@pytest.fixture
def write() -> Callable[..., str]:
    """`topic_text`, for tests that vary one part of an entry."""
    return topic_text


@pytest.fixture
def variables() -> dict[str, str]:
    """A district's variables."""
    return dict(VARIABLES)


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    """A small handbook of three topics without a fault."""
    folder = tmp_path / "kb"
    (folder / "permit").mkdir(parents=True)
    (folder / "categories.toml").write_text('[permit]\nlabel = "行政许可"\norder = 1\n', "utf-8")
    for entry_id, (title, words) in TOPICS.items():
        (folder / f"{entry_id}.md").write_text(topic_text(title, words), "utf-8")
    return folder


@pytest.fixture
def sources(kb: Path, tmp_path: Path, variables: dict[str, str]) -> Sources:
    """The small handbook as a service reads it."""
    return Sources(
        kb_dir=kb,
        index_dir=tmp_path / "index",
        local_dir=tmp_path / "local",
        district="ninghe",
        variables=variables,
    )


@pytest.fixture(scope="session")
def real_service(tmp_path_factory: pytest.TempPathFactory) -> HandbookService:
    """The shipped handbook with the shipped encoder, loaded once for all tests that ask it."""
    folder = tmp_path_factory.mktemp("index")
    service = HandbookService(
        Sources(kb_dir=ROOT / "kb", index_dir=folder, district="ninghe", variables=VARIABLES)
    )
    service.join_encoder()
    return service


class CountingModel:
    """Stands in for a sentence-transformers model: a bag of characters, and how many texts it was given."""

    def __init__(self) -> None:
        self.encoded = 0

    def get_embedding_dimension(self) -> int:
        return 64

    def encode(self, texts: Sequence[str], **_: object) -> np.ndarray:
        self.encoded += len(texts)
        vectors = np.full((len(texts), 64), 0.01, np.float32)
        for row, text in enumerate(texts):
            for character in text:
                vectors[row, ord(character) % 64] += 1
        return vectors


@pytest.fixture
def counting_encoder() -> Encoder:
    """An encoder whose `model.encoded` counts texts."""
    return Encoder(CountingModel(), "counting")
