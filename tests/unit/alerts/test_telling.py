"""Who is told what and when: audiences, quiet hours, grouping, inhibition, wording, retries, limits, replies."""

import zlib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from alerts import directory, lifecycle, rules
from alerts.delivery import ErrorKind, RetryRules, after_failure, route
from alerts.directory import Address, ChannelKind, Contact, Directory, Link, QuietRule, Scope, ScopeKind, Shift
from alerts.inhibition import silenced_by
from alerts.limits import Bucket, take
from alerts.model import Alert, NoticeKind
from alerts.notify import GroupState, Told, Waiting, mail_of
from alerts.replies import Meaning, meaning, plain_number
from alerts.templates import CloudTemplate, render, variable_text
from alerts.wording import write
from core.errors import ConfigError
from core.finding import Condition, Finding, Severity, Subject, SubjectKind

RULES_DIR = Path(__file__).parents[3] / "config" / "rules"
RULES = rules.load(RULES_DIR)
AT = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # 00:30 in Beijing
FARM, DISTRICT = Scope(kind=ScopeKind.FARM, id="dt01"), Scope(kind=ScopeKind.DISTRICT, id="dongtou")


def contact(name: str, role: str = "farmer", **more: object) -> Contact:
    address = Address(kind=ChannelKind.SMS, address=f"199{zlib.crc32(name.encode()) % 10**8:08d}")
    fields: dict[str, object] = {"contact_id": name, "name_zh": name, "role": role, "addresses": (address,)}
    return Contact(**(fields | more))  # type: ignore[arg-type]


def book(*people: Contact, links: tuple[Link, ...] = (), shifts: tuple[Shift, ...] = ()) -> Directory:
    return Directory(contacts={one.contact_id: one for one in people}, links=links, shifts=shifts)


def alert(
    rule: str = "cages.oxygen", severity: Severity = Severity.ORANGE, subject: str = "dt01-c01", name: str = "1号网箱",
    kind: SubjectKind = SubjectKind.CAGE, **more: object,
) -> Alert:  # fmt: skip
    fields: dict[str, object] = {
        "key": f"{rule}:{subject}", "rule": rule, "rule_version": "1", "condition": Condition.ACTIVE,
        "severity": severity, "subject": Subject(kind=kind, id=subject, name=name), "observed_at": AT,
        "reason_zh": "溶氧2.8mg/L", "reason_en": "DO 2.8 mg/L", "advice_zh": "开增氧", "advice_en": "Aerate",
    }  # fmt: skip
    made = lifecycle.step(None, Finding(**(fields | more)), at=AT, policies=RULES.policies)  # type: ignore[arg-type]
    assert made is not None
    return replace(made.alert, farm_id="dt01", district_id="dongtou")


def told(one: Alert, kind: NoticeKind = NoticeKind.RAISED) -> Told:
    made = lifecycle.move(one, lifecycle.Step.NOTED, AT, notices=((kind, 0),))
    return Told(alert=one, notice=replace(made.notices[0], seq=1), scopes=(FARM, DISTRICT))


FARMER = contact("farmer")
BOOK = book(
    FARMER, contact("second"), contact("duty", "duty"), contact("night", "duty"), contact("boss", "leader"),
    links=(
        Link(contact_id="farmer", scope=FARM), Link(contact_id="second", scope=FARM, level=1),
        Link(contact_id="boss", scope=DISTRICT), Link(contact_id="duty", scope=DISTRICT),
    ),
    shifts=(Shift(district_id="dongtou", contact_id="night", starts_at=AT, ends_at=AT + timedelta(hours=8)),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "tell", "at", "expected"),
    [
        ("the subject's first contact", ("subject",), AT, ["farmer"]),
        ("its further contacts", ("next",), AT, ["second"]),
        ("who has duty now", ("desk",), AT, ["night"]),
        ("a shift ends before its end", ("desk",), AT + timedelta(hours=8), ["duty"]),
        ("nobody on the rota: the district's duty contacts", ("desk",), AT - timedelta(hours=1), ["duty"]),
        ("the leader", ("leader",), AT, ["boss"]),
        ("each once", ("subject", "desk", "subject"), AT, ["farmer", "night"]),
    ],
)
def test_audience(case: str, tell: tuple[str, ...], at: datetime, expected: list[str]) -> None:
    people = directory.audience(BOOK, (FARM, DISTRICT), tell, at)
    assert [one.contact_id for one in people] == expected, case


def test_audience_subject_without_anybody_goes_to_the_desk() -> None:
    other = Scope(kind=ScopeKind.FARM, id="dt09")
    assert [one.contact_id for one in directory.audience(BOOK, (other, DISTRICT), ("subject",), AT)] == ["night"]


@pytest.mark.parametrize(
    ("case", "quiet", "severity", "life", "expected"),
    [
        ("night, yellow waits for the morning", (time(22), time(7)), Severity.YELLOW, False, "2026-11-23T23:00"),
        ("night, orange does not", (time(22), time(7)), Severity.ORANGE, False, "2026-11-23T16:30"),
        ("night, life safety does not", (time(22), time(7)), Severity.BLUE, True, "2026-11-23T16:30"),
        ("no quiet hours", (None, None), Severity.BLUE, False, "2026-11-23T16:30"),
        ("quiet by day only", (time(12), time(14)), Severity.BLUE, False, "2026-11-23T16:30"),
        ("within one day", (time(0), time(6)), Severity.BLUE, False, "2026-11-23T22:00"),
    ],
)
def test_quiet_hours(
    case: str, quiet: tuple[time | None, time | None], severity: Severity, life: bool, expected: str
) -> None:
    one = replace(FARMER, quiet_from=quiet[0], quiet_until=quiet[1])
    [row] = directory.addressees([one], severity=severity, life_safety=life, drill=False, quiet=QuietRule(), at=AT)
    assert row.due_at.isoformat()[:16] == expected, case


def test_opted_out_person_gets_only_what_is_about_life() -> None:
    out = replace(FARMER, opted_out_at=AT)
    for life, count in ((False, 0), (True, 1)):
        rows = directory.addressees(
            [out], severity=Severity.RED, life_safety=life, drill=False, quiet=QuietRule(), at=AT
        )
        assert len(rows) == count


def test_drill_reaches_no_phone_but_the_test_list() -> None:
    people = [FARMER, replace(contact("tester"), test_list=True)]
    rows = directory.addressees(people, severity=Severity.RED, life_safety=True, drill=True, quiet=QuietRule(), at=AT)
    assert [row.contact.contact_id for row in rows] == ["tester"]


def test_twelve_cages_are_one_message_with_their_names() -> None:
    rows = [told(alert(subject=f"dt01-c{n:02d}", name=f"{n}号网箱")) for n in range(1, 13)]
    mail = mail_of(rows, BOOK, GroupState(), RULES, AT)
    [message] = mail.messages
    assert len(message.steps) == 12
    assert message.text.startswith("【黄鱼守望】橙色告警 1、2、3、4、5、6号网箱等12处 溶氧2.8mg/L")


def test_waiting_message_of_the_group_is_replaced_by_one_for_both() -> None:
    first, second = (
        told(alert(severity=Severity.YELLOW)),
        told(alert(severity=Severity.YELLOW, subject="dt01-c02", name="2号网箱")),
    )
    [one] = mail_of([first], BOOK, GroupState(), RULES, AT).messages
    assert one.due_at == AT + timedelta(seconds=30)
    slot = (one.contact_id, one.address, one.group_key)
    groups = GroupState(waiting={slot: Waiting(message_id=one.message_id, told=(first,), due_at=one.due_at)})
    mail = mail_of([second], BOOK, groups, RULES, AT + timedelta(seconds=10))
    [both] = mail.messages
    assert mail.replaces == (one.message_id,)
    assert len(both.steps) == 2 and both.due_at == one.due_at, "waiting for more never puts the first one off"


def test_second_message_of_a_group_waits_its_interval_unless_graver() -> None:
    item = told(alert())
    [one] = mail_of([item], BOOK, GroupState(), RULES, AT).messages
    slot = (one.contact_id, one.address, one.group_key)
    for known, wait_s in ((int(Severity.ORANGE), 300), (int(Severity.YELLOW), 0)):
        groups = GroupState(last={slot: (AT, known)})
        [again] = mail_of([item], BOOK, groups, RULES, AT).messages
        assert again.due_at == AT + timedelta(seconds=wait_s)


def test_nobody_to_tell_is_reported_not_hidden() -> None:
    mail = mail_of([told(alert())], book(), GroupState(), RULES, AT)
    assert (mail.messages, len(mail.unheard)) == ((), 1)


@pytest.mark.parametrize(
    ("case", "source", "target", "silent"),
    [
        ("red wave, blue wave of the same farm", ("waves.now", Severity.RED), ("waves.forecast", Severity.BLUE), True),
        ("blue wave does not silence red", ("waves.now", Severity.BLUE), ("waves.forecast", Severity.RED), False),
        ("oxygen does not silence waves", ("cages.oxygen", Severity.RED), ("waves.now", Severity.BLUE), False),
        (
            "measured oxygen, forecast of the same cage",
            ("cages.oxygen", Severity.BLUE),
            ("forecast.oxygen", Severity.RED),
            True,
        ),
    ],
)
def test_inhibition(case: str, source: tuple[str, Severity], target: tuple[str, Severity], silent: bool) -> None:
    one, other = alert(*source), alert(*target)
    found = silenced_by(other, [one, other], RULES.policies.inhibitions)
    assert (found is one) == silent, case


def test_inhibition_receiver_outage_silences_only_its_own_boats() -> None:
    def silence(receiver: str) -> Alert:
        return alert("vessels.silence", subject="412000001", kind=SubjectKind.VESSEL, values={"receiver": receiver})

    first = alert("vessels.coverage.receiver", subject="rx1", kind=SubjectKind.RECEIVER)
    outage = replace(first, handling=lifecycle.Handling.RAISED)
    rows = RULES.policies.inhibitions
    assert silenced_by(silence("rx1"), [outage], rows) is outage
    assert silenced_by(silence("rx2"), [outage], rows) is None
    assert silenced_by(silence("rx1"), [replace(outage, condition=Condition.CLEARED)], rows) is None


SIX = [
    ("DO low", alert(reason_zh="2米溶氧2.8mg/L，低于3", advice_zh="开增氧、停喂"), "【黄鱼守望】橙色告警 1号网箱 2米溶氧2.8mg/L，低于3。开增氧、停喂。00:30 回1收到"),  # noqa: E501
    ("wave warning", alert("waves.forecast", Severity.RED, "dt01", "东屏渔场", SubjectKind.FARM, reason_zh="明日06时起有效波高6.2m", advice_zh="今晚前撤离人员"),  # noqa: E501
     "【黄鱼守望】红色告警 东屏渔场 明日06时起有效波高6.2m。今晚前撤离人员。00:30 回1收到"),
    ("suspected boat", alert("vessels.identity.unregistered", Severity.ORANGE, "412000001", "目标412000001", SubjectKind.TARGET,  # noqa: E501
                             reason_zh="疑似三无：无船名、登记查无此号，概率0.86", advice_zh="请派艇核查"),
     "【黄鱼守望】目标412000001 疑似三无：无船名、登记查无此号，概率0.86。请派艇核查。00:30请核查"),
    ("SART", alert("vessels.distress", Severity.RED, "970123456", "AIS-SART 970123456", SubjectKind.VESSEL, reason_zh="27.80N 121.20E 启动", advice_zh=""),  # noqa: E501
     "【黄鱼守望】遇险报警 AIS-SART 970123456 27.80N 121.20E 启动。00:30 救助12395 回1收到"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "one", "expected"), SIX)
def test_text_in_one_part_of_70_characters(case: str, one: Alert, expected: str) -> None:
    text = write(RULES.wording, [one], NoticeKind.RAISED, "zh", AT).text
    assert text == expected, case
    assert len(text) <= 70


def test_text_drops_hint_and_clock_before_it_takes_a_second_part() -> None:
    one = alert(reason_zh="溶氧持续下降" * 6, advice_zh="请立即开启全部增氧设备")
    text = write(RULES.wording, [one], NoticeKind.RAISED, "zh", AT).text
    assert len(text) <= 70 and "回1" not in text


def test_text_in_english_is_complete() -> None:
    text = write(RULES.wording, [alert()], NoticeKind.RAISED, "en", AT).text
    assert text == "[HUANGYU] Orange alert 1号网箱 DO 2.8 mg/L. Aerate. 00:30 Reply 1."


@pytest.mark.parametrize("kind", list(NoticeKind))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_of_notice_has_words(kind: NoticeKind, language: str) -> None:
    text = write(RULES.wording, [alert()], kind, language, AT, drill=True).text
    assert ("【演练】" if language == "zh" else "[EXERCISE]") in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("kind", "others", "attempts", "life", "dead", "delay_s"),
    [
        (ErrorKind.RETRY, False, 1, False, False, 2),
        (ErrorKind.RETRY, False, 5, False, False, 32),
        (ErrorKind.RETRY, False, 11, False, False, 300),
        (ErrorKind.RETRY, False, 12, False, True, None),
        (ErrorKind.RETRY, False, 12, True, False, 300),
        (ErrorKind.DOWN, True, 1, False, False, 0),
        (ErrorKind.UNKNOWN, False, 1, False, False, 60),
        (ErrorKind.CONTENT, True, 1, False, False, 0),
        (ErrorKind.CONTENT, False, 1, True, True, None),
        (ErrorKind.LIMIT, False, 1, False, False, 3600),
        (ErrorKind.NUMBER, True, 1, True, True, None),
    ],
)
def test_after_failure(
    kind: ErrorKind, others: bool, attempts: int, life: bool, dead: bool, delay_s: float | None
) -> None:
    verdict = after_failure(
        kind,
        channel="a",
        others=others,
        attempts=attempts,
        life_safety=life,
        expires_at=None,
        at=AT,
        rules=RetryRules(),
    )
    assert verdict.dead is dead
    assert verdict.due_at == (None if delay_s is None else AT + timedelta(seconds=delay_s))
    assert verdict.possible_repeat == (kind is ErrorKind.UNKNOWN)


def test_after_failure_past_its_use_is_dead() -> None:
    verdict = after_failure(
        ErrorKind.RETRY, channel="a", others=False, attempts=9, life_safety=True, expires_at=AT + timedelta(seconds=60),
        at=AT, rules=RetryRules(),
    )  # fmt: skip
    assert verdict.dead


@pytest.mark.parametrize(
    ("tried", "away", "expected"),
    [((), (), "a"), (("a",), (), "b"), ((), ("a",), "b"), ((), ("a", "b"), "a"), (("a", "b"), (), None)],
)
def test_route(tried: tuple[str, ...], away: tuple[str, ...], expected: str | None) -> None:
    assert route(["a", "b"], tried, away) == expected


def test_bucket_keeps_the_agreed_rate() -> None:
    bucket, now_s = Bucket(tokens=5.0, at_s=0.0), 0.0
    for _ in range(100):
        bucket, wait_s = take(bucket, now_s, 5.0)
        now_s += wait_s
    assert now_s == pytest.approx((100 - 5) / 5.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", Meaning.RECEIVED), ("１。", Meaning.RECEIVED), (" 收到! ", Meaning.RECEIVED), ("OK", Meaning.RECEIVED),
     ("退订", Meaning.OPT_OUT), ("TD", Meaning.OPT_OUT), ("11", Meaning.WORDS), ("船坏了", Meaning.WORDS), ("", Meaning.WORDS)],  # noqa: E501
)  # fmt: skip
def test_reply_meaning(text: str, expected: Meaning) -> None:
    assert meaning(text) is expected


@pytest.mark.parametrize("text", ["+86 199-0000-0001", "8619900000001", "0086 19900000001", "19900000001"])
def test_number_in_plain_form(text: str) -> None:
    assert plain_number(text) == "19900000001"


def test_template_variable_is_cleaned_and_cut() -> None:
    assert variable_text("【紧急】电话19900000001 见http://x.cn/1 ") == "紧急电话 见"
    assert len(variable_text("长" * 50)) == 20
    assert variable_text("【】") == "-"


def test_template_without_its_fields_is_passed_over() -> None:
    rows = [CloudTemplate(code="A", params={"x": "absent"}), CloudTemplate(code="B", params={"x": "name"})]
    found = render(rows, "r", "raised", "zh", {"name": "n"})
    assert found is not None and found.code == "B"


def test_rule_files_with_mistakes_are_refused_all_at_once(tmp_path: Path) -> None:
    for name in ("alerts.toml", "escalation.toml", "messages.toml"):
        text = (RULES_DIR / name).read_text(encoding="utf-8")
        text = text.replace('plan = ["silent", "desk", "case", "case"]', 'plan = ["nowhere"]', 1)
        text = text.replace('tell = ["leader"]', 'tell = ["mayor"]', 1).replace('kind = "cleared"', 'kind = "x"', 1)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        rules.load(tmp_path)
    text = str(refused.value)
    assert "nowhere" in text and "mayor" in text and "four plans" in text and "cleared" in text


def test_group_text_names_each_cage_once() -> None:
    rows = [
        alert(subject=f"dt01-c0{n}", name=f"{n}号网箱", reason_zh=f"{n}号网箱6米层溶氧2.{n} mg/L，低于3",
              reason_en=f"{n}号网箱: oxygen at 6 m is 2.{n} mg/L")
        for n in (1, 2, 3)
    ]  # fmt: skip
    text = write(RULES.wording, rows[1:], NoticeKind.RAISED, "zh", AT).text
    assert "橙色告警 2号网箱6米层溶氧2.2 mg/L，低于3；另有3号网箱。" in text
    assert "另有2、3号网箱。" in write(RULES.wording, rows, NoticeKind.RAISED, "zh", AT).text
    english = write(RULES.wording, rows, NoticeKind.RAISED, "en", AT).text
    assert "alert 1号网箱: oxygen at 6 m is 2.1 mg/L; also 2、3号网箱" in english.replace(", ", "、")


def test_group_text_of_one_cage_says_how_many_more() -> None:
    rows = [alert(key=f"cages.oxygen:dt01-c01.{p}", reason_zh="1号网箱溶氧低") for p in ("d2", "d6")]
    assert "1号网箱溶氧低；另有1项。" in write(RULES.wording, rows, NoticeKind.RAISED, "zh", AT).text


@pytest.mark.parametrize("kind", [ErrorKind.DOWN, ErrorKind.THROTTLED])
def test_outage_of_the_provider_gives_no_message_up_before_its_end(kind: ErrorKind) -> None:
    verdict = after_failure(
        kind, channel="smpp", others=False, attempts=500, life_safety=False, expires_at=AT + timedelta(hours=12),
        at=AT, rules=RetryRules(),
    )  # fmt: skip
    assert not verdict.dead
    assert verdict.due_at == AT + timedelta(seconds=300)
