"""The help of the command line in Chinese: click and typer take their own words from gettext."""

import gettext
import os
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"


def speak() -> None:
    """Use our translation of their words, whatever the terminal's language is."""
    os.environ["LANGUAGE"] = "zh_CN"
    gettext.bindtextdomain("messages", str(LOCALE))
