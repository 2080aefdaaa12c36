"""Our words in the help pages of every command: usage line, arguments, kinds of value, the sentence beside --help.

What click and typer look up by gettext is in `locale`; these are the words they do not look up.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from typer._click.formatting import HelpFormatter

HELP = "显示这份说明"
OPTIONS = "[选项]"
SUBCOMMAND = "命令 [参数]..."
ARGUMENTS = {
    "code": "信用代码",
    "day": "日期",
    "destination": "去向",
    "file": "文件",
    "files": "文件",
    "from_no": "移交人工号",
    "into": "并入单号",
    "item": "编号",
    "kind": "休或班",
    "name": "名称",
    "number": "编号",
    "paths": "路径",
    "question": "问题",
    "staff_no": "工号",
    "title": "问题",
    "to_no": "接手人工号",
    "url": "地址",
    "username": "账号",
    "year": "年份",
}
KINDS = {bool: "", datetime: "<年-月-日>", str: "<文字>", int: "<整数>", float: "<数字>", Path: "<路径>"}


class ChineseUsage(HelpFormatter):
    """The usage line begins in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write it; the prefix is ours where the caller has none."""
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)


def translate(command: Any) -> None:
    """Put our words into a command and all below it."""
    command.context_class.formatter_class = ChineseUsage
    command.options_metavar = OPTIONS
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = SUBCOMMAND
    option = command.get_help_option(command.context_class(command, help_option_names=["-h", "--help"]))
    if option is not None:
        option.help = HELP
    for parameter in [*command.params, *([option] if option else [])]:
        _translate_parameter(parameter)
    for child in getattr(command, "commands", {}).values():
        translate(child)


def _translate_parameter(parameter: Any) -> None:
    if parameter.param_type_name == "argument" and parameter.metavar is None:
        parameter.metavar = ARGUMENTS.get(parameter.name)
    annotation = parameter.type_descriptor.annotation
    kind = KINDS.get(next(iter(get_args(annotation)), annotation))
    if kind is not None:  # there is no setting for it: `metavar` would rename an argument, too
        parameter.display_type = lambda *_context: kind
