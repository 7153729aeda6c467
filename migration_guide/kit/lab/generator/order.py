"""What is asked of a service."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["live", "product", "order", "report"]

DEADLINE_S = 30.0


@dataclass(frozen=True)
class Order:
    """A closed loop of clients.

    Attributes:
        url: of the service.
        kind: of the requests.
        clients: how many.
        warm_up_s: seconds that do not count.
        seconds: that do. Then every client ends what it has begun.
        burst: each client begins at the same moment and wants one answer; what counts is the time
            from then until the last has it.
        deadline_s: a request without an answer by then has hung.

    """

    url: str
    kind: Kind
    clients: int
    warm_up_s: float
    seconds: float
    burst: bool = False
    deadline_s: float = DEADLINE_S

    def as_json(self) -> str:
        return json.dumps(asdict(self))
