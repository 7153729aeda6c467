"""The share of the traffic that the new stack gets, in a file: a whole number, 0 to 100.

A file is the simplest thing that changes a running service safely: all workers on the machine read
the same one, it outlives a restart, who may write it is said by its permissions, and nothing more
listens on the network. It can be a Kubernetes ConfigMap. To change it by hand::

    echo 10 > share.new && mv share.new share
"""

import logging
import os
from pathlib import Path

logger = logging.getLogger(__name__)


class ShareFile:
    """Reads the file, for each request: an open, a read and a close, some ten microseconds.

    Where it holds no share (it is missing, empty, being written), the last one goes on: at first 0,
    the old stack alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._share = 0
        self._problem: str | None = None

    def read(self) -> int:
        """The share now."""
        try:
            share = _parse(self._path.read_bytes())
        except (OSError, ValueError) as error:
            self._complain(error)
            return self._share
        if share != self._share:
            logger.info("The new stack's share is now %d %%, was %d %%.", share, self._share)
        self._share, self._problem = share, None
        return share

    def _complain(self, error: OSError | ValueError) -> None:
        """Once, not for each request."""
        problem = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if problem != self._problem:
            logger.warning("%s: %s. The share stays %d %%.", self._path, problem, self._share)
        self._problem = problem


def write(path: Path, share: int) -> None:
    """Set the share; who reads at the same moment finds the old one or the new one, whole."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(f"{share}\n")
    os.replace(new, path)  # noqa: PTH105 -- said by its name: rename() would promise less


def _parse(text: bytes) -> int:
    digits = text.strip()
    if not digits.isdigit() or len(digits) > 3 or int(digits) > 100:
        raise ValueError("it does not hold a whole number from 0 to 100")
    return int(digits)
