"""One writer of the directory at a time, on either database: imports, transfers and assignments wait in line."""

from sqlmodel import Session

from app import keyvalue

COUNTER = "directory"


def lock_directory(session: Session) -> None:
    """Wait for whoever is changing the directory; held until the caller's transaction ends.

    What was decided before the lock must be looked at again after it.
    """
    keyvalue.next_value(session, COUNTER)
