"""`qiying kb export` and `qiying kb import`: the handbook as a document to sign, and a district's own into drafts."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # python-docx, openpyxl and the database are not needed for --help
    from app.editing.desk import Desk
    from app.editing.imports import Filed
    from app.settings import Settings
    from handbook.documents.recognised import Reading
    from handbook.entry import Search

SHOWN = 12
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的输出")]


def register(kb_app: typer.Typer) -> None:
    """Add both commands to `qiying kb`."""
    kb_app.command("export")(export_handbook)
    kb_app.command("import")(import_handbook)


def export_handbook(
    file: Annotated[Path, typer.Argument(metavar="文件.docx", help="写到哪个文件", show_default=False)],
    internal: Annotated[bool, typer.Option("--internal", help="连内部提示一起导出（只供内部传阅）")] = False,
    force: Annotated[bool, typer.Option("--force", help="文件已存在时覆盖")] = False,
) -> None:
    """导出整本手册（Word）送部门签字：封面、目录、逐条正文和依据、各部门签字栏。"""
    from app.clock import Clock, local_date
    from app.districts.loader import load_profile
    from app.errors import AppError
    from app.settings import Settings
    from handbook.documents.signing import Cover, write_signing_copy
    from handbook.loader import load

    if file.suffix.lower() != ".docx":
        raise AppError("导出的文件名要以 .docx 结尾")
    if file.exists() and not force:
        raise AppError(f"{file} 已经存在：换个名字，或加 --force 覆盖")
    if not file.absolute().parent.is_dir():
        raise AppError(f"没有文件夹 {file.parent}")
    settings = Settings.load()
    profile = load_profile(settings.district)
    today = local_date(Clock.starting_at(settings.now).now())
    library = load(
        settings.kb_dir,
        settings.local_kb_dir,
        district=profile.key,
        variables=profile.handbook_variables(),
        today=today,
    )
    if not library.entries:
        raise AppError(f"{settings.kb_dir} 里没有条目")
    cover = Cover(profile.full_name, profile.programme, today, with_notes=internal)
    try:
        count = write_signing_copy(file, library.entries, library.categories, cover)
    except OSError as error:
        raise AppError(f"写不了 {file}（{error.strerror}）：是不是正在 Word 里打开着？") from None
    departments = len({entry.department for entry in library.entries})
    print(f"已导出 {count} 条、{departments} 个部门的签字栏：{file}")
    if library.faults:
        print(f"有 {len(library.faults)} 处错误，出错的条目没有导出；请运行 qiying kb check")


def import_handbook(
    file: Annotated[
        Path, typer.Argument(metavar="文件.docx|xlsx", help="本区的 Word 或 Excel 手册", show_default=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看认出了什么，不写草稿")] = False,
    as_json: AsJson = False,
) -> None:
    """把本区的 Word 或 Excel 手册变成草稿：认出标题、问答、章节、依据，报告还缺什么。草稿在后台审核后才发布。"""
    from app.bootstrap import desk_of
    from app.clock import Clock
    from app.districts.loader import load_profile
    from app.editing.imports import file_all
    from app.editing.values import Person
    from app.errors import AppError
    from app.settings import Settings
    from handbook.documents.excel import read_excel
    from handbook.documents.safety import DocumentRefused, require_safe
    from handbook.documents.word import read_word

    settings = Settings.load()
    try:
        require_safe(file)
        reading = read_excel(file) if file.suffix.lower() == ".xlsx" else read_word(file)
    except DocumentRefused as error:
        raise AppError(str(error)) from None
    if not reading.found:
        raise AppError(
            f"{file.name} 里没有认出条目：标题用「标题 1/标题 2」样式，或写成「问：……答：……」，或用带表头的表格"
        )
    desk = desk_of(settings, load_profile(settings.district))
    now = Clock.starting_at(settings.now).now()
    filed = file_all(
        desk,
        reading.found,
        _nearest(settings, desk),
        Person("import", "命令行导入"),
        now,
        source=file.name,
        dry_run=dry_run,
    )
    if as_json:
        print(json.dumps(_as_json(reading, filed, dry_run=dry_run), ensure_ascii=False))
        return
    _show(file, reading, filed, desk, dry_run=dry_run)


def _nearest(settings: "Settings", desk: "Desk") -> "Search":
    """The lexical channels alone: enough to guess a category, and there at once."""
    from handbook.service import HandbookService, Sources

    return HandbookService(
        Sources(settings.kb_dir, settings.index_dir, settings.local_kb_dir, "", desk.district, desk.variables)
    )


def _show(file: Path, reading: "Reading", filed: "list[Filed]", desk: "Desk", *, dry_run: bool) -> None:
    good = [item for item in filed if not item.refused]
    edits = sum(item.is_edit for item in good)
    print(f"{file.name}：认出 {len(filed)} 条，{len(good) - edits} 条新写、{edits} 条对应现有条目")
    for item in filed[:SHOWN]:
        lacking = f"缺 {'、'.join(item.found.missing)}" if item.found.missing else "各项齐全"
        print(
            f"  {item.found.place}  {item.found.draft.title}  → {item.entry_id or '（没有归类）'}  {lacking}"
        )
        for note in (*item.notes, *((item.refused,) if item.refused else ())):
            print(f"      {note}")
    if len(filed) > SHOWN:
        print(f"  ……另有 {len(filed) - SHOWN} 条")
    _show_lacking(filed)
    if reading.headers:
        print(f"没有用到的列：{'、'.join(reading.headers)}")
    if reading.left_over:
        print(f"没有归到条目里的文字 {len(reading.left_over)} 处：")
        for place, text in reading.left_over[:SHOWN]:
            print(f"  {place}：{text[:40]}")
    if dry_run:
        print("只看结果，没有写草稿；确认后去掉 --dry-run 再运行。")
        return
    report = desk.local_dir / ".drafts"
    print(f"已写成 {len(good)} 份草稿（{report}），到后台「应答手册 → 草稿和提议」里补齐、送审、发布。")


def _show_lacking(filed: "list[Filed]") -> None:
    counts: dict[str, int] = {}
    for item in filed:
        for name in item.found.missing:
            counts[name] = counts.get(name, 0) + 1
    if counts:
        print("还缺：" + "，".join(f"{name} {count} 条" for name, count in counts.items()))


def _as_json(reading: "Reading", filed: "list[Filed]", *, dry_run: bool) -> dict[str, object]:
    return {
        "applied": not dry_run,
        "entries": [
            {
                "id": item.entry_id,
                "title": item.found.draft.title,
                "place": item.found.place,
                "is_edit": item.is_edit,
                "sections": [section.heading for section in item.found.draft.sections],
                "missing": list(item.found.missing),
                "notes": list(item.notes),
                "refused": item.refused,
                "draft": item.key,
            }
            for item in filed
        ],
        "left_over": [{"place": place, "text": text} for place, text in reading.left_over],
        "ignored_headers": list(reading.headers),
    }
