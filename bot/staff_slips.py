"""Commands of officers as they are typed in a hurry: without the zeros of a number, the words in another order."""

import re

from bot.commands import Command, Verb, normalise

# «办结 30 天内…» and «回复 48 小时内…» ask about a time; a number of one digit counts something, too.
_NUMBER = r"(?P<ref>(?:20\d{6}-)?\d{4}|\d{2,3})(?![\d-]|\s*[天日周季个人家户元千百万亿年月%岁平米亩吨公分小])(?:\s*号(?=$|[\s,，:：]))?[\s,，。:：]*"
_SHORT = {"接": Verb.ACCEPT, "查": Verb.SHOW, "看": Verb.SHOW, "看看": Verb.SHOW, "看一下": Verb.SHOW}
_IN_SHORT = re.compile(rf"(?P<verb>{'|'.join(sorted(_SHORT, key=len, reverse=True))})\s*{_NUMBER}")
_DONE = re.compile(
    rf"{_NUMBER}(?:已经?|都)?(?:办完|办好|处理完|处理好|搞定|弄好)了?(?:[\s,，。:：]+(?P<text>.*))?",
    re.DOTALL,
)
_WITHOUT_ZEROS = re.compile(
    rf"(?P<verb>接单|查看|回复|补件|上报|退回|办结|告知|吹哨|协办)\s*{_NUMBER}(?P<text>.*)", re.DOTALL
)
_DEPARTMENT_FIRST = re.compile(
    rf"(?P<verb>吹哨|协办)[\s:：]*(?P<to>[^\d\s]{{2,12}})\s*{_NUMBER}(?P<text>.*)", re.DOTALL
)


def meant(text: str) -> Command | None:
    """«接 42», «0042 办完了», «办结 42 已修好», «吹哨住建委 0042 占道»: what was meant; None if none of these."""
    line = normalise(text)
    short = _IN_SHORT.fullmatch(line)
    if short:
        return Command(_SHORT[short["verb"]], _full(short["ref"]))
    done = _DONE.fullmatch(line)
    if done:
        return Command(Verb.RESOLVE, _full(done["ref"]), (done["text"] or "").strip())
    turned = _DEPARTMENT_FIRST.fullmatch(line)
    if turned:
        return Command(Verb(turned["verb"]), _full(turned["ref"]), f"{turned['to']} {turned['text']}".strip())
    verb_first = _WITHOUT_ZEROS.fullmatch(line)
    if verb_first:
        return Command(Verb(verb_first["verb"]), _full(verb_first["ref"]), verb_first["text"].strip())
    return None


def _full(ref: str) -> str:
    """`42` → `0042`."""
    return ref if "-" in ref else ref.zfill(4)
