"""The people of the demo: invented, and visibly so. Nobody here has a real number."""

from dataclasses import dataclass
from enum import StrEnum


class DemoRole(StrEnum):
    """Whose phone it is."""

    ENTERPRISE = "enterprise"
    OFFICER = "officer"
    COORDINATOR = "coordinator"


@dataclass(frozen=True)
class DemoPerson:
    """A phone of the playground. `enterprises` are numbers of the made-up directory, the current one first;
    `staff_no` names an officer, `department` a coordinator's department."""

    key: str
    openid: str
    name: str
    role: DemoRole
    about: str
    is_following: bool = True
    is_verified: bool = False
    enterprises: tuple[int, ...] = ()
    staff_no: str = ""
    department: str = ""

    @property
    def is_staff(self) -> bool:
        """Officers and coordinators."""
        return self.role is not DemoRole.ENTERPRISE


def demo_openid(key: str) -> str:
    """28 characters, as the platform's openids have."""
    return f"oDEMO_{key:0<22}"[:28]


DEMO_PEOPLE = (
    DemoPerson(
        key="zhao",
        openid=demo_openid("zhao"),
        name="赵先生",
        role=DemoRole.ENTERPRISE,
        about="宁河区测试1号食品有限公司，已核实",
        is_verified=True,
        enterprises=(1,),
    ),
    DemoPerson(
        key="newcomer",
        openid=demo_openid("newcomer"),
        name="新关注的孙女士",
        role=DemoRole.ENTERPRISE,
        about="还没绑定企业",
        is_following=False,
    ),
    DemoPerson(
        key="bookkeeper",
        openid=demo_openid("bookkeeper"),
        name="钱会计",
        role=DemoRole.ENTERPRISE,
        about="替两家企业说话，还没核实",
        enterprises=(24, 41),
    ),
    DemoPerson(
        key="wang",
        openid=demo_openid("wang"),
        name="王服务",
        role=DemoRole.OFFICER,
        about="芦台街道一片区服务人员",
        staff_no="NH0001",
    ),
    DemoPerson(
        key="li",
        openid=demo_openid("li"),
        name="李示例",
        role=DemoRole.OFFICER,
        about="经济开发区东区服务人员",
        staff_no="NH0035",
    ),
    DemoPerson(
        key="zhujianwei",
        openid=demo_openid("zhujianwei"),
        name="李专员",
        role=DemoRole.COORDINATOR,
        about="住建委协调专员",
        department="住建委",
    ),
)


@dataclass(frozen=True)
class DemoAccount:
    """A panel login of the demo; it exists in demo mode only, which binds loopback only."""

    username: str
    password: str
    name: str
    role: str
    area_code: str = ""


DEMO_ACCOUNTS = (
    DemoAccount("hub", "lutai-qiaobei-17", "中枢值班员", "hub"),
    DemoAccount("leader", "fengtai-yuelong-17", "芦台街道负责人", "officer-leader", "NH01"),
    DemoAccount("editor", "panzhuang-zaojia-17", "手册编辑", "editor"),
    DemoAccount("auditor", "miaozhuang-banqiao-17", "审计员", "auditor"),
    DemoAccount("admin", "qilihai-dajianggu-17", "管理员", "admin"),
)
DEMO_LOGINS = tuple((account.username, account.password) for account in DEMO_ACCOUNTS)
