"""Notification hooks: webhooks, their e-mail twin, and what they can be about."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from mirror.http.message import Answer, Refused, Request, as_json
from mirror.http.routes import Routes, owned
from mirror.times import zulu
from mirror.world.hooks import EVENTS, FORMATS, META_EVENTS, EmailHook, Failure, Hook, HookUrl
from mirror.world.identifiers import plain
from mirror.world.platform import Platform

routes = Routes()


@routes.add("GET", "/v2/notifications/info/events")
def events(platform: Platform, request: Request) -> Answer:
    """Name the events, and what each meta event stands for."""
    if platform.quirks.meta_events_are_a_map:
        return as_json({"events": EVENTS, "meta_events": META_EVENTS})
    metas = [{"key": name, "events": concrete} for name, concrete in META_EVENTS.items()]
    return as_json({"events": EVENTS, "meta_events": metas})


@routes.add("GET", "/v2/notifications/info/webhookformats")
def formats(platform: Platform, request: Request) -> Answer:
    """Name the formats of a webhook."""
    return as_json(FORMATS)


@routes.add("GET", "/v2/notifications/webhooks/{owner}")
def webhooks(platform: Platform, request: Request, owner: str) -> Answer:
    """List an owner's webhooks."""
    owner_id = owned(platform, request, owner)
    here = [_webhook(one) for one in platform.hooks.values() if one.owner_id == owner_id]
    if not here and platform.quirks.no_hooks_is_404:
        raise Refused(404, 4014, "Cannot find notification")
    return as_json(here)


@routes.add("POST", "/v2/notifications/webhooks/{owner}")
def add_webhook(platform: Platform, request: Request, owner: str) -> Answer:
    """Create a webhook."""
    owner_id = owned(platform, request, owner)
    body = request.json()
    new = Hook(
        id=plain("hook", owner_id, len(platform.hooks), request.at),
        owner_id=owner_id,
        name=_text(body, "name"),
        urls=_urls(body),
        created_at=request.at,
        events=_names(body, "events"),
        scope=_names(body, "scope"),
    )
    platform.hooks[new.id] = new
    return as_json(_webhook(new), 201)


@routes.add("PUT", "/v2/notifications/webhooks/{owner}/{hook}")
def edit_webhook(platform: Platform, request: Request, owner: str, hook: str) -> Answer:
    """Change a webhook; ``state`` enables a disabled one again."""
    old = _existing(platform, request, owner, hook)
    body = request.json()
    is_enabled = _text(body, "state") in (None, "ENABLED")
    new = replace(
        old,
        name=_text(body, "name"),
        urls=_urls(body),
        events=_names(body, "events"),
        scope=_names(body, "scope"),
        enabled=is_enabled,
        failed_in_a_row=0 if is_enabled else old.failed_in_a_row,
    )
    platform.hooks[new.id] = new
    return as_json(_webhook(new))


@routes.add("DELETE", "/v2/notifications/webhooks/{owner}/{hook}")
def remove_webhook(platform: Platform, request: Request, owner: str, hook: str) -> Answer:
    """Remove a webhook; the answer is empty."""
    del platform.hooks[_existing(platform, request, owner, hook).id]
    return Answer(200)


@routes.add("GET", "/v2/notifications/emailhooks/{owner}")
def emailhooks(platform: Platform, request: Request, owner: str) -> Answer:
    """List an owner's e-mail hooks."""
    owner_id = owned(platform, request, owner)
    return as_json([_emailhook(one) for one in platform.email_hooks.values() if one.owner_id == owner_id])


@routes.add("POST", "/v2/notifications/emailhooks/{owner}")
def add_emailhook(platform: Platform, request: Request, owner: str) -> Answer:
    """Create an e-mail hook."""
    owner_id = owned(platform, request, owner)
    body = request.json()
    new = EmailHook(
        id=plain("e-mail hook", owner_id, len(platform.email_hooks), request.at),
        owner_id=owner_id,
        name=_text(body, "name"),
        notified=tuple(cast("list[dict[str, str]]", body.get("notified") or [])),
        created_at=request.at,
        events=_names(body, "events"),
        scope=_names(body, "scope"),
    )
    platform.email_hooks[new.id] = new
    return as_json(_emailhook(new), 201)


@routes.add("DELETE", "/v2/notifications/emailhooks/{owner}/{hook}")
def remove_emailhook(platform: Platform, request: Request, owner: str, hook: str) -> Answer:
    """Remove an e-mail hook."""
    owner_id = owned(platform, request, owner)
    one = platform.email_hooks.get(hook)
    if one is None or one.owner_id != owner_id:
        raise Refused(404, 4014, "Cannot find notification")
    del platform.email_hooks[hook]
    return Answer(200)


def _existing(platform: Platform, request: Request, owner: str, hook_id: str) -> Hook:
    owner_id = owned(platform, request, owner)
    hook = platform.hooks.get(hook_id)
    if hook is None or hook.owner_id != owner_id:
        raise Refused(404, 4014, "Cannot find notification")
    return hook


def _text(body: dict[str, object], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(400, 4002, f"{name} must be a text")
    return value


def _names(body: dict[str, object], name: str) -> tuple[str, ...] | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refused(400, 4002, f"{name} must be a list of texts")
    return tuple(value)


def _urls(body: dict[str, object]) -> tuple[HookUrl, ...]:
    urls = body.get("urls")
    if not isinstance(urls, list) or not urls:
        raise Refused(400, 4002, "urls must be a list of format and url")
    return tuple(_url(one) for one in urls)


def _url(one: object) -> HookUrl:
    if not isinstance(one, dict) or one.get("format") not in FORMATS or not isinstance(one.get("url"), str):
        raise Refused(400, 4002, f"urls must have a url and a format of {', '.join(FORMATS)}")
    return HookUrl(str(one["format"]), str(one["url"]))


def _webhook(hook: Hook) -> dict[str, object]:
    told: dict[str, object] = {"id": hook.id, "ownerId": hook.owner_id}
    if hook.name is not None:
        told["name"] = hook.name
    told["urls"] = [{"format": one.format, "url": one.url} for one in hook.urls]
    if hook.events is not None:
        told["events"] = hook.events
    if hook.scope is not None:
        told["scope"] = hook.scope
    told["createdAt"] = zulu(hook.created_at)
    told["failures"] = [_failure(one) for one in hook.failures]
    told["state"] = "ENABLED" if hook.enabled else "DISABLED"
    return told


def _failure(failure: Failure) -> dict[str, object]:
    told: dict[str, object] = {"url": failure.url, "createdAt": zulu(failure.at)}
    if failure.network_failure is not None:
        told["networkFailure"] = failure.network_failure
    if failure.status is not None:
        told |= {"status": failure.status, "partialBody": failure.partial_body or ""}
    return told


def _emailhook(hook: EmailHook) -> dict[str, object]:
    told: dict[str, object] = {"id": hook.id, "ownerId": hook.owner_id, "name": hook.name}
    if hook.notified:
        told["notified"] = hook.notified
    if hook.events is not None:
        told["events"] = hook.events
    if hook.scope is not None:
        told["scope"] = hook.scope
    return {**told, "createdAt": zulu(hook.created_at)}
