"""«谢谢», «好的收到», «解决了»: a word of thanks is no new matter, adds nothing to a ticket and reopens none."""

import re

from bot.commands import normalise

MOST_CHARACTERS = 24
_WORDS = (
    r"(非常|太|真是|多)?(感谢|谢谢|谢了|谢|多谢)(你们?|您|大家|政府|领导|服务员|专员|各位|帮忙|支持)*(了|啦|哈|啊)?"
    r"|(好的?|好嘞|行|可以|嗯+|哦|噢|对|是的|收到|知道了?|明白了?|了解了?|ok|okay)(了|啦|哈|呢|吧)?"
    r"|辛苦(你们?|您|大家)?(了|啦)?|麻烦(你们?|您)了|不客气"
    r"|(这?事情?|问题|都|已经?|现在|全)*(解决|办好|办妥|弄好|修好|处理好|搞定|没问题|没事|可以|好)(了|啦)"
)
_THANKS = re.compile(rf"(({_WORDS})[\s,，。.!！~～、;；]*)+", re.IGNORECASE)
_ORNAMENT = re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]|\[[\u4e00-\u9fff]{1,4}\]")


def is_thanks(text: str) -> bool:
    """Whether the message is nothing but thanks, consent or «it is done»; «好的，但是…» is not."""
    words = normalise(_ORNAMENT.sub("", text))
    if not words:
        return bool(_ORNAMENT.search(text))
    return len(words) <= MOST_CHARACTERS and _THANKS.fullmatch(words) is not None
