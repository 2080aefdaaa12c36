"""Does a question speak of a business in another place? Then no local entry may answer it.

Similar words make a question from Langfang look exactly like ours; only the place tells them apart. The names
are editors' lists: `kb/_places.txt` for other provinces, cities and countries, `kb/_districts.txt` for the city's
districts, of which a district's own names are left out.
"""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Self

from handbook.text import read_word_list

PLACES_FILE = "_places.txt"
DISTRICTS_FILE = "_districts.txt"
OTHER_CITY = "redirect/other-city"
OTHER_DISTRICT = "redirect/other-district"

# «你们天津能给通州的办吗»: whom it is said to, not where the business is.
_ADDRESSED = re.compile(
    r"(?:你们|咱们?|您)天津|天津(?:这边|这儿|这里)?(?:能不能|能|可以)|(?:人在|住在?)天津(?=[,， ])|在天津住"
    r"|(?:在|搁|跟)?(?:你们?|您)(?:这儿|这边|这里|这|那)"
)
_DENIED = re.compile(r"不(?:是|在|归|属于?)(?:你们?|咱们?|您|本)?(?:天津|区|这儿|这边|这里|这)")
# The matter is ours after all: this place is named, or the business comes here.
_OURS = re.compile(
    r"天津|津门|保税区|[来进赴在到]津|津子公司|本区|咱区|我区|你们区|区里|咱们?这|这边|本地"
    r"|(?:迁|搬|转)(?:到|往|去|入|过来)|回来|过来|外来|驻津|投资有什么"
)
# The other place is only where goods, customers, people or a parent company are.
_ONLY_NAMED = re.compile(
    r"出口|进口|外贸|发货|发往|发到|运到|送到|拉到|跑.{0,4}线|客户|供应商|甲方|采购商|买家|参展|看展|展会|国外|境外|原产地|海关|总部|总公司|母公司|集团|股东"
    r"|老板是|老板想|老板的公司|投资人|分公司|办事处|子公司|设点|设立|老家|户口|籍|毕业|学历|出差|招(?:来|的)|请来|挖来|工人|员工|同事|朋友|亲戚"
    r"|外国人|技术员|工程师|师傅|专家|展位|公司合作|签证|外经证|跨区域涉税|外出经营|境外投资|对外投资|出境|ODI"
)
_LEAD = r"(?:您好|你好|请问|咨询一?下?|问一?下?|打听一?下?|想问|那个|我是|我|我们|俺们?|俺|咱|我家|我们家)*[,，。 ]*"
_HOUSE = r"(?:公司|企业|分?店|[工分]?厂子?|厂房|库房|仓库|铺子?|馆子?|摊子?(?!位)|民宿|养殖场|基地|合作社|注册地址?|执照|买卖|生意|网点)"
_OURS_DENIED = re.compile(rf"{_HOUSE}(?:都|也|又|并)?{_DENIED.pattern}|不是天津的{_HOUSE}")
_BUSINESS = (
    r"(?:市|省|区|县|那边|这边|那头|当地|的|开的?|办的?|做|干|注册|有个|有家|租|经营|包|承包|那)*"
    r"[\u4e00-\u9fffA-Za-z0-9]{0,12}?"
    r"(?:公司|企业|店|厂|铺|馆|摊|民宿|酒店|饭店|餐厅|超市|工作室|个体|执照|合作社|农场|社保|公积金|税|补贴|奖励|许可|证|注册|年报|注销|变更"
    r"|报装|落户|贷款|招标|备案|招聘|仲裁|营业|验收|仓库)"
)


def read_places(folder: Path) -> list[str]:
    """The names of `_places.txt` in a kb folder; none where there is no such file."""
    return [name for line in read_word_list(folder / PLACES_FILE) for name in line.split()]


def read_districts(folder: Path, district: str) -> list[str]:
    """The names of `_districts.txt` without those of `district` (a profile's key); none without such a file.

    A line begins with the keys of the profiles whose own places it names, joined by commas, or `-`.
    """
    lines = [line.split() for line in read_word_list(folder / DISTRICTS_FILE)]
    return [name for keys, *names in lines if district not in keys.split(",") for name in names]


class Places:
    """The lists, ready to be looked for."""

    def __init__(self, names: Collection[str], districts: Collection[str] = ()) -> None:
        self._cities = _Where(names)
        self._districts = _Where(districts)

    @classmethod
    def of(cls, folders: Sequence[Path], district: str) -> Self:
        """The lists of these kb folders, for the district with this profile key."""
        return cls(
            [name for folder in folders for name in read_places(folder)],
            [name for folder in folders for name in read_districts(folder, district)],
        )

    def leads_to(self, question: str) -> str:
        """The entry that such a question is led to; "" where the business spoken of may well be ours.

        Another district of this city counts only where the asker says that the business is not ours: the same rules
        hold there, and people name where their house stands without thinking whose district that is.
        """
        said = _ADDRESSED.sub("", _DENIED.sub("", question))
        if _OURS.search(said):
            return ""
        elsewhere = self._districts.without(said)  # 河北区 is not 河北
        if self._cities.is_named(elsewhere) and self._is_in_another_city(elsewhere):
            return OTHER_CITY
        if _DENIED.search(question) and self._districts.is_named(said):
            return OTHER_DISTRICT
        return OTHER_CITY if _OURS_DENIED.search(question) else ""

    def _is_in_another_city(self, text: str) -> bool:
        """Whether the business is said to be in one of the cities; each of these ways holds the name of one."""
        if self._cities.is_there(text):
            return True
        return not _ONLY_NAMED.search(text) and self._cities.is_spoken_of(text)


class _Where:
    """Ways to say that a business is in one of these places."""

    def __init__(self, names: Collection[str]) -> None:
        ordered = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        place = f"(?:{ordered})" if ordered else r"(?!)"
        self._name = re.compile(place)
        self._first = re.compile(rf"^{_LEAD}(?:在|是)?{place}")
        self._about = re.compile(
            rf"(?:我|我们|俺|公司|店|厂|企业|注册地?|开|办|设|家)(?:就|现在|都|是|也)?[在于]{place}|[在到去]{place}{_BUSINESS}"
        )
        self._theirs = re.compile(rf"{place}{_BUSINESS}")
        self._there = re.compile(
            rf"{_HOUSE}(?:现在|就|都|开|也|设)?(?:在|于|是){place}"
            rf"|在{place}[\u4e00-\u9fff]{{0,3}}(?:开|办|盖|建|租|弄|有|做)(?:了|着|个|家|的)"
            rf"|{place}(?:市|省|区|县)?(?:(?:那边|那头|那儿|那里)?的?(?:分公司|子公司|分厂|分店)|的{_HOUSE})"
            rf"|{place}(?:那边|那头|那儿|那里|当地)(?!说|要|催|发|突然|的?(?:客户|买家|订单|老外))|{place}[\u4e00-\u9fff]{{0,4}}(?:市监|税务局|大厅)"
            rf"|老家(?:在|是)?[\u4e00-\u9fff]{{0,2}}{place}[\u4e00-\u9fff]{{0,4}}(?:开|办|盖|建|租|弄|有)(?:了|着|个|家)"
        )

    def is_there(self, text: str) -> bool:
        """Whether a house of the speaker is said to stand there, whatever else is named."""
        return self._there.search(text) is not None

    def is_spoken_of(self, text: str) -> bool:
        """Whether the question is about a business there, by its shape."""
        if self._about.search(text):
            return True
        begins = self._first.search(text) is not None
        return begins and (len(text) <= 12 or self._theirs.search(text) is not None)

    def is_named(self, text: str) -> bool:
        """Whether one of the places is named at all."""
        return self._name.search(text) is not None

    def without(self, text: str) -> str:
        """The text with the names taken out."""
        return self._name.sub("", text)
