"""Logging in and out, with one cookie for both stacks."""

import time

import pytest

from migration_guide.kit.lab import demo

from .conftest import Both


async def test_the_right_password_logs_in(both: Both) -> None:
    answer = await both.log_in()
    assert answer.status == 200
    assert answer.json == {"id": 1, "email": demo.EMAIL}


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(both: Both) -> None:
    answer = await both.log_in()
    assert answer.cookies["session"]["httponly"]
    assert answer.cookies["session"]["samesite"] == "Lax"


@pytest.mark.parametrize(
    ("email", "password"),
    [(demo.EMAIL, "wrong"), ("nobody@example.com", demo.PASSWORD), (demo.EMAIL, "")],
)
async def test_wrong_credentials_get_one_and_the_same_answer(
    both: Both, email: str, password: str
) -> None:
    answer = await both.log_in(email, password)
    assert answer.status == 401
    assert answer.json["detail"] == "The email address or the password is wrong."
    assert not answer.cookies


@pytest.mark.parametrize("stack", ["flask", "quart"])
async def test_an_unknown_address_is_not_told_by_its_time(both: Both, stack: str) -> None:
    async def quickest_s(credentials: dict[str, str]) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            await both.ask(getattr(both, stack), "POST", "/session", json=credentials)
            times.append(time.perf_counter() - start)
        return min(times)

    known = await quickest_s({"email": demo.EMAIL, "password": "wrong"})
    unknown = await quickest_s({"email": "nobody@example.com", "password": "wrong"})
    refused = await quickest_s({"email": "nobody@example.com"})  # the control: nothing is hashed
    assert 0.5 < unknown / known < 2
    assert refused < known / 2


async def test_logging_out_ends_the_session(customer: Both) -> None:
    assert (await customer.request("GET", "/orders")).status == 200
    assert (await customer.request("DELETE", "/session")).status == 204
    assert (await customer.request("GET", "/orders")).status == 401


async def test_a_session_of_one_stack_is_valid_on_the_other(customer: Both, both: Both) -> None:
    for here, there in ((both.flask, both.quart), (both.quart, both.flask)):
        cookie = {"session": customer.session_cookie(here)}
        fresh = Both(both.flask, both.quart)
        try:
            assert (await fresh.ask(there, "GET", "/orders")).status == 401  # the control
            assert (await fresh.ask(there, "GET", "/orders", cookies=cookie)).status == 200
        finally:
            await fresh.close()


async def test_a_forged_cookie_is_no_session(both: Both) -> None:
    answer = await both.request(
        "GET", "/orders", cookies={"session": "eyJjdXN0b21lcl9pZCI6MX0.x.y"}
    )
    assert answer.status == 401


async def test_passwords_are_stored_as_salted_hashes(both: Both) -> None:
    for rig in (both.flask, both.quart):
        async with rig.server.connect(rig.database) as connection:
            stored = await connection.fetchval("SELECT password_hash FROM customers WHERE id = 1")
        assert stored.startswith("scrypt:")
        assert demo.PASSWORD not in stored
