"""What people of a made-up week say, and when: pure, from one seeded chooser."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from app.clock import SHANGHAI
from app.workdays.calendar import WorkCalendar
from handbook.entry import Entry

# How a day's messages spread over its hours: two peaks, a dip at noon, a long evening, hardly anybody at night.
HOURS = (
    0.1, 0.1, 0.05, 0.05, 0.1, 0.2, 0.6, 2, 6, 14, 15, 11, 5, 6, 11, 12, 9, 6, 3.5, 3.5, 3, 2, 0.8, 0.3,
)  # fmt: skip
ON_DAYS_OFF = 0.25
DIFFERENT = 600
# What a visit to the chat is about, in shares of a hundred.
OCCASIONS = {
    "ask": 43, "typo": 8, "trouble": 17, "unknown": 5, "small": 6, "citizen": 3, "excluded": 2, "progress": 5,
    "officer": 3, "help": 2, "popular": 1, "noise": 1, "sticker": 1, "voice": 1, "picture": 2,
    "emergency": 0.3, "about-officer": 0.4, "leave": 0.3,
}  # fmt: skip

_PLACES = ("厂门口", "店门前", "园区东门", "仓库边上", "车间后面", "冷库旁边", "办公楼下", "大棚边")
_TROUBLES = (
    "{p}修路半个月了，货车进不来，快耽误交货了", "{p}路灯坏了三根，晚班工人不敢走", "{p}下水道返水，都流到门里了",
    "{p}的电压不稳，一开机器就跳闸", "{p}没有公交站，工人上下班不方便", "{p}停水两天了没人通知", "{p}老有人乱停车堵着门",
    "{p}那段路限高，大车绕十几公里", "{p}垃圾好几天没人清运", "{p}信号太差，扫码收款都刷不出来",
    "招不到人，缺二十个熟练工，区里能帮忙对接吗", "想和村里租地扩厂房，协调不下来", "隔壁工地扬尘太大，我们做食品的受不了",
    "消防说我们要整改，不知道找谁对接", "合作社想修个晒场，手续卡住了", "跟物业在装修上有争执，想请人协调",
    "订单多了，想要个临时仓库，有闲置厂房吗", "燃气改造报了三个月还没来人", "光伏并网报上去一直没消息",
    "门口要修地铁，生意没法做，有没有说法",
)  # fmt: skip
_UNKNOWN = (
    "剧本杀密室要备案吗", "演出经纪许可证怎么申请", "直播间卖自家大米要办啥", "员工宿舍算不算群租房",
    "无人机送货要批不要批", "冷库用的氨要不要备案", "宠物店能不能寄养猫狗", "养一百只梅花鹿找谁批",
)  # fmt: skip
_SMALL = ("你好", "在吗", "谢谢啊", "辛苦了", "你是机器人吗", "早上好", "你叫什么")
_CITIZENS = ("孩子上小学怎么报名", "身份证丢了去哪补", "公积金怎么提取", "楼上漏水邻居不管")
_EXCLUDED = ("法院判下来了对方不给钱 你们能管不", "我要信访，前年的事没人管", "帮我查查对门那家公司的账")
_NOISE = ("asdfgh", "。。。。", "啊啊啊啊", "111")
_EMERGENCIES = ("厂里着火了", "仓库有煤气味 有人晕倒了")
_ABOUT_OFFICER = ("我要投诉我的服务员，说话不算数", "我的服务员态度太差了")
_BEFORE = ("", "", "", "请问", "您好，", "想问一下", "麻烦问下，", "那个")
_AFTER = ("", "", "", "啊", "，急", "，谢谢", "？", "，怎么弄")
_SWAPS = str.maketrans({"的": "得", "吗": "嘛", "办": "辦", "在": "再", "帐": "账", "做": "作", "请": "情", "是": "事"})  # fmt: skip


@dataclass(frozen=True)
class Question:
    """Something that the handbook has an entry for, and which."""

    text: str
    entry_id: str


class Words:
    """Draws what is said; the same seed draws the same words."""

    def __init__(self, entries: Sequence[Entry], rng: Random) -> None:
        self._rng = rng
        pool = [Question(text, entry.id) for entry in entries for text in entry.phrasings]
        self._questions = [rng.choice(pool) for _ in range(DIFFERENT)]
        self._weights = [1 / (place + 1) for place in range(DIFFERENT)]

    def occasion(self) -> str:
        """What somebody comes for."""
        return self._rng.choices(list(OCCASIONS), list(OCCASIONS.values()))[0]

    def question(self) -> Question:
        """Zipf over six hundred phrasings, dressed as people dress them."""
        found = self._rng.choices(self._questions, self._weights)[0]
        return Question(f"{self._rng.choice(_BEFORE)}{found.text}{self._rng.choice(_AFTER)}", found.entry_id)

    def typo(self) -> Question:
        """The same with a slip of the finger: a wrong character, one left out or one doubled."""
        found = self.question()
        text = found.text.translate(_SWAPS)
        place = self._rng.randrange(len(text))
        slip = self._rng.choice(("", text[place] * 2))
        return Question(text[:place] + slip + text[place + 1 :], found.entry_id)

    def trouble(self) -> str:
        """A matter for people, not for a handbook."""
        return self._rng.choice(_TROUBLES).format(p=self._rng.choice(_PLACES))

    def of(self, kind: str) -> str:
        """A line of one of the smaller kinds."""
        return self._rng.choice(_LINES[kind])


_LINES = {
    "unknown": _UNKNOWN, "small": _SMALL, "citizen": _CITIZENS, "excluded": _EXCLUDED, "noise": _NOISE,
    "emergency": _EMERGENCIES, "about-officer": _ABOUT_OFFICER, "progress": ("进度", "我的诉求办到哪了", "查进度"),
    "officer": ("我的服务员", "谁是我的服务员"), "help": ("帮助", "怎么用"), "popular": ("常见问题",), "leave": ("退订",),
    "more": ("就在北门那边", "昨天又出问题了", "照片等会发您", "电话打这个号就行", "最好这周能来看看"),
    "comment": ("来了一趟就没下文了", "还是老样子", "只修了一半", "说得好听没办"),
}  # fmt: skip


def moments(first: date, days: int, count: int, calendar: WorkCalendar, rng: Random) -> list[datetime]:
    """`count` moments of `days` days in order, as people write: office hours, evenings, few on days off."""
    dates = [first + timedelta(days=number) for number in range(days)]
    shares = [1.0 if calendar.is_workday(day) else ON_DAYS_OFF for day in dates]
    found = []
    for _ in range(count):
        day = rng.choices(dates, shares)[0]
        hour = rng.choices(range(24), HOURS)[0]
        midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        found.append(midnight + timedelta(hours=hour, seconds=rng.randrange(3600)))
    return sorted(found)
