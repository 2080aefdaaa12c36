"""The command `qiying`: speak Chinese first, then load the commands."""

import sys

from app.cli import chinese

INTERRUPTED = 130  # 128 + SIGINT, as every shell has it


def run() -> None:
    """Entry point of the console script."""
    try:
        chinese.speak()
        from app.cli import main  # after `speak`: typer translates its titles when it is imported

        main.run()
    except KeyboardInterrupt:  # while the commands were still being loaded
        sys.exit(INTERRUPTED)
