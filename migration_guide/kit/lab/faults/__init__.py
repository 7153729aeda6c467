"""The faults, each in a file of its own, in the order in which they run."""

from migration_guide.kit.lab.faults import (
    black_hole_idle,
    idle_terminated,
    peer_closed,
    reset_peer,
    server_crash,
    server_restart,
)
from migration_guide.kit.lab.faults.base import Fault

FAULTS: dict[str, Fault] = {
    module.FAULT.name: module.FAULT
    for module in (
        idle_terminated,
        server_restart,
        server_crash,
        reset_peer,
        peer_closed,
        black_hole_idle,
    )
}
