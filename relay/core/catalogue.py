"""Every sentence that a person reads, in English and French: key -> (English, French).

The rule: one catalogue for messages and pages; a test holds that both languages name the same arguments.
Keys are dotted: what it is about, then what it says.
"""

from __future__ import annotations

from collections.abc import Mapping

CATALOGUE: Mapping[str, tuple[str, str]] = {
    "verbatim": ("{words}", "{words}"),
    # Severities
    "severity.ok": ("Resolved", "Résolu"),
    "severity.info": ("Information", "Information"),
    "severity.warning": ("Warning", "Avertissement"),
    "severity.critical": ("Critical", "Critique"),
    # Metrics of the threshold table
    "metric.memory": ("Memory", "Mémoire"),
    "metric.cpu": ("CPU", "CPU"),
    "metric.response_time": ("Response time", "Temps de réponse"),
    "metric.error_rate": ("Error rate", "Taux d'erreur"),
    "metric.disk": ("Disk", "Disque"),
    "metric.network_errors": ("Network errors", "Erreurs réseau"),
    "metric.db_connections": ("Database connections", "Connexions à la base"),
    "metric.up": ("Availability", "Disponibilité"),
    # Rules
    "rule.above": ("{metric} over its threshold on {target}", "{metric} : seuil dépassé sur {target}"),
    "rule.below": ("{metric} under its threshold on {target}", "{metric} : sous le seuil sur {target}"),
    "rule.firing": (
        "{value} against the {level} threshold of {threshold}",
        "{value} pour un seuil « {level} » de {threshold}",
    ),
    "rule.over": ("Back to {value}", "Revenu à {value}"),
    "probe.down": ("{target} does not answer", "{target} ne répond pas"),
    # No data
    "nodata.title": ("No data from {target}", "Aucune donnée de {target}"),
    "nodata.summary": (
        "{misses} reads in a row brought nothing: {reason}. Whether all is well is unknown.",
        "{misses} lectures de suite sans résultat : {reason}. On ne sait pas si tout va bien.",
    ),
    "nodata.over": ("Data arrives again", "Les données arrivent de nouveau"),
    "nodata.timeout": ("no complete answer within {limit}", "pas de réponse complète en {limit}"),
    "nodata.unreachable": ("no connection ({why})", "pas de connexion ({why})"),
    "nodata.status": ("the source answered HTTP {status}", "la source a répondu HTTP {status}"),
    "nodata.too_large": ("the answer is larger than {limit}", "la réponse dépasse {limit}"),
    "nodata.unreadable": ("the answer could not be read: {why}", "la réponse est illisible : {why}"),
    "nodata.missing": ("the answer lacks {names}", "il manque {names} dans la réponse"),
    "nodata.fault": ("a fault in the relay ({why})", "une erreur dans le relais ({why})"),
    # Lateness
    "late.arrived": ("reported {span} after it happened", "signalé {span} après les faits"),
    "late.refused": (
        "told late: {channel} took nothing for {span} ({why})",
        "annoncé en retard : {channel} n'a rien accepté pendant {span} ({why})",
    ),
    "late.held": ("told {span} late: held by {by}", "annoncé avec {span} de retard : retenu par {by}"),
    "late.waiting": (
        "told {span} late: the relay was down or its outbox was full",
        "annoncé avec {span} de retard : le relais était arrêté ou sa file pleine",
    ),
    "held.silence": ("a silence", "un silence"),
    "held.quiet_hours": ("quiet hours", "les heures calmes"),
    # The relay's own troubles
    "channel.parked.title": ("The channel {channel} is parked", "Le canal {channel} est suspendu"),
    "channel.parked.summary": (
        "{channel} refused for good: {why}. Its messages wait. Mend its settings, or run relay send-test {channel}.",
        "{channel} refuse définitivement : {why}. Ses messages attendent. Corrigez ses réglages ou lancez relay send-test {channel}.",
    ),
    "channel.back.summary": ("{channel} takes messages again", "{channel} accepte de nouveau les messages"),
    "delivery.given_up.title": (
        "A message for {channel} was given up",
        "Un message pour {channel} a été abandonné",
    ),
    "delivery.given_up.summary": (
        "{title}: {why}. It stays in the ledger of its incident.",
        "{title} : {why}. Il reste dans le registre de son incident.",
    ),
    "event.expired": (
        "Not reported again in time: taken as over",
        "Plus signalé dans les temps : considéré comme terminé",
    ),
    # Messages
    "message.target": ("Target", "Cible"),
    "message.value": ("Value", "Valeur"),
    "message.threshold": ("Threshold", "Seuil"),
    "message.since": ("Since", "Depuis"),
    "message.duration": ("Duration", "Durée"),
    "message.change": ("Change", "Changement"),
    "message.story": ("What happened", "Ce qui s'est passé"),
    "message.open_page": ("Open the incident", "Ouvrir l'incident"),
    "message.update": ("update {number}", "mise à jour {number}"),
    "message.repeated": ("may have been sent before", "peut-être déjà envoyé"),
    "message.more": ("… and {count} more", "… et {count} de plus"),
    "message.test.title": ("Test message of the relay", "Message d'essai du relais"),
    "message.test.summary": (
        "If you can read this, this channel works.",
        "Si vous lisez ceci, ce canal fonctionne.",
    ),
    "change.opened": ("opened as {severity}", "ouvert : {severity}"),
    "change.reopened": ("came back as {severity}", "de retour : {severity}"),
    "change.escalated": ("{before} → {severity}", "{before} → {severity}"),
    "change.eased": ("{before} → {severity}", "{before} → {severity}"),
    "change.updated": ("reported again", "signalé de nouveau"),
    "change.resolved": ("resolved", "résolu"),
    "change.noticed": ("noticed", "constaté"),
}
