"""What a machine lacks for a topology is told with the way to get it."""

import os
import sys
from typing import Any

import pytest

from migration_guide.kit.lab import network
from migration_guide.kit.lab.stacks import SETTINGS
from migration_guide.kit.lab.topology import encrypted, pooled
from migration_guide.kit.lab.topology.direct import DIRECT
from migration_guide.kit.lab.topology.encrypted import ENCRYPTED
from migration_guide.kit.lab.topology.pooled import POOLED
from migration_guide.kit.lab.topology.replicated import REPLICATED


@pytest.mark.parametrize(
    ("module", "name", "value", "reason"),
    [
        (sys, "platform", "darwin", "needs Linux"),
        (os, "geteuid", lambda: 1000, "needs root"),
        (network, "_PATH", "/nowhere", "needs the program ip: apt-get install iproute2"),
        (network, "_RULES", "nonsense", "needs network namespaces with nftables and conntrack: "),
    ],
    ids=["system", "root", "program", "kernel"],
)
def test_a_network_tells_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any, reason: str
) -> None:
    if reason.startswith(("needs the", "needs network")) and network.missing() is not None:
        pytest.skip(f"an earlier reason stands: {network.missing()}")
    monkeypatch.setattr(module, name, value)
    found = network.missing.__wrapped__()
    assert found is not None
    assert found.startswith(reason)


def test_programs_that_are_missing_are_named_with_their_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pooled, "find_pgbouncer", lambda: None)
    monkeypatch.setattr(encrypted, "find_packaged", lambda: None)
    for topology, package in ((POOLED, "pgbouncer"), (ENCRYPTED, "postgresql")):
        reason = topology.missing()
        assert reason is not None
        assert reason.endswith(f"apt-get install {package}")


def test_what_needs_nothing_lacks_nothing() -> None:
    assert DIRECT.missing() is None
    assert REPLICATED.missing() is None


def test_an_option_is_replaced_where_it_is_given() -> None:
    changed = SETTINGS["quart", "same-settings"].replacing(pool_recycle=6)
    assert changed.engine_options == {"pool_pre_ping": True, "pool_recycle": 6}
    assert SETTINGS["quart", "bare"].replacing(pool_recycle=6).engine_options == {}
