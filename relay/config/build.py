"""Settings that are each fine, checked against each other and made core values."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from relay.canary import CanarySettings
from relay.config import document as documents
from relay.config.accounts import accounts
from relay.config.channels import channels, charted, digests, fallbacks
from relay.config.config import Config, Log, Retention, Web
from relay.config.document import Document
from relay.config.draft import Draft
from relay.config.environment import fill
from relay.config.errors import ConfigError, Findings, Place, Problem, ordered, written
from relay.config.intakes import intakes
from relay.config.kinds import paced
from relay.config.origins import positions, rules_with, target_with
from relay.config.routes import routes, silences
from relay.config.rules import rules
from relay.config.targets import targets
from relay.config.validation import validated
from relay.core.canary import NAME
from relay.core.deployments import Following
from relay.core.incidents import Policy

STORE = "sqlite:///var/relay.db"
ADDON = "POSTGRESQL_ADDON_URI"
# Set by Clever Cloud on every instance; there a file is lost with the instance.
_INSTANCE = "CC_DEPLOYMENT_ID"
SHORTEST_PASSWORD = 8


def load(path: Path, environment: Mapping[str, str], needs: Set[str] | None = None) -> Config:
    """Read and check ``path``, its ``${NAME}`` filled from ``environment``; raise ``ConfigError`` with all that is wrong.

    ``needs`` names the sections that must be right; an entry of another one that is not is left out. None: all of them.
    """
    return build(path, documents.read(path), environment, needs)


def build(
    path: Path, document: Document, environment: Mapping[str, str], needs: Set[str] | None = None
) -> Config:
    """Return what a document says, or raise ``ConfigError`` with all that is wrong."""
    findings = Findings()
    filled = fill(document.content, environment, findings)
    settings, aside = validated(filled, document.content, findings)
    draft = Draft(settings, document.content, findings, aside)
    polled = targets(draft)
    where, digest = positions(document), sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()
    judged = rules(draft, [target for target, _ in polled])
    config = Config(
        store=_store(draft, environment),
        listen=settings.listen,
        web=_web(draft),
        policy=Policy(settings.incidents.reopen_within, settings.incidents.late_after),
        following=Following(settings.deployments.within, settings.deployments.verdict_after),
        intakes=intakes(draft),
        targets=tuple(
            (target_with(paced(target, judged), where, path, digest), source) for target, source in polled
        ),
        accounts=accounts(draft),
        rules=tuple(rules_with(judged, where, path, digest)),
        channels=channels(draft),
        fallbacks=fallbacks(draft),
        digest_above=digests(draft),
        charts=charted(draft),
        routes=routes(draft),
        silences=silences(draft),
        retention=Retention(
            settings.retention.samples,
            settings.retention.five_minutes,
            settings.retention.hours,
            settings.retention.history,
        ),
        canary=_canary(draft),
        log=Log(settings.log.level, settings.log.format),
        digest=digest,
        where=where,
        warnings=(),
    )
    return _finished(config, path, document, draft, needs)


def _finished(config: Config, path: Path, document: Document, draft: Draft, needs: Set[str] | None) -> Config:
    if not any(map(draft.names, ("intakes", "targets", "clever_cloud"))):
        draft.findings.warn((), "there is neither an intake nor a target: nothing comes in")
    _warn_of_forgetting(config, draft)
    findings = draft.findings
    counting = {
        place: said
        for place, said in findings.problems.items()
        if needs is None or not place or place[0] in needs
    }
    if counting:
        raise ConfigError(path, _located(counting, document, findings.keys))
    warnings = ordered(_located(findings.warnings, document, frozenset(findings.warnings)))
    return replace(config, warnings=tuple(warning.told(path) for warning in warnings))


def _warn_of_forgetting(config: Config, draft: Draft) -> None:
    """Warn where samples are dropped that a detector wants back after a restart: it takes no means for samples."""
    longest = max(config.rules, key=lambda rule: rule.detector.memory, default=None)
    if longest is not None and longest.detector.memory > config.retention.samples:
        draft.findings.warn(
            ("retention", "samples"),
            f"after a restart the rule {longest.name} looks back {longest.detector.memory.days} days: keep as much",
        )


def _located(found: Mapping[Place, str], document: Document, keys: Set[Place]) -> list[Problem]:
    return [
        Problem(
            document.position(place, key=place in keys) if place else None,
            written(place),
            message,
        )
        for place, message in found.items()
    ]


def _web(draft: Draft) -> Web:
    given = draft.settings.web
    # Empty is none: ${RELAY_PASSWORD:-} makes it optional.
    password = given.password if given.password and given.password.get_secret_value() else None
    web = Web(given.host, given.port, password, given.language, given.drain, given.public_url)
    if password is not None and len(password.get_secret_value()) < SHORTEST_PASSWORD:
        draft.findings.error(("web", "password"), f"a password has at least {SHORTEST_PASSWORD} characters")
    if not web.is_guarded:
        message = "others can reach this address: give web.password, or listen on 127.0.0.1"
        draft.findings.error(("web", "host"), message)
    if not web.is_local and given.public_url is None:
        draft.findings.warn(("web", "public_url"), f"is missing: links in messages lead to {web.public_url}")
    return web


def _canary(draft: Draft) -> CanarySettings | None:
    for section in ("targets", "channels", "intakes", "clever_cloud"):
        if draft.settings.canary is not None and NAME in draft.names(section):
            draft.findings.error((section, NAME), "is the name of the canary's own: choose another")
    given: CanarySettings | None = draft.settings.canary
    return given


def _store(draft: Draft, environment: Mapping[str, str]) -> str:
    given = draft.settings.store
    store = given.get_secret_value() if given is not None else environment.get(ADDON) or STORE
    scheme, found, rest = store.partition("://")
    if scheme in ("postgresql", "postgres") and found and rest:
        return store
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        if _INSTANCE in environment:
            draft.findings.warn(
                ("store",), f"a file is lost with its instance; link a PostgreSQL add-on ({ADDON})"
            )
        return store
    origin = "" if given is not None else f" ({ADDON} holds something else)"
    draft.findings.error(
        ("store",), f"must be sqlite:///relative/path, sqlite:////path or postgresql://…{origin}"
    )
    return STORE
