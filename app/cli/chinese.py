"""The command line in Chinese: help and usage faults, whatever the terminal's language is.

Click and typer take some of their own words from gettext; the rest is replaced here.
"""

import gettext
import os
from pathlib import Path
from typing import Any

LOCALE = Path(__file__).parent / "locale"
HELP = "显示这份说明"


def speak() -> None:
    """Use our translation of their words, whatever the terminal's language is."""
    os.environ["LANGUAGE"] = "zh_CN"
    gettext.bindtextdomain("messages", str(LOCALE))


def help_in_chinese(command: Any) -> None:
    """Replace the sentence beside --help, which typer does not translate, in a command and all below it."""
    option = command.get_help_option(command.context_class(command, help_option_names=["-h", "--help"]))
    if option is not None:
        option.help = HELP
    for child in getattr(command, "commands", {}).values():
        help_in_chinese(child)


def usage_fault(error: Any) -> str:
    """What is wrong with the command as it was typed (a click UsageError), and where to read how."""
    context = error.ctx
    parameter = getattr(error, "param", None)
    name = parameter.get_error_hint() if parameter is not None else ""
    match type(error).__name__:
        case "MissingParameter":
            said = f"还缺 {name}"
        case "NoSuchOption":
            said = f"没有这个选项：{error.option_name}"
        case "BadParameter":
            said = f"{name} 的值不对{'' if error.message.isascii() else '：' + error.message}"
        case _:
            said = f"命令写得不对：{error.message}"
    path = context.command_path if context is not None else "qiying"
    return f"{said}\n怎么写：{path} --help"
