"""The command line in Chinese: help and usage faults, whatever the terminal's language is.

Click and typer take some of their own words from gettext; those of the help pages are in `help_words`.
"""

import codecs
import gettext
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

NEAR = {"✓": "√", "✗": "×", "—": "－", "\u2011": "-"}
OF_PATHS = {
    "is not readable.": "没有读取权限",
    "is not writable.": "没有写入权限",
    "does not exist.": "没有这个文件",
}
LOCALE = Path(__file__).parent / "locale"


def speak() -> None:
    """Use our translation of their words, whatever the terminal's language is, and a way to show them."""
    os.environ["LANGUAGE"] = "zh_CN"
    gettext.bindtextdomain("messages", str(LOCALE))
    sys.stdin = sys.stdin or Path(os.devnull).open()  # noqa: SIM115 - open until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            make_showable(stream)


def make_showable(stream: TextIOWrapper) -> None:
    """Where the encoding has no Chinese (C, Latin-1), UTF-8; where it has (GBK), something near for what it lacks."""
    try:
        "企应".encode(stream.encoding)
    except UnicodeEncodeError:
        stream.reconfigure(encoding="utf-8")
    else:
        codecs.register_error("near", _near)
        stream.reconfigure(errors="near")


def _near(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(NEAR.get(character, "?") for character in error.object[error.start : error.end]), error.end


def usage_fault(error: Any) -> str:
    """What is wrong with the command as it was typed (a click UsageError), and where to read how."""
    context = error.ctx
    path = context.command_path if context is not None else "qiying"
    return f"{_said(error)}\n怎么写：{path} --help"


def _said(error: Any) -> str:
    match type(error).__name__:
        case "MissingParameter":
            return f"还缺{_name(error.param)}"
        case "NoSuchOption":
            return f"没有这个选项：{error.option_name}"
        case "BadOptionUsage":
            takes_one = "requires" in error.message
            return f"选项 {error.option_name} {'后面要写上值' if takes_one else '后面不带值'}"
        case "BadParameter":
            return f"{_name(error.param).strip()} 的值不对{_why(error)}"
    _, found, extra = error.message.partition("Got unexpected extra argument(s) ")
    return f"多写了：{extra.strip('()')}" if found else f"命令写得不对：{error.message}"


def _name(parameter: Any) -> str:
    """As the operator writes it: an option by its name, an argument with what it is."""
    if parameter is None:
        return "一个参数"
    if parameter.param_type_name == "option":
        return f" {parameter.opts[0]}"
    return f"「{parameter.display_name_raw}」" + (f"（{parameter.help}）" if parameter.help else "")


def _why(error: Any) -> str:
    """Our own words where we said why; otherwise what is expected."""
    if not error.message[:1].isascii():
        return f"：{error.message}"
    known = next((words for sign, words in OF_PATHS.items() if error.message.endswith(sign)), "")
    if known:
        return f"：{known}"
    if error.param is None:
        return ""
    limits = error.param._get_number_range_help_str()
    kind = error.param.display_type(error.ctx).strip("<>")
    return f"：应是{kind}{f'，{limits}' if limits else ''}" if kind else ""
