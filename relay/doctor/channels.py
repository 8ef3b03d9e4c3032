"""Each channel, tried with a real message where that was agreed to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from relay.app.trial import sent
from relay.config import Config
from relay.core.delivery import DeliveryError
from relay.doctor.finding import Finding, failed, skipped, well
from relay.exchange import Exchange


async def looked_at(config: Config, exchange: Exchange, told: Collection[str]) -> Sequence[Finding]:
    """Return what became of a test message to each channel of ``told``; of the others that none was sent."""
    if not config.channels:
        return [
            failed(
                "channels", "there is none: nobody is told of anything", "give channels a Slack or Discord"
            )
        ]
    return [
        await _tried(config, name, exchange)
        if name in told
        else skipped(f"channel {name}", "no test message was sent", f"relay send-test {name}")
        for name, _ in config.channels
    ]


async def _tried(config: Config, name: str, exchange: Exchange) -> Finding:
    try:
        status = await sent(config, name, exchange)
    except DeliveryError as error:
        mend = f"mend channels.{name}, then: relay send-test {name}"
        return failed(f"channel {name}", f"{error.failure.value}: {error}", mend)
    return well(f"channel {name}", f"took a test message (HTTP {status})")
