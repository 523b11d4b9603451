# ruff: noqa: E501
"""How fast the dashboard paints and how many sessions one process carries: a real server, Chromium, websockets.

Figures: farmer_paint_s, desk_paint_s (first useful paint, median), map_ms, map_kb (one refresh of the targets), light_kb, light_s (light page
at 1.6 Mbit/s and 150 ms), farmer_cold_s, farmer_cold_cpu4_s (full farmer screen at that speed with nothing cached, the second with the browser's
processor four times slower), farmer_cold_kb, year_s, zoom_frame_ms, zoom_worst_ms (a year of 12 sensors: choice to chart, median and worst frame while
zooming and panning), p95_150_s, core_150, rss_gb, errors_150 (100 farmers and 50 regulators on screens that refresh every 5 s).
The database is the embedded PostgreSQL of this machine, filled with 5,000 targets, 60 cages and (full run) a year of hourly roll-ups.
"""

import argparse
import asyncio
import bisect
import gzip
import json
import platform
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil
import websockets

sys.path.insert(0, str(Path(__file__).parents[1]))

from services.postgres import EmbeddedPostgres, PostgresSettings
from store import migrate
from store.access import ensure_person
from tests.fixtures.browser import ARGUMENTS, CHROMIUM, free_port, start, stop
from tests.fixtures.rows import PASSWORD, Scale, fill

SEED = 20261123
SLOW_BITS_S, SLOW_RTT_S = 1_600_000, 0.150
RAMP_S = 0.04
"""Between the openings of two sessions."""


@contextmanager
def served(scale: Scale) -> Iterator[tuple[str, int]]:
    """Yield (address, process id) of a dashboard on a filled database."""
    with TemporaryDirectory() as home, EmbeddedPostgres(PostgresSettings(home=Path(home))) as server:
        migrate.upgrade(server.dsn(), datetime.now(UTC), want="plain")
        fill(server.dsn(), scale)
        farms = [f"dt{n:02d}" for n in range(1, scale.farms + 1)]
        for farm in farms:
            ensure_person(
                server.dsn(), login=f"load-{farm}", password=PASSWORD, name_zh=farm, roles=("farmer",), farms=(farm,)
            )
        process = start(server.dsn("huangyu_reader"), port := free_port())
        try:
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            stop(process)


def sign_in(url: str, login: str) -> dict[str, str]:
    """Return the cookies of a new session."""
    answer = httpx.post(f"{url}/signin", data={"login": login, "password": PASSWORD}, timeout=60)
    assert answer.status_code == 303, answer.text[:200]
    return dict(answer.cookies)


def paint(url: str, login: str, wanted: str, repeats: int) -> float:
    """Return the median time from navigation to the element that makes the screen useful, warm server and cache. [s]"""
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, headless=True)
        context = browser.new_context(
            viewport={"width": 390, "height": 844} if login.startswith("load") else {"width": 1440, "height": 900}
        )
        context.add_cookies([{"name": k, "value": v, "url": url} for k, v in sign_in(url, login).items()])
        page = context.new_page()
        for n in range(repeats + 1):
            began = time.perf_counter()
            page.goto(url, wait_until="commit")
            page.locator(wanted).first.wait_for(timeout=60_000)
            if n:
                times.append(time.perf_counter() - began)
        browser.close()
    return statistics.median(times)


def map_refresh(url: str, repeats: int) -> tuple[float, float]:
    """Return (median server time in ms, kB on the wire) of one refresh of the targets."""
    times, size = [], 0
    with httpx.Client(base_url=url, cookies=sign_in(url, "officer"), timeout=60) as client:
        for n in range(repeats):
            time.sleep(2.1)  # past the shared answer's life: every call asks the database
            began = time.perf_counter()
            with client.stream("GET", f"/live/targets.geojson?t={n}", headers={"accept-encoding": "gzip"}) as answer:
                size = sum(len(part) for part in answer.iter_raw())
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), size / 1024


def light(url: str) -> tuple[float, float]:
    """Return (kB on the wire, seconds at 1.6 Mbit/s and 150 ms) of a cage's light page: three round trips and its bytes."""
    with httpx.Client(base_url=url, cookies=sign_in(url, "load-dt01"), timeout=60) as client:
        client.get("/m/cage/dt01-c02")
        began = time.perf_counter()
        page = client.get("/m/cage/dt01-c02")
        server_s = time.perf_counter() - began
    size = len(gzip.compress(page.content, 9)) + 600  # headers
    return size / 1024, server_s + 3 * SLOW_RTT_S + size * 8 / SLOW_BITS_S


@contextmanager
def slow_phone(url: str, login: str, cpu: int) -> Iterator[tuple[Any, list[float]]]:
    """Yield a page of a phone with nothing cached on a line of 1.6 Mbit/s and 150 ms, and the bytes of its answers."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, headless=True)
        context = browser.new_context(viewport={"width": 390, "height": 844})
        context.add_cookies([{"name": k, "value": v, "url": url} for k, v in sign_in(url, login).items()])
        page, sizes = context.new_page(), []
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.clearBrowserCache")
        line.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
        line.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": SLOW_RTT_S * 1000,
                "downloadThroughput": SLOW_BITS_S / 8,
                "uploadThroughput": SLOW_BITS_S / 8,
            },
        )
        line.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        yield page, sizes
        browser.close()


def cold(url: str, login: str, wanted: str, *, cpu: int, repeats: int) -> tuple[float, float]:
    """Return (median seconds to the useful element, kB until then) of a slow phone that was never here."""
    times, kb = [], 0.0
    for _ in range(repeats):
        with slow_phone(url, login, cpu) as (page, sizes):
            began = time.perf_counter()
            page.goto(url, wait_until="commit", timeout=120_000)
            page.locator(wanted).first.wait_for(timeout=120_000)
            times.append(time.perf_counter() - began)
            kb = sum(sizes) / 1024
    return statistics.median(times), kb


FRAMES = """() => { window.gaps = []; let last = performance.now();
  const step = now => { window.gaps.push(now - last); last = now; requestAnimationFrame(step); }; requestAnimationFrame(step); }"""


def year_chart(url: str, login: str) -> dict[str, float]:
    """Return how long a year of 12 sensors takes from the choice to the chart, and its frames under the wheel and the hand."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, headless=True)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": k, "value": v, "url": url} for k, v in sign_in(url, login).items()])
        page = context.new_page()
        page.goto(f"{url}/cage?cage=dt01-c02")
        still = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        page.get_by_text("全场对比").click(timeout=60_000)
        page.wait_for_timeout(1500)
        still.wait_for()
        began = time.perf_counter()
        page.get_by_role("radio", name="一年").click()
        page.wait_for_timeout(50)
        still.wait_for()
        year_s = time.perf_counter() - began
        page.wait_for_timeout(1500)
        chart = page.locator("canvas").last
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.evaluate(FRAMES)
        for _ in range(12):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(40)
        page.mouse.down()
        for n in range(20):
            page.mouse.move(box["x"] + box["width"] / 2 - 10 * n, box["y"] + box["height"] / 2)
            page.wait_for_timeout(20)
        page.mouse.up()
        gaps = sorted(page.evaluate("window.gaps"))
        browser.close()
    return {
        "year_s": year_s,
        "zoom_frame_ms": statistics.median(gaps),
        "zoom_p95_ms": gaps[int(0.95 * len(gaps))],
        "zoom_worst_ms": gaps[-1],
    }


async def one_session(
    url: str, cookies: dict[str, str], path: str, until: float, times: list[float], errors: list[str]
) -> None:
    """Open a screen over its websocket and ask for each fragment when it is due, as the browser's timers do."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    header = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()), "Origin": url}
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    try:
        async with websockets.connect(
            address, additional_headers=header, subprotocols=["streamlit"], max_size=None, open_timeout=60
        ) as socket:  # type: ignore[list-item]
            first = BackMsg()
            first.rerun_script.page_name = path
            first.rerun_script.query_string = ""
            await socket.send(first.SerializeToString())
            every_s = await _finish(socket, ForwardMsg, errors)
            opened = time.monotonic()
            due = sorted((opened + seconds, fragment) for fragment, seconds in every_s.items())
            while due and due[0][0] < until:
                at, fragment = due.pop(0)
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                began = time.perf_counter()
                ask = BackMsg()
                ask.rerun_script.fragment_id = fragment
                ask.rerun_script.is_auto_rerun = True
                await socket.send(ask.SerializeToString())
                await _finish(socket, ForwardMsg, errors)
                times.append(time.perf_counter() - began)
                bisect.insort(due, (time.monotonic() + every_s[fragment], fragment))
    except (OSError, TimeoutError, websockets.WebSocketException) as problem:
        errors.append(f"{type(problem).__name__}: {problem}")


async def _finish(socket: Any, kind: Any, errors: list[str]) -> dict[str, float]:
    """Read until the script has finished; return the fragments that refresh by themselves, with their periods in s."""
    fragments: dict[str, float] = {}
    while True:
        message = kind()
        message.ParseFromString(await asyncio.wait_for(socket.recv(), 60))
        which = message.WhichOneof("type")
        if which == "auto_rerun":
            fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        if which == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            errors.append(message.delta.new_element.exception.message)
        if which == "script_finished":
            return fragments


def load(url: str, pid: int, farms: int, sessions: int, seconds: float) -> dict[str, float]:
    """Return the figures of many sessions in one process."""
    officers = sessions // 3
    logins = ["officer"] * officers + [f"load-dt{1 + n % farms:02d}" for n in range(sessions - officers)]
    cookies = {login: sign_in(url, login) for login in sorted(set(logins))}
    times: list[float] = []
    errors: list[str] = []

    async def run() -> tuple[float, float]:
        process = psutil.Process(pid)
        jobs = []
        ramp_s = sessions * RAMP_S
        until = time.monotonic() + ramp_s + seconds
        for login in logins:
            jobs.append(asyncio.create_task(one_session(url, cookies[login], "", until, times, errors)))
            await asyncio.sleep(RAMP_S)
        times.clear()
        began, used = time.monotonic(), sum(process.cpu_times()[:2])
        await asyncio.sleep(max(0.0, until - time.monotonic()))
        cores = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - began)
        rss = process.memory_info().rss / 1e9
        await asyncio.gather(*jobs)
        return cores, rss

    cores, rss = asyncio.run(run())
    ordered = sorted(times)
    p95 = ordered[int(0.95 * (len(ordered) - 1))] if ordered else float("nan")
    return {"p95_150_s": p95, "p50_150_s": statistics.median(times) if times else float("nan"), "core_150": cores, "rss_gb": rss,
            "errors_150": len(errors), "reruns": len(times), "sessions": sessions}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a week of roll-ups, fewer repeats, 6 s of load, no year's chart and no slow processor",
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    repeats, seconds, days = (2, 6.0, 7) if given.quick else (9, 60.0, 365)
    scale = Scale(
        farms=10,
        cages_per_farm=6,
        targets=5000,
        hourly_days=days,
        fine_hours=3 if given.quick else 48,
        track_hours=1,
        seed=SEED,
    )
    with served(scale) as (url, pid):
        figures: dict[str, float] = {}
        figures["map_ms"], figures["map_kb"] = map_refresh(url, repeats)
        figures["light_kb"], figures["light_s"] = light(url)
        print(figures, file=sys.stderr, flush=True)
        figures["farmer_paint_s"] = paint(url, "load-dt01", ".hy-card", repeats)
        figures["desk_paint_s"] = paint(url, "officer", ".hy-alert", repeats)
        figures["farmer_cold_s"], figures["farmer_cold_kb"] = cold(
            url, "load-dt01", ".hy-card", cpu=1, repeats=1 if given.quick else 3
        )
        if not given.quick:
            figures["farmer_cold_cpu4_s"], _ = cold(url, "load-dt01", ".hy-card", cpu=4, repeats=3)
            figures |= year_chart(url, "load-dt01")
        print(figures, file=sys.stderr, flush=True)
        figures |= load(url, pid, scale.farms, 150, seconds)
    result = {key: round(value, 3) for key, value in figures.items()} | {
        "seed": SEED, "targets": scale.targets, "cages": scale.farms * scale.cages_per_farm, "days": days, "quick": given.quick,
        "method": "real server, Chromium headless, 150 websocket sessions refreshing every 5 s; light_s = server + 3 x 150 ms + bytes at 1.6 Mbit/s",
        "machine": f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}",
    }  # fmt: skip
    if not given.json:
        for key, value in result.items():
            print(f"{key:16} {value}")
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
