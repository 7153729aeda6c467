"""Customers for Locust, to load a system of either stack from many machines.

Needs the extra `load`, and nothing of this kit: the file can be copied to where Locust runs. The
customers log in with ``PORT_KIT_EMAIL`` and ``PORT_KIT_PASSWORD``, by default the demo data's.
"""

import os
import random
import time
import uuid
from typing import Any

from locust import HttpUser, between, task
from locust.exception import StopUser

EMAIL = os.environ.get("PORT_KIT_EMAIL", "demo@example.com")
PASSWORD = os.environ.get("PORT_KIT_PASSWORD", "demo-password")

TIMEOUT_S = 10.0
ATTEMPTS = 5
NO_ANSWER = 0
UNSETTLED = frozenset({NO_ANSWER, 502, 503, 504})
"""After these nobody knows what became of a request: it is sent again."""


class Customer(HttpUser):
    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        credentials = {"email": EMAIL, "password": PASSWORD}
        if self._ask("POST", "/session", json=credentials) is None:
            raise StopUser
        page = self._ask("GET", "/products")
        if page is None:
            raise StopUser
        self._product_ids: list[int] = [product["id"] for product in page["items"]]

    @task(10)
    def show_product(self) -> None:
        number = random.choice(self._product_ids)  # noqa: S311 -- of a load
        self._ask("GET", f"/products/{number}", name="/products/{product_id}")

    @task(4)
    def list_products(self) -> None:
        self._ask("GET", "/products")

    @task(3)
    def place_order(self) -> None:
        key = str(uuid.uuid4())
        lines = [
            {"product_id": number, "quantity": random.randint(1, 5)}  # noqa: S311 -- of a load
            for number in random.sample(self._product_ids, k=min(2, len(self._product_ids)))
        ]
        order = {"lines": lines, "reference": key}
        self._ask("POST", "/orders", json=order, headers={"Idempotency-Key": key})

    @task(2)
    def list_orders(self) -> None:
        self._ask("GET", "/orders", params={"per_page": 5}, name="/orders")

    @task(1)
    def show_sales(self) -> None:
        self._ask("GET", "/reports/sales")

    def _ask(self, method: str, path: str, *, name: str | None = None, **more: Any) -> Any | None:
        """The body of the answer; None: there is none, or it tells an error.

        A 503 that is asked again is no failure: it is counted under a name of its own.
        """
        name = name or path
        for attempt in range(1, ATTEMPTS + 1):
            with self.client.request(
                method, path, name=name, catch_response=True, timeout=TIMEOUT_S, **more
            ) as response:
                status = response.status_code
                if status == 503 and attempt < ATTEMPTS:
                    counted: Any = response.request_meta
                    counted["name"] = f"{name} (503, asked again)"
                    response.success()
            if status not in UNSETTLED:
                return response.json() if status < 400 else None
            if attempt < ATTEMPTS:
                told = response.headers.get("Retry-After", "")
                time.sleep((int(told) if told.isdigit() else 1) + random.random())  # noqa: S311
        return None
