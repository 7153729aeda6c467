"""The customers of a drill: each with a session, a cookie jar and a bucket of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from migration_guide.cutover.dispatcher import COOKIE
from migration_guide.kit.cutover.plan import Plan
from migration_guide.kit.lab.load import Load
from migration_guide.kit.lab.service import ServiceError


@dataclass
class Customer(Load):
    """Orders, and looks at products and orders, at its own rate.

    Args:
        bucket: 0 to 99, as the dispatcher's cookie says it.

    """

    bucket: int = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._sent = self.bucket  # so that not all ask for the same at a time

    async def enter(self) -> None:
        """Log in; with which stack, the share says.

        Raises:
            ServiceError: that is not possible.

        """
        self._session.cookie_jar.update_cookies({COOKIE: str(self.bucket)}, URL(self.url))
        try:
            await self.log_in()
        except (aiohttp.ClientError, TimeoutError) as error:
            cause = str(error) or type(error).__name__
            raise ServiceError(f"A customer cannot log in: {cause}") from None

    def is_at_new_stack(self, share: int) -> bool:
        return self.bucket < share


@contextlib.asynccontextmanager
async def crowd(plan: Plan, url: str, emails: Sequence[str]) -> AsyncIterator[list[Customer]]:
    """Customers for the block's time, their buckets spread evenly over the hundred."""
    count = len(emails)
    rate = plan.rate / count
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                Customer(
                    *(url, rate, plan.client_deadline_s, plan.seed + number),
                    email=email,
                    bucket=number * 100 // count,
                )
            )
            for number, email in enumerate(emails)
        ]


async def start(customers: Sequence[Customer]) -> None:
    """Let them begin one after the other, so that their requests are spread evenly."""
    for customer in customers:
        customer.start()
        await asyncio.sleep(1 / customer.rate / len(customers))


async def finish(customers: Sequence[Customer], settle_s: float) -> None:
    """Stop sending; wait for the last answers, and for orders that are being repeated."""
    for customer in customers:
        await customer.stop()
    await asyncio.gather(*(customer.drain() for customer in customers))
    await asyncio.gather(*(customer.settle(settle_s) for customer in customers))
