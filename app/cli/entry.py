"""The command `qiying`: speak Chinese first, then load the commands."""

from app.cli import chinese


def run() -> None:
    """Entry point of the console script."""
    chinese.speak()
    from app.cli import main  # after `speak`: typer translates its titles when it is imported

    main.run()
