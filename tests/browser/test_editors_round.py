"""The editor's round: from a question that nobody could answer to the bot's answer, by four eyes (B2, B3, E2)."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

GAP = "光伏"
TITLE = "厂房屋顶装光伏怎么办"
SUMMARY = "先向供电公司申请并网，再到审批部门备案；申请不收费，并网答复一般二十个工作日内给出。"
QUESTIONS = (
    "园区里能不能装光伏", "厂房顶上想装太阳能", "装光伏板找谁", "屋顶光伏并网怎么申请", "光伏备案去哪儿办",
    "车间房顶太阳能发电", "自己发电能卖给电网吗", "光伏发电要不要审批", "我想在厂里装光伏", "分布式光伏怎么弄",
    "光伏并网要什么材料", "电网让不让接光伏", "太阳能板装厂房上行不行",
)  # fmt: skip
FIELDS = {
    "短答": SUMMARY,
    "责任部门": "供电公司",
    "审核部门": "供电公司",
    "审核日期": "2026-11-20",
    "复核日期": "2026-11-20",
    "关键词": "光伏，并网",
    "不该由这条来答的": "光伏组件坏了找谁修\n家里电费怎么交\n路灯不亮找谁",
    "办理条件": "屋顶自有或者房东同意，房子没有质量问题。",
    "所需材料": "- 营业执照\n- 厂房产权证明",
    "办理流程": "1. 向供电公司提出并网申请\n2. 到审批部门备案",
    "办理时限与费用": "二十个工作日内答复，不收费。",
    "办理渠道": "供电营业厅。",
    "常见问题": "**租来的厂房能装吗** 要房东书面同意。",
}


def second_editor(visitors, demo) -> Page:
    """The administrator opens an account on screen; its owner replaces the first password at once."""
    admin = visitors.log_in(demo, "admin")
    admin.get_by_role("link", name="账号", exact=True).click()
    new = admin.get_by_role("region", name="新建账号")
    new.get_by_label("账号").fill("reviewer")
    new.get_by_label("姓名").fill("审稿测试")
    new.get_by_label("角色").select_option(label="手册编辑")
    new.get_by_role("button", name="新建").click()
    first = admin.locator(".big-code").inner_text()
    page = visitors.enter(demo.url)
    page.goto("/admin/login")
    page.get_by_label("账号").fill("reviewer")
    page.get_by_label("口令").fill(first)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("改口令")
    page.get_by_label("现在的口令").fill(first)
    for label in ("新口令（", "新口令再输一次"):
        page.get_by_label(label.removesuffix("（"), exact=True).fill("dongjituo-shuixiang-29")
    page.get_by_role("button", name="改口令").click()
    page.goto("/admin")
    expect(page.get_by_role("heading", level=1)).to_have_text("首页")
    return page


def an_hour_later(visitors, demo) -> None:
    """Gaps are grouped every hour; the demo's clock goes in working days."""
    page = visitors.enter(demo.url)
    page.goto("/playground")
    page.get_by_role("button", name="快进 1 个工作日").click()
    expect(page.locator("#notice")).to_contain_text("现在是")


def the_gap(page: Page) -> None:
    """Open the cluster of these questions, as soon as the worker has made it."""
    link = page.get_by_role("region", name="问题堆").get_by_role("link", name=re.compile(GAP))
    for _ in range(40):
        page.goto("/admin/gaps")
        if link.count():
            break
        page.wait_for_timeout(500)
    link.first.click()


def write(page: Page) -> None:
    """From the cluster to a draft that is sent to review."""
    expect(page.get_by_role("region", name="都是这样问的")).to_contain_text(GAP)
    page.get_by_label("写成新条目，放在哪个类目").select_option(index=1)
    page.get_by_role("button", name="起草").click()
    expect(page.get_by_role("status")).to_contain_text("已起草")
    page.get_by_label(re.compile("^标题：")).fill(TITLE)
    page.get_by_label("别的问法").fill("\n".join(QUESTIONS))
    for label, text in FIELDS.items():
        page.get_by_label(re.compile(f"^{label}")).fill(text)
    page.locator("#basis_title_0").fill("中华人民共和国可再生能源法")
    page.locator("#basis_article_0").fill("第十四条")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("region", name="接下来")).to_contain_text("检查通过")
    expect(page.locator(".bubble")).to_contain_text("先向供电公司申请并网")
    page.get_by_role("button", name="保存并提交审核").click()
    expect(page.get_by_role("status")).to_contain_text("已提交审核")
    expect(page.get_by_role("button", name="审核通过，发布")).to_have_count(0)


def test_from_a_gap_to_the_bots_answer(visitors, demo) -> None:
    an_hour_later(visitors, demo)
    editor = visitors.log_in(demo, "editor")
    the_gap(editor)
    write(editor)
    reviewer = second_editor(visitors, demo)
    reviewer.goto("/admin/handbook/drafts?show=review")
    reviewer.get_by_role("link", name=TITLE).click()
    reviewer.get_by_role("button", name="审核通过，发布").click()
    expect(reviewer.get_by_role("status")).to_contain_text("已发布")
    chat = visitors.enter(demo.url, width=390)
    chat.goto("/playground")
    phone = chat.locator("#phone-enterprise")
    answer = phone.locator(".is-theirs .bubble", has_text="先向供电公司申请并网")
    for _ in range(20):
        phone.locator(".input").fill("想在厂房屋顶装光伏")
        phone.locator(".input").press("Enter")
        chat.wait_for_timeout(1000)
        if answer.count():
            break
    expect(answer.last).to_be_visible()
