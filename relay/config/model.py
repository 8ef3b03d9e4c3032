"""The shape of config.yaml: every key, its kind, its default and its description."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from relay.canary import CanarySettings
from relay.channels import SettingsOfAny as ChannelSettingsOfAny
from relay.clever import AccountSettings
from relay.config.joined import joined, written
from relay.config.measured import SourceSettingsOfAny
from relay.config.metrics import MetricSettings
from relay.config.rows import Row
from relay.config.values import (
    Conditions,
    Duration,
    Level,
    Moment,
    Name,
    Section,
    Size,
    TimeOfDay,
    Words,
    Zone,
)
from relay.core.text import Language
from relay.intake import SettingsOfAny as IntakeSettingsOfAny

_SECOND = timedelta(seconds=1)


class WebSettings(Section):
    """The pages, the API and the address that webhooks come to."""

    host: Words = "127.0.0.1"
    """the address to listen on; `0.0.0.0` is every one, and needs a password"""
    port: int = Field(8080, ge=1, le=65535)
    """the port to listen on"""
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", max_length=500)] | None = (
        None
    )
    """the address of the pages as people reach them, for the links in messages; default: host and port"""
    password: SecretStr | None = None
    """who knows it may see the pages; without one they answer on this machine only"""
    language: Language = Language.ENGLISH
    """language of the pages"""
    drain: Duration = Field(timedelta(seconds=2), le=timedelta(minutes=5))
    """how long requests in flight may take when the relay stops"""


class IncidentSettings(Section):
    """When a trouble is the same trouble."""

    reopen_within: Duration = timedelta(minutes=10)
    """a trouble that comes back within this time reopens its incident; later it is a new one"""
    late_after: Duration = timedelta(minutes=5)
    """a report that arrives later than this after what it tells of is told as late, and reopens nothing"""


class DeploymentSettings(Section):
    """What is told of deployments."""

    within: Duration = Field(timedelta(hours=24), ge=timedelta(minutes=1), le=timedelta(days=30))
    """an incident that begins within this time after a deployment of its application names it"""
    verdict_after: Duration = Field(timedelta(minutes=30), le=timedelta(hours=12))
    """so long after each deployment one line says whether it got worse; `0s`: never"""


class IntakeSettings(Section):
    """What every intake has."""

    secrets: tuple[SecretStr, ...] = Field((), max_length=10)
    """secrets of the address `POST /webhooks/<name>/<secret>`, each of at least 16 characters; several while one is changed for another"""
    open: bool = False
    """`true`: anybody may post, without a secret"""
    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)+$", max_length=200)] | None = None
    """with `open`: the fixed path to post to, default `/webhooks/<name>`"""


class AbsentSettings(Section):
    """When a target that brings no data is an incident."""

    after: int = Field(3, ge=1, le=1000)
    """after so many reads in a row without data"""
    severity: Literal["warning", "critical"] = "warning"
    """how bad that is"""


class TargetSettings(Section):
    """What every target has."""

    every: Duration = Field(timedelta(seconds=15), ge=_SECOND, le=timedelta(days=1))
    """how often it is read"""
    deadline: Duration = Field(timedelta(seconds=5), ge=timedelta(milliseconds=10), le=timedelta(minutes=1))
    """how long a whole read may take"""
    labels: Conditions = Field({})
    """labels of its incidents, for routes and silences to match"""
    memory_limit: Size | None = None
    """the memory it may use: `256MB` are millions of bytes, `256MiB` are 1,048,576 each"""
    application: Words | None = None
    """id of the Clever Cloud application that it is, or that runs behind it, for its deployments; with `source: clever-cloud` its own id"""
    request_counter: Words | None = None
    """the reading that counts requests, to see whether memory grows with them"""
    route_label: Words = "route"
    """the label of `request_counter` that names a route, to see which one leaks"""
    absent: AbsentSettings = AbsentSettings()
    """when no data is an incident"""
    metrics: dict[Name, MetricSettings] = Field({}, max_length=200)
    """what is taken from each read: name in the threshold table and measure; a probe has `up` and `response_time` by itself"""
    rules: dict[Name, Row] = Field({})
    """rows of the threshold table that differ for this target; each is merged over the row of its name"""


class FallbackSettings(Section):
    """The channel that is told as well when this one takes nothing."""

    channel: Words
    """name of the other channel"""
    after: Duration = Field(timedelta(minutes=10), ge=timedelta(seconds=30), le=timedelta(days=1))
    """once this one has taken nothing for so long"""


class ChannelSettings(Section):
    """What every channel has."""

    fallback: FallbackSettings | None = None
    """where its messages go as well, with the reason, while it takes none; its own still arrive later"""
    digest_above: int = Field(20, ge=1, le=10_000)
    """more messages than this within a minute become one digest of them"""
    charts: bool = True
    """messages about a metric show its chart, described in words too: Discord and a Slack bot (scope `files:write`) are sent it, a Slack webhook fetches it where `web.public_url` is given"""


class QuietSettings(Section):
    """Hours in which less is told; what is held back is told when they end."""

    begin: TimeOfDay = Field(alias="from")
    """when they begin"""
    end: TimeOfDay = Field(alias="to")
    """when they end, the next day if that is earlier"""
    zone: Zone
    """the time zone that both are in"""
    except_from: Level = "critical"
    """incidents of at least this severity are told all the same"""


class RouteSettings(Section):
    """Who is told of which incidents."""

    name: Words
    """a name for people"""
    channels: tuple[Words, ...] = Field(min_length=1, max_length=50)
    """names of channels"""
    at_least: Level = "warning"
    """incidents whose worst severity so far is at least this"""
    where: Conditions = Field({})
    """labels that must match, and `target`, `source`, `kind`; a trailing `*` matches any ending"""
    quiet: QuietSettings | None = None
    """daily quiet hours of this route"""


class SilenceSettings(Section):
    """A planned time in which matching incidents are not told; what outlives it is told when it ends."""

    where: Conditions
    """labels that must match, and `target`, `source`, `kind`; `{}` is everything"""
    begins_at: Moment = Field(alias="from")
    """when it begins"""
    ends_at: Moment = Field(alias="to")
    """when it ends"""
    comment: str = Field("", max_length=500)
    """why"""


class RetentionSettings(Section):
    """How long things are kept."""

    samples: Duration = Field(timedelta(days=30), ge=timedelta(hours=1))
    """samples of metrics, as they were measured"""
    five_minutes: Duration = Field(timedelta(days=31), ge=timedelta(days=1))
    """what samples came to in each five minutes: least, mean, most and how many"""
    hours: Duration = Field(timedelta(days=400), ge=timedelta(days=1))
    """what samples came to in each hour"""
    history: Duration = Field(timedelta(days=400), ge=timedelta(days=1))
    """incidents that are over, with their events and deliveries"""


class LogSettings(Section):
    """The relay's own log, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """the mildest that is written"""
    format: Literal["text", "json"] = "text"
    """`text` for people, `json` for programs"""


_Intake: Any = joined(IntakeSettings, IntakeSettingsOfAny, "format")
_Target: Any = joined(TargetSettings, SourceSettingsOfAny, "source")
_Account: Any = written(AccountSettings)
_Canary: Any = written(CanarySettings)
_Channel: Any = joined(ChannelSettings, ChannelSettingsOfAny, "kind")


class Settings(Section):
    """GameShelf Relay's configuration."""

    store: SecretStr | None = None
    """where everything is kept: `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://…`; default: the variable `POSTGRESQL_ADDON_URI`, or else `sqlite:///var/relay.db`"""
    listen: bool = False
    """with PostgreSQL: a `relay worker` is woken at once by a `relay web`, over one more connection; else it looks once a second"""
    web: WebSettings = WebSettings()
    """the pages and the address to listen on"""
    incidents: IncidentSettings = IncidentSettings()
    """when a trouble is the same trouble"""
    deployments: DeploymentSettings = DeploymentSettings()
    """what is told of deployments"""
    intakes: dict[Name, _Intake] = Field({})
    """webhooks that come in, by a name of your own"""
    clever_cloud: dict[Name, _Account] = Field({}, max_length=50)
    """organisations on Clever Cloud whose deployments and applications are watched, by a name of your own"""
    targets: dict[Name, _Target] = Field({})
    """what is polled, by a name of your own"""
    rules: dict[Name, Row] = Field({})
    """the table of rules: metric and thresholds, or another kind of judgement; rows are merged over the default ones"""
    channels: dict[Name, _Channel] = Field({})
    """where people are told, by a name of your own"""
    routes: tuple[RouteSettings, ...] | None = Field(None, max_length=1000)
    """who is told of what; default: every channel of every incident from warning on"""
    silences: tuple[SilenceSettings, ...] = Field((), max_length=1000)
    """planned times in which matching incidents are not told"""
    canary: _Canary | None = None
    """a sign of life that goes the whole road, told to a heartbeat outside"""
    retention: RetentionSettings = RetentionSettings()
    """how long things are kept"""
    log: LogSettings = LogSettings()
    """the relay's own log"""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_sections(cls, given: object) -> object:
        """A key whose lines are all commented out has no value: it is as if it were not there."""
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if value is not None}
