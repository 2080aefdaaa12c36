"""The people of the demo: invented, and visibly so. Nobody here has a real number."""

from dataclasses import dataclass

from app.demo.cast import Cast
from app.demo.playground.people import DemoPerson, Side

COORDINATOR = -1


@dataclass(frozen=True)
class SeededPerson(DemoPerson):
    """A phone of the playground with what the database knows of its owner. `enterprises` are numbers of the
    made-up directory, the current one first; `staff_no` names an officer, `department` a coordinator's."""

    is_verified: bool = False
    enterprises: tuple[int, ...] = ()
    staff_no: str = ""
    department: str = ""


def demo_openid(key: str) -> str:
    """28 characters, as the platform's openids have."""
    return f"oDEMO_{key:0>22}"


def demo_people(cast: Cast) -> tuple[SeededPerson, ...]:
    """Whose phones the playground has in this district: three who ask, then three who answer."""
    return (*_askers(cast.profile.name), *_staff(cast))


def _askers(district: str) -> tuple[SeededPerson, ...]:
    return (
        SeededPerson(
            openid=demo_openid("zhao"),
            name="赵先生",
            side=Side.ENTERPRISE,
            subtitle=f"{district}测试1号食品有限公司",
            suggestions=(
                "执照找不着了咋补",
                "我那饭馆想换成我媳妇的名字",
                "厂门口修路半个月了货车进不来 快耽误交货了",
                "进度",
                "我的服务员",
            ),
            is_verified=True,
            enterprises=(1,),
        ),
        SeededPerson(
            openid=demo_openid("newcomer"),
            name="孙女士",
            side=Side.ENTERPRISE,
            subtitle="新关注，还没绑定企业",
            suggestions=("你好", f"绑定 {district}测试3号面馆", "开个小超市要办啥证", "我们门口老停水"),
            is_following=False,
        ),
        SeededPerson(
            openid=demo_openid("bookkeeper"),
            name="钱会计",
            side=Side.ENTERPRISE,
            subtitle="替两家企业说话，还没核实",
            suggestions=("切换", "年报忘报了怎么办", "车间电压不稳 一开机器就跳闸", "进度"),
            enterprises=(32, 41),
        ),
    )


def _staff(cast: Cast) -> tuple[SeededPerson, ...]:
    first, second, builders = cast.posts()[0], cast.second_post(), cast.department("住建委")
    titles = cast.profile.titles
    return (
        SeededPerson(
            openid=demo_openid("wang"),
            name="王服务",
            side=Side.OFFICER,
            subtitle=f"{cast.post_of(first)}{titles.officer}",
            suggestions=("待办", f"查专员 {builders}", "手册 施工许可"),
            staff_no=first.staff_no,
        ),
        SeededPerson(
            openid=demo_openid("li"),
            name="李示例",
            side=Side.OFFICER,
            subtitle=f"{cast.post_of(second)}{titles.officer}",
            suggestions=("待办", "查企业 测试32号"),
            staff_no=second.staff_no,
        ),
        SeededPerson(
            openid=demo_openid("zhujianwei"),
            name=f"李{cast.coordinator}",
            side=Side.OFFICER,
            subtitle=f"{builders}{titles.coordinator}",
            suggestions=("待办",),
            department=builders,
        ),
    )


@dataclass(frozen=True)
class DemoAccount:
    """A panel login of the demo; it exists in demo mode only, which binds loopback only. `name` may name the first
    area or the playground's coordinator, as `demo_people` has it."""

    username: str
    password: str
    name: str
    role: str


DEMO_ACCOUNTS = (
    DemoAccount("hub", "lutai-qiaobei-17", "中枢值班员", "hub"),
    DemoAccount("leader", "fengtai-yuelong-17", "{area}负责人", "officer-leader"),
    DemoAccount("department", "biaokou-liandong-17", "{coordinator}", "department"),
    DemoAccount("editor", "panzhuang-zaojia-17", "手册编辑", "editor"),
    DemoAccount("auditor", "miaozhuang-banqiao-17", "审计员", "auditor"),
    DemoAccount("admin", "qilihai-dajianggu-17", "管理员", "admin"),
)
DEMO_LOGINS = tuple((account.username, account.password) for account in DEMO_ACCOUNTS)
