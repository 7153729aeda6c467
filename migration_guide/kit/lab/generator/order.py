"""What is asked of a service."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["live", "product", "order", "report", "mixed"]
"""The last: as `lab.load` asks, two writes in six."""

DEADLINE_S = 30.0


@dataclass(frozen=True)
class Order:
    """A closed loop of clients, or with a rate an open one.

    Attributes:
        url: of the service.
        kind: of the requests.
        clients: how many.
        warm_up_s: seconds that do not count.
        seconds: that do. Then every client ends what it has begun.
        burst: each client begins at the same moment and wants one answer; what counts is the time
            from then until the last has it.
        deadline_s: a request without an answer by then has hung.
        rate: requests a second, of all clients together; each of them asks at even intervals.
        slice_s: of a timeline, that is made if this is given; of an open loop.
        seed: of what is ordered in an open loop.

    """

    url: str
    kind: Kind
    clients: int
    warm_up_s: float
    seconds: float
    burst: bool = False
    deadline_s: float = DEADLINE_S
    rate: float | None = None
    slice_s: float | None = None
    seed: int = 0

    def as_json(self) -> str:
        return json.dumps(asdict(self))
