"""The checks of every fetched page find what they are there for: one planted fault, one line about it."""

import pytest

GOOD = (
    '<html lang="zh-CN"><head><title>页</title></head><body><a class="skip" href="#main">跳到正文</a>'
    '<aside class="demo">演示</aside><main id="main"><h1>页</h1><h2>节</h2>'
    '<div class="fault" role="alert" id="fault" tabindex="-1" autofocus>请写名称</div>'
    '<svg role="group"><a href="/x"><title>一块</title></a></svg>'
    '<form action="/x"><label for="file">文件</label><input id="file" name="file" type="file">'
    '<label for="kind">种类</label><select id="kind" name="kind" required><option value="">请选择</option>'
    "<option>一</option></select><button>发</button></form></main></body></html>"
)


def test_a_good_page_has_no_faults(page_faults) -> None:
    assert page_faults(GOOD) == []


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('<aside class="demo">演示</aside>', '<p class="demo">演示</p>', "outside of every landmark: 演示"),
        ("<h2>节</h2>", "<h3>节</h3>", "h3 after h1"),
        (' tabindex="-1" autofocus', ' tabindex="-1"', "a fault that is not read out first"),
        ('role="group"', 'role="img"', "a link inside a picture: /x"),
        ('type="file"', 'type="file" value=""', "file file with a value"),
        ('type="file"', 'type="checkbox" autocomplete="off"', "a box file with autocomplete"),
        ('<option value="">请选择</option>', "", "select kind cannot be empty"),
        ('<label for="kind">种类</label>', "", "select kind without label"),
        ("<button>发</button>", "<button></button>", "button without words"),
    ],
)
def test_a_planted_fault_is_found(page_faults, good: str, bad: str, said: str) -> None:
    """WCAG 2.2 AA 1.3.1, 2.4.6, 3.3.1, 4.1.2, and what the HTML standard asks of fields."""
    assert good in GOOD
    assert page_faults(GOOD.replace(good, bad)) == [said]
