"""Clever Cloud's webhooks: every sample, every shape, odd values, and what counts as the same delivery."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from relay.core.model import Event, Severity
from relay.core.text import Language, say
from relay.intake import BodyError, Parsed, SettingsOfAny
from relay.intake.clever_cloud import Settings
from tests.intake.validity import NOW, parsed

FIXTURES = Path(__file__).parents[1] / "fixtures" / "clever-cloud"
APP = "app_7c2e9d04-1b66-4f0e-8a35-5d1f0c9b2a22"
ADDON = "addon_5d8f2b1a-7c4e-4a9d-b6e3-1f0c9a8b7d44"
OWNER = "orga_3f1c0b7e-5a52-4d4a-9b3e-2c7d8f0a1b11"
UUID = "deployment_0e4b7c1d-2f3a-4b5c-9d6e-7f8a9b0c1d66"
OK, INFO, WARNING, CRITICAL = Severity
INTAKE = Settings(format="clever-cloud").build()


def read(body: object, **settings: Any) -> Parsed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = parsed(Settings(format="clever-cloud", **settings).build(), raw)
    assert isinstance(said, Parsed), said
    return said


def event(body: object, **settings: Any) -> Event:
    return read(body, **settings).events[0]


def refusal(body: bytes) -> BodyError:
    with pytest.raises(BodyError) as raised:
        INTAKE.parse(body, {}, NOW)
    return raised.value


def sample(name: str) -> bytes:
    return (FIXTURES / f"webhook-raw-{name}.json").read_bytes()


def begun(cause: str, **more: str) -> dict[str, object]:
    return {
        "event": "DEPLOYMENT_ACTION_BEGIN",
        "date": 1781512200000,
        "data": {"appId": APP, "cause": cause, **more},
    }


# What each sample means: severity, target, trouble, and the troubles that it ends.
SAMPLES = {
    "addon-creation.shape-a": (INFO, "gameshelf-pg", f"{ADDON}/lifecycle", []),
    "addon-creation.shape-b": (INFO, ADDON, f"{ADDON}/lifecycle", []),
    "addon-deletion.shape-a": (WARNING, "gameshelf-pg", f"{ADDON}/deletion", []),
    "application-creation.shape-a": (INFO, "gameshelf-api", f"{APP}/lifecycle", []),
    # What no longer exists has no trouble left.
    "application-deletion.shape-a": (WARNING, "gameshelf-api", f"{APP}/deletion", ["deployment", "stopped"]),
    "application-edition.shape-a": (INFO, "gameshelf-api", f"{APP}/lifecycle", []),
    "application-redeploy.shape-a": (INFO, "gameshelf-api", f"{APP}/deployment", ["stopped"]),
    # By a person; the edge dates hold stops without an author.
    "application-stop.shape-a": (INFO, "gameshelf-api", f"{APP}/stopped", []),
    "clever-tools-request.shape-a": (INFO, OWNER, f"{OWNER}/clever_tools", []),
    "credits-added.shape-a": (INFO, OWNER, f"{OWNER}/credits", []),
    "deployment-action-begin-monitoring.shape-a": (WARNING, APP, f"{APP}/deployment", []),
    "deployment-action-begin-upscale.shape-a": (INFO, APP, f"{APP}/deployment", []),
    "deployment-action-begin.shape-a": (INFO, APP, f"{APP}/deployment", []),
    "deployment-action-end-cancelled-git-noise.shape-a": (INFO, APP, f"{APP}/deployment", []),
    "deployment-action-end-fail.shape-a": (CRITICAL, APP, f"{APP}/deployment", []),
    "deployment-action-end-ok.shape-a": (OK, APP, f"{APP}/deployment", ["stopped"]),
    "deployment-fail.shape-a": (CRITICAL, APP, f"{APP}/deployment", []),
    "deployment-fail.shape-b": (CRITICAL, "gameshelf-api", f"{APP}/deployment", []),
    "deployment-fail.shape-c-data-object": (CRITICAL, APP, f"{APP}/deployment", []),
    "deployment-success.shape-a": (OK, APP, f"{APP}/deployment", ["stopped"]),
    "deployment-success.shape-b": (OK, "gameshelf-api", f"{APP}/deployment", ["stopped"]),
    "git-push.shape-a": (INFO, APP, f"{APP}/git_push", []),
    "organisation-user-addition.shape-a": (INFO, OWNER, f"{OWNER}/members", []),
    "unknown-event": (INFO, APP, f"{APP}/event/something_new", []),
}


@pytest.mark.parametrize(("name", "meaning"), SAMPLES.items())
def test_each_sample_is_understood(name: str, meaning: tuple[Severity, str, str, list[str]]) -> None:
    """Severity, target and trouble of every known delivery."""
    severity, target, trouble, ended = meaning
    first, *ends = read(sample(name)).events
    assert (first.severity, first.target, first.fingerprint) == (severity, target, f"clever-cloud/{trouble}")
    assert [(end.severity, end.fingerprint) for end in ends] == [
        (OK, f"clever-cloud/{APP}/{trouble}") for trouble in ended
    ]
    assert first.kind == json.loads(sample(name))["event"]


def test_every_sample_has_a_row() -> None:
    """No fixture is left out of the table above."""
    found = {path.stem.removeprefix("webhook-raw-") for path in FIXTURES.glob("webhook-raw-*.json")}
    assert found == {*SAMPLES, "edge-dates"}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_reads_well_in_both_languages(name: str) -> None:
    """Every sentence is whole, and the two languages differ."""
    for told in read(sample(name)).events:
        for part in (told.title, told.summary):
            english, french = (say(part, language) for language in Language)
            assert english != french
            assert "{" not in english + french


@pytest.mark.parametrize(
    ("name", "momentary"),
    [
        ("application-deletion.shape-a", True),
        ("addon-deletion.shape-a", True),
        ("deployment-fail.shape-a", False),
    ],
)
def test_what_nothing_can_end_is_momentary(name: str, momentary: bool) -> None:
    """A deletion must not stay open for ever."""
    assert event(sample(name)).momentary is momentary


def test_edge_dates() -> None:
    """Every form of a date gives the same event; without one it is the time of receipt, and noted."""
    bodies = json.loads((FIXTURES / "webhook-raw-edge-dates.json").read_bytes())
    said = [read(body) for body in bodies]
    dated, undated, accounts = said[:4], said[4], said[5:]
    assert {one.events[0].id for one in dated} == {dated[0].events[0].id}
    assert {one.events[0].occurred_at for one in dated} == {datetime(2026, 6, 15, 8, 30, tzinfo=UTC)}
    assert undated.events[0].occurred_at == NOW
    assert undated.note == "no date: the time of receipt is taken"
    assert [one.events[0].fingerprint for one in accounts] == ["clever-cloud/account/lifecycle"] * 2
    assert [one.note for one in accounts] == ["", "data: not a JSON object"]


@pytest.mark.parametrize(
    "date",
    [
        float("nan"),
        float("inf"),
        -1,
        10**30,
        -(10**30),
        "soon",
        "",
        [],
        {},
        True,
        None,
        0,
        "0001-01-01T00:00:00Z",
    ],
)
def test_an_unusable_date_is_the_time_of_receipt(date: object) -> None:
    """And is noted."""
    said = read({"event": "DEPLOYMENT_FAIL", "date": date, "data": {"appId": APP}})
    assert said.events[0].occurred_at == NOW
    assert "date" in said.note


@pytest.mark.parametrize("date", ["2500-01-01T00:00:00Z", 4102444800000, "9999-12-31T23:59:59-12:00"])
def test_a_date_in_the_future_is_clamped(date: object) -> None:
    """A sender's clock can't make an event newer than its receipt."""
    said = read({"event": "DEPLOYMENT_FAIL", "date": date, "data": {"appId": APP}})
    assert said.events[0].occurred_at == NOW


@pytest.mark.parametrize("prefix", ["Monitoring/", "", "monitoring/"])
@pytest.mark.parametrize(
    ("cause", "severity", "words"),
    [
        ("Unreachable", WARNING, "could not reach"),
        ("Timeout", WARNING, "too late"),
        ("DiskFull", WARNING, "disk"),
        ("Scaling", INFO, "autoscaler"),
        ("Maintenance", INFO, "platform is updated"),
        ("Console", INFO, "DEPLOYMENT_ACTION_BEGIN"),
        ("clever-tools", INFO, "DEPLOYMENT_ACTION_BEGIN"),
    ],
)
def test_a_restart_by_the_platform_says_why(prefix: str, cause: str, severity: Severity, words: str) -> None:
    """Some sources leave the prefix out."""
    told = event(begun(prefix + cause))
    assert told.severity is severity
    assert words in say(told.summary, Language.ENGLISH)
    assert not told.momentary


@pytest.mark.parametrize(
    ("state", "action", "severity"),
    [
        ("OK", "DEPLOY", OK),
        ("OK", "UPSCALE", OK),
        ("OK", "", OK),
        ("SUCCEEDED", "DEPLOY", OK),  # a word of API v4
        ("OK", "UNDEPLOY", INFO),  # what was stopped well is not back
        ("OK", "CANCEL", INFO),
        ("FAIL", "DEPLOY", CRITICAL),
        ("FAILED", "DEPLOY", CRITICAL),
        ("fail", "DEPLOY", CRITICAL),
        ("CANCELLED", "DEPLOY", INFO),
        ("TASK_RUNNING", "DEPLOY", INFO),
        ("", "", INFO),
    ],
)
def test_how_a_deployment_ended(state: str, action: str, severity: Severity) -> None:
    """Only a deployment that left something running ends a trouble."""
    data = {"appId": APP, "uuid": UUID, "state": state, "action": action, "cause": "Git"}
    assert event({"event": "DEPLOYMENT_ACTION_END", "date": 1781512200000, "data": data}).severity is severity


def test_the_noise_of_git_push_is_noted() -> None:
    """Each push is followed by a cancelled end, even where nothing was running."""
    assert "noise" in read(sample("deployment-action-end-cancelled-git-noise.shape-a")).note
    data = {"appId": APP, "uuid": UUID, "state": "CANCELLED", "cause": "Git"}
    assert read({"event": "DEPLOYMENT_ACTION_END", "date": 1781512200000, "data": data}).note == ""


def test_a_stop_that_nobody_asked_for_is_a_warning() -> None:
    """With an author it was somebody's wish."""
    stop = {"event": "APPLICATION_STOP", "date": 1781512200000, "data": {"id": APP}}
    assert event(stop).severity is WARNING
    assert not event(stop).momentary
    assert event({**stop, "authorId": "user_1"}).severity is INFO
    assert event({**stop, "authorId": None}).severity is WARNING


@pytest.mark.parametrize(
    ("overrides", "body", "severity", "momentary"),
    [
        ({"DEPLOYMENT_FAIL": "warning"}, sample("deployment-fail.shape-a"), WARNING, False),
        # The same failure is told by two events; one key is enough.
        ({"DEPLOYMENT_FAIL": "warning"}, sample("deployment-action-end-fail.shape-a"), WARNING, False),
        ({"DEPLOYMENT_ACTION_END/FAIL": "ignore"}, sample("deployment-action-end-fail.shape-a"), INFO, False),
        ({"DEPLOYMENT_ACTION_END/FAIL": "ignore"}, sample("deployment-fail.shape-a"), CRITICAL, False),
        ({"Monitoring/Unreachable": "critical"}, begun("Monitoring/Unreachable"), CRITICAL, False),
        ({"unreachable": "critical"}, begun("Monitoring/Unreachable"), CRITICAL, False),
        ({"Monitoring/Scaling": "warning"}, begun("Monitoring/Scaling"), WARNING, False),
        # The cause says more than the event.
        ({"DEPLOYMENT_ACTION_BEGIN": "info", "Timeout": "critical"}, begun("Timeout"), CRITICAL, False),
        ({"APPLICATION_STOP": "critical"}, sample("application-stop.shape-a"), CRITICAL, False),
        ({"GIT_PUSH": "warning"}, sample("git-push.shape-a"), WARNING, True),
        ({"SOMETHING_NEW": "critical"}, sample("unknown-event"), CRITICAL, True),
        (
            {"DEPLOYMENT_ACTION_END": "warning"},
            sample("deployment-action-end-cancelled-git-noise.shape-a"),
            WARNING,
            True,
        ),
        ({"ADDON_DELETION": "ignore"}, sample("addon-deletion.shape-a"), INFO, False),
    ],
)
def test_severities_can_be_chosen(
    overrides: dict[str, str], body: object, severity: Severity, momentary: bool
) -> None:
    """By event, by event and state, or by cause. What nothing can end then stands alone."""
    told = event(body, severities=overrides)
    assert (told.severity, told.momentary) == (severity, momentary)


def test_a_chosen_severity_never_keeps_a_trouble_from_ending() -> None:
    """Who wants to be told of every success still has failures ended by it."""
    first, *ends = read(
        sample("deployment-success.shape-a"), severities={"DEPLOYMENT_SUCCESS": "warning"}
    ).events
    assert (first.severity, first.momentary) == (WARNING, True)
    assert first.fingerprint == f"clever-cloud/{APP}/event/deployment_success"
    assert [end.fingerprint for end in ends] == [
        f"clever-cloud/{APP}/{it}" for it in ("deployment", "stopped")
    ]
    assert len({end.id for end in (first, *ends)}) == 3


def test_a_foreign_event_cannot_pose_as_a_lasting_trouble() -> None:
    """An unknown event called DEPLOYMENT has a trouble of its own."""
    told = event({"event": "DEPLOYMENT", "data": {"appId": APP}}, severities={"DEPLOYMENT": "warning"})
    assert told.fingerprint != f"clever-cloud/{APP}/deployment"


def test_without_a_resource_nothing_is_matched() -> None:
    """One application's success must not end another's failure."""
    failed, succeeded = (
        read({"event": f"DEPLOYMENT_{how}", "date": 1781512200000}) for how in ("FAIL", "SUCCESS")
    )
    assert (failed.events[0].severity, failed.events[0].momentary) == (CRITICAL, True)
    assert [(one.severity, one.momentary) for one in succeeded.events] == [(INFO, False)]
    assert failed.note == "names no resource"


@pytest.mark.parametrize(
    "where",
    [
        {"application": {"id": APP}},
        {"addon": {"id": APP}},
        {"data": {"appId": APP}},
        {"data": {"addonId": APP}},
        {"data": {"id": APP}},
        {"data": json.dumps({"appId": APP})},
        {"appId": APP},
        {"id": APP},
        {"application": None, "addon": [], "deployment": "x", "data": 7, "id": APP},
        {"application": {"id": None}, "data": {"appId": APP, "id": "other"}},
    ],
)
def test_the_resource_is_found_wherever_it_stands(where: dict[str, object]) -> None:
    """Shapes A, B and C, and anything between them."""
    told = event({"event": "DEPLOYMENT_FAIL", "date": 1781512200000, **where})
    assert told.fingerprint == f"clever-cloud/{APP}/deployment"
    assert dict(told.labels)["resource_kind"] == "application"


def test_what_is_known_stands_in_labels_and_facts() -> None:
    """Labels are for routes, facts for readers."""
    told = event(sample("deployment-action-end-fail.shape-a"))
    assert dict(told.labels) == {
        "event": "DEPLOYMENT_ACTION_END",
        "resource": APP,
        "resource_kind": "application",
        "state": "FAIL",
        "cause": "Git",
    }
    assert dict(told.facts) == {
        "deployment": UUID,
        "commit": "4f6d0c1e9b8a7c5d3e2f1a0b9c8d7e6f5a4b3c2d",
        "action": "DEPLOY",
        "cause": "Git",
        "author": "user_91a4c6d8-0e3f-4b7a-a5c2-6f8e1d3b4c33",
    }


def test_a_configured_name_is_the_target() -> None:
    """Deployment events name no application, and a reader knows no ids."""
    names = {APP: "shop", OWNER: "Board Games Ltd"}
    assert event(sample("deployment-fail.shape-a"), names=names).target == "shop"
    assert event(sample("deployment-fail.shape-b"), names=names).target == "shop"
    assert event(sample("credits-added.shape-a"), names=names).target == "Board Games Ltd"


def test_meta_names_are_kept_as_unknown() -> None:
    """They are for subscribing; no delivery with one has been seen."""
    said = read({"event": "META_DEPLOYMENT_RESULT", "data": {"appId": APP}})
    assert said.events[0].severity is INFO
    assert "unknown event META_DEPLOYMENT_RESULT" in said.note


def test_a_byte_order_mark_is_skipped() -> None:
    """Some senders write one."""
    assert event(b"\xef\xbb\xbf" + sample("git-push.shape-a")).kind == "GIT_PUSH"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        ('{"event": "é"}'.encode("latin-1"), "UTF-8"),
        (b"event=DEPLOYMENT_FAIL", "not JSON"),
        (b'{"event": "A"', "line 1, column"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"event": "A", "data": ' + b'{"a":' * 50_000, "nested too deeply"),
        (b'{"event": "A", "date": ' + b"9" * 5_000 + b"}", "too many digits"),
        (b"null", "one JSON object"),
        (b"7", "one JSON object"),
        (b'[{"event": "A"}]', "one event a request"),
        (b"{}", "event: must be a non-empty string"),
        (b'{"event": " "}', "event: must be a non-empty string"),
        (b'{"event": 7}', "event: must be a non-empty string"),
        (b'{"event": null}', "event: must be a non-empty string"),
        (json.dumps({"event": "A" * 101}).encode(), "at most 100 characters"),
        ((FIXTURES / "webhook-slack-format.inferred.json").read_bytes(), "choose “raw”"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(body: bytes, words: str) -> None:
    """The reason says how to mend it."""
    error = refusal(body)
    assert error.status == 400
    assert words in str(error)


def test_a_refusal_never_quotes_the_body() -> None:
    """It is shown and logged; the body may hold secrets."""
    assert "hunter2" not in str(refusal(b'{"event": hunter2}'))
    assert "hunter2" not in str(refusal(b'{"event": 7, "hunter2": 1}'))


def test_deep_inner_data_is_kept_as_text() -> None:
    """The delivery itself is fine."""
    said = read({"event": "DEPLOYMENT_FAIL", "id": APP, "date": 1781512200000, "data": "[" * 50_000})
    assert said.events[0].fingerprint == f"clever-cloud/{APP}/deployment"
    assert said.note == "data: not a JSON object"


def test_a_retry_has_the_same_ids() -> None:
    """However it is written, and whenever it comes."""
    body = json.loads(sample("deployment-success.shape-a"))
    again = {**body, "date": "2026-06-15T08:30:00Z", "data": json.loads(body["data"]), "extra": 1}
    later = INTAKE.parse(json.dumps(again).encode(), {}, NOW + timedelta(hours=3))
    assert [one.id for one in later.events] == [one.id for one in read(body).events]


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"appId": "app_other", "uuid": UUID, "state": "FAIL"}},
        {"data": {"appId": APP, "uuid": "deployment_other", "state": "FAIL"}},
        {"data": {"appId": APP, "uuid": UUID, "state": "CANCELLED"}},
    ],
)
def test_another_event_has_another_id(change: dict[str, object]) -> None:
    """Resource, deployment and state tell the news of deployments apart."""
    body = {
        "event": "DEPLOYMENT_ACTION_END",
        "date": 1781512200000,
        "data": {"appId": APP, "uuid": UUID, "state": "FAIL"},
    }
    assert event(body).id != event({**body, **change}).id


@pytest.mark.parametrize("change", [{"event": "DEPLOYMENT_FAIL"}, {"date": 1781512299999}])
def test_one_deployment_s_end_is_one_event_however_it_is_told(change: dict[str, object]) -> None:
    """The platform dates its tellings apart, and its list of deployments knows no date of an end."""
    data = {"appId": APP, "uuid": UUID, "state": "FAIL"}
    body = {"event": "DEPLOYMENT_ACTION_END", "date": 1781512200000, "data": data}
    assert event(body).id == event({**body, **change}).id


@pytest.mark.parametrize("change", [{"event": "DEPLOYMENT_SUCCESS"}, {"date": 1781512200001}])
def test_without_a_deployment_event_and_date_tell_apart(change: dict[str, object]) -> None:
    """As results are told, which name no deployment."""
    body = {"event": "DEPLOYMENT_FAIL", "date": 1781512200000, "data": {"appId": APP}}
    assert event(body).id != event({**body, **change}).id


def test_events_of_two_owners_are_apart() -> None:
    """Where no resource is named, the owner tells them apart."""
    credits = {"event": "CREDITS_ADDED", "date": 1781512200000}
    assert event({**credits, "ownerId": "orga_1"}).id != event({**credits, "ownerId": "orga_2"}).id


def test_an_undated_retry_is_seen_over_the_turn_of_a_minute() -> None:
    """Undated bodies are told apart by what they say and the minute of receipt."""
    body = sample("deployment-fail.shape-c-data-object")
    first, retry, later = (
        INTAKE.parse(body, {}, NOW + timedelta(seconds=seconds)).events[0] for seconds in (0, 31, 121)
    )
    assert first.id != retry.id
    assert first.id in retry.repeats
    assert first.id not in (later.id, *later.repeats)


def test_undated_ends_are_repeats_of_their_own() -> None:
    """Each event of a body has its own ids."""
    body = json.dumps({"event": "DEPLOYMENT_SUCCESS", "data": {"appId": APP}}).encode()
    before = INTAKE.parse(body, {}, NOW).events
    after = INTAKE.parse(body, {}, NOW + timedelta(minutes=1)).events
    assert [one.repeats for one in after] == [(one.id,) for one in before]


def test_settings_choose_the_format() -> None:
    """One key of the configuration names the module."""
    chosen = TypeAdapter(SettingsOfAny).validate_python(
        {"format": "clever-cloud", "severities": {"GIT_PUSH": "ignore"}}
    )
    assert isinstance(chosen, Settings)
    assert chosen.build().body_limit == 256 * 1024


@pytest.mark.parametrize(
    "wrong",
    [
        {"severitys": {}},
        {"severities": {"GIT_PUSH": "ok"}},
        {"severities": {"GIT_PUSH": "bad"}},
        {"names": {APP: 1}},
    ],
)
def test_unknown_settings_are_refused(wrong: dict[str, object]) -> None:
    """A typing error must not pass silently."""
    with pytest.raises(ValidationError):
        TypeAdapter(SettingsOfAny).validate_python({"format": "clever-cloud", **wrong})
