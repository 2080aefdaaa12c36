"""`make run`: production where any WeChat credential is set, otherwise the demo."""

import os
from typing import Annotated

import typer

from app.cli.serving import serve_forever
from app.errors import AppError
from app.settings import Settings

DEMO_DATA_DIR = "demo-data"


def main(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """Start what fits this machine. The demo has its own data folder unless one is named."""
    try:
        if not Settings.load().has_any_credential:
            os.environ["QIYING_DEMO"] = "1"
            os.environ.setdefault("QIYING_DATA_DIR", DEMO_DATA_DIR)
        serve_forever(host, port, with_worker=True)
    except AppError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
