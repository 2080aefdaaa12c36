"""Where the parts of a profile contradict each other: rungs, channels, categories that are named but not there."""

from app.districts import outside
from app.districts.profile import HolderKind, Profile

BELOW_HUB = (HolderKind.OFFICER, HolderKind.DEPARTMENT)


def disagreements(profile: Profile) -> list[str]:
    """What the parts of a profile say of each other."""
    keys = [step.key for step in profile.ladder]
    faults = []
    if len(set(keys)) != len(keys):
        faults.append("ladder：两级用了同一个 key")
    if profile.ladder and profile.ladder[0].holder_kind is not HolderKind.OFFICER:
        faults.append("ladder[1].holder_kind：第一级应由 officer 办理")
    if profile.ladder and all(step.holder_kind in BELOW_HUB for step in profile.ladder):
        faults.append("ladder：至少一级要由中枢、会议、领导或市级办理，否则无处上报")
    higher = [step.key for step in profile.ladder if step.holder_kind not in BELOW_HUB]
    if profile.dissatisfied_to and profile.dissatisfied_to not in higher:
        faults.append(
            f"dissatisfied.to_step：{profile.dissatisfied_to} 应是中枢或更高的一级：{'、'.join(higher)}"
        )
    if profile.green_channel and profile.green_channel.step not in higher:
        faults.append(
            f"green_channel.step：{profile.green_channel.step} 应是中枢或更高的一级：{'、'.join(higher)}"
        )
    for part, rule in (("co_handling", profile.co_handling), ("own_channels", profile.own_channels)):
        unknown = [name for name in rule.channels if name not in profile.channels] if rule else []
        if unknown:
            faults.append(f"{part}.channels：{'、'.join(unknown)} 不在 requests.channels 里")
    faults += _sorting_faults(profile)
    faults += outside.system_faults(
        profile.systems, channels=profile.channels, categories=profile.categories, kinds=profile.kinds
    )
    return faults + _rectification_faults(profile, keys)


def _sorting_faults(profile: Profile) -> list[str]:
    """Every category that the handbook stands for is one of the district's own (C17)."""
    return [
        f"requests.from_handbook.{entry}：{name} 不在 requests.categories 里"
        for entry, name in profile.from_handbook.items()
        if name not in profile.categories
    ]


def _rectification_faults(profile: Profile, steps: list[str]) -> list[str]:
    rule = profile.rectification
    if rule is None:
        return []
    strange = [
        f"categories：{name} 不在 requests.categories 里"
        for name in rule.categories
        if name not in profile.categories
    ]
    strange += [f"steps：{key} 不在 ladder 里" for key in rule.steps if key not in steps]
    return [f"rectification.{fault}" for fault in strange]
