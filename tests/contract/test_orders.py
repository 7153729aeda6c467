"""Placing orders, and reading one's own."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator

import pytest
from werkzeug.security import generate_password_hash

from .conftest import Answer, Both

OTHER = {"email": "other@example.com", "password": "other-password"}


def order(product_id: int = 1, quantity: int = 1, **members: object) -> dict[str, object]:
    return {"lines": [{"product_id": product_id, "quantity": quantity}], **members}


def fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


async def count_orders(both: Both) -> int:
    return int(await both.sql("SELECT count(*) FROM orders"))


@pytest.fixture
async def other(both: Both) -> AsyncIterator[Both]:
    """Logged in as another customer."""
    for rig in (both.flask, both.quart):
        async with rig.server.connect(rig.database) as connection:
            await connection.execute(
                "INSERT INTO customers (email, password_hash) VALUES ($1, $2)"
                " ON CONFLICT (email) DO NOTHING",
                OTHER["email"],
                generate_password_hash(OTHER["password"]),
            )
    it = Both(both.flask, both.quart)
    assert (await it.log_in(**OTHER)).status == 200
    yield it
    await it.close()


async def test_an_order_takes_stock_and_is_readable_at_its_location(customer: Both) -> None:
    before = (await customer.request("GET", "/products/2")).json["stock"]
    body = {
        "lines": [{"product_id": 2, "quantity": 3}, {"product_id": 1, "quantity": 1}],
        "reference": "PO-7",
    }
    placed = await customer.request("POST", "/orders", json=body)
    assert placed.status == 201
    assert [line["product"]["id"] for line in placed.json["lines"]] == [2, 1]
    assert [line["position"] for line in placed.json["lines"]] == [1, 2]
    assert placed.json["total_cents"] == 3 * 90 + 350
    assert placed.json["reference"] == "PO-7"
    assert placed.json["created_at"].endswith("+00:00")
    read = await customer.request("GET", placed.headers["Location"])
    assert read.json == placed.json
    assert (await customer.request("GET", "/products/2")).json["stock"] == before - 3


async def test_one_product_on_two_lines_counts_as_their_sum(customer: Both) -> None:
    stock = (await customer.request("GET", "/products/9")).json["stock"]
    await customer.sql("UPDATE products SET stock = 5 WHERE id = 9")
    lines = [{"product_id": 9, "quantity": 3}, {"product_id": 9, "quantity": 3}]
    assert (await customer.request("POST", "/orders", json={"lines": lines})).status == 409
    await customer.sql("UPDATE products SET stock = $1 WHERE id = 9", stock)
    assert (await customer.request("POST", "/orders", json={"lines": lines})).status == 201


async def test_own_orders_are_listed_newest_first_in_pages(customer: Both) -> None:
    for _ in range(3):
        await customer.request("POST", "/orders", json=order())
    page = (await customer.request("GET", "/orders?per_page=2")).json
    ids = [item["id"] for item in page["items"]]
    assert len(ids) == 2
    assert ids == sorted(ids, reverse=True)
    assert page["total"] == await count_orders(customer)


async def test_orders_are_visible_to_their_owner_only(customer: Both, other: Both) -> None:
    placed = await customer.request("POST", "/orders", json=order())
    location = placed.headers["Location"]
    assert (await customer.request("GET", location)).status == 200  # the control
    assert (await other.request("GET", location)).status == 404
    assert (await other.request("GET", "/orders")).json["total"] == 0


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/orders"), ("GET", "/orders/1"), ("POST", "/orders")]
)
async def test_without_a_login_there_is_nothing(both: Both, method: str, path: str) -> None:
    answer = await both.request(method, path)
    assert answer.status == 401


async def test_out_of_stock_is_a_conflict_and_takes_nothing(customer: Both) -> None:
    before = await count_orders(customer)
    await customer.sql("UPDATE products SET stock = 4 WHERE id = 10")
    lines = [{"product_id": 8, "quantity": 1}, {"product_id": 10, "quantity": 5}]
    answer = await customer.request("POST", "/orders", json={"lines": lines})
    assert answer.status == 409
    assert answer.json["product_ids"] == [10]
    assert await customer.sql("SELECT stock FROM products WHERE id = 10") == 4
    assert await count_orders(customer) == before
    assert (await customer.request("POST", "/orders", json=order(10, 4))).status == 201


async def test_two_orders_at_once_cannot_take_the_same_stock(customer: Both) -> None:
    for rig in (customer.flask, customer.quart):
        async with rig.server.connect(rig.database) as connection:
            await connection.execute("UPDATE products SET stock = 5 WHERE id = 7")
            answers = await asyncio.gather(
                *(customer.ask(rig, "POST", "/orders", json=order(7)) for _ in range(10))
            )
            assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 5
            assert await connection.fetchval("SELECT stock FROM products WHERE id = 7") == 0


INVALID = {
    "unknown product": (order(11), 422),
    "quantity zero": (order(1, 0), 422),
    "quantity negative": (order(1, -1), 422),
    "quantity huge": (order(1, 10**30), 422),
    "quantity over the limit": (order(1, 10_001), 422),
    "quantity as text": ({"lines": [{"product_id": 1, "quantity": "1"}]}, 422),
    "quantity as a fraction": ({"lines": [{"product_id": 1, "quantity": 1.5}]}, 422),
    "quantity as a boolean": ({"lines": [{"product_id": 1, "quantity": True}]}, 422),
    "quantity missing": ({"lines": [{"product_id": 1}]}, 422),
    "product id huge": (order(2**31), 422),
    "no lines": ({"lines": []}, 422),
    "too many lines": ({"lines": [{"product_id": 1, "quantity": 1}] * 101}, 422),
    "lines of another type": ({"lines": "1"}, 422),
    "unknown member": (order(1, 1, discount=100), 422),
    "reference too long": (order(1, 1, reference="x" * 65), 422),
    "reference with NUL": (order(1, 1, reference="a\0b"), 422),
    "a list": ([], 422),
    "null": (None, 422),
}


@pytest.mark.parametrize(("body", "status"), INVALID.values(), ids=INVALID.keys())
async def test_an_invalid_order_is_refused_and_nothing_is_stored(
    customer: Both, body: object, status: int
) -> None:
    before = await count_orders(customer)
    answer = await customer.request(
        "POST", "/orders", data=json.dumps(body), headers=JSON | fresh_key()
    )
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert await count_orders(customer) == before


JSON = {"Content-Type": "application/json"}

UNREADABLE = {
    "malformed": (b'{"lines": [', JSON, 400),
    "empty": (b"", JSON, 400),
    "not UTF-8": (b'{"reference": "\xff"}', JSON, 400),
    "a lone surrogate": (rb'{"lines": [], "reference": "\ud800"}', JSON, 400),
    "nested deeply": (b"[" * 20_000, JSON, 400),
    "a number that is none": (b'{"lines": NaN}', JSON, 422),
    "another content type": (b"{}", {"Content-Type": "text/plain"}, 415),
    "a form": (b"lines=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    "no content type": (b"{}", {"Content-Type": ""}, 415),
    "oversized": (b" " * 70_000, JSON, 413),
}


@pytest.mark.parametrize(("body", "headers", "status"), UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_an_unreadable_body_is_refused(
    customer: Both, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await customer.request("POST", "/orders", data=body, headers=headers)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == status


@pytest.mark.parametrize(("size", "status"), [(60_000, 422), (70_000, 413)])
async def test_a_body_without_its_length_has_the_same_limit(
    customer: Both, size: int, status: int
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"lines": []}'
        yield b" " * size

    for rig in (customer.flask, customer.quart):
        answer = await customer.ask(rig, "POST", "/orders", data=chunks(), headers=JSON)
        assert answer.status == status


async def test_repeating_a_request_with_its_key_replays_the_answer(customer: Both) -> None:
    key = fresh_key()
    first = await customer.request("POST", "/orders", json=order(3, 2), headers=key)
    count = await count_orders(customer)
    again = await customer.request("POST", "/orders", json=order(3, 2), headers=key)
    assert (again.status, again.text) == (first.status, first.text)
    assert again.headers["Location"] == first.headers["Location"]
    assert await count_orders(customer) == count


async def test_without_a_key_a_repeated_request_is_another_order(customer: Both) -> None:
    before = await count_orders(customer)
    for _ in range(2):
        await customer.request("POST", "/orders", json=order(3, 2))
    assert await count_orders(customer) == before + 2


async def test_an_out_of_stock_answer_is_replayed_even_when_there_is_stock_again(
    customer: Both,
) -> None:
    key = fresh_key()
    stock = await customer.sql("SELECT stock FROM products WHERE id = 4")
    await customer.sql("UPDATE products SET stock = 0 WHERE id = 4")
    first = await customer.request("POST", "/orders", json=order(4), headers=key)
    await customer.sql("UPDATE products SET stock = $1 WHERE id = 4", stock)
    again = await customer.request("POST", "/orders", json=order(4), headers=key)
    assert first.status == 409
    assert (again.status, again.text) == (409, first.text)


async def test_a_key_with_another_body_is_refused(customer: Both) -> None:
    key = fresh_key()
    assert (await customer.request("POST", "/orders", json=order(), headers=key)).status == 201
    answer = await customer.request("POST", "/orders", json=order(1, 2), headers=key)
    assert answer.status == 422


async def test_a_key_belongs_to_one_customer(customer: Both, other: Both) -> None:
    key = fresh_key()
    mine = await customer.request("POST", "/orders", json=order(), headers=key)
    theirs = await other.request("POST", "/orders", json=order(1, 2), headers=key)
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.json["id"] != theirs.json["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
async def test_a_bad_key_is_refused(customer: Both, key: str) -> None:
    answer = await customer.request(
        "POST", "/orders", json=order(), headers={"Idempotency-Key": key}
    )
    assert answer.status == 422


async def test_duplicates_at_the_same_time_make_one_order(customer: Both) -> None:
    for rig in (customer.flask, customer.quart):
        key = fresh_key()
        answers: list[Answer] = await asyncio.gather(
            *(customer.ask(rig, "POST", "/orders", json=order(), headers=key) for _ in range(8))
        )
        assert {answer.status for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1
    await count_orders(customer)
