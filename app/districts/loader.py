"""TOML file → Profile, or one ConfigurationError that lists every fault of the file."""

import hashlib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from app.districts import outside, sections
from app.districts.agreement import disagreements
from app.districts.profile import (
    Closing,
    Deadlines,
    Extension,
    GreenChannel,
    HolderKind,
    Hub,
    LadderStep,
    Limit,
    Pause,
    Places,
    Privacy,
    Profile,
    QuietHours,
    Reminders,
    Role,
    Titles,
)
from app.districts.table import Table
from app.errors import ConfigurationError
from app.workdays.calendar import OfficeHours

MAX_WORKING_DAYS = 250


def shipped_profiles() -> list[str]:
    """Keys of the profiles that come with the program."""
    folder = resources.files("app.districts").joinpath("profiles")
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def load_profile(name_or_path: str) -> Profile:
    """A shipped profile by key, or any file by path. Raises ConfigurationError with all faults."""
    if name_or_path in shipped_profiles():
        source = resources.files("app.districts").joinpath("profiles", f"{name_or_path}.toml")
        return parse_profile(source.read_bytes(), f"{name_or_path}.toml")
    path = Path(name_or_path)
    if not path.is_file():
        known = "、".join(shipped_profiles())
        raise ConfigurationError(
            [f"QIYING_DISTRICT={name_or_path}：没有这个区的配置，可用 {known}，或写文件路径"]
        )
    return parse_profile(path.read_bytes(), path.name)


def parse_profile(content: bytes, file_name: str) -> Profile:
    """The profile in these bytes."""
    try:
        data: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{file_name}：不是有效的 TOML：{error}"]) from None
    faults: list[str] = []
    profile = _profile(Table(data, "", faults), hashlib.sha256(content).hexdigest())
    faults += disagreements(profile)
    if faults:
        raise ConfigurationError([f"{file_name} {fault}" for fault in faults])
    return profile


def _profile(root: Table, digest: str) -> Profile:
    requests = root.table("requests")
    profile = Profile(
        key=root.text("key"),
        name=root.text("name"),
        full_name=root.text("full_name"),
        programme=root.text("programme"),
        document=root.text("document"),
        titles=_titles(root.table("titles")),
        hub=_hub(root.table("hub")),
        ladder=tuple(_step(table) for table in root.tables("ladder")),
        deadlines=_deadlines(root.table("deadlines")),
        office_hours=_office_hours(root.table("office_hours")),
        pause=_pause(root.table("pause")),
        extension=_extension(root.table("extension")),
        reminders=_reminders(root.table("reminders")),
        closing=_closing(root.table("closing")),
        quiet_hours=_quiet_hours(root.table("quiet_hours")),
        green_channel=_green_channel(root.optional_table("green_channel")),
        co_handling=sections.co_handling(root.optional_table("co_handling")),
        handoffs=sections.handoffs(root.table("handoffs")),
        feedback=sections.feedback(root.table("feedback")),
        rectification=sections.rectification(root.optional_table("rectification")),
        passing=sections.passing(root.optional_table("passing")),
        routing=sections.routing(root.tables("routing")),
        coverage=sections.coverage(root.table("coverage")),
        dissatisfied_to=_dissatisfied(root.table("dissatisfied")),
        categories=requests.texts("categories"),
        kinds=requests.texts("kinds"),
        channels=requests.texts("channels"),
        exclusions=requests.texts("exclusions"),
        places=_places(root.table("places")),
        privacy=_privacy(root.table("privacy")),
        digest=digest,
        own_channels=sections.own_channels(root.optional_table("own_channels")),
        from_handbook=requests.words("from_handbook", default={}),
        systems=outside.systems(root.optional_tables("systems")),
    )
    requests.text("clause")
    requests.finish()
    root.finish()
    return profile


def _titles(table: Table) -> Titles:
    titles = Titles(table.text("officer"), table.text("coordinator"), table.text("clause"))
    table.finish()
    return titles


def _hub(table: Table) -> Hub:
    duties = table.table("duties")
    hub = Hub(
        name=table.text("name"),
        duties={key: duties.text(key) for key in ("dispatch", "convene", "supervise")},
        clause=table.text("clause"),
    )
    duties.finish()
    table.finish()
    return hub


def _step(table: Table) -> LadderStep:
    limit = table.optional_table("limit")
    step = LadderStep(
        key=table.text("key"),
        name=table.text("name"),
        holder_kind=sections.one_of(table, "holder_kind", HolderKind, HolderKind.HUB),
        holder=table.text("holder"),
        moved_by=_roles(table),
        needs_reason=table.flag("needs_reason"),
        reason_asked=table.text("reason_asked", default=""),
        needs_opinion=table.flag("needs_opinion", default=False),
        supervises=table.flag("supervises", default=False),
        limit=_limit(limit) if limit else None,
        clause=table.text("clause"),
    )
    if step.needs_reason and not step.reason_asked:
        table.fault("reason_asked", "要理由的一级请写出理由的样子，例如“住建委和交通局都认为不归自己管”")
    table.finish()
    return step


def _roles(table: Table) -> tuple[Role, ...]:
    values = table.texts("moved_by")
    unknown = [value for value in values if value not in set(Role)]
    if unknown:
        table.fault("moved_by", f"{'、'.join(unknown)} 不是 {'、'.join(Role)} 之一")
    return tuple(Role(value) for value in values if value not in unknown)


def _limit(table: Table) -> Limit:
    limit = Limit(table.number("working_days", minimum=1, maximum=MAX_WORKING_DAYS), table.text("clause"))
    table.finish()
    return limit


def _deadlines(table: Table) -> Deadlines:
    progress = table.optional_table("progress")
    deadlines = Deadlines(
        finish=_limit(table.table("finish")),
        contact=_limit(table.table("contact")),
        tell=_limit(table.table("tell")),
        reopen=_limit(table.table("reopen")),
        progress=_limit(progress) if progress else None,
    )
    table.finish()
    return deadlines


def _office_hours(table: Table) -> OfficeHours:
    hours = OfficeHours(opens=table.clock_time("opens"), closes=table.clock_time("closes"))
    if hours.opens >= hours.closes:
        table.fault("closes", "下班应晚于上班")
    table.text("clause")
    table.finish()
    return hours


def _pause(table: Table) -> Pause:
    days = table.number("max_working_days", minimum=1, maximum=MAX_WORKING_DAYS)
    pause = Pause(table.flag("enabled"), days, table.text("clause"))
    table.finish()
    return pause


def _extension(table: Table) -> Extension:
    extension = Extension(
        max_working_days=table.number("max_working_days", minimum=1, maximum=MAX_WORKING_DAYS),
        max_times=table.number("max_times", minimum=0, maximum=20),
        clause=table.text("clause"),
    )
    table.finish()
    return extension


def _reminders(table: Table) -> Reminders:
    reminders = Reminders(
        before_due=table.number("before_due", minimum=1, maximum=30),
        unaccepted=table.number("unaccepted", minimum=1, maximum=30),
        unaccepted_to_hub=table.number("unaccepted_to_hub", minimum=1, maximum=30),
        overdue_to_hub=table.number("overdue_to_hub", minimum=1, maximum=30),
        waiting=table.number("waiting", minimum=1, maximum=30),
        clause=table.text("clause"),
    )
    if reminders.unaccepted_to_hub <= reminders.unaccepted:
        table.fault("unaccepted_to_hub", "应大于 unaccepted：先提醒本人，再报中枢")
    table.finish()
    return reminders


def _closing(table: Table) -> Closing:
    days = table.number("silent_working_days", minimum=1, maximum=MAX_WORKING_DAYS)
    closing = Closing(days, table.text("clause"))
    table.finish()
    return closing


def _quiet_hours(table: Table) -> QuietHours:
    quiet = QuietHours(table.clock_time("start"), table.clock_time("end"), table.text("clause"))
    table.finish()
    return quiet


def _green_channel(table: Table | None) -> GreenChannel | None:
    if table is None:
        return None
    channel = GreenChannel(table.text("step"), table.texts("chains", default=[]), table.text("clause"))
    table.finish()
    return channel


def _dissatisfied(table: Table) -> str:
    step = table.text("to_step", default="")
    table.text("clause")
    table.finish()
    return step


def _places(table: Table) -> Places:
    places = Places(
        hall=table.text("hall"),
        hotline=table.text("hotline"),
        feedback_window=table.text("feedback_window"),
        online_platform=table.text("online_platform"),
        clause=table.text("clause"),
    )
    table.finish()
    return places


def _privacy(table: Table) -> Privacy:
    privacy = Privacy(table.text("notice"), table.texts("paragraphs"), table.text("clause"))
    table.finish()
    return privacy
