"""Small certain signs in a message: emergencies, nonsense, a complaint about one's own officer, a phone number."""

import re

# What is happening now; the words of a permit or a plan («消防验收», «应急预案») are no emergency.
_EMERGENCY = re.compile(
    r"着火了?|起火了?|失火|火灾了|爆炸了?|(燃气|煤气|天然气)(泄漏|泄露|味)|漏(燃气|煤气|天然气)"
    r"|有人(受伤|晕倒|触电|中毒)|(砸|压|烫|烧)伤了|触电了|煤气中毒|(楼|墙|房|屋顶|脚手架|基坑).{0,3}(塌|倒)了"
)
_HYPOTHETICAL = re.compile(
    r"预案|许可|验收|检查|备案|保险|制度|规定|培训|演练|认定|鉴定|赔|怎么办理|之前|去年|上个?月|以后|如果|万一|怕"
)
_OWN_OFFICER = re.compile(
    r"(我的?|我们的?|给我们?(分|派)的)?(服务专员|服务员|专员|服务人员|包联干部|网格员|王?服务)"
    r".{0,12}(不接电话|态度|不管|敷衍|推脱|推诿|吃拿卡要|要好处|没来过|联系不上|不回|骂|不作为|投诉)"
    r"|(投诉|举报|换掉?|反映).{0,6}(服务专员|服务员|专员|服务人员|网格员)"
)
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[a-zA-Z]{2,}")


def is_emergency(text: str) -> bool:
    """Fire, gas, injury happening now: 119/120/110 first, then the ticket (design §3)."""
    return bool(_EMERGENCY.search(text)) and not _HYPOTHETICAL.search(text)


def is_about_own_officer(text: str) -> bool:
    """A complaint about one's own officer goes to the hub, not to that officer (design §3)."""
    return bool(_OWN_OFFICER.search(text))


def is_nonsense(text: str) -> bool:
    """Nothing to work with: marks, digits, one character, keyboard noise."""
    if len(_CJK.findall(text)) >= 2:
        return False
    words = _LATIN_WORD.findall(text)
    return not any(len(word) >= 3 and re.search(r"[aeiou]", word, re.IGNORECASE) for word in words) or (
        len(words) == 1 and not _CJK.search(text)
    )


def contact_in(text: str) -> tuple[str, str] | None:
    """`赵女士 13900000001` → (name, phone); None without a phone number."""
    match = _PHONE.search(text)
    if not match:
        return None
    name = re.sub(r"[\s,，。:：、]|电话|手机|我是|我叫|联系人|称呼", "", text.replace(match[0], ""))
    return name[:20], match[0]
