"""The page of a run, without a browser."""

import re
from dataclasses import replace

import pytest

from migration_guide.kit.lab.results import Cell, RequestFinished
from migration_guide.kit.report.html import HtmlReport
from migration_guide.kit.report.summary import Results, Summary

from .made_run import Key, Lost, MadeRun, load_steps, without_measurement
from .reading import ReadPage, read, report

HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)">'"&{{ 7*7 }}"""


def quart_loses(key: Key) -> Lost:
    return Lost(failed=3, hung=2) if key == ("reset-peer", "quart", "hardened") else Lost()


def row_of(page: ReadPage, fault: str) -> list[str]:
    (board,) = page.tables("board")
    return next(row for row in board if row[0] == fault)


def test_the_first_thing_is_the_verdict_of_every_other_report() -> None:
    run = MadeRun(lost=quart_loses)
    results = Results()
    for event in run.events():
        results(event)
    verdict = Summary(results).verdict
    assert "at a price" in verdict
    page = read(run)
    assert page.text.index(verdict) < page.text.index("Scoreboard", page.text.index("Verdict"))
    assert Summary(results).tone == "mixed"
    assert "The move is safe here, at a price" not in read(MadeRun()).text


def test_the_stacks_stand_side_by_side_under_the_profiles_that_a_team_would_run() -> None:
    hardened, same_settings = read(MadeRun(lost=quart_loses)).tables("sheet")
    assert hardened[0][1:] == same_settings[0][1:] == ["flask", "quart"]
    figures = {row[0]: row[1:] for row in hardened}
    assert figures["Faults got over"] == ["2 of 2", "1 of 2"]
    assert figures["Requests lost"] == ["0", "5"]
    assert figures["of these hung"] == ["0", "2"]
    assert figures["Most answers a second"] == ["not measured: --load"] * 2
    assert figures["Memory, idle"] == ["82 MB"] * 2


def test_what_was_measured_under_load_stands_among_the_figures() -> None:
    run = MadeRun(load=load_steps())
    hardened, _ = read(run).tables("sheet")
    figures = {row[0]: row[1:] for row in hardened}
    assert figures["Most answers a second"] == ["405 at 600 clients", "525 at 600 clients"]
    assert figures["Memory: idle, under load"] == ["82 MB, 90 MB"] * 2
    assert "82\N{NO-BREAK SPACE}MB" in report(run).text(), "a unit is not parted from its figure"
    assert "Under load" not in read(MadeRun()).text


def test_the_scoreboard_tells_what_each_cell_lost_and_who_did_better() -> None:
    page = read(MadeRun(lost=quart_loses))
    row = row_of(page, "reset-peer")
    assert row[1:4] == ["no loss", "3 failed 2 hung", "flask"]
    assert row[4:7] == ["no loss", "no loss", "same"]
    assert "hardened: flask better in 1 fault" in page.text


def test_a_run_that_was_interrupted_says_so_first_with_what_is_missing() -> None:
    def first_fault_only(cell: Cell) -> Cell | None:
        return None if cell.fault == "server-crash" else cell

    page = read(MadeRun(interrupted=True, change=first_fault_only))
    assert page.text.index("Interrupted: 6 of 12 cells ran") < page.text.index("Verdict")
    assert "Missing, in whole or in part: server-crash." in page.text
    assert page.text.count("Interrupted:") == 1, "not once more among what to watch"
    assert row_of(page, "server-crash")[1] == "not run"
    assert "fault-server-crash" not in page.ids
    assert "interrupted" not in read(MadeRun()).text


@pytest.mark.parametrize(("skipped", "word"), [(True, "skipped"), (False, "inconclusive")])
def test_what_did_not_run_is_told_with_its_reason(word: str, *, skipped: bool) -> None:
    def change(cell: Cell) -> Cell:
        if cell.profile != "hardened":
            return cell
        return without_measurement(cell, skipped=skipped, reason="it needs a router")

    page = read(MadeRun(change=change))
    assert row_of(page, "reset-peer")[1:3] == [word, word]
    assert "It needs a router." in page.text
    assert row_of(page, "reset-peer")[4] == "no loss"


def test_a_claim_that_failed_is_named_before_all_figures() -> None:
    def change(cell: Cell) -> Cell:
        failed = cell.name == "reset-peer / quart / hardened"
        return replace(cell, violations=("5 orders are there by half",)) if failed else cell

    page = read(MadeRun(change=change))
    told = "reset-peer / quart / hardened: the claim failed"
    assert page.text.index(told) < page.text.index("Faults got over")
    assert "claim failed" in row_of(page, "reset-peer")[2]
    assert "1 of 12 cells did not do what was claimed." in page.text


def test_a_cell_without_a_verdict_still_tells_what_it_lost() -> None:
    def change(cell: Cell) -> Cell:
        return replace(cell, decides=False, note="the proxy is no network")

    page = read(MadeRun(lost=quart_loses, change=change))
    assert row_of(page, "reset-peer")[2] == "3 failed 2 hung no verdict"


@pytest.mark.parametrize("stacks", [("orders",), ("old", "new", "newer")])
def test_services_of_a_team_have_a_page_as_well(stacks: tuple[str, ...]) -> None:
    def last_loses(key: Key) -> Lost:
        return Lost(failed=4) if key[1] == stacks[-1] else Lost()

    page = read(MadeRun(stacks=stacks, profiles=("own",), lost=last_loses))
    (sheet,) = page.tables("sheet")
    assert sheet[0][1:] == list(stacks)
    row = row_of(page, "reset-peer")
    assert row[len(stacks)] == "4 failed"
    assert len(row) == 1 + len(stacks) + (len(stacks) > 1)
    for stack in stacks:
        assert f"{stack}: 70 requests" in page.text, "in the description of a picture"
    assert "flask" not in page.text


def test_what_services_say_is_text_and_nothing_else() -> None:
    def hostile(key: Key) -> Lost:
        return Lost(failed=2, cause=HOSTILE) if key[1] == "b" else Lost()

    def change(cell: Cell) -> Cell:
        return replace(cell, note=HOSTILE, claim=HOSTILE)

    faults, stacks = (HOSTILE, "reset-peer"), (HOSTILE, "b")
    page = read(MadeRun(faults, stacks, ("own",), lost=hostile, change=change))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "object"}
    assert not [name for _, found in page.elements for name in found if name.startswith("on")]
    assert "{{ 7*7 }}" in page.text
    assert "<script>alert(1)</script>" in page.text, "as it is, since the parser has read it"
    assert not [one for one in page.ids if " " in one]


def test_a_page_fetches_nothing() -> None:
    page = read(MadeRun(lost=quart_loses, load=load_steps()))
    addresses = page.values("src", "href", "srcset", "action", "data", "poster", "xlink:href")
    assert addresses
    assert [one for one in addresses if not one.startswith(("#", "data:,"))] == []
    assert "@import" not in page.source
    assert re.findall(r"url\(\s*[^#\s)]", page.source) == []
    assert not re.search(r"https?://", page.source)


def test_each_link_and_reference_leads_to_something() -> None:
    for run in (MadeRun(), MadeRun(interrupted=True, change=lambda _: None)):
        page = read(run)
        assert len(page.ids) == len(set(page.ids))
        references = [one[1:] for one in page.values("href") if one.startswith("#")]
        references += page.values("aria-labelledby", "aria-describedby")
        assert set(references) <= set(page.ids)


def test_each_fault_is_linked_from_its_row() -> None:
    page = read(MadeRun())
    for fault in MadeRun().faults:
        assert f"#fault-{fault}" in page.values("href")
        assert f"fault-{fault}" in page.ids
        assert f"what {fault} injects" in page.text
        assert f"port-kit explain {fault}" in page.text
        assert f"migration_guide/reference/faults.md#{fault}" in page.text


def test_a_sceptic_is_told_how_it_was_made_and_where_the_raw_data_lies() -> None:
    page = read(MadeRun())
    for text in ("postgresql 18.4", "Seed 7", '"pool_recycle": 300', "history.ndjson"):
        assert text in page.text
    assert "load.ndjson" not in page.text
    assert "load.ndjson" in read(MadeRun(load=load_steps())).text


def test_errors_are_grouped() -> None:
    page = read(MadeRun(lost=quart_loses))
    (table,) = page.tables("errors")
    assert table[1] == ["3", "503 The database is unavailable. Try again.", "quart"]
    assert read(MadeRun()).tables("errors") == []


def test_a_page_may_be_had_before_anything_has_run() -> None:
    page = HtmlReport()
    (started, *_) = MadeRun().events()
    page(started)
    assert "Interrupted: 0 of 12 cells ran" in ReadPage(page.text()).text


def test_the_figures_of_a_load_stand_beneath_its_pictures() -> None:
    page = read(MadeRun(load=load_steps()))
    table = next(table for table in page.tables("figures") if "answers/s" in table[0])
    assert table[1][:5] == ["hardened", "flask", "50", "50", "50"]
    last = next(row for row in table if row[0] == "600")
    assert last[1:5] == ["600", "405", "1,950", "0"], "shed, in both rounds"
    assert "answers a second against requests offered a second." in page.text
    moments = next(table for table in page.tables("figures") if table[0][0] == "seconds")
    assert moments[0][1] == "hardened, flask"
    assert [row[1] for row in moments[1:] if row[0] in ("1.75", "2", "4")] == ["200", "0", "200"]


def test_a_line_is_named_at_its_end_and_dashes_are_the_99th_percentile() -> None:
    page = read(MadeRun(load=load_steps()))
    ends = re.findall(r"<text [^>]*>([^<]*)</text>", page.source)
    for name in ("flask", "quart", "flask p99", "quart p50"):
        assert name in ends
    figures = re.findall(r"<figcaption>([^<]*)</figcaption>(.*?)</figure>", page.source, re.DOTALL)
    dashed = {caption for caption, figure in figures if re.search(r"line s\d d[1-9]", figure)}
    assert dashed == {"latency, hardened", "latency, same-settings"}


def test_under_a_fault_each_service_has_pictures_of_its_own() -> None:
    page = read(MadeRun(load=load_steps()))
    for what in ("answers", "longest wait"):
        for stack in ("flask", "quart"):
            assert f"{what}, hardened, {stack}" in page.text
            assert f"hardened, {stack}: {what} while it went on" in page.text
    assert "milliseconds against seconds. flask: from 20 at 0 to 20 at 9.75." in page.text


def test_a_hung_request_has_one_sign() -> None:
    """The scoreboard's and the legend's are the same upright bar."""
    page = read(MadeRun(lost=quart_loses))
    (sign,) = re.findall(r'id="sign-hung"[^>]*><path d="([^"]*)"', page.source)
    (legend,) = re.findall(r'class="hung" d="([^"]*)"/></svg>hung', page.source)
    upright = re.compile(r"M6 [\d.]+v[\d.]+")
    assert upright.fullmatch(sign)
    assert upright.fullmatch(legend)


def test_a_price_is_no_alarm() -> None:
    signs = dict(re.findall(r'id="(sign-\w+)"[^>]*>(.*?)</symbol>', read(MadeRun()).source))
    assert signs["sign-mixed"] == signs["sign-good"] != signs["sign-wrong"]


def test_the_pictures_say_in_words_how_much_they_show() -> None:
    run = MadeRun(lost=quart_loses)
    page = read(run)
    assert "quart: 70 requests, 65 succeeded, 3 failed, 2 hung" in page.text
    assert "The fault struck 500 ms after the first request and was over 1.50 s later." in page.text


def test_requests_that_were_sent_again_are_not_drawn() -> None:
    run = MadeRun(faults=("reset-peer",), stacks=("quart",), profiles=("hardened",))
    page, again = report(run), report(run)
    (record, *_) = run.records(("reset-peer", "quart", "hardened"))
    again(RequestFinished(replace(record, attempt=2)))
    again(RequestFinished(replace(record, outcome=None, end_s=None)))
    assert "quart: 70 requests" in ReadPage(again.text()).text
    assert page.text() == again.text()
