"""The catalogue."""

import pytest

from .conftest import Both


async def test_a_product_is_readable_without_a_login(both: Both) -> None:
    answer = await both.request("GET", "/products/1")
    assert answer.status == 200
    assert answer.json["id"] == 1
    assert set(answer.json) == {"id", "name", "price_cents", "stock"}


async def test_products_come_in_pages(both: Both) -> None:
    first = (await both.request("GET", "/products?per_page=4")).json
    third = (await both.request("GET", "/products?per_page=4&page=3")).json
    assert [item["id"] for item in first["items"]] == [1, 2, 3, 4]
    assert [item["id"] for item in third["items"]] == [9, 10]
    assert {key: first[key] for key in ("page", "per_page", "pages", "total")} == {
        "page": 1,
        "per_page": 4,
        "pages": 3,
        "total": 10,
    }


async def test_a_page_past_the_end_is_empty(both: Both) -> None:
    answer = await both.request("GET", "/products?page=99")
    assert answer.status == 200
    assert answer.json["items"] == []
    assert answer.json["total"] == 10


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=", "per_page=0", "per_page=101", "page=1e99"]
)
async def test_a_bad_page_is_refused(both: Both, query: str) -> None:
    answer = await both.request("GET", f"/products?{query}")
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == query.split("=", maxsplit=1)[0]


@pytest.mark.parametrize(
    "path", ["/products/0", "/products/11", "/products/2147483648", "/products/x", "/products/-1"]
)
async def test_there_is_no_such_product(both: Both, path: str) -> None:
    answer = await both.request("GET", path)
    assert answer.status == 404
    assert answer.json["status"] == 404
