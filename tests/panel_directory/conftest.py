"""The hub's office: directory and reports."""

from tests.panel_office import office, seeded, unhurried

__all__ = ["office", "seeded", "unhurried"]
