"""`qiying privacy`: a copy of everything about one person, and its erasure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from app.db import Database
    from app.privacy.subject import Subject

privacy_app = typer.Typer(no_args_is_help=True)

Openid = Annotated[str, typer.Option("--openid", help="本人的 openid（后台办件页可查）")]
Phone = Annotated[str, typer.Option("--phone", help="本人登记的电话")]
TABLE_NAMES = {
    "answer": "提问与回答",
    "attachment": "附件",
    "audit": "操作记录（不含个人信息）",
    "campaign_item": "回访",
    "contact": "企业联系人",
    "directory_attempt": "尝试次数",
    "enterprise": "企业登记的联系人",
    "follower": "关注者",
    "inbox": "收到的消息",
    "lesson": "从选择里学到的说法",
    "gap_cluster": "以这个人的问法命名的手册缺口",
    "outbox": "发出的消息",
    "rating": "评价",
    "ticket": "诉求",
    "ticket_event": "办理经过",
    "elsewhere": "其他",
}


@privacy_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="写到哪个 ZIP 文件（不覆盖）")],
    openid: Openid = "",
    phone: Phone = "",
) -> None:
    """导出一个人的全部资料（个人信息保护法第四十五条）；导出会记入操作记录。"""
    from app.clock import real_now  # the database stack loads in the command that needs it
    from app.privacy.exporting import collected, write_zip

    settings = Settings.load()
    db = _database(settings)
    try:
        with db.transaction() as session:
            subject = _subject(session, openid, phone)
            data = collected(session, subject)
            uploads = write_zip(file, data, settings.data_dir / "uploads")
            _audit(
                session,
                "privacy.export",
                subject,
                {name: len(rows) for name, rows in data.items()},
                real_now(),
            )
    finally:
        db.close()
    _show({name: len(rows) for name, rows in data.items()})
    print(f"已写到 {file}（附件 {uploads} 个，仅本人可读）：核实身份后交给本人，然后删掉这份文件")


@privacy_app.command("erase")
def erase(
    openid: Openid = "",
    phone: Phone = "",
    apply: Annotated[bool, typer.Option("--apply", help="真正删除；不加只看会动到什么")] = False,
) -> None:
    """删除一个人的个人信息（个人信息保护法第四十七条）：保留办件本身，去掉是谁。"""
    import getpass

    from app.clock import real_now
    from app.privacy.erasing import delete_files, preview
    from app.privacy.erasing import erase as carry_out
    from app.privacy.files import find_in_files, scrub_files
    from app.privacy.storage import forget_freed_pages
    from app.privacy.subject import refuse_staff

    settings = Settings.load()
    db = _database(settings)
    folders = [settings.data_dir, settings.local_kb_dir]
    try:
        with db.reading() as session:
            subject = _subject(session, openid, phone)
            refuse_staff(session, subject)
            counts = preview(session, subject)
        hits = find_in_files(folders, settings.index_dir, subject.marks)
        if not apply:
            _show(counts)
            for path in (*hits.texts, *hits.books):
                print(f"  文件：{path}")
            print(
                "只看范围，没有删除；确认是本人的请求后加 --apply。删除不能撤销，要先给本人副本请用 privacy export"
            )
            return
        with db.transaction() as session:
            subject = _subject(session, openid, phone)
            done = carry_out(session, subject, actor=getpass.getuser(), now=real_now())
        uploads = delete_files(settings.data_dir, done.files)
        texts = scrub_files(hits, settings.index_dir, subject.marks)
        compacted = forget_freed_pages(db)
    finally:
        db.close()
    _show(done.counts)
    print(f"已删除：附件 {uploads} 个，改写文件 {texts} 个。办件保留，已看不出是谁")
    if hits.is_in_index:
        print("手册索引里有这个人的信息，已删掉：请重启服务或运行 qiying kb build 重建")
    if not compacted:
        print("数据库正忙，文件里的空闲页还没有清零：请停机后再执行一次")
    print("此前的备份里仍有这些资料：请按备份保存期限轮换，恢复旧备份后要重新执行本命令")


def _database(settings: Settings) -> "Database":
    from app.db import Database
    from app.migrations import runner

    db = Database(settings.resolved_database_url)
    runner.demand_newest(db)
    return db


def _subject(session: "Session", openid: str, phone: str) -> "Subject":
    from app.privacy.subject import find_subject

    return find_subject(session, openid=openid.strip(), phone=phone)


def _audit(
    session: "Session", action: str, subject: "Subject", detail: dict[str, int], now: "datetime"
) -> None:
    import getpass

    from app import audit

    people = ",".join(sorted(audit.person(item) for item in subject.marks.openids))
    audit.record(
        session, at=now, actor_kind="cli", actor=getpass.getuser(), action=action, target=people or "phone",
        detail=dict(detail),
    )  # fmt: skip


def _show(counts: dict[str, int]) -> None:
    for name, count in counts.items():
        if count:
            print(f"  {TABLE_NAMES.get(name, name)}：{count}")
