"""`qiying kb diff` and `qiying kb gaps`: what an edit changes, and what nobody could answer."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # the encoder and the database are not needed for --help
    from app.conversations.models import Answer
    from app.settings import Settings
    from handbook.comparing import Asked, Change
    from handbook.entry import Search
    from handbook.service import HandbookService, Sources

AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="看最近多少天的真实提问")]
Lexical = Annotated[bool, typer.Option("--lexical", help="不加载语义模型（快，结果略有出入）")]
DECISIONS = {
    "answer": "直接答", "choose": "请对方选", "none": "没答上", "redirect": "指路", "smalltalk": "寒暄",
    "command": "指令", "out_of_scope": "不受理",
}  # fmt: skip
KINDS = {"decision": "判断变了", "entry": "换了条目", "words": "答复内容变了", "score": "把握变了"}
VERDICTS = {"better": "（变好）", "worse": "（变差）"}
MAX_ASKED = 3000
SAMPLES = 5
NEAR_ENOUGH = 0.05


def register(kb_app: typer.Typer) -> None:
    """Add both commands to `qiying kb`."""
    kb_app.command("diff")(diff)
    kb_app.command("gaps")(gaps)


def diff(
    revision: Annotated[
        str, typer.Argument(metavar="版本", help="和哪个 git 版本比，例如 HEAD 或 v1.2", show_default=False)
    ],
    questions: Annotated[
        list[Path] | None,
        typer.Option("--questions", help='标注过的问题，每行 {"query": …, "topic": …}，可写多次'),
    ] = None,
    days: Days = 30,
    lexical: Lexical = False,
    as_json: AsJson = False,
) -> None:
    """现在的手册和某个 git 版本比：哪些问题的回答变了（标注过的问题和最近的真实提问）。"""
    from app.cli.git_kb import kb_at
    from app.settings import Settings
    from handbook.comparing import changes

    settings = Settings.load()
    sources = _sources(settings)
    labelled = [item for file in questions or [] for item in _labelled(file)]
    with (
        kb_at(revision, settings.kb_dir) as old_kb,
        tempfile.TemporaryDirectory(prefix="qiying-index-") as index,
    ):
        before = _service(replace(sources, kb_dir=old_kb, index_dir=Path(index)), lexical=lexical)
        after = _service(sources, lexical=lexical)
        asked = [*labelled, *_recent(settings, days)] or _own_titles(before, after)
        distinct = list({item.question: item for item in reversed(asked)}.values())[::-1][:MAX_ASKED]
        found = list(changes(before, after, distinct))
        entries = _entry_changes(before, after)
    if as_json:
        rows = [{**_row(change), "verdict": change.verdict} for change in found]
        print(json.dumps({"questions": len(distinct), "changes": rows, **entries}, ensure_ascii=False))
        return
    _show_changes(revision, len(distinct), found, entries, degraded=after.degraded)


def gaps(
    days: Days = 30,
    least: Annotated[int, typer.Option("--least", min=1, help="至少被问过几次才列出")] = 1,
    lexical: Lexical = False,
    as_json: AsJson = False,
) -> None:
    """没人答得上的问题按意思归堆：问了几次、怎么问的、最近的条目、建议哪个部门来写。"""
    from app.clock import Clock
    from app.editing.privacy import redacted
    from app.settings import Settings
    from handbook.channels import segmenter_of
    from handbook.clustering import MAX_QUESTIONS, clusters
    from handbook.embedding import EncoderUnavailable, load_encoder

    settings = Settings.load()
    sources = _sources(settings)
    service = _service(sources, lexical=lexical)
    rows = _unanswered(settings, Clock.starting_at(settings.now).now() - timedelta(days=days))
    counts: dict[str, int] = {}
    for question in (redacted(row.question) for row in rows):
        counts[question] = counts.get(question, 0) + 1
    texts = sorted(counts, key=lambda text: -counts[text])[:MAX_QUESTIONS]
    encode = None
    if not lexical:
        try:
            encode = load_encoder(settings.embedding_model).encode
        except EncoderUnavailable:
            encode = None  # the words alone still group what is said alike
    grouped = clusters(texts, segmenter_of(sources.folders), encode)
    found = [_gap([texts[place] for place in members], counts, service) for members in grouped]
    found = sorted((gap for gap in found if gap.count >= least), key=lambda gap: -gap.count)
    if as_json:
        print(json.dumps({"days": days, "gaps": [asdict(gap) for gap in found]}, ensure_ascii=False))
        return
    _show_gaps(days, len(rows), found)


@dataclass(frozen=True)
class Gap:
    """One cluster: how often, in which words, the nearest entry with its score, who should write it."""

    count: int
    samples: tuple[str, ...]
    nearest: str
    nearest_title: str
    score: float
    department: str


def _gap(texts: list[str], counts: dict[str, int], search: "Search") -> Gap:
    votes: dict[str, float] = {}
    for text in texts[:SAMPLES]:
        for candidate in search.search(text, staff=True).candidates:
            if candidate.entry.sections and candidate.entry.department:
                department = candidate.entry.department
                votes[department] = votes.get(department, 0.0) + candidate.score
    best = next((c for c in search.search(texts[0], staff=True).candidates if c.entry.sections), None)
    department = max(votes, key=lambda name: votes[name]) if votes else ""
    near = best if best is not None and best.score >= NEAR_ENOUGH else None
    return Gap(
        count=sum(counts[text] for text in texts),
        samples=tuple(texts[:SAMPLES]),
        nearest=near.entry.id if near else "",
        nearest_title=near.entry.title if near else "",
        score=round(near.score, 3) if near else 0.0,
        department=department,
    )


def _show_gaps(days: int, total: int, found: list[Gap]) -> None:
    if not found:
        print(f"最近 {days} 天没有答不上或没解决的问题。")
        return
    print(f"最近 {days} 天有 {total} 次没答上或没解决，归成 {len(found)} 堆：")
    for number, gap in enumerate(found, start=1):
        print(f"{number}. {gap.count} 次  {gap.samples[0]}")
        for text in gap.samples[1:]:
            print(f"      也这样问：{text}")
        near = f"{gap.nearest_title} [{gap.nearest}] {gap.score:.2f}" if gap.nearest else "没有相近的条目"
        print(f"      最近的条目：{near}；建议由 {gap.department or '（看不出部门）'} 来写")


def _show_changes(
    revision: str, count: int, found: "list[Change]", entries: dict[str, list[str]], *, degraded: str
) -> None:
    print(
        f"和 {revision} 比：新增 {len(entries['added'])} 条，改动 {len(entries['changed'])} 条，"
        f"删除 {len(entries['removed'])} 条；问了 {count} 句"
    )
    if degraded:
        print(f"提醒：{degraded}")
    for kind, shown in KINDS.items():
        these = [change for change in found if change.kind == kind]
        if these:
            print(f"{shown}（{len(these)} 句）")
        for change in these:
            print(f"  {change.asked.question}{VERDICTS.get(change.verdict, '')}")
            print(f"      {_outcome(change, 'before')} → {_outcome(change, 'after')}")
    if not found:
        print("没有一句的回答变了。")
    else:
        better = sum(change.verdict == "better" for change in found)
        worse = sum(change.verdict == "worse" for change in found)
        print(f"合计 {len(found)} 句有变化，标注过的里面变好 {better} 句、变差 {worse} 句")


def _outcome(change: "Change", side: str) -> str:
    outcome = change.before if side == "before" else change.after
    return f"{DECISIONS[outcome.decision]} {outcome.entry or '—'}（{outcome.score:.2f}）"


def _row(change: "Change") -> dict[str, Any]:
    sides = {
        side: {"decision": outcome.decision, "entry": outcome.entry, "score": outcome.score}
        for side, outcome in (("before", change.before), ("after", change.after))
    }
    return {"query": change.asked.question, "source": change.asked.source, "kind": change.kind, **sides}


def _entry_changes(before: "HandbookService", after: "HandbookService") -> dict[str, list[str]]:
    old = {entry.id: entry.fingerprint for entry in before.handbook.entries}
    new = {entry.id: entry.fingerprint for entry in after.handbook.entries}
    return {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(name for name in new.keys() & old.keys() if new[name] != old[name]),
    }


def _labelled(file: Path) -> "Iterator[Asked]":
    """Lines of JSON with `query` and, if known, `topic` (null: must not be answered)."""
    from app.errors import AppError
    from handbook.comparing import Asked

    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise AppError(f"读不了 {file}：要是 UTF-8 的 JSONL 文件") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield Asked(str(row["query"]), row.get("topic", ""), file.name)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise AppError(f'{file} 第 {number} 行读不懂：每行写成 {{"query": "…", "topic": "…"}}') from None


def _own_titles(before: "HandbookService", after: "HandbookService") -> "list[Asked]":
    """Without labelled or real questions: the titles of both handbooks."""
    from handbook.comparing import Asked

    titles = {entry.title: entry.id for service in (before, after) for entry in service.handbook.entries}
    return [Asked(title, entry_id, "标题") for title, entry_id in titles.items()]


def _recent(settings: "Settings", days: int) -> "list[Asked]":
    from app.clock import Clock
    from handbook.comparing import Asked

    since = Clock.starting_at(settings.now).now() - timedelta(days=days)
    return [Asked(row.question, "", "真实提问") for row in _answers(settings, since)]


def _unanswered(settings: "Settings", since: datetime) -> "list[Answer]":
    return [row for row in _answers(settings, since) if row.decision == "none" or row.is_solved is False]


def _answers(settings: "Settings", since: datetime) -> "list[Answer]":
    """Recorded questions since then, newest first; none where there is no database yet, none whose words are erased."""
    from sqlmodel import col, select

    from app.conversations.models import Answer

    with _database(settings) as session:
        if session is None:
            return []
        kept = col(Answer.question) != ""  # what a person had erased asks nothing
        statement = select(Answer).where(col(Answer.at) >= since, kept).order_by(col(Answer.id).desc())
        return list(session.exec(statement.limit(20 * MAX_ASKED)))


@contextmanager
def _database(settings: "Settings") -> Iterator[Any]:
    from sqlalchemy import inspect

    from app.db import Database, sqlite_path

    file = sqlite_path(settings.resolved_database_url)
    if file is not None and not file.exists():
        yield None
        return
    db = Database(settings.resolved_database_url)
    try:
        if inspect(db.read_engine).has_table("answer"):
            with db.reading() as session:
                yield session
        else:
            yield None
    finally:
        db.close()


def _sources(settings: "Settings") -> "Sources":
    from app.bootstrap import handbook_sources
    from app.districts.loader import load_profile

    return handbook_sources(settings, load_profile(settings.district))


def _service(sources: "Sources", *, lexical: bool) -> "HandbookService":
    from handbook.service import HandbookService

    service = HandbookService(sources)
    if not lexical:
        service.join_encoder()
    return service
