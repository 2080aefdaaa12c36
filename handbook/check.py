"""Every rule of `kb check` that needs no encoder: one small function a rule, each with file, line and advice."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from handbook.entry import Entry, Kind, Problem
from handbook.fields import INTERNAL_HEADING, split_body
from handbook.frontmatter import Document, Item
from handbook.loader import Library
from handbook.markup import body_problems, number_faults
from handbook.media import media_problems
from handbook.statutes import article_numbers, find_statute
from handbook.text import key

TOPIC_KINDS = frozenset({Kind.ANSWER, Kind.POLICY, Kind.CASE})
PUBLIC_SECTIONS = ("办理条件", "所需材料", "办理流程", "办理时限与费用", "办理渠道", "常见问题")
COMMANDS = (
    "我的服务员", "进度", "补充", "催办", "撤回", "评价", "人工", "帮助", "绑定", "切换", "解绑", "退订",
)  # fmt: skip
MAX_SUMMARY = 300
MAX_TITLE = 40
MAX_QUESTION = 120
MIN_QUESTIONS = 12
MIN_QUESTIONS_OF_CASE = 3  # a case is looked for as a case: it must not win what the entry itself answers
MIN_UNLIKE = {True: 3, False: 2}
USUAL_LENGTH = (400, 2400)

Rule = Callable[[Entry, Document], Iterator[Problem]]


def check_library(library: Library, *, today: date | None = None) -> list[Problem]:
    """Problems of every loaded entry, the library's own reading problems not repeated; by file and line.

    `today` adds warnings for stale reviews and faults for dates to come.
    """
    problems: list[Problem] = []
    ids = frozenset(library.documents)
    entries = {entry.id: entry for entry in library.entries}
    for entry_id, document in library.documents.items():
        problems += body_problems(document, ids)
        problems += media_problems(document, library.roots)
        entry = entries.get(entry_id)
        if entry is None:
            continue
        for rule in RULES:
            problems += rule(entry, document)
        problems += _category(entry, document, library)
        problems += _related(entry, document, ids)
        problems += _dates(entry, document, today)
    problems += _duplicates(library.entries, library.documents)
    return sorted(problems, key=lambda problem: (problem.path, problem.line, problem.message))


def stale_entries(library: Library, today: date) -> list[tuple[Entry, date]]:
    """Entries whose review was due before `today`, with that day, longest overdue first."""
    due = [
        (entry, entry.reviewed + timedelta(days=entry.review_every))
        for entry in library.entries
        if entry.reviewed is not None
    ]
    return sorted(((entry, day) for entry, day in due if day < today), key=lambda pair: pair[1])


def _questions(entry: Entry, document: Document) -> Iterator[Problem]:
    line = _line(document, "questions")
    different = {key(question) for question in entry.questions}
    need = MIN_QUESTIONS_OF_CASE if entry.kind is Kind.CASE else MIN_QUESTIONS
    if len(different) < need:
        yield Problem(
            document.path,
            line,
            f"只有 {len(different)} 条不同的问法",
            f"至少写 {need} 条，越不一样越好",
        )
    seen: dict[str, int] = {key(entry.title): _line(document, "title")}
    for text, number in _list_lines(document, "questions"):
        yield from _phrasing_faults(document, text, number)
        if key(text) and (first := seen.setdefault(key(text), number)) != number:
            yield Problem(
                document.path,
                number,
                f"问法重复：{text}",
                f"和第 {first} 行是同一句，删掉一条",
                is_warning=True,
            )


def _unlike(entry: Entry, document: Document) -> Iterator[Problem]:
    need = 0 if entry.kind is Kind.CASE else MIN_UNLIKE[entry.kind in TOPIC_KINDS]
    if len(entry.unlike) < need:
        yield Problem(
            document.path,
            _line(document, "unlike"),
            f"反例 unlike 只有 {len(entry.unlike)} 条",
            f"至少写 {need} 条",
        )
    own = {key(text) for text in (entry.title, *entry.questions)}
    for text, number in _list_lines(document, "unlike"):
        yield from _phrasing_faults(document, text, number)
        if key(text) in own:
            yield Problem(document.path, number, f"反例也是本条目的问法：{text}", "两处只能留一处")


def _phrasing_faults(document: Document, text: str, line: int) -> Iterator[Problem]:
    if len(text) > MAX_QUESTION:
        yield Problem(document.path, line, f"问法有 {len(text)} 个字符", f"不超过 {MAX_QUESTION}")
    for message, advice in number_faults(text):
        yield Problem(document.path, line, message, advice)
    if "{{" in text:
        yield Problem(document.path, line, "问法里不能用变量", "写成人们会说的话")


def _title(entry: Entry, document: Document) -> Iterator[Problem]:
    if len(entry.title) > MAX_TITLE:
        yield Problem(
            document.path,
            _line(document, "title"),
            f"标题有 {len(entry.title)} 个字符",
            f"不超过 {MAX_TITLE}",
        )
    if "{{" in entry.title:
        yield Problem(document.path, _line(document, "title"), "标题里不能用变量", "写成通用的问法")


def _summary(entry: Entry, document: Document) -> Iterator[Problem]:
    line = document.body_line + next(
        (n for n, text in enumerate(document.body.split("\n")) if text.strip()), 0
    )
    if not entry.summary:
        yield Problem(
            document.path, line, "正文开头没有短答", f"在第一个 ## 之前写一段，不超过 {MAX_SUMMARY} 个字符"
        )
    if len(entry.summary) > MAX_SUMMARY:
        yield Problem(
            document.path,
            line,
            f"短答有 {len(entry.summary)} 个字符",
            f"不超过 {MAX_SUMMARY}，细节写到后面的章节",
        )
    if "\n\n" in entry.summary:
        yield Problem(document.path, line, "短答不止一段", "并成一段，或者移到章节里")


def _sections(entry: Entry, document: Document) -> Iterator[Problem]:
    _, parts = split_body(document)
    headings = [part.heading for part in parts if not part.district]
    for part in parts:
        if part.heading not in (*PUBLIC_SECTIONS, INTERNAL_HEADING) and entry.kind is Kind.ANSWER:
            yield Problem(
                document.path,
                part.line,
                f"没有「{part.heading}」这个章节",
                f"只有：{'、'.join((*PUBLIC_SECTIONS, INTERNAL_HEADING))}",
            )
        if not part.body:
            yield Problem(document.path, part.line, f"「{part.heading}」是空的", "写一句说明，或者删掉标题")
        if not part.district and headings.count(part.heading) > 1:
            yield Problem(document.path, part.line, f"「{part.heading}」写了不止一次", "并在一起")
    if entry.kind is not Kind.ANSWER:
        return
    for heading in PUBLIC_SECTIONS:
        if heading not in headings:
            yield Problem(document.path, document.body_line, f"缺少章节「{heading}」", f"加上 ## {heading}")
    length = len(document.body)
    if not USUAL_LENGTH[0] <= length <= USUAL_LENGTH[1]:
        yield Problem(
            document.path, document.body_line, f"正文有 {length} 个字符", "一般 600–1800 个", is_warning=True
        )


def _command(entry: Entry, document: Document) -> Iterator[Problem]:
    if entry.kind is Kind.COMMAND and entry.command not in COMMANDS:
        yield Problem(
            document.path,
            _line(document, "command"),
            f"command 不能是「{entry.command}」",
            f"只能是：{'、'.join(COMMANDS)}",
        )
    if entry.kind is not Kind.COMMAND and entry.command:
        yield Problem(
            document.path, _line(document, "command"), "只有 kind: command 的条目才写 command", "删掉这一行"
        )


def _basis(entry: Entry, document: Document) -> Iterator[Problem]:
    if not entry.basis and entry.kind in TOPIC_KINDS and entry.kind is not Kind.CASE:
        yield Problem(document.path, _line(document, "basis"), "没有写依据", "至少写一条法规名称和条号")
    lines = [child.line for child in _children(document, "basis")]
    for place, basis in enumerate(entry.basis):
        line = lines[place] if place < len(lines) else _line(document, "basis")
        if basis.url and not basis.url.startswith("https://"):
            yield Problem(
                document.path, line, f"依据的链接不是 https：{basis.url[:40]}", "换成官方 https 网址"
            )
        statute = find_statute(basis.title)
        if statute is None or statute.articles is None:
            continue
        for number in article_numbers(basis.article):
            if not 1 <= number <= statute.articles:
                message = f"《{statute.title}》没有第 {number} 条（现行共 {statute.articles} 条）"
                yield Problem(document.path, line, message, "核对条号")


def _category(entry: Entry, document: Document, library: Library) -> Iterator[Problem]:
    folder = entry.id.split("/")[0]
    category = library.categories.get(folder)
    if category is None:
        yield Problem(
            document.path, 1, f"文件夹 {folder} 不在 categories.toml 里", "在 kb/categories.toml 加一段"
        )
    elif category.label != entry.category:
        yield Problem(
            document.path,
            _line(document, "category"),
            f"category 应是「{category.label}」",
            f"现在是「{entry.category}」",
        )


def _related(entry: Entry, document: Document, ids: frozenset[str]) -> Iterator[Problem]:
    for text, line in _list_lines(document, "related"):
        if text == entry.id:
            yield Problem(document.path, line, "related 里写了自己", "删掉")
        elif text not in ids:
            yield Problem(document.path, line, f"相关条目不存在：{text}", "检查拼写，写成 类目/短名")


def _dates(entry: Entry, document: Document, today: date | None) -> Iterator[Problem]:
    if entry.effective_from and entry.effective_to and entry.effective_to < entry.effective_from:
        yield Problem(document.path, _line(document, "effective"), "effective 的 to 比 from 早", "核对日期")
    if "approved" in document.fields and not (entry.approved_by and entry.approved_on):
        yield Problem(
            document.path,
            _line(document, "approved"),
            "approved 要有 by 和 on",
            "写成 {by: 部门, on: 2026-11-20}",
        )
    if today is None:
        return
    for name, day in (("reviewed", entry.reviewed), ("approved", entry.approved_on)):
        if day is not None and day > today:
            yield Problem(document.path, _line(document, name), f"{name} 的日期 {day} 还没到", "核对日期")
    if entry.reviewed is not None and entry.reviewed + timedelta(days=entry.review_every) < today:
        due = entry.reviewed + timedelta(days=entry.review_every)
        yield Problem(
            document.path,
            _line(document, "reviewed"),
            f"复审到期：{due}",
            "核对内容后把 reviewed 改成今天",
            is_warning=True,
        )


def _duplicates(entries: tuple[Entry, ...], documents: Mapping[str, Document]) -> Iterator[Problem]:
    first: dict[str, tuple[str, int]] = {}
    for entry in entries:
        document = documents[entry.id]
        for text, line in [(entry.title, _line(document, "title")), *_list_lines(document, "questions")]:
            if not key(text):
                continue
            owner, place = first.setdefault(key(text), (entry.id, line))
            if owner != entry.id:
                where = f"{documents[owner].path}:{place}"
                yield Problem(
                    document.path, line, f"问法和别的条目重复：{text}", f"另一处在 {where}，只留一处"
                )


def _children(document: Document, name: str) -> list[Item]:
    item = document.fields.get(name)
    return item.value if item is not None and isinstance(item.value, list) else []


def _list_lines(document: Document, name: str) -> list[tuple[str, int]]:
    return [(child.value, child.line) for child in _children(document, name) if isinstance(child.value, str)]


def _line(document: Document, name: str) -> int:
    item = document.fields.get(name)
    return item.line if item is not None else 1


RULES: tuple[Rule, ...] = (_title, _questions, _unlike, _summary, _sections, _command, _basis)
