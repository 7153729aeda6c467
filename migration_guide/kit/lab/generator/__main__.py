"""``python -m migration_guide.kit.lab.generator``.

Reads an order from each line of stdin, a JSON object; answers with lines: ``begin`` and ``end`` of
the time that counts, then the sample. Of an open loop, ``begin`` tells when that was, by
`time.perf_counter`, which is the same for all processes.
"""

import asyncio
import json
import sys
from importlib.util import find_spec

import aiohttp

from migration_guide.kit.lab.generator.asking import tell
from migration_guide.kit.lab.generator.closed_loop import Clients
from migration_guide.kit.lab.generator.open_loop import OpenLoop
from migration_guide.kit.lab.generator.order import Order


def main() -> None:
    factory = None
    if find_spec("uvloop"):  # it asks more, for the same time
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        for line in sys.stdin:
            order = Order(**json.loads(line))
            loop = Clients(order) if order.rate is None else OpenLoop(order)
            try:
                sample = runner.run(loop.run())
            except (aiohttp.ClientError, TimeoutError) as error:
                tell({"error": f"Cannot log in: {str(error) or type(error).__name__}"})
                sys.exit(1)
            tell({"sample": sample})


if __name__ == "__main__":
    main()
