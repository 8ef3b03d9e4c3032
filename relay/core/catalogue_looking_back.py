"""The catalogue's sentences of the pages that look back: key -> (English, French)."""

from __future__ import annotations

from collections.abc import Mapping

LOOKING_BACK: Mapping[str, tuple[str, str]] = {
    # Why
    "page.why.title": ("Why, and why not", "Pourquoi, et pourquoi pas"),
    "page.why.link": ("Why?", "Pourquoi ?"),
    "page.why.about": (
        "What one minute of one metric came to: value, waits, verdict, incident, silence, route and delivery.",
        "Ce qu'a donné une minute d'une métrique : valeur, attentes, verdict, incident, silence, route et envoi.",
    ),
    "page.why.at": ("Minute (UTC)", "Minute (UTC)"),
    "page.why.ask": ("Explain", "Expliquer"),
    "page.why.before": ("The minute before", "La minute précédente"),
    "page.why.after": ("The minute after", "La minute suivante"),
    "page.why.unknown": (
        "Nothing is kept of this metric of this target.",
        "Rien n'est conservé de cette métrique pour cette cible.",
    ),
    "page.why.unjudged": ("No rule judges it.", "Aucune règle ne la juge."),
    "page.why.rule": ("Rule {rule}", "Règle {rule}"),
    "page.why.left": ("left at {leave}", "quitté à {leave}"),
    "page.why.beyond": (
        "beyond it since {at}, {times} in a row (waits {hold})",
        "au-delà depuis {at}, {times} de suite (attente : {hold})",
    ),
    "page.why.calm": ("back within it since {at}", "revenu en deçà depuis {at}"),
    "page.why.not_beyond": ("not beyond it", "pas au-delà"),
    "page.why.no_incident": ("No incident at that time.", "Aucun incident à ce moment-là."),
    "page.why.last": (
        "The last was {value} of {at}. What it came to stands until there is another.",
        "La dernière était {value}, {at}. Ce qu'elle a donné reste jusqu'à la suivante.",
    ),
    "page.why.prospect": (
        "No incident at that time. One ({severity}) would have gone this way:",
        "Aucun incident à ce moment-là. S'il y en avait eu un ({severity}), il aurait pris ce chemin :",
    ),
    "page.why.to": (
        "Route {route}: takes it, to {channels}",
        "Route {route} : le prend, vers {channels}",
    ),
    "page.why.nowhere": (
        "No route takes it: nobody is told",
        "Aucune route ne le prend : personne n'est averti",
    ),
    "page.why.silenced": ("Silenced until {until}", "Mis en silence jusqu'à {until}"),
    "page.why.route": ("Route {route}", "Route {route}"),
    "page.why.quiet": ("quiet hours until {until}", "heures calmes jusqu'à {until}"),
    "page.why.answer.takes": ("takes it", "le prend"),
    "page.why.answer.too_mild": ("milder than it tells", "trop bénin pour elle"),
    "page.why.answer.other_labels": ("about other labels", "concerne d'autres étiquettes"),
    "page.why.missing.no_data": ("the reads brought nothing", "les lectures n'ont rien donné"),
    "page.why.missing.no_data_or_not_read": (
        "the reads brought nothing, or nobody read the target",
        "les lectures n'ont rien donné, ou personne n'a lu la cible",
    ),
    "page.why.missing.not_read": (
        "nobody read the target: the relay was down, or the target was not configured",
        "personne n'a lu la cible : relais arrêté, ou cible non configurée",
    ),
    "page.why.missing.not_kept": (
        "what was measured then is not kept",
        "ce qui a été mesuré alors n'est pas conservé",
    ),
    # Verdicts
    "verdict.beyond_the_threshold": ("beyond the threshold", "au-delà du seuil"),
    "verdict.still_beyond_the_threshold": ("still beyond the threshold", "toujours au-delà du seuil"),
    "verdict.within_the_slack": ("within the slack", "dans la marge"),
    "verdict.flapping": (
        "it flaps: waiting for a calm that lasts",
        "va-et-vient : en attente d'un calme qui dure",
    ),
    "verdict.waiting_to_ease": ("waiting to ease", "en attente d'apaisement"),
    "verdict.waiting": ("waiting", "en attente"),
    "verdict.within_the_thresholds": ("within the thresholds", "en deçà des seuils"),
    "verdict.nothing_was_measured_yet": (
        "nothing was measured yet, as far as is kept",
        "rien n'avait encore été mesuré, d'après ce qui est conservé",
    ),
    "verdict.usual": ("usual", "habituel"),
    "verdict.unusual": ("unusual", "inhabituel"),
    "verdict.not_yet_usual_again_for_long_enough": (
        "not yet usual again for long enough",
        "pas encore habituel depuis assez longtemps",
    ),
    "verdict.within_the_budget": ("within the budget", "dans le budget"),
    "verdict.the_budget_burns_too_fast": ("the budget burns too fast", "le budget brûle trop vite"),
    "verdict.it_is_beyond_the_given_limit_and_has_been_since_the_start:_the_limit_cannot_be_right": (
        "it is beyond the given limit and has been since the start: the limit cannot be right",
        "au-delà de la limite donnée depuis le début : cette limite ne peut pas être juste",
    ),
    "verdict.it_does_not_grow": ("it does not grow", "pas de croissance"),
    "verdict.it_falls_back": ("it falls back", "la valeur redescend"),
    "verdict.it_grows_steadily_and_does_not_come_back": (
        "it grows steadily and does not come back",
        "croissance régulière, sans retour",
    ),
    "verdict.it_runs_out_within_minutes": ("it runs out within minutes", "épuisé en quelques minutes"),
    "verdict.it_grows_and_the_limit_is_near": (
        "it grows and the limit is near",
        "croissance, et la limite est proche",
    ),
    "verdict.what_had_grown_was_given_back": (
        "what had grown was given back",
        "ce qui avait augmenté a été rendu",
    ),
    "verdict.not_enough_data": (
        "not enough data",
        "pas assez de données",
    ),
    "verdict.memory_is_above_the_given_limit_and_has_been_since_the_start:_the_limit_cannot_be_right": (
        "memory is above the given limit and has been since the start: the limit cannot be right",
        "la mémoire dépasse la limite indiquée depuis le début : la limite ne peut être exacte",
    ),
    "verdict.memory_does_not_grow": (
        "memory does not grow",
        "la mémoire n'augmente pas",
    ),
    "verdict.the_growth_is_still_too_small_to_tell": (
        "the growth is still too small to tell",
        "la croissance est encore trop faible pour conclure",
    ),
    "verdict.memory_falls_back": (
        "memory falls back",
        "la mémoire redescend",
    ),
    "verdict.the_growth_is_within_the_noise": (
        "the growth is within the noise",
        "la croissance se perd dans le bruit",
    ),
    "verdict.the_growth_came_in_too_few_steps_to_go_on_like_that": (
        "the growth came in too few steps to go on like that",
        "la croissance est venue en trop peu d'étapes pour durer",
    ),
    "verdict.the_growth_levels_off_below_the_limit": (
        "the growth levels off below the limit",
        "la croissance se stabilise sous la limite",
    ),
    "verdict.the_growth_is_too_uneven_to_be_lasting": (
        "the growth is too uneven to be lasting",
        "la croissance est trop irrégulière pour durer",
    ),
    "verdict.memory_follows_the_request_rate": (
        "memory follows the request rate",
        "la mémoire suit le débit de requêtes",
    ),
    "verdict.the_growth_has_not_lasted_long_enough_yet": (
        "the growth has not lasted long enough yet",
        "la croissance ne dure pas encore depuis assez longtemps",
    ),
    "verdict.memory_grows_with_every_request_and_does_not_come_back": (
        "memory grows with every request and does not come back",
        "la mémoire augmente à chaque requête et ne redescend pas",
    ),
    "verdict.memory_grows_steadily_and_does_not_come_back": (
        "memory grows steadily and does not come back",
        "la mémoire augmente régulièrement et ne redescend pas",
    ),
    "verdict.memory_runs_out_within_minutes": (
        "memory runs out within minutes",
        "la mémoire sera épuisée en quelques minutes",
    ),
    "verdict.memory_grows_and_the_limit_is_near": (
        "memory grows and the limit is near",
        "la mémoire augmente et la limite est proche",
    ),
    "verdict.the_process_restarted": (
        "the process restarted",
        "le processus a redémarré",
    ),
    "verdict.a_new_version_was_deployed": (
        "a new version was deployed",
        "une nouvelle version a été déployée",
    ),
    "verdict.memory_was_given_back": (
        "memory was given back",
        "la mémoire a été rendue",
    ),
    "verdict.nothing_speaks_for_a_lasting_growth_any_more": (
        "nothing speaks for a lasting growth any more",
        "plus rien n'indique une croissance durable",
    ),
    "verdict.the_growth_has_stopped": (
        "the growth has stopped",
        "la croissance s'est arrêtée",
    ),
    # Replay
    "page.replay.title": ("Try other rules", "Essayer d'autres règles"),
    "page.replay.link": (
        "Try other rules on what happened",
        "Essayer d'autres règles sur ce qui s'est passé",
    ),
    "page.replay.about": (
        "Which incidents a table would have raised, missed or spared on the stored samples. Nothing is changed, nobody is told.",
        "Quels incidents un tableau aurait déclenchés, manqués ou épargnés sur les mesures conservées. Rien n'est modifié, personne n'est averti.",
    ),
    "page.replay.rules": ("Rules", "Règles"),
    "page.replay.hint": (
        "Rows as in config.yaml; a row that is left out stays as it is. For a whole file and a longer time: relay replay.",
        "Des lignes comme dans config.yaml ; une ligne omise reste telle quelle. Pour un fichier entier et plus longtemps : relay replay.",
    ),
    "page.replay.span": ("How far back", "Sur quelle durée"),
    "page.replay.run": ("Replay", "Rejouer"),
    "page.replay.busy": (
        "Another replay is running: try again in some seconds.",
        "Un autre essai est en cours : réessayez dans quelques secondes.",
    ),
    "page.replay.wrong": ("These rules can't be used", "Ces règles sont inutilisables"),
    "page.replay.result": (
        "Happened: {happened}, would be: {would}",
        "Survenus : {happened}, auraient été : {would}",
    ),
    "page.replay.unfinished": (
        "There was no time for {count} of the troubles: their incidents are unknown here. relay replay takes all the time it needs.",
        "Le temps a manqué pour {count} des problèmes : leurs incidents sont ici inconnus. relay replay prend le temps qu'il faut.",
    ),
    "page.replay.cut": (
        "Only a part of the incidents is listed.",
        "Seule une partie des incidents est listée.",
    ),
    "page.replay.fate": ("Comparison", "Comparaison"),
    "page.replay.incident": ("Incident", "Incident"),
    "page.replay.happened": ("Happened", "Survenu"),
    "page.replay.would": ("Would be", "Aurait été"),
    "page.replay.nothing": ("No incident on either side.", "Aucun incident d'un côté ni de l'autre."),
    "page.replay.fate.same": ("the same", "identique"),
    "page.replay.fate.changed": ("changed", "différent"),
    "page.replay.fate.raised": ("raised", "déclenché"),
    "page.replay.fate.missed": ("missed", "manqué"),
    "page.replay.fate.spared": ("spared", "épargné"),
    "page.replay.fate.unknown": ("unknown", "inconnu"),
    "page.replay.missing": ("Missing samples", "Mesures manquantes"),
    "page.replay.unmeasured": (
        "Nothing is kept of {metric}, so the rule {rule} says nothing",
        "Rien n'est conservé de {metric} : la règle {rule} ne dit rien",
    ),
    "page.replay.gaps": (
        "{missing} without a sample, in {count} gaps; {samples} samples",
        "{missing} sans mesure, en {count} interruptions ; {samples} mesures",
    ),
    "page.replay.whole": ("No sample is missing.", "Aucune mesure ne manque."),
}
