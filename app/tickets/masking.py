"""Personal data as strangers may see it (PIPL 51): `赵*`, `139****0001`. Pure."""

MOBILE_LENGTH = 11


def mask_name(name: str) -> str:
    """The family name and a star; empty stays empty."""
    name = name.strip()
    return f"{name[0]}*" if name else ""


def mask_phone(phone: str) -> str:
    """First three and last four of a mobile; of a shorter number only the last two."""
    phone = phone.strip()
    if len(phone) >= MOBILE_LENGTH:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"****{phone[-2:]}" if len(phone) > 2 else "****" if phone else ""
