"""Before an Office file is opened: is it one, is it of a sane size, does it carry nothing that acts?"""

import zipfile
from pathlib import Path

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_PART_BYTES = 60 * 1024 * 1024
MAX_TOTAL_BYTES = 150 * 1024 * 1024
MAX_PARTS = 4000
MAX_RATIO = 250
SMALL_PART = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN_PART = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
_MACRO_SUFFIXES = {".docm", ".dotm", ".xlsm", ".xltm", ".xlsb"}
_OLD_SUFFIXES = {".doc", ".xls", ".wps", ".et"}
_HEAD_BYTES = 4096


class DocumentRefused(Exception):
    """The file cannot be taken; the text says why and what to do, for people."""


def require_safe(path: Path) -> None:
    """Raise DocumentRefused unless `path` is a plain .docx or .xlsx of a sane size without macros."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise DocumentRefused(f"找不到文件 {path}")
    if suffix in _MACRO_SUFFIXES:
        raise DocumentRefused(f"{path.name} 带宏，不予打开：另存为不带宏的 .docx 或 .xlsx 再导入")
    if suffix in _OLD_SUFFIXES:
        raise DocumentRefused(f"{path.name} 是旧格式：用 Word/WPS 打开，另存为 .docx 或 .xlsx 再导入")
    if suffix not in _MAIN_PART:
        raise DocumentRefused(f"只认 .docx 和 .xlsx，{path.name} 不是：另存为其中一种再导入")
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024 // 1024
        raise DocumentRefused(
            f"{path.name} 有 {size // 1024 // 1024} MB，超过 {limit} MB：删掉图片或拆成几份再导入"
        )
    with path.open("rb") as file:
        _require_zip(path.name, file.read(_HEAD_BYTES))
    try:
        with zipfile.ZipFile(path) as archive:
            _require_sane(path.name, archive, _MAIN_PART[suffix])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
        raise DocumentRefused(f"{path.name} 已损坏：用 Word/WPS 打开，另存一份再导入") from None


def _require_zip(name: str, head: bytes) -> None:
    if head.startswith(b"PK\x03\x04"):
        return
    if head.startswith(_OLE):
        raise DocumentRefused(
            f"{name} 加了密码，或者是旧格式改了后缀：去掉密码，另存为 .docx 或 .xlsx 再导入"
        )
    if not head:
        raise DocumentRefused(f"{name} 是空文件")
    encoding = _text_encoding(head)
    if encoding:
        raise DocumentRefused(
            f"{name} 其实是{encoding}编码的文本文件，不是 Office 文件：用 Word/WPS 打开，另存为 .docx 或 .xlsx 再导入"
        )
    raise DocumentRefused(f"{name} 不是 Office 文件：用 Word/WPS 打开，另存为 .docx 或 .xlsx 再导入")


def _text_encoding(head: bytes) -> str:
    if b"\x00" in head:
        return ""
    for encoding, shown in (("utf-8", " UTF-8 "), ("gb18030", " GBK ")):
        for cut in range(4):  # the sample may end inside a character
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return shown
    return ""


def _require_sane(name: str, archive: zipfile.ZipFile, main_part: str) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_TOTAL_BYTES:
        raise DocumentRefused(f"{name} 解开后太大，不予导入")
    for part in parts:
        if part.flag_bits & 0x1:
            raise DocumentRefused(f"{name} 加了密码：去掉密码再导入")
        if part.file_size > MAX_PART_BYTES or _is_bomb(part):
            raise DocumentRefused(f"{name} 解开后太大（{part.filename[:40]}），不予导入")
        if part.filename.lower().endswith("vbaproject.bin"):
            raise DocumentRefused(f"{name} 带宏，不予打开：另存为不带宏的 .docx 或 .xlsx 再导入")
    names = {part.filename for part in parts}
    if main_part not in names:
        raise DocumentRefused(f"{name} 的内容和后缀对不上：用 Word/WPS 打开，另存一份再导入")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            _require_plain_xml(name, archive, part)


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > SMALL_PART and part.file_size > MAX_RATIO * max(part.compress_size, 1)


def _require_plain_xml(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """No document type: entities are the other way to make a small file large, or to read a foreign one."""
    with archive.open(part) as stream:
        head = stream.read(_HEAD_BYTES)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or "<!DOCTYPE".encode("utf-16-le") in head:
        raise DocumentRefused(f"{name} 里有不该有的 XML 声明，不予打开")
