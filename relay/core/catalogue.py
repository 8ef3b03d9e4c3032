"""Every sentence that a person reads, in English and French: key -> (English, French).

The rule: one catalogue for messages and pages; a test holds that both languages name the same arguments.
Keys are dotted: what it is about, then what it says.
"""

from __future__ import annotations

from collections.abc import Mapping

from relay.core.catalogue_failures import FAILURES
from relay.core.catalogue_looking_back import LOOKING_BACK
from relay.core.catalogue_pages import PAGES

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
    "metric.error_rate_hourly": (
        "Error rate of the last whole hour",
        "Taux d'erreur de la dernière heure entière",
    ),
    "metric.load": ("Load", "Charge"),
    "metric.requests": ("Requests", "Requêtes"),
    "metric.network_in": ("Network in", "Réseau entrant"),
    "metric.network_out": ("Network out", "Réseau sortant"),
    "metric.answers": ("Answers", "Réponses"),
    "metric.up": ("Availability", "Disponibilité"),
    # Rules
    "rule.above": ("{metric} over its threshold on {target}", "{metric} : seuil dépassé sur {target}"),
    "rule.below": ("{metric} under its threshold on {target}", "{metric} : sous le seuil sur {target}"),
    "rule.firing": (
        "{value} against the {level} threshold of {threshold}",
        "{value} pour un seuil « {level} » de {threshold}",
    ),
    "rule.flapping": (
        "{firing}\nIt comes and goes, {number} times within {span}: its end is told once it lasts.",
        "{firing}\nVa-et-vient, {number} fois en {span} : la fin est annoncée quand elle dure.",
    ),
    "rule.over": ("Back to {value}", "Revenu à {value}"),
    # Growth towards a limit
    "lines": ("{first}\n{rest}", "{first}\n{rest}"),
    "leak.title": ("{metric} leaks on {target}", "{metric} : fuite sur {target}"),
    "leak.title.suspected": (
        "{metric} may be leaking on {target}",
        "{metric} : fuite possible sur {target}",
    ),
    "leak.title.imminent": (
        "{metric} is about to run out on {target}",
        "{metric} : limite bientôt atteinte sur {target}",
    ),
    "leak.pace": ("It grows by {pace}.", "Croissance de {pace}."),
    "leak.pace.requests": (
        "It grows by {pace}: {each} per 1,000 requests ({low} to {high}).",
        "Croissance de {pace} : {each} pour 1 000 requêtes ({low} à {high}).",
    ),
    "pace.second": ("{amount} a second", "{amount} par seconde"),
    "pace.minute": ("{amount} a minute", "{amount} par minute"),
    "pace.hour": ("{amount} an hour", "{amount} par heure"),
    "pace.day": ("{amount} a day", "{amount} par jour"),
    "leak.end": (
        "It reaches {limit} in {span}, at {at} (between {early} and {late} from now).",
        "Limite de {limit} atteinte dans {span}, le {at} (entre {early} et {late}).",
    ),
    "leak.end.open": (
        "It reaches {limit} in {span}, at {at} (in {early} or later).",
        "Limite de {limit} atteinte dans {span}, le {at} (dans {early} ou plus tard).",
    ),
    "leak.end.reached": ("It has reached {limit}.", "La limite de {limit} est atteinte."),
    "leak.end.unknown": (
        "When it reaches {limit} can't be told.",
        "On ne peut pas dire quand la limite de {limit} sera atteinte.",
    ),
    "leak.since": ("It began at {at}.", "Début : {at}."),
    "leak.since.deployed": (
        "It began at {at}, after the deployment of {deployed}.",
        "Début : {at}, après le déploiement de {deployed}.",
    ),
    "leak.suspect": ("The growth comes from the route {first}.", "La croissance vient de la route {first}."),
    "leak.suspect.others": (
        "The growth comes from the route {first}. Less sure: {shares}.",
        "La croissance vient de la route {first}. Moins sûr : {shares}.",
    ),
    "leak.suspect.unsure": (
        "The traffic can't tell the routes apart; likeliest: {shares}.",
        "Le trafic ne permet pas de distinguer les routes ; les plus probables : {shares}.",
    ),
    "leak.shares": ("{first}; {rest}", "{first} ; {rest}"),
    "leak.share": (
        "{route}, {each} a request ({low} to {high})",
        "{route}, {each} par requête ({low} à {high})",
    ),
    "leak.over.restarted": (
        "Over: the process restarted and began anew",
        "Terminé : le processus a redémarré et repart de zéro",
    ),
    "leak.over.deployed": (
        "Over: the deployment of {at} began anew",
        "Terminé : le déploiement de {at} repart de zéro",
    ),
    "leak.over.freed": ("Over: what had grown was given back", "Terminé : ce qui avait crû a été rendu"),
    "leak.over.bounded": ("Over: the growth has stopped", "Terminé : la croissance s'est arrêtée"),
    "leak.over.calm": ("Over: it no longer grows", "Terminé : plus aucune croissance"),
    "forecast.title": ("{metric} nears its limit on {target}", "{metric} : limite en vue sur {target}"),
    "forecast.falls": ("It falls by {pace}.", "Baisse de {pace}."),
    # Error budgets
    "burn.title": (
        "{metric} burns its error budget on {target}",
        "{metric} : budget d'erreurs consommé trop vite sur {target}",
    ),
    "burn.firing": (
        "The budget of {budget} burns {rate} times too fast: {long} over {long_span}, {short} over {short_span}. "
        "At this rate the {period} budget is gone in {left}.",
        "Le budget de {budget} brûle {rate} fois trop vite : {long} sur {long_span}, {short} sur {short_span}. "
        "À ce rythme, le budget de {period} est épuisé en {left}.",
    ),
    "burn.over": (
        "It burns no longer too fast: {short} over {short_span}",
        "Il ne brûle plus trop vite : {short} sur {short_span}",
    ),
    "burn.pair": (
        "{long_rate} times the allowed pace over {long_span}, {short_rate} times over {short_span}; told from {factor} times on "
        "over both.",
        "{long_rate} fois le rythme permis sur {long_span}, {short_rate} fois sur {short_span} ; signalé à partir de {factor} fois "
        "sur les deux.",
    ),
    # Anomalies
    "anomaly.title": ("{metric} is unusual on {target}", "{metric} : valeur inhabituelle sur {target}"),
    "anomaly.spike": (
        "{value}, where about {usual} came before.",
        "{value}, alors que la valeur était d'environ {usual} juste avant.",
    ),
    "anomaly.shift": (
        "{value} of late, where {usual} was usual for long.",
        "{value} ces derniers temps, au lieu de {usual} sur la durée.",
    ),
    "anomaly.season": (
        "{value}, where {usual} is usual at this time.",
        "{value}, au lieu de {usual} d'habitude à cette heure.",
    ),
    "anomaly.detail": (
        "Surprise {score}, told from {rarity} on; about {usual} was to be expected.",
        "Surprise {score}, signalée à partir de {rarity} ; on attendait environ {usual}.",
    ),
    "anomaly.learning": (
        "{seen} of the {least} steps that are only learned from.",
        "{seen} des {least} pas qui ne servent qu'à apprendre.",
    ),
    "anomaly.over": ("Usual again: {value}", "De nouveau habituel : {value}"),
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
    "nodata.why.refused": ("connection refused", "connexion refusée"),
    "nodata.why.name": ("its name is unknown", "son nom est inconnu"),
    "nodata.why.tls": ("no trusted TLS connection", "pas de connexion TLS de confiance"),
    "nodata.why.silent": ("no reply", "pas de réponse"),
    "nodata.why.route": ("no way to the host", "aucun chemin vers l'hôte"),
    "nodata.why.exhausted": ("the relay has no connection left", "le relais n'a plus de connexion libre"),
    "nodata.why.broken": ("the connection broke", "la connexion s'est interrompue"),
    "nodata.why.address": ("the address can't be used", "l'adresse est inutilisable"),
    "nodata.why.http": ("it is no plain HTTP answer", "ce n'est pas une réponse HTTP simple"),
    "nodata.why.samples": ("it holds no sample", "elle ne contient aucune mesure"),
    "nodata.why.line": ("line {line}: {what}", "ligne {line} : {what}"),
    "nodata.why.line.labels": ("broken labels", "étiquettes mal formées"),
    "nodata.why.line.value": ("no number", "pas de nombre"),
    "nodata.why.line.encoding": ("not UTF-8", "pas en UTF-8"),
    "nodata.why.line.length": ("too long", "trop longue"),
    "nodata.why.many": ("too many series", "trop de séries"),
    "nodata.why.json": (
        "no JSON at line {line}, column {column}",
        "pas de JSON à la ligne {line}, colonne {column}",
    ),
    "nodata.why.encoding": ("it is not UTF-8", "elle n'est pas en UTF-8"),
    "nodata.why.deep": ("nested too deeply", "trop de niveaux imbriqués"),
    "nodata.why.duplicate": ("a key stands twice in one object", "une clé figure deux fois dans un objet"),
    "nodata.why.number": (
        "it holds a number that is none in JSON",
        "elle contient un nombre invalide en JSON",
    ),
    "nodata.shared": ("{what} brings no data: {reason}", "{what} n'apporte aucune donnée : {reason}"),
    # The canary
    "canary.title": ("Sign of life", "Signe de vie"),
    "canary.beat": ("A beat of the canary", "Un battement du canari"),
    "canary.refused": (
        "the relay's own intake took no sign of life ({why})",
        "l'entrée du relais n'a pas pris de signe de vie ({why})",
    ),
    # Lateness
    "late.arrived": ("reported {span} after it happened", "signalé {span} après les faits"),
    "late.refused": (
        "told late: {channel} took nothing for {span} ({why})",
        "annoncé en retard : {channel} n'a rien accepté pendant {span} ({why})",
    ),
    "late.tried": (
        "told {span} late: {channel} did not take it before ({why})",
        "annoncé avec {span} de retard : {channel} ne l'avait pas accepté ({why})",
    ),
    "late.held": ("told {span} late: held by {by}", "annoncé avec {span} de retard : retenu par {by}"),
    "late.waiting": (
        "told {span} late: the relay was stopped, or other messages went first",
        "annoncé avec {span} de retard : le relais était arrêté, ou d'autres messages passaient avant",
    ),
    "late.instead": (
        "told here because {channel} has taken nothing for {span} ({why})",
        "annoncé ici car {channel} n'a rien accepté depuis {span} ({why})",
    ),
    "late.instead.over": (
        "told here because {channel} took nothing at the time",
        "annoncé ici car {channel} n'acceptait rien à ce moment-là",
    ),
    "late.redelivered": (
        "told {span} late: it had failed before, and somebody had it sent again",
        "annoncé avec {span} de retard : l'envoi avait échoué et quelqu'un l'a relancé",
    ),
    "held.redelivery": ("a redelivery", "une relance"),
    "held.silence": ("a silence", "un silence"),
    "held.quiet_hours": ("quiet hours", "les heures calmes"),
    # The relay's own troubles
    "channel.parked.title": ("The channel {channel} is parked", "Le canal {channel} est suspendu"),
    "channel.parked.summary": (
        "{channel} refused for good: {why}. Its messages wait. Mend its settings, or run relay send-test {channel}.",
        "{channel} refuse définitivement : {why}. Ses messages attendent. Corrigez ses réglages ou lancez relay send-test {channel}.",
    ),
    "channel.back.summary": ("{channel} takes messages again", "{channel} accepte de nouveau les messages"),
    "nodata.own_network": (
        "unknown: the relay's own network is away, neither a target nor a destination can be reached",
        "inconnu : le réseau du relais est coupé, ni cible ni destination n'est joignable",
    ),
    "network.title": (
        "The relay was cut off from the network",
        "Le relais a été coupé du réseau",
    ),
    "network.summary": (
        "From {since} on, for {span}, neither a target nor a destination could be reached. What was to be told was"
        " held back; what the targets did meanwhile is unknown.",
        "À partir de {since}, pendant {span}, ni cible ni destination n'était joignable. Ce qui était à annoncer a"
        " été retenu ; ce que les cibles ont fait entre-temps est inconnu.",
    ),
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
    # Storms
    "storm.opened": ("{count} incidents opened in {span}", "{count} incidents ouverts en {span}"),
    "storm.over": ("{count} incidents resolved in {span}", "{count} incidents résolus en {span}"),
    "storm.mixed": (
        "{count} incidents changed in {span}: {opened} opened, {over} resolved",
        "{count} incidents modifiés en {span} : ouverts : {opened}, résolus : {over}",
    ),
    "storm.summary": ("{counts}\n{names}", "{counts}\n{names}"),
    "storm.and": ("{first}, {rest}", "{first}, {rest}"),
    "storm.next": ("{first}\n{rest}", "{first}\n{rest}"),
    "storm.line": ("• {severity}: {title}", "• {severity} : {title}"),
    "storm.count.critical": ("{count} critical", "critiques : {count}"),
    "storm.count.warning": ("{count} at warning", "avertissements : {count}"),
    "storm.count.info": ("{count} for information", "pour information : {count}"),
    "storm.count.ok": ("{count} resolved", "résolus : {count}"),
    # Clever Cloud
    "clever.reported": ("Reported by Clever Cloud as {event}", "Signalé par Clever Cloud : {event}"),
    "clever.unknown": ("{event} on {target}", "{event} sur {target}"),
    "clever.deployment.begun": ("Deployment of {target} began", "Déploiement de {target} commencé"),
    "clever.deployment.succeeded": ("Deployment of {target} succeeded", "Déploiement de {target} réussi"),
    "clever.deployment.succeeded.summary": ("A deployment succeeded", "Un déploiement a réussi"),
    "clever.deployment.failed": ("Deployment of {target} failed", "Échec du déploiement de {target}"),
    "clever.deployment.failed.summary": (
        "The new version is not in service; the deployment's log says why",
        "La nouvelle version n'est pas en service ; le journal du déploiement dit pourquoi",
    ),
    "clever.deployment.cancelled": ("Deployment of {target} cancelled", "Déploiement de {target} annulé"),
    "clever.deployment.ended": ("Deployment of {target} ended", "Déploiement de {target} terminé"),
    "clever.restarted": ("Clever Cloud restarts {target}", "Clever Cloud redémarre {target}"),
    "clever.restarts": (
        "Clever Cloud restarts many applications",
        "Clever Cloud redémarre de nombreuses applications",
    ),
    "clever.restarts.summary": (
        "{count} restarts, within an hour of one another, by the platform's monitoring: {names}",
        "{count} redémarrages, à moins d'une heure d'intervalle, par la supervision de la plateforme : {names}",
    ),
    "clever.cause.unreachable": (
        "The platform's monitoring could not reach an instance, so it restarts the application",
        "La supervision de la plateforme n'a pas pu joindre une instance : elle redémarre l'application",
    ),
    "clever.cause.timeout": (
        "An instance answered the platform's monitoring too late, so it restarts the application",
        "Une instance a répondu trop tard à la supervision de la plateforme : elle redémarre l'application",
    ),
    "clever.cause.diskfull": (
        "The disk of an instance was full, so the platform restarts the application",
        "Le disque d'une instance était plein : la plateforme redémarre l'application",
    ),
    "clever.cause.scaling": (
        "The autoscaler changes the number or the size of the instances",
        "L'autoscaler change le nombre ou la taille des instances",
    ),
    "clever.cause.maintenance": ("The platform is updated", "La plateforme est mise à jour"),
    "clever.stopped": ("{target} was stopped", "Arrêt de {target}"),
    "clever.stopped.summary": (
        "Nobody is named who asked for it; it stays down until it is deployed again",
        "Personne n'est indiqué à l'origine de l'arrêt, qui dure jusqu'au prochain déploiement",
    ),
    "clever.stopped.by_hand": ("Somebody asked for it", "À la demande d'une personne"),
    "clever.redeployed": ("Redeployment of {target} asked for", "Redéploiement de {target} demandé"),
    "clever.git_push": ("Code pushed to {target}", "Code poussé vers {target}"),
    "clever.created": ("{target} was created", "Création de {target}"),
    "clever.edited": ("{target} was changed", "Modification de {target}"),
    "clever.application.deleted": ("The application {target} was deleted", "Application {target} supprimée"),
    "clever.addon.deleted": ("The add-on {target} was deleted", "Add-on {target} supprimé"),
    "clever.organisation.deleted": (
        "The organisation {target} was deleted",
        "Organisation {target} supprimée",
    ),
    "clever.account.deleted": ("The account {target} was deleted", "Compte {target} supprimé"),
    "clever.user_added": ("A member was added to {target}", "Nouveau membre dans {target}"),
    "clever.credits": ("Credits were added to {target}", "Crédits ajoutés à {target}"),
    "clever.tools": ("The command line was used on {target}", "Ligne de commande utilisée sur {target}"),
    "clever.up_again": ("It runs again", "Elle tourne de nouveau"),
    "clever.down": ("No instance of {target} is up", "Aucune instance de {target} ne tourne"),
    "clever.down.summary": (
        "The platform wants it up, no deployment is under way, and no instance of it is up",
        "La plateforme la veut en marche, aucun déploiement n'est en cours et aucune instance ne tourne",
    ),
    "clever.moderated": ("{target} was moderated by Clever Cloud", "{target} a été modérée par Clever Cloud"),
    "clever.moderated.summary": (
        "The platform has taken it down; its support knows why",
        "La plateforme l'a arrêtée ; son support sait pourquoi",
    ),
    "clever.unpaid": ("{target} is down: a payment is missing", "{target} est arrêtée : un paiement manque"),
    "clever.unpaid.summary": (
        "The platform has taken it down until the organisation's bill is paid",
        "La plateforme l'a arrêtée jusqu'au paiement de la facture de l'organisation",
    ),
    "clever.empty": (
        "the platform has no fresh figures; a gap is not zero",
        "la plateforme n'a pas de mesure récente ; un trou n'est pas un zéro",
    ),
    "clever.denied": (
        "Clever Cloud refuses the account's token (HTTP {status}): it may have ended or lack rights",
        "Clever Cloud refuse le jeton du compte (HTTP {status}) : il a pu expirer ou manquer de droits",
    ),
    "clever.hook": (
        "The webhook of {account} does not bring its notifications",
        "Le webhook de {account} n'apporte pas ses notifications",
    ),
    "clever.hook.disabled": (
        "Clever Cloud has disabled the webhook after failures (last: {answer}); relay clever setup enables it again",
        "Clever Cloud a désactivé le webhook après des échecs (dernier : {answer}) ; relay clever setup le réactive",
    ),
    "clever.hook.missing": (
        "Clever Cloud has no webhook to this relay; relay clever setup creates it",
        "Clever Cloud n'a aucun webhook vers ce relais ; relay clever setup le crée",
    ),
    "clever.hook.other": (
        "The webhook has a secret or a format that this relay does not take; relay clever setup mends it",
        "Le webhook a un secret ou un format que ce relais n'accepte pas ; relay clever setup le répare",
    ),
    "clever.hook.failing": (
        "Clever Cloud failed to deliver {number} notifications within half an hour (last: {answer})",
        "Clever Cloud n'a pas pu livrer {number} notifications en une demi-heure (dernier échec : {answer})",
    ),
    "clever.hook.unknown": (
        "Whether the webhook delivers can't be read: {reason}",
        "Impossible de savoir si le webhook livre : {reason}",
    ),
    "clever.hook.unreached": ("no answer", "aucune réponse"),
    "clever.hook.unsaid": ("not said", "non précisé"),
    "clever.hook.well": ("The webhook is there and enabled", "Le webhook est présent et activé"),
    "clever.token": (
        "The token of {account} for Clever Cloud ends soon",
        "Le jeton de {account} pour Clever Cloud expire bientôt",
    ),
    "clever.token.ends": (
        "It ends in {span}: make another one (clever tokens create) and set it",
        "Il expire dans {span} : créez-en un autre (clever tokens create) et configurez-le",
    ),
    "clever.token.well": (
        "The token is good for more than a week",
        "Le jeton est valable plus d'une semaine",
    ),
    "clever.read_token": ("it holds no read token", "elle ne contient pas de jeton de lecture"),
    "clever.held": (
        "Clever Cloud asked not to be asked for another {span}",
        "Clever Cloud a demandé de ne plus être interrogé pendant {span}",
    ),
    # Deployments
    "deployment.named": ("{what}{by}{why}", "{what}{by}{why}"),
    "deployment.by": (" by {author}", " par {author}"),
    "deployment.why": (" ({cause})", " ({cause})"),
    "deployment.preceded": ("{span} after {deployment}", "{span} après {deployment}"),
    "deployment.preceded.figure": (
        "{preceded}: {before} before, {after} after",
        "{preceded} : {before} avant, {after} après",
    ),
    "deployment.figure": ("{metric} {before} → {after}", "{metric} {before} → {after}"),
    "deployment.figure.after": ("{metric} {after}", "{metric} {after}"),
    "deployment.figure.none": ("{metric}: no data", "{metric} : aucune donnée"),
    "deployment.incidents": ("incidents opened since: {count}", "incidents ouverts depuis : {count}"),
    "deployment.unmeasured": (
        "Nothing was measured since: whether it is healthy is unknown",
        "Rien n'a été mesuré depuis : on ne sait pas si tout va bien",
    ),
    "deployment.verdict.healthy": (
        "{target}: healthy {span} after deployment {deployment}",
        "{target} : en bonne santé {span} après le déploiement {deployment}",
    ),
    "deployment.verdict.worse": (
        "{target}: worse {span} after deployment {deployment}",
        "{target} : moins bien {span} après le déploiement {deployment}",
    ),
    "deployment.verdict.unknown": (
        "{target}: no figures {span} after deployment {deployment}",
        "{target} : aucune mesure {span} après le déploiement {deployment}",
    ),
    # Other webhooks
    "generic.title": ("A message from {source}", "Un message de {source}"),
    "alert.over": ("No longer firing", "Ne se déclenche plus"),
    # Messages
    "message.target": ("Target", "Cible"),
    "message.value": ("Value", "Valeur"),
    "message.threshold": ("Threshold", "Seuil"),
    "message.deployment": ("Deployment", "Déploiement"),
    "message.since": ("Since", "Depuis"),
    "message.duration": ("Duration", "Durée"),
    "message.change": ("Change", "Changement"),
    "message.story": ("What happened", "Ce qui s'est passé"),
    "message.open_page": ("Open the incident", "Ouvrir l'incident"),
    "message.open_list": ("Open the list", "Ouvrir la liste"),
    "message.digest": ("digest #{id}", "récapitulatif #{id}"),
    "message.incident": ("incident #{id}", "incident #{id}"),
    "message.earlier": ("… {count} before that", "… {count} avant cela"),
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
    **FAILURES,
    **PAGES,
    **LOOKING_BACK,
}
