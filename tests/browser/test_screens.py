# ruff: noqa: E501
"""The screens in a real Chromium that may not reach outside: each role, both sizes, the alert's walk, the map's pixels.

The screenshots of the last run are kept where HUANGYU_SCREENS names a folder.
"""

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from store import totp
from tests.fixtures.browser import Dashboard, Watch

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
LIMIT_MS = 30_000
IGNORED = ("GPU stall", "WebGL")
expect.set_options(timeout=LIMIT_MS)


@contextmanager
def visit(chromium: Browser, dashboard: Dashboard, login: str, size: dict[str, int]) -> Iterator[tuple[Page, Watch]]:
    """Yield a signed-in page that notes every console error and every request to another host."""
    watch = Watch()
    context = chromium.new_context(viewport=size, locale="zh-CN", timezone_id="America/New_York")  # type: ignore[arg-type]
    context.set_default_timeout(LIMIT_MS)
    context.route(
        lambda url: not url.startswith((dashboard.url, "data:", "blob:")), lambda route: _refuse(route, watch)
    )
    page = context.new_page()
    page.on(
        "console",
        lambda m: watch.console.append(m.text) if m.type == "error" and not m.text.startswith(IGNORED) else None,
    )
    page.on("pageerror", lambda e: watch.console.append(str(e)))
    page.goto(f"{dashboard.url}/signin")
    page.fill("#login", login)
    page.fill("#password", dashboard.password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{dashboard.url}/")
    yield page, watch
    context.close()


def _refuse(route: Any, watch: Watch) -> None:
    watch.foreign.append(route.request.url)
    route.abort()


def keep(page: Page, name: str) -> None:
    """Keep a screenshot when a folder is named."""
    folder = os.environ.get("HUANGYU_SCREENS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def settled(page: Page) -> None:
    """Wait until Streamlit has drawn everything."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_have_count(1, timeout=LIMIT_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=LIMIT_MS)


def serious(page: Page) -> list[str]:
    """Return axe's serious and critical findings in our own content."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in {"serious", "critical"}]


def fits(page: Page, path: str) -> None:
    """Fail when a page is wider than its window."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_farmer_on_a_phone_sees_the_worst_cage_first_and_what_to_do(chromium: Browser, dashboard: Dashboard) -> None:
    with visit(chromium, dashboard, "farmer", PHONE) as (page, watch):
        first = page.locator(".hy-card").first
        expect(first).to_contain_text("2号网箱")
        expect(first).to_contain_text("立即开增氧机")
        settled(page)
        keep(page, "farmer-cages-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert "阳洋" not in page.content()
        assert serious(page) == []
        first.click()
        expect(page.get_by_role("heading", name="2号网箱")).to_be_visible()
        expect(page.locator("canvas").first).to_be_visible()
        settled(page)
        keep(page, "farmer-cage-phone")
        assert serious(page) == []
        page.get_by_role("button", name="开", exact=True).click()
        page.get_by_role("button", name="确定", exact=True).click()
        expect(page.get_by_text("等待发送")).to_be_visible()
        with psycopg.connect(dashboard.dsn) as owner:
            ordered = owner.execute("select name, value, ordered_by, state from gateway_order").fetchall()
        assert ordered == [("aerator-dt01-c02", 1, "farmer", "waiting")]
        page.goto(f"{dashboard.url}/m/cage/dt01-c02")
        keep(page, "light-phone")
        assert serious(page) == []
    assert watch.problems == []


def test_another_farms_cage_is_unreachable_by_address(chromium: Browser, dashboard: Dashboard) -> None:
    with visit(chromium, dashboard, "farmer", PHONE) as (page, watch):
        page.goto(f"{dashboard.url}/cage?cage=dt02-c01")
        expect(page.get_by_text("没有这个网箱，或您无权查看。")).to_be_visible()
        for path in ("desk", "people", "areas"):
            page.goto(f"{dashboard.url}/{path}")
            settled(page)
            assert "MMSI" not in page.locator("body").inner_text()
    assert watch.foreign == []


def test_desk_draws_the_coast_and_the_targets_without_the_internet(chromium: Browser, dashboard: Dashboard) -> None:
    with visit(chromium, dashboard, "officer", DESK) as (page, watch):
        with page.expect_response(lambda r: "/live/targets.geojson" in r.url and r.ok):
            pass
        expect(page.locator(".hy-alert").first).to_contain_text("浙洞渔10001")
        settled(page)
        land, colours = _map_colours(page)
        assert land > 0.05, "no land on the map"
        assert colours >= 6, "no targets on the map"
        keep(page, "officer-desk")
        assert serious(page) == []
        for choice, layer in (("+24 小时", "/live/sea/cells.json"), ("接收覆盖", "/live/heard.json")):
            with page.expect_response(lambda r, layer=layer: layer in r.url and r.ok):
                page.get_by_text(choice, exact=True).click()
    assert watch.problems == []


def _map_colours(page: Page) -> tuple[float, int]:
    """Return the share of land-coloured pixels of the map, and how many strong colours its marks have."""
    box = page.get_by_test_id("stDeckGlJsonChart")
    expect(box).to_be_visible()
    until = time.monotonic() + 20
    while True:
        picture = Image.open(io.BytesIO(box.screenshot())).convert("RGB")
        counts = {colour: n for n, colour in picture.getcolors(picture.width * picture.height) or []}
        land = counts.get((240, 236, 222), 0) / (picture.width * picture.height)
        strong = sum(1 for (r, g, b), n in counts.items() if n >= 8 and max(r, g, b) - min(r, g, b) > 80)
        if (land > 0.05 and strong >= 6) or time.monotonic() > until:
            return land, strong
        page.wait_for_timeout(300)


def test_alert_is_walked_from_raised_to_closed_by_the_keyboard(chromium: Browser, dashboard: Dashboard) -> None:
    with psycopg.connect(dashboard.dsn) as owner:
        row = owner.execute("select alert_id::text from alert where rule = 'vessels.identity.unregistered'").fetchone()
    assert row is not None
    with visit(chromium, dashboard, "officer", DESK) as (page, watch):
        page.goto(f"{dashboard.url}/alert?id={row[0]}")
        expect(page.get_by_role("button", name="收到")).to_be_visible()
        settled(page)
        keep(page, "officer-alert")
        assert serious(page) == []
        for key, word in (("a", "已确认"), ("t", "处置中")):
            settled(page)
            page.keyboard.press(key)
            expect(page.locator(".hy-head .sub")).to_contain_text(word)
        page.get_by_label("现场情况与处置内容").fill(
            "14:20 登临检查，船名牌缺失，已责令回港。<script>alert(1)</script>"
        )
        page.get_by_label("现场情况与处置内容").blur()
        page.get_by_role("button", name="登记处置").click()
        expect(page.locator(".hy-head .sub")).to_contain_text("已处置")
        page.get_by_role("button", name="办结").click()
        expect(page.locator(".hy-head .sub")).to_contain_text("已办结")
        expect(page.locator(".hy-table").first).to_contain_text("<script>alert(1)</script>")
    with psycopg.connect(dashboard.dsn) as owner:
        steps = [
            s
            for (s,) in owner.execute(
                "select step from alert_event where alert_id = %s order by seq", (row[0],)
            ).fetchall()
        ]
    assert steps[-4:] == ["acknowledged", "taken", "disposed", "closed"]
    assert watch.problems == []


VISITS = (
    ("officer", DESK, ("alerts", "target?mmsi=412300006", "boats", "areas", "sea", "trail", "take", "storm")),
    ("farmer", PHONE, ("storm", "sea", "record", "alerts", "take", "me")),
    ("tech", DESK, ("gateways", "farms")),
    ("admin", DESK, ("people", "contacts", "limits", "trail")),
)
"""Who opens what at which size; a page that nobody opens at the other size is turned to it on the spot."""


@pytest.mark.parametrize(("login", "size", "pages"), VISITS)
def test_every_other_screen_opens_clean(
    chromium: Browser, dashboard: Dashboard, login: str, size: dict[str, int], pages: tuple[str, ...]
) -> None:
    other = DESK if size == PHONE else PHONE
    seen_there = {path for _, shown, paths in VISITS if shown == other for path in paths}
    with visit(chromium, dashboard, login, size) as (page, watch):
        for path in pages:
            page.goto(f"{dashboard.url}/{path}")
            expect(page.locator(".hy-head h1").first).to_be_visible()
            settled(page)
            keep(page, f"{login}-{path.split('?')[0]}")
            assert serious(page) == [], path
            assert page.locator(".hy-banner.away").count() == 0, path
            fits(page, path)
            if path not in seen_there:
                page.set_viewport_size(other)  # type: ignore[arg-type]
                settled(page)
                assert serious(page) == [], f"{path} at the other size"
                fits(page, path)
                page.set_viewport_size(size)  # type: ignore[arg-type]
    assert watch.problems == []


def test_sign_in_survives_a_reload_and_ends_at_the_next_click_when_revoked(
    chromium: Browser, dashboard: Dashboard
) -> None:
    with visit(chromium, dashboard, "farmer2", PHONE) as (page, _watch):
        expect(page.locator(".hy-card").first).to_be_visible()
        page.reload()
        expect(page.locator(".hy-card").first).to_be_visible()
        with psycopg.connect(dashboard.dsn) as owner:
            owner.execute(
                "update session set revoked_at = now() where person_id = (select person_id from person where login = 'farmer2')"
            )
        page.reload()
        expect(page.locator("#password")).to_be_visible()
        keep(page, "signin-phone")
        assert serious(page) == []


def test_live_cards_show_a_new_reading_without_a_reload_and_the_banner_when_data_stop(
    chromium: Browser, dashboard: Dashboard
) -> None:
    with visit(chromium, dashboard, "farmer2", PHONE) as (page, _watch):
        expect(page.locator(".hy-card").first).to_be_visible()
        with psycopg.connect(dashboard.dsn) as owner:
            owner.execute(
                "update series_latest set value = 7.77, observed_at = now(), received_at = now() from series s "
                "where s.series_id = series_latest.series_id and s.quantity = 'do_mg_l' and s.cage_id = 'dt02-c02'"
            )
        expect(page.get_by_text("7.77")).to_be_visible(timeout=LIMIT_MS)
        with psycopg.connect(dashboard.dsn) as owner:
            owner.execute("update series_latest set received_at = now() - interval '20 minutes'")
        expect(page.locator(".hy-banner.stale").first).to_contain_text("网箱数据已中断", timeout=LIMIT_MS)


def test_administrator_sets_a_limit_with_a_reason_and_nonsense_is_refused(
    chromium: Browser, dashboard: Dashboard
) -> None:
    with visit(chromium, dashboard, "admin", DESK) as (page, watch):
        page.goto(f"{dashboard.url}/limits")
        expect(page.get_by_role("heading", name="限值", exact=True)).to_be_visible()
        settled(page)
        assert serious(page) == []
        for value, reason, answer in (
            ("40", "试", "请填 0.5 至 12 mg/L 之间的数值"),
            ("3", "试", "互相矛盾"),
            ("5.5", "", "请写明理由"),
            ("5.5", "苗种入海", "已登记。"),
        ):
            page.get_by_label("新值（mg/L）").fill(value)
            page.get_by_label("原因").fill(reason)
            page.get_by_role("button", name="保存").click()
            expect(page.get_by_text(answer).first).to_be_visible()
        expect(page.locator(".hy-table").first).to_contain_text("5.5 mg/L")
        expect(page.locator(".hy-table").last).to_contain_text("苗种入海")
        keep(page, "admin-limits")
        with psycopg.connect(dashboard.dsn) as owner:
            told = owner.execute("select scope, name, value, changed_by from rule_limit").fetchall()
            assert told == [("*", "oxygen.blue", 5.5, "admin")]
        page.get_by_role("button", name="恢复标准值").click()
        expect(page.locator(".hy-table").first).not_to_contain_text("5.5 mg/L")
    assert watch.problems == []
    with psycopg.connect(dashboard.dsn) as owner:
        assert owner.execute("select count(*) from rule_limit").fetchone() == (0,)
        audited = owner.execute(
            "select login, action, detail->'new'->>'reason' from audit where action like 'rule_limit%' order by audit_id"
        ).fetchall()
        assert audited == [("admin", "rule_limit.insert", "苗种入海"), ("admin", "rule_limit.delete", None)]


def test_farmer_writes_the_log_and_switches_one_time_codes_on(chromium: Browser, dashboard: Dashboard) -> None:
    with visit(chromium, dashboard, "farmer2", PHONE) as (page, watch):
        page.goto(f"{dashboard.url}/cage?cage=dt02-c01")
        page.get_by_text("养殖日志").click()
        page.get_by_role("button", name="登记", exact=True).click()
        expect(page.get_by_text("请填写：投饵量（千克）")).to_be_visible()
        page.get_by_label("投饵量（千克）").fill("35")
        page.get_by_label("备注").fill("<img src=x onerror=alert(1)>少喂一成")
        page.get_by_role("button", name="登记", exact=True).click()
        expect(page.locator(".hy-table").filter(has_text="少喂一成")).to_contain_text("35 kg")
        settled(page)
        assert serious(page) == []
        page.goto(f"{dashboard.url}/me")
        page.get_by_text("动态口令：未开启").click()
        secret = "".join(page.locator("p[style*=monospace]").inner_text().split())
        assert secret in (page.get_by_role("link", name="在身份验证器中打开").get_attribute("href") or "")
        page.get_by_label("动态口令", exact=True).fill(totp.code_of(secret, int(time.time()) // totp.STEP_S))
        page.get_by_role("button", name="开启动态口令").click()
        expect(page.get_by_text("动态口令：已开启")).to_be_visible()
        settled(page)
        assert serious(page) == []
    assert watch.problems == []


def test_group_of_alerts_is_received_with_one_press(chromium: Browser, dashboard: Dashboard) -> None:
    with visit(chromium, dashboard, "officer", DESK) as (page, watch):
        page.goto(f"{dashboard.url}/alerts?rule=cages.oxygen.level")
        page.get_by_role("button", name="全部收到（2 条）").click()
        expect(page.locator(".hy-told")).to_contain_text("已登记")
        expect(page.get_by_role("button", name="全部接手（2 条）")).to_be_visible()
        expect(page.get_by_text("已确认")).to_have_count(2)
        settled(page)
        assert serious(page) == []
    with psycopg.connect(dashboard.dsn) as owner:
        said = owner.execute("select actor from alert_event where step = 'acknowledged' and actor like '%officer%'")
        assert len(said.fetchall()) >= 2
    assert watch.problems == []


def test_desk_enters_a_trip_a_formation_and_an_inspection(chromium: Browser, dashboard: Dashboard) -> None:
    with visit(chromium, dashboard, "officer", DESK) as (page, watch):
        page.goto(f"{dashboard.url}/boats")
        expect(page.get_by_label("渔船 MMSI").first).to_be_visible()
        settled(page)
        page.get_by_label("渔船 MMSI").first.fill("412300003")
        page.get_by_label("港口").fill("洞头中心渔港")
        page.get_by_label("船上人数").fill("7")
        page.get_by_label("在船职务船员").fill("三级船长")
        page.get_by_role("option", name="三级船长").click()
        page.keyboard.press("Escape")
        expect(page.get_by_role("option")).to_have_count(0)
        page.get_by_label("港口").click()
        page.get_by_role("button", name="保存").click()
        expect(page.locator(".hy-table").first).to_contain_text("洞头中心渔港")
        page.get_by_text("新建、延长或解散编组").click()
        page.get_by_label("编组名称").fill("东编组")
        page.get_by_label("其他渔船 MMSI，用逗号分隔").fill("412300003, 412300004")
        page.get_by_role("button", name="建立编组").click()
        expect(page.locator(".hy-table").filter(has_text="东编组")).to_contain_text("officer")
        page.get_by_label("渔船 MMSI").last.fill("412300004")
        page.get_by_label("检查原因").fill("多次夜间关闭 AIS")
        page.get_by_role("button", name="列入名单").click()
        expect(page.locator(".hy-table").filter(has_text="多次夜间关闭 AIS")).to_be_visible()
        settled(page)
        keep(page, "officer-boats")
        assert serious(page) == []
    with psycopg.connect(dashboard.dsn) as owner:
        (trip,) = owner.execute(
            "select persons, officers->0->>'post' from trip_report where mmsi = 412300003"
        ).fetchall()
    assert trip == (7, "三级船长")
    assert watch.problems == []


HEARD = """window.told = []; window.tones = 0;
window.Notification = class { constructor(text) { window.told.push(text); } static permission = "granted"; };
window.AudioContext = class { currentTime = 0; destination = {};
  createOscillator() { return { frequency: {}, connect() {}, start() { window.tones += 1; }, stop() {} }; } };
localStorage.setItem("huangyuSound", "on");"""


def test_distress_sounds_once_and_the_order_to_call_is_taken_down(chromium: Browser, dashboard: Dashboard) -> None:
    with visit(chromium, dashboard, "officer", DESK) as (page, watch):
        page.add_init_script(HEARD)
        page.goto(f"{dashboard.url}/")
        expect(page.locator(".hy-alert").first).to_be_visible()
        assert page.evaluate("window.told") == []
        with psycopg.connect(dashboard.dsn) as owner:
            owner.execute(
                "update alert set rule = 'vessels.distress', severity = 4 where alert_id = "
                "(select alert_id from alert where closed_at is null and rule <> 'vessels.identity.unregistered' and subject_kind = 'cage' order by key limit 1)"
            )
        page.wait_for_function("window.told.length === 1 && window.tones > 0", timeout=LIMIT_MS)
        page.goto(f"{dashboard.url}/storm")
        page.get_by_text("全区叫应").click()
        page.get_by_label("台风或演练名称").fill("桌面演练")
        page.get_by_text("仅演练（每条短信都会注明）").click()
        page.get_by_text("已核对内容，确认发给全区所有人").click()
        page.get_by_role("button", name="开始").click()
        expect(page.get_by_text("桌面演练 · 演练")).to_be_visible()
        expect(page.get_by_text("等待发送服务")).to_be_visible()
    assert watch.problems == []
