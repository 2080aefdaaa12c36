"""`make run`: production where any WeChat credential is set, otherwise the demo."""

import os
from pathlib import Path
from typing import Annotated

import typer

from app import log
from app.cli import chinese
from app.cli.main import carry_out
from app.cli.starting import said_why
from app.settings import Settings

DEMO_DATA_DIR = "demo-data"
FIRST_DISTRICT = "ninghe"
app = typer.Typer(add_completion=False)


@app.command()
def main(
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口", min=0, max=65535)] = 8000,
) -> None:
    """启动适合这台机器的：填了公众号凭据就是正式服务，没填就是演示（数据在 demo-data 里，别的区在 demo-data-区名 里，另有设置的除外）。"""
    from app.cli.serving import serve_forever  # web stack and encoder: a refusal need not wait for them

    log.configure()
    with said_why("web"):
        settings = Settings.load()
    if not settings.has_any_credential:
        os.environ["QIYING_DEMO"] = "1"
        if not has_chosen_folder(settings):
            os.environ["QIYING_DATA_DIR"] = demo_data_dir(settings.district)
    serve_forever(host, port, with_worker=True)


def has_chosen_folder(settings: Settings) -> bool:
    """Whether somebody said where the data go: the `./data` of a copied `.env.example` is no choice."""
    return bool(os.environ.get("QIYING_DATA_DIR")) or settings.data_dir != Path("data")


def demo_data_dir(district: str) -> str:
    """Each district's demo has a folder of its own, so that one after the other can be looked at."""
    name = Path(district).stem
    return DEMO_DATA_DIR if name == FIRST_DISTRICT else f"{DEMO_DATA_DIR}-{name}"


if __name__ == "__main__":
    chinese.speak()
    carry_out(app, "python -m app.cli.run")
