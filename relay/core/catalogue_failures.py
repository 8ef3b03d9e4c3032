"""The catalogue's sentences of why a delivery failed: key -> (English, French)."""

from __future__ import annotations

from collections.abc import Mapping

FAILURES: Mapping[str, tuple[str, str]] = {
    # What the far end said
    "failure.answered": ("{service} answered {what}", "{service} a répondu {what}"),
    "failure.status": ("HTTP {status}", "HTTP {status}"),
    "failure.status.word": ("HTTP {status} ({code})", "HTTP {status} ({code})"),
    "failure.status.code": ("HTTP {status} (code {code})", "HTTP {status} (code {code})"),
    "failure.status.no_id": (
        "HTTP {status} without the message's id",
        "HTTP {status} sans l'identifiant du message",
    ),
    "failure.status.no_ok": ("HTTP {status} without its ok", "HTTP {status} sans son « ok »"),
    "failure.no_id": ("without the message's id", "sans l'identifiant du message"),
    "failure.error": ("the error {code}", "l'erreur {code}"),
    "failure.at": ("{what} at {places}", "{what} à {places}"),
    # It said nothing
    "failure.unanswered": ("{service}: {why}", "{service} : {why}"),
    "failure.obstacle": ("{what} ({why})", "{what} ({why})"),
    "failure.trouble.unreachable": ("no connection", "pas de connexion"),
    "failure.trouble.timeout": ("no complete answer in time", "pas de réponse complète à temps"),
    "failure.trouble.broken": ("the connection broke", "la connexion s'est interrompue"),
    "failure.trouble.too_large": ("the answer is too large", "la réponse est trop grande"),
    "failure.trouble.unreadable": ("the answer is no HTTP", "la réponse n'est pas du HTTP"),
    "failure.trouble.address": ("the address can't be used", "l'adresse est inutilisable"),
    "failure.obstacle.refused": ("refused", "refusée"),
    "failure.obstacle.name": ("unknown name", "nom inconnu"),
    "failure.obstacle.tls": ("no trusted TLS", "pas de TLS de confiance"),
    "failure.obstacle.silent": ("no reply", "pas de réponse"),
    "failure.obstacle.route": ("no way there", "aucun chemin"),
    "failure.obstacle.exhausted": ("no connection left", "plus de connexion libre"),
    # The relay itself
    "failure.no_time": ("no time was left for the next call", "plus de temps pour l'appel suivant"),
    "failure.no_answer": ("no answer within the time of a send", "pas de réponse dans le temps d'un envoi"),
    "failure.lease": (
        "the lease ran out before the send",
        "la réservation a expiré avant l'envoi",
    ),
    "failure.fault": ("a fault in the relay ({why})", "une erreur dans le relais ({why})"),
    "failure.unconfigured": ("no longer configured", "n'est plus configuré"),
    "failure.silenced": ("silenced", "mis en silence"),
    "failure.told_with": ("told with {id}", "annoncé avec {id}"),
}
