"""How officers and coordinators work: some at once, some late, some never; some give back, some ask others in."""

from datetime import datetime, timedelta

from app.bench.week.diary import Act, Matter, numbers_in
from app.bench.week.engine import Engine
from app.bench.week.people import Official
from app.clock import SHANGHAI
from app.demo.platform.callbacks import Sent
from app.demo.platform.markup import options
from app.demo.platform.world import Entry
from app.workdays.calendar import WorkCalendar

# Working sittings a day and how long a matter takes, in working sittings, by temper.
SITTINGS = {
    "prompt": (9.3, 11.2, 14.2, 16.3),
    "slow": (15.6,),
    "bouncing": (10.0, 15.0),
    "escalating": (9.7, 14.5),
}
LASTS = {"prompt": (2, 10), "slow": (2, 6), "bouncing": (2, 8), "escalating": (3, 9)}
DONE = "已"


class OfficialLife:
    """One officer or coordinator, who works from what the phone shows."""

    def __init__(
        self, engine: Engine, official: Official, departments: tuple[str, ...], destinations: tuple[str, ...]
    ) -> None:
        self.engine = engine
        self.official = official
        self.departments = departments
        self.destinations = destinations
        self.desk: dict[str, int] = {}  # number → sittings still needed; 0: to be finished now
        self.done: set[str] = set()
        self.asked: set[str] = set()
        self.outside: set[str] = set()
        self.bindings: list[str] = []
        self.calls: list[str] = []
        engine.reads(official.openid, self._pushed)

    def plan(self, first: datetime, days: int, calendar: WorkCalendar) -> None:
        """Sit down on every working day of the time; nobody works on days off."""
        for number in range(days):
            day = first + timedelta(days=number)
            if not calendar.is_workday(day.astimezone(SHANGHAI).date()):
                continue
            for hour in SITTINGS.get(self.official.temper, ()):
                shift = timedelta(hours=hour, minutes=self.engine.rng.randrange(40))
                self.engine.at(day + shift, self.sit)

    def sit(self) -> None:
        """Look at the list, confirm who somebody is, then take the matters one by one."""
        rng = self.engine.rng
        if rng.random() < 0.35:
            for number in numbers_in(self._say("待办").text):
                self._take_note(number)
        for number in [self.bindings.pop() for _ in range(min(3, len(self.bindings)))]:
            self._say(f"确认绑定 {number}")
        for number in [self.calls.pop() for _ in range(min(3, len(self.calls)))]:
            self._act("告知", number, "已电话告知结果")
        for number in list(self.desk):
            self._work_on(number)
        if rng.random() < 0.05:
            self._say("手册 占道经营")

    def _work_on(self, number: str) -> None:
        matter = self.engine.diary.matter(number)
        if matter is not None and matter.withdrawn_at is not None:
            self.desk.pop(number, None)
            return
        left = self.desk[number]
        if left < 0:  # not taken up yet
            self._begin(number)
        elif left > 0:
            self.desk[number] = left - 1
            self._meanwhile(number)
        else:
            self._finish(number)

    def _begin(self, number: str) -> None:
        """Take it up, or pass it on."""
        draw, temper = self.engine.rng.random(), self.official.temper
        if temper == "bouncing" and draw < 0.5 and number not in self.asked:
            self.asked.add(number)
            verb = "退回" if self.official.department else "吹哨"
            rest = (
                "不属于本单位职责"
                if verb == "退回"
                else f"{self.engine.rng.choice(self.departments)} 请牵头办理"
            )
            if self._act(verb, number, rest):
                self.desk.pop(number, None)
                return
        if temper == "escalating" and draw < 0.35 and number not in self.asked:
            self.asked.add(number)
            if self._act("上报", number, "主管部门的意见是需区级协调，现场和部门都没能解决"):
                self.desk.pop(number, None)
                return
        if self._act("接单", number, "") or self._is_mine(number):
            self.desk[number] = self.engine.rng.randint(*LASTS[temper])
        else:
            self.desk.pop(number, None)

    def _is_mine(self, number: str) -> bool:
        return number in numbers_in(self._say("待办").text)

    def _meanwhile(self, number: str) -> None:
        draw = self.engine.rng.random()
        if draw < 0.08:
            self._act("回复", number, f"{self.engine.now:%d日%H时}已到现场看过，正在协调")
        elif draw < 0.12 and number not in self.asked:
            self.asked.add(number)
            self._act("补件", number, "请发一张现场照片")
        elif draw < 0.14:
            self._act("延期", number, "3 等待检测结果", days=3)
        elif draw < 0.16 and self.departments and not self.official.department:
            self._act("协办", number, f"{self.engine.rng.choice(self.departments)} 请一起到现场")
        elif draw < 0.17 and self.destinations and number not in self.outside:
            if self._act("转出", number, f"{self.destinations[0]} T{number[-4:]}"):
                self.outside.add(number)
        elif draw < 0.19 and not self.official.department and number not in self.asked:
            self.asked.add(number)
            if self._act("吹哨", number, f"{self.engine.rng.choice(self.departments)} 需部门协调"):
                self.desk.pop(number, None)

    def _finish(self, number: str) -> None:
        if number in self.outside:
            self._act("转回", number, "对方已处理")
            self.outside.discard(number)
        result = (
            "解释：按现行规定暂不能办，可改走备案"
            if self.engine.rng.random() < 0.12
            else "已协调处理完毕，现场已恢复"
        )
        if self._act("办结", number, result):
            self.done.add(number)
        self.desk.pop(number, None)

    def _act(self, verb: str, number: str, rest: str, *, days: int = 0) -> bool:
        """Send the command; whether the chat confirmed it."""
        text = self._say(f"{verb} {number} {rest}".strip()).text
        first = text.splitlines()[0] if text else ""
        is_done = first.startswith(f"{number[-4:]} {DONE}") and "，不能" not in first
        if is_done:
            verb = "退出协办" if "已退出协办" in first else verb
            matter = self.engine.diary.matters.setdefault(
                number, Matter(number, self.engine.now, channel="?")
            )
            matter.acts.append(Act(self.engine.now, self.official.openid, verb, number, days))
        else:
            self.engine.diary.counts[f"refused:{verb}"] += 1
            self.engine.diary.refusals[
                f"{verb}：{text.splitlines()[0][:60] if text else '（没有回音）'}"
            ] += 1
        return is_done

    def _say(self, text: str) -> Sent:
        sent = self.engine.say(self.official.openid, text, "staff")
        self._look_for_news(sent.text)
        return sent

    def _pushed(self, entry: Entry) -> None:
        if self.official.temper != "silent":
            self._look_for_news(entry.text)
            if entry.kind == "template":
                for number in numbers_in(entry.text):
                    self._take_note(number)

    def _look_for_news(self, text: str) -> None:
        """Taps say what is wanted: take up, confirm, call."""
        for option in options(text):
            if option.say.startswith("确认绑定"):
                self.bindings.append(option.say.split()[-1])
            elif option.say.startswith(("接单", "查看")):
                for number in numbers_in(option.say):
                    self._take_note(number)
        if "【请电话告知】" in text:
            self.calls += [number for number in numbers_in(text) if number not in self.calls]

    def _take_note(self, number: str) -> None:
        if number not in self.desk and number not in self.done:
            self.desk[number] = -1
        if number in self.done:
            matter = self.engine.diary.matter(number)
            if matter is not None and matter.scores and matter.scores[-1][1] <= 2:
                self.done.discard(number)
                self.desk[number] = -1
