import asyncio

import pytest

from migration_guide.kit.lab.waiting import finish, wait_until


async def test_finish_completes_its_work_before_the_cancellation_goes_on() -> None:
    gate, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await gate.wait()
        done.set()

    task = asyncio.create_task(finish(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    assert not done.is_set()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_wait_until_names_what_never_came() -> None:
    async def hang() -> bool:
        return await asyncio.Event().wait()

    for condition in (lambda: False, hang):
        with pytest.raises(TimeoutError, match="godot"):
            await wait_until(condition, deadline_s=0.05, what="godot")
    await wait_until(lambda: True, deadline_s=0.05, what="anything")
