"""The hub's office: directory and reports."""

from tests.panel_office import office, seeded

__all__ = ["office", "seeded"]
