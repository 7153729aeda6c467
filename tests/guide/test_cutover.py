"""``port-kit cutover``: the drill holds, and finds what is wrong where something is."""

import json
import re
import signal
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator
from yarl import URL

from migration_guide.cutover import share
from migration_guide.cutover.dispatcher import COOKIE
from migration_guide.kit.cutover import drill
from migration_guide.kit.cutover.customers import Customer
from migration_guide.kit.cutover.plan import SHARES, Plan
from migration_guide.kit.cutover.results import Phase, Results, held
from migration_guide.kit.cutover.service import running
from migration_guide.kit.lab import demo
from migration_guide.kit.lab.checker import Writes
from migration_guide.kit.lab.open_loop import Request
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.waiting import wait_until
from migration_guide.kit.report.cutover import CutoverReport
from tests.kit.conftest import Finished, Start, alive

pytestmark = pytest.mark.once

SCHEMA = json.loads(files("migration_guide.kit.report").joinpath("cutover.schema.json").read_text())
ROOT = Path(__file__).parents[2]


def check(document: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(document)


async def run_drill(
    start: Start, *options: str, server: Server | None = None
) -> tuple[Finished, dict[str, Any]]:
    """The command in a process of its own, and its JSON."""
    if server is not None:
        options = (*options, "--server", server.url("postgres"))
    command = await start("cutover", "--quick", "--json", "-", *options)
    finished = await command.finish()
    assert command.left() == [], finished.err
    document = json.loads(finished.out)
    check(document)
    return finished, document


def claims_of(document: dict[str, Any]) -> dict[str, bool | None]:
    return {claim["name"]: claim["held"] for claim in document["claims"]}


async def test_the_cut_over_holds(start: Start) -> None:
    finished, document = await run_drill(start)
    assert finished.code == 0, finished.err
    assert claims_of(document) == {
        "same-stack": True,
        "answered": True,
        "nobody-logged-out": True,
        "orders": True,
    }
    phases = document["phases"]
    assert tuple(phase["share"] for phase in phases) == SHARES
    for phase in phases:
        assert phase["observed_share"] == pytest.approx(phase["share"], abs=8)
        served = {stack for stack, times in phase["stacks"].items() if times["answered"]}
        assert served == {0: {"flask"}, 100: {"quart"}}.get(phase["share"], {"flask", "quart"})
        assert phase["acknowledged"] == phase["orders"] > 0
    assert "The cut-over held, there and back: of " in finished.err
    assert finished.err.count("\n") < 30  # no progress where there is no terminal


async def test_two_secret_keys_log_customers_out(start: Start, server: Server) -> None:
    finished, document = await run_drill(start, "--fault", "two-keys", server=server)
    assert finished.code == 1
    claims = claims_of(document)
    assert claims.pop("nobody-logged-out") is False
    assert set(claims.values()) == {True}
    assert "20 of 20 customers were logged out" in document["verdict"]


async def test_the_way_back_works_while_the_new_stack_is_broken(
    start: Start, server: Server
) -> None:
    finished, document = await run_drill(start, "--fault", "new-stack-down", server=server)
    assert finished.code == 0, finished.err
    assert claims_of(document)["way-back"] is True
    *_, broken, back = document["phases"]
    assert broken["fault"] is True
    assert broken["failed"] > 0  # the control: it was broken
    assert (back["failed"], back["hung"]) == (0, 0)
    assert back["repeated"] > 0  # on the old stack, what the new one could not do
    assert document["verdict"].startswith("The way back held")


async def test_without_the_way_back_the_orders_stay_open(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill, "SETTLE_S", 1.0)
    document = await drill_with(Plan("new-stack-down", quick=True, shares=(0, 100)), server)
    claims = claims_of(document)
    assert claims.pop("way-back") is False
    assert set(claims.values()) == {True}
    assert re.search(r" [1-9]\d* orders were never answered", document["verdict"])


async def drill_with(plan: Plan, server: Server) -> dict[str, Any]:
    results = Results()
    await drill.run(plan, server, lambda _: None, results)
    document = results.document()
    check(document)
    return document


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """What serves the tests' own applications finds them."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize(
    ("app", "percent", "failed", "verdict"),
    [
        # A lost order is also one that cannot be shown.
        ("loses_orders", 0, {"orders", "answered"}, r" [1-9]\d* lost, 0 doubled"),
        ("doubles_orders", 100, {"orders"}, r" 0 lost, [1-9]\d* doubled"),
        ("forgets_buckets", 50, {"same-stack"}, "answers came from the other stack"),
    ],
)
async def test_a_mistake_is_found(
    server: Server, app: str, percent: int, failed: set[str], verdict: str
) -> None:
    careless = f"tests.guide.careless:{app}()"
    plan = Plan(quick=True, app=careless, shares=(percent,), customers=10)
    document = await drill_with(plan, server)
    claims = claims_of(document)
    assert {name for name, held in claims.items() if held is False} == failed
    assert [name for name, held in claims.items() if held is None] == []
    assert document["held"] is False
    assert re.search(verdict, document["verdict"])
    (phase,) = document["phases"]
    assert (phase["lost"] > 0) == (app == "loses_orders")
    assert (phase["doubled"] > 0) == (app == "doubles_orders")


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/products?page=2&per_page=3", {}),
    ("GET", "/products/1", {}),
    ("HEAD", "/products/1", {}),
    ("GET", "/products/999", {}),
    ("GET", "/products?page=none", {}),
    ("GET", "/no%20such/p%C3%A4ge", {}),
    ("GET", "/products/", {}),
    ("DELETE", "/products/1", {}),
    ("OPTIONS", "/products/1", {}),
    ("GET", "/orders", {}),
    ("DELETE", "/session", {}),
    ("POST", "/session", {"data": b"no JSON", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/session", {"json": {"email": "x" * 70_000, "password": "x"}}),
    ("POST", "/session", {"json": {}, "headers": {"Origin": "https://elsewhere.example"}}),
    ("GET", "/openapi.json", {}),
    ("GET", "/health/ready", {}),
]
OF_THE_SERVER = {"Date", "Server", "Connection", "Transfer-Encoding", "X-Request-Id"}


async def test_at_0_percent_the_answers_are_those_of_gunicorn(
    server: Server, empty_database: str, tmp_path: Path
) -> None:
    """Nothing changes for a client when the dispatcher is put in front, but for its two headers."""
    url = server.url(empty_database)
    await demo.set_up(url)
    both = running(Plan(workers=1), server, empty_database, tmp_path / "share", tmp_path)
    async with Service("flask", url, folder=tmp_path) as gunicorn, both as (dispatched, _):
        for method, path, options in ASKED:
            one, other = [
                await answer(URL(service.url + path, encoded=True), method, options)
                for service in (gunicorn, dispatched)
            ]
            assert other == one, f"{method} {path}"


async def answer(url: URL, method: str, options: dict[str, Any]) -> tuple[int, object, str]:
    async with (
        aiohttp.ClientSession() as client,
        client.request(method, url, allow_redirects=False, **options) as response,
    ):
        headers = [
            (name.title(), sorted(value.replace(url.authority, "").split(", ")))
            for name, value in response.headers.items()
            if name.title() not in OF_THE_SERVER and not value.startswith(f"{COOKIE}=")
        ]
        served_by = response.headers.get("X-Served-By")
        assert served_by in {None, "flask"}
        own = ("X-Served-By", ["flask"])
        return response.status, sorted(one for one in headers if one != own), await response.text()


async def test_a_customer_moves_without_noticing(
    server: Server, empty_database: str, tmp_path: Path
) -> None:
    """One log-in, one order, one key: on both stacks they are the same."""
    await demo.set_up(server.url(empty_database))
    file = tmp_path / "share"
    share.write(file, 0)
    plan = Plan()  # two workers
    order = {"lines": [{"product_id": 1, "quantity": 2}], "reference": "moved"}
    credentials = {"email": demo.EMAIL, "password": demo.PASSWORD}
    async with (
        running(plan, server, empty_database, file, tmp_path) as (service, _),
        aiohttp.ClientSession(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        for first, second in (("flask", "quart"), ("quart", "flask")):
            share.write(file, 100 if first == "quart" else 0)
            async with client.post("/session", json=credentials) as response:
                assert (response.status, response.headers["X-Served-By"]) == (200, first)
            headers = {"Idempotency-Key": first}
            answers = []
            for stack in (first, second):
                share.write(file, 100 if stack == "quart" else 0)
                for _ in range(8):  # whichever of the workers takes it
                    async with client.post("/orders", json=order, headers=headers) as response:
                        assert (response.status, response.headers["X-Served-By"]) == (201, stack)
                        answers.append(await response.json())
            assert {answer["id"] for answer in answers} == {answers[0]["id"]}
            async with client.get("/orders/export") as response:
                assert response.headers["X-Served-By"] == second
                assert f'"id": {answers[0]["id"]}' in await response.text()
        async with client.delete("/session") as response:
            assert (response.status, response.headers["X-Served-By"]) == (204, "flask")
        async with client.get("/orders") as response:
            assert response.status == 401


async def test_an_interrupted_drill_leaves_only_what_it_saw(start: Start, server: Server) -> None:
    url, before = server.url("postgres"), await databases(server)
    running_drill = await start("cutover", "--quick", "--json", "-", "--server", url)

    def half_way() -> bool:
        files = running_drill.folder.glob("cutover-*/share")
        return [file.read_text() for file in files] == ["10\n"]

    await wait_until(half_way, deadline_s=60, what="the share to be 10 %")
    processes = running_drill.descendants()
    running_drill.process.send_signal(signal.SIGINT)
    finished = await running_drill.finish()
    assert finished.code == 130
    assert "Traceback" not in finished.err
    assert alive(processes) == []
    assert running_drill.left() == []
    assert await databases(server) == before
    document = json.loads(finished.out)
    check(document)
    assert document["run"]["interrupted"] is True
    assert [phase["share"] for phase in document["phases"]] == [0, 10]
    assert [phase["lost"] for phase in document["phases"]] == [None] * 2
    assert document["verdict"] == "No verdict: the drill did not come to its end."


async def databases(server: Server) -> set[str]:
    async with server.connect() as connection:
        return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--fault", "other"), "'other' is not one of 'two-keys', 'new-stack-down'"),
        (("--json", "there/is/none"), "there is no folder"),
        (("--server", "postgresql://127.0.0.1:9/x"), "No session on 127.0.0.1:9"),
    ],
)
async def test_what_cannot_be_done_is_explained(
    start: Start, options: tuple[str, ...], message: str
) -> None:
    finished = await (await start("cutover", *options)).finish()
    assert finished.code == 2
    assert message in finished.err
    assert "Traceback" not in finished.err


def made(outcome: str, *, late_s: float = 0.0, status: int | None = None) -> Results:
    """Of one customer with one order and one other request, which had this *outcome*."""
    now = time.monotonic()
    customer = Customer("http://test", 1, 5, 0, bucket=0)
    customer.late_s = late_s
    reference = {"reference": "one"}
    customer.history += [
        Request("create-order", now, now, "ok", 201, order=reference, order_id=1),
        Request("list-orders", now, now, outcome, status),  # type: ignore[arg-type]
    ]
    phase = Phase(0, begin=now - 1, end=now + 1, writes=Writes(0, 0, 0))
    run = {"customers": 1, "rate": 1, "seconds": 1, "workers": 1}
    return Results(run, [customer], [phase], stock_off_by=0, interrupted=False)


@pytest.mark.parametrize(
    ("results", "expected", "said"),
    [
        (made("ok"), True, "The cut-over held, there and back: of 1 orders"),
        (made("failed"), False, "did not hold: of 2 requests 1 failed"),
        (made("hung"), False, "did not hold: of 2 requests 0 failed and 1 hung"),
        (made("hung", late_s=3), None, "No verdict: of 2 requests 0 failed and 1 hung, while"),
        (made("failed", late_s=3), False, "did not hold"),
        (made("failed", status=401), False, "1 of 1 customers were logged out"),
    ],
)
def test_a_busy_machine_is_no_fault_of_the_service(
    results: Results, expected: object, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert held(results.claims()) is expected
    CutoverReport().show(results.document())
    assert said in " ".join(capsys.readouterr().out.split())


def test_a_phase_in_which_a_stack_was_not_asked_says_nothing() -> None:
    results = made("ok")
    results.customers = [*results.customers, Customer("http://test", 1, 5, 0, bucket=99)]
    results.phases[0].share = 50
    assert claims_of(results.document())["same-stack"] is None
    assert results.document()["held"] is None
