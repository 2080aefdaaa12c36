"""`qiying kb preview`: a local page that shows an entry as it will look, again after every save."""

from pathlib import Path
from typing import Annotated

import typer

MAX_PORT = 65535


def register(kb_app: typer.Typer) -> None:
    """Add the command to `qiying kb`."""
    kb_app.command("preview")(preview)


def preview(
    target: Annotated[
        str,
        typer.Argument(
            metavar="短名或文件", help="条目短名（registration/company-setup）或 .md 文件；不写就列出全部"
        ),
    ] = "",
    port: Annotated[int, typer.Option("--port", min=1, max=MAX_PORT, help="端口（只在本机能打开）")] = 8010,
) -> None:
    """本机预览：一边聊天气泡、一边手机页，保存文件就刷新，错误写明文件和行号。"""
    import uvicorn

    from app.cli.preview.server import preview_app
    from app.cli.preview.views import Bench
    from app.clock import Clock, local_date
    from app.db import Database
    from app.districts.loader import load_profile
    from app.settings import Settings

    settings = Settings.load()
    profile = load_profile(settings.district)
    extra, first = resolve(target, (settings.local_kb_dir, settings.kb_dir))
    today = local_date(Clock.starting_at(settings.now).now())
    bench = Bench(
        settings.kb_dir, settings.local_kb_dir, profile, settings.public_url, today=today, extra=extra
    )
    db = Database(
        settings.resolved_database_url
    )  # the phone pages ask for one; an entry's page never opens it
    print(f"预览：http://127.0.0.1:{port}/　（Ctrl+C 停止）", flush=True)
    try:
        uvicorn.run(preview_app(bench, db, first=first), host="127.0.0.1", port=port, log_level="warning")
    finally:
        db.close()


def resolve(target: str, folders: tuple[Path, ...]) -> tuple[Path | None, str]:
    """The file from elsewhere, if it is one, and the id to show first. Raises AppError for what does not exist."""
    from app.errors import AppError

    if not target:
        return None, ""
    file = Path(target)
    if target.endswith(".md"):
        if not file.is_file():
            raise AppError(f"找不到文件 {target}")
        for folder in folders:
            if file.resolve().is_relative_to(folder.resolve()):
                return None, file.resolve().relative_to(folder.resolve()).with_suffix("").as_posix()
        return file, f"{file.absolute().parent.name}/{file.stem}"
    if not any((folder / f"{target}.md").is_file() for folder in folders):
        raise AppError(f"没有条目 {target}：写成 类目/短名，或一个 .md 文件")
    return None, target
