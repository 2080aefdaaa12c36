"""What a notice or a page says about a ticket, as values; personal data is already masked here. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from app.clock import local_date, local_text
from app.tickets.deadlines import day_text, left_text
from app.tickets.lifecycle import STATUS_NAMES, Status

QUOTE_LENGTH = 120


@dataclass(frozen=True)
class Party:
    """Who works on it, as people may see: `phone` is the public one, or masked."""

    unit: str
    name: str = ""
    phone: str = ""

    @property
    def short(self) -> str:
        """`住建委 李专员`."""
        return f"{self.unit} {self.name}".strip()

    @property
    def card(self) -> str:
        """`王服务（芦台街道）138…`."""
        who = f"{self.name}（{self.unit}）" if self.name and self.unit else self.name or self.unit
        return f"{who}{self.phone}"


@dataclass(frozen=True)
class TicketFacts:
    """A ticket as notices and pages need it.

    `promised_days` are the working days from receipt to the deadline, `left` those that remain (negative:
    overdue). `helpers` are the departments beside the holder; `area_leader` answers for the area. `score` is the
    enterprise's own, `asks_about_officer`: the district wants the officer rated as well (NH 双回访). `responder` is the 首问责任人, None while nobody is. `caller` is masked. `pauses`: the clock stands
    still while we wait for the enterprise. `outside_due_at`: the deadline of the system that an open request came
    from, where it named one (C2).
    """

    number: str
    status: Status
    content: str
    step_name: str
    holder: Party
    responder: Party | None
    received_on: date
    due_on: date
    is_provisional: bool
    promised_days: int
    left: int
    contact_days: int
    officer_title: str
    hub_name: str
    channel: str = ""
    category: str = ""
    kind: str = ""
    is_sorting_proposed: bool = False
    enterprise: str = ""
    is_verified: bool = False
    caller: str = ""
    result: str = ""
    near: tuple[str, ...] = ()
    visits: int = 0
    live_tickets: int = 0
    urged_count: int = 0
    is_held_by_responder: bool = False
    is_green: bool = False
    helpers: str = ""
    area_leader: str = ""
    score: int | None = None
    asks_about_officer: bool = False
    pauses: bool = True
    supervisor: str = ""
    outside_due_at: datetime | None = None
    is_late_outside: bool = False

    @property
    def supervising_body(self) -> str:
        """Whose supervision list it is: the body that the profile names for it, else the hub (E1)."""
        return self.supervisor or self.hub_name

    @property
    def suffix(self) -> str:
        """The four digits people use in chat."""
        return self.number[-4:]

    @property
    def due_text(self) -> str:
        """For officers: `剩 7 个工作日（12月1日前，暂定）`, beside the other system's deadline, the earlier one first."""
        return "；".join(self.due_lines)

    @property
    def due_lines(self) -> list[str]:
        """Our deadline and, where there is one, that of the system it came from, the earlier one first."""
        mark = "，暂定" if self.is_provisional else ""
        ours = f"{left_text(self.left)}（{day_text(self.due_on)}前{mark}）"
        if self.outside_due_at is None:
            return [ours]
        passed = "，已过" if self.is_late_outside else ""
        theirs = f"{self.channel}时限 {local_text(self.outside_due_at)}{passed}"
        return [theirs, f"本区{ours}"] if self.is_outside_first else [f"本区{ours}", theirs]

    @property
    def due_glance(self) -> str:
        """The earlier deadline alone, for a line of twenty characters."""
        if self.outside_due_at is None or not self.is_outside_first:
            return left_text(self.left) if self.outside_due_at else self.due_text
        passed = "已过" if self.is_late_outside else ""
        return f"对方时限{passed} {local_text(self.outside_due_at)}"

    @property
    def is_outside_first(self) -> bool:
        """Whether the other system's deadline comes before ours; at its hour, so on the same day too."""
        return self.outside_due_at is not None and local_date(self.outside_due_at) <= self.due_on

    @property
    def first_due_on(self) -> date:
        """The day of the earlier deadline."""
        at = self.outside_due_at
        return local_date(at) if at is not None and self.is_outside_first else self.due_on

    @property
    def promise_text(self) -> str:
        """For enterprises: the date, or only the working days while next year's holidays are unpublished."""
        if self.is_provisional:
            return f"{self.promised_days} 个工作日内"
        return f"最晚 {day_text(self.due_on)}（{self.promised_days} 个工作日）"

    @property
    def by_when(self) -> str:
        """For enterprises, later on: the date alone, or the days that remain while the date is 暂定. A day that is over
        is not promised again."""
        if self.left < 0:
            return f"原定 {day_text(self.due_on)}，现在尽快"
        if not self.is_provisional:
            return f"最晚 {day_text(self.due_on)}"
        return f"{self.left} 个工作日内" if self.left > 0 else "今天"

    @property
    def status_name(self) -> str:
        """`办理中`."""
        return STATUS_NAMES[self.status]

    @property
    def sorting(self) -> str:
        """`融资贷款 · 咨询（系统推荐）`; empty where nobody knows."""
        mark = "（系统推荐）" if self.is_sorting_proposed else ""
        named = " · ".join(part for part in (self.category, self.kind) if part)
        return f"{named}{mark}" if named else ""

    @property
    def quote(self) -> str:
        """What was asked, cut to a glance."""
        text = " ".join(self.content.split())
        return text if len(text) <= QUOTE_LENGTH else f"{text[: QUOTE_LENGTH - 1]}…"

    @property
    def enterprise_line(self) -> str:
        """`某某公司 · 已核实 · 赵*（139****0001）`."""
        if not self.enterprise:
            return " · ".join(part for part in ("未绑定企业", self.caller) if part)
        mark = "已核实" if self.is_verified else "未核实"
        return " · ".join(part for part in (self.enterprise, mark, self.caller) if part)
