"""What happened to the connections of one engine, countable."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Counts since the engine was made: plain integers, which any thread may read at any time.

    `connects` minus `ended_by_peer`, `closed` and `aborted` is what is open, goodbyes included.
    """

    connects: int = 0
    """Connections established."""
    connect_failures: int = 0
    """Attempts to establish one that failed, all hosts of the URL tried."""
    pings: int = 0
    """Pre-pings sent: one round trip each."""
    pings_skipped: int = 0
    """Checkouts without a ping, since the connection had answered within `ping_bypass`."""
    found_closed: int = 0
    """Dead at checkout, known without a round trip: the peer had closed or reset it."""
    found_silent: int = 0
    """Dead at checkout: no answer within `ping_timeout`."""
    found_broken: int = 0
    """Dead at checkout: the ping failed in another way."""
    lost: int = 0
    """Lost in use: the peer closed or reset it, or the socket failed."""
    timed_out: int = 0
    """Given up in use: a statement ran into `command_timeout`, a ROLLBACK into `close_timeout`."""
    demoted: int = 0
    """Evictions of all connections, since the server had turned read-only (SQLSTATE 25006)."""
    replanned: int = 0
    """Statements repeated with a new plan, since a change of the schema had outdated theirs."""
    recycled: int = 0
    """Replaced at checkout for their age, `pool_recycle`."""
    ended_by_peer: int = 0
    """Gone when this side came to close them."""
    closed: int = 0
    """Closed with a goodbye that the server answered."""
    aborted: int = 0
    """Closed without waiting: presumed dead, or no answer to the goodbye in `close_timeout`."""
    pool_timeouts: int = 0
    """Checkouts that got no connection within `pool_timeout`."""

    def as_dict(self) -> dict[str, int]:
        """A copy, by name."""
        return asdict(self)
