"""Does a question speak of a business in another place? Then no local entry may answer it.

Similar words make a question from Langfang look exactly like ours; only the place tells them apart. The names
are an editor's list (`kb/_places.txt`).
"""

import re
from collections.abc import Collection
from pathlib import Path

from handbook.text import read_word_list

PLACES_FILE = "_places.txt"

# The matter is ours after all: a local place is named, or the other place is only where goods, customers,
# people or a parent company are.
_OURS = re.compile(
    r"天津|来津|进津|在津|赴津|津门|滨海|宁河|北辰|东丽|武清|宝坻|静海|蓟州|西青|津南|保税区|本区|咱区|我区|区里|咱们?这|这边|本地"
    r"|出口|进口|外贸|发货|发往|发到|运到|送到|拉到|跑.{0,4}线|客户|供应商|甲方|采购商|参展|展会|原产地|海关|总部|总公司|母公司|集团|股东|老板是|投资人"
    r"|迁到|迁往|迁去|搬到|迁过来|搬过来|迁入|转过来|回来|过来|分公司|办事处|子公司|设点|设立|老家|老板想|老板的公司|户口|籍|毕业|学历|出差|招(来|的)|工人|员工|同事|朋友|亲戚|外籍|外国人|技术员|工程师|专家|展位|公司合作|签证|外经证|跨区域涉税|外出经营|境外投资|对外投资|ODI"
)
_LEAD = r"(?:您好|你好|请问|咨询一?下?|问一?下?|打听一?下?|想问|那个|我是|我|我们|俺们?|俺|咱|我家|我们家)*[,，。 ]*"
_BUSINESS = (
    r"(?:市|省|区|县|那边|这边|那头|当地|的|开的?|办的?|做|干|注册|有个|有家|租|经营|包|承包|那)*"
    r"[\u4e00-\u9fffA-Za-z0-9]{0,12}?"
    r"(?:公司|企业|店|厂|铺|馆|摊|民宿|酒店|饭店|餐厅|超市|工作室|个体|执照|合作社|农场|社保|公积金|税|补贴|许可|证|注册|年报|注销|变更|报装|落户|贷款|招标|备案|招聘|仲裁|营业)"
)


def read_places(folder: Path) -> list[str]:
    """The names of `_places.txt` in a kb folder; none where there is no such file."""
    return [name for line in read_word_list(folder / PLACES_FILE) for name in line.split()]


class Places:
    """The list, ready to be looked for."""

    def __init__(self, names: Collection[str]) -> None:
        ordered = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        place = f"(?:{ordered})" if ordered else r"(?!)"
        self._first = re.compile(rf"^{_LEAD}(?:在|是)?{place}")
        self._there = re.compile(
            rf"(?:我|我们|俺|公司|店|厂|企业|注册地?|开|办|设|家)(?:就|现在|都|是|也)?[在于]{place}|[在到去]{place}{_BUSINESS}"
        )
        self._theirs = re.compile(rf"{place}{_BUSINESS}")

    def is_elsewhere(self, question: str) -> bool:
        """Whether the business spoken of is in one of these places and not ours."""
        if _OURS.search(question):
            return False
        return bool(
            self._there.search(question)
            or (self._first.search(question) and self._theirs.search(question))
            or (self._first.search(question) and len(question) <= 12)
        )
