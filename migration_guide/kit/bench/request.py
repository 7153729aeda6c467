"""What both kinds of ``port-kit bench`` are asked."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """The options of the command, as given."""

    json_file: Path | None
    quick: bool
    loop: str | None
    server_url: str | None

    @property
    def to_stdout(self) -> bool:
        return self.json_file == Path("-")
