"""Pictures and video links of an entry: how they are written, where the files lie, what `kb check` says of them.

A picture is a line `![说明](_images/<name>)` in a section, its file in `<kb folder>/<category>/_images/`; the
district's own folder is looked into first. A video is a line `[视频：标题](https://…)` to a known site.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from handbook.entry import Entry, Problem
from handbook.fields import INTERNAL_HEADING, split_body
from handbook.frontmatter import Document

IMAGES = "_images"
MAX_IMAGE_BYTES = 1024 * 1024
MAX_IMAGES = 6
MAX_ALT = 60
VIDEO_SITES = frozenset({"mp.weixin.qq.com", "v.qq.com"})
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.(?:png|jpg|webp)")
_FOLDER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_IMAGE = re.compile(r"!\[(?P<alt>[^\]\n]*)\]\((?P<target>[^)\n]*)\)")
_VIDEO = re.compile(r"(?<!!)\[视频[：:](?P<title>[^\]\n]*)\]\((?P<target>[^)\n]*)\)")
_MEDIA_LINE = re.compile(r"\s*(?:!\[[^\]\n]*\]|\[视频[：:][^\]\n]*\])\([^)\n]*\)\s*")


@dataclass(frozen=True)
class Picture:
    """One picture as an entry names it."""

    name: str
    alt: str


def pictures_in(text: str) -> tuple[Picture, ...]:
    """The pictures of ours that a text names, in order; everything else is left out."""
    found = (
        Picture(name, match["alt"].strip())
        for match in _IMAGE.finditer(text)
        if (name := picture_name(match["target"].strip()))
    )
    return tuple(dict.fromkeys(found))


def names_picture(entry: Entry, name: str) -> bool:
    """Whether a public section of the entry shows this file."""
    return any(picture.name == name for part in entry.sections for picture in pictures_in(part.body))


def picture_name(target: str) -> str:
    """The file's plain name out of `_images/<name>`; "" for any other address."""
    folder, _, name = target.partition("/")
    return name if folder == IMAGES and _NAME.fullmatch(name) else ""


def is_video_address(address: str) -> bool:
    """Whether a video may be linked there: government sites and two of the platform's own, by https."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    is_known = host in VIDEO_SITES or host == "gov.cn" or host.endswith(".gov.cn")
    return parts.scheme == "https" and is_known and port in (None, 443) and "@" not in parts.netloc


def is_video_label(label: str) -> bool:
    """Whether a link's words announce a video."""
    return label.startswith(("视频：", "视频:")) and bool(label[3:].strip())


def without_media(text: str) -> str:
    """The words of a text: lines that only show a picture or a video are not searched in."""
    if "](" not in text:
        return text
    return "\n".join(line for line in text.split("\n") if not _MEDIA_LINE.fullmatch(line))


def type_of(head: bytes) -> str:
    """`png`, `jpg` or `webp` by the first bytes, whatever the file's name says; "" for anything else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def find_picture(roots: Iterable[Path], category: str, name: str) -> Path | None:
    """The file of that name, the first root first; never through a link, never outside `_images`."""
    if not (_NAME.fullmatch(name) and _FOLDER.fullmatch(category)):
        return None
    for root in roots:
        file = root / category / IMAGES / name
        if file.is_file() and not file.is_symlink() and not file.parent.is_symlink():
            return file
    return None


def read_picture(roots: Iterable[Path], category: str, name: str) -> tuple[bytes, str] | None:
    """The bytes and media type of a picture that may be shown; None where there is none."""
    file = find_picture(roots, category, name)
    if file is None:
        return None
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_IMAGE_BYTES + 1)
    except OSError:
        return None
    kind = type_of(content)
    return (content, TYPES[kind]) if kind and len(content) <= MAX_IMAGE_BYTES else None


def media_problems(document: Document, roots: Sequence[Path]) -> Iterator[Problem]:
    """Faults of pictures and videos, line by line."""
    shown = 0
    for number, line in enumerate(document.body.split("\n"), start=document.body_line):
        images, videos = list(_IMAGE.finditer(line)), list(_VIDEO.finditer(line))
        shown += len(images)
        faults = [fault for match in images for fault in _image_faults(match, document.id, roots)]
        faults += [fault for match in videos for fault in _video_faults(match)]
        if images and shown > MAX_IMAGES:
            faults.append((f"第 {shown} 张图：最多 {MAX_IMAGES} 张", "留最要紧的，其余写成文字"))
        if images or videos:
            faults += _place_faults(document, line, number)
        for message, advice in faults:
            yield Problem(document.path, number, message, advice)


def _place_faults(document: Document, line: str, number: int) -> Iterator[tuple[str, str]]:
    if not _MEDIA_LINE.fullmatch(line):
        yield "图片、视频要单独占一行", "前后的文字另起一行"
    if not _is_in_public_section(document, number):
        yield "图片、视频放错了地方", "放到企业看得到的章节里，不放短答和内部提示"


def _is_in_public_section(document: Document, line: int) -> bool:
    _, parts = split_body(document)
    above = [part for part in parts if part.line < line]
    return bool(above) and above[-1].heading != INTERNAL_HEADING


def _image_faults(match: re.Match[str], entry_id: str, roots: Sequence[Path]) -> Iterator[tuple[str, str]]:
    alt, target = match["alt"].strip(), match["target"].strip()
    if not alt:
        yield "图片没有说明", "在 ![ ] 里写一句这张图讲什么，看不到图的人靠它"
    if len(alt) > MAX_ALT:
        yield f"图片说明有 {len(alt)} 个字符", f"不超过 {MAX_ALT}"
    name = picture_name(target)
    if not name:
        if "//" in target or ":" in target:
            yield f"不能用网上的图片：{target[:40]}", f"存成文件放进本类目的 {IMAGES} 文件夹"
        else:
            yield (
                f"图片地址写错了：{target[:40] or '（空）'}",
                f"写成 {IMAGES}/短名.png，短名用小写字母、数字和连字符，后缀 png、jpg 或 webp",
            )
        return
    yield from _file_faults(find_picture(roots, entry_id.split("/")[0], name), name)


def _file_faults(file: Path | None, name: str) -> Iterator[tuple[str, str]]:
    if file is None:
        yield f"没有这张图：{name}", f"把文件放进本类目的 {IMAGES} 文件夹，或改对名字"
        return
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            kind = type_of(stream.read(16))
    except OSError:
        yield f"图片读不出来：{name}", "检查文件的权限"
        return
    if size > MAX_IMAGE_BYTES:
        yield f"图片太大：{name} 有 {size / MAX_IMAGE_BYTES:.1f} MB", "压到 1 MB 以内，宽 1080 像素就够"
    if not kind:
        yield f"不是图片：{name}", "只收 PNG、JPG、WebP，另存一份再放"
    elif kind != name.rpartition(".")[2]:
        yield f"图片内容是 {kind}，后缀却不是：{name}", f"把后缀改成 .{kind}"


def _video_faults(match: re.Match[str]) -> Iterator[tuple[str, str]]:
    if not match["title"].strip():
        yield "视频没有标题", "写成 [视频：标题](https://…)"
    if not is_video_address(match["target"].strip()):
        yield (
            f"视频不能链到这里：{match['target'][:40]}",
            "只收政府网站（gov.cn）、微信公众号文章（mp.weixin.qq.com）和腾讯视频（v.qq.com）的 https 链接",
        )
