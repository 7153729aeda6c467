"""The export and the report: long answers."""

import json

import pytest

from .conftest import Both

MEDIA_TYPE = "application/x-ndjson"


async def test_the_export_has_each_order_on_a_line(customer: Both) -> None:
    for quantity in (1, 2):
        lines = [{"product_id": 3, "quantity": quantity}, {"product_id": 1, "quantity": 1}]
        placed = await customer.request("POST", "/orders", json={"lines": lines})
        assert placed.status == 201
    total = (await customer.request("GET", "/orders")).json["total"]
    texts = []
    for rig in (customer.flask, customer.quart):
        answer = await customer.ask(rig, "GET", "/orders/export")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith(MEDIA_TYPE)
        orders = [json.loads(line) for line in answer.text.splitlines()]
        assert len(orders) == total
        assert [order["id"] for order in orders] == sorted(order["id"] for order in orders)
        last = (await customer.ask(rig, "GET", f"/orders/{orders[-1]['id']}")).json
        assert orders[-1] == last
        texts.append([{**order, "created_at": ""} for order in orders])
    assert texts[0] == texts[1]


async def test_the_sales_report_sums_up_by_product(customer: Both) -> None:
    def sold(report: list[dict[str, int]]) -> dict[int, tuple[int, int]]:
        return {row["id"]: (row["quantity"], row["revenue_cents"]) for row in report}

    before = sold((await customer.request("GET", "/reports/sales")).json["items"])
    lines = [{"product_id": 4, "quantity": 3}, {"product_id": 4, "quantity": 1}]
    await customer.request("POST", "/orders", json={"lines": lines})
    after = sold((await customer.request("GET", "/reports/sales")).json["items"])
    quantity, revenue = before.pop(4)
    assert after.pop(4) == (quantity + 4, revenue + 4 * 1_150)
    assert after == before


@pytest.mark.parametrize("path", ["/orders/export", "/reports/sales"])
async def test_both_are_for_customers(both: Both, path: str) -> None:
    assert (await both.request("GET", path)).status == 401
