"""Every sentence of the lab, as (English, French)."""

SENTENCES: dict[str, tuple[str, str]] = {
    # traffic
    "progress": (
        "{title}: {done}/{total} requests, {errors} errors, {seconds:.1f} s",
        "{title} : {done}/{total} requêtes, {errors} erreurs, {seconds:.1f} s",
    ),
    "normal": ("normal traffic", "trafic normal"),
    "heavy": ("heavy traffic", "trafic intensif"),
    "mixed": ("a mixed day", "une journée mélangée"),
    "look": (
        "Request {done}: cache entries {entries}, estimated memory {estimate}",
        "Requête {done} : entrées du cache {entries}, mémoire estimée {estimate}",
    ),
    "summary": (
        "{requests} of {planned} requests in {seconds:.1f} s ({rate:.0f}/s), {errors} errors",
        "{requests} requêtes sur {planned} en {seconds:.1f} s ({rate:.0f}/s), {errors} erreurs",
    ),
    "stopped: interrupted": ("stopped: interrupted", "arrêté : interrompu"),
    "stopped: time is up": ("stopped: time is up", "arrêté : temps écoulé"),
    "stopped: nobody answers": ("stopped: nobody answers", "arrêté : personne ne répond"),
    "latency_head": (
        "endpoint        requests  errors   mean ms     p50     p95     p99     max",
        "chemin          requêtes erreurs moyenne ms    p50     p95     p99     max",
    ),
    # table
    "table_head": (
        "| requests | cache entries | estimated memory | real memory |",
        "| requêtes | entrées cache | mémoire estimée  | mémoire réelle |",
    ),
    "per_request": ("{kb:.1f} KB a request", "{kb:.1f} Ko par requête"),
    "growth": (
        "Real growth {kb:.1f} KB a request; the cache estimates {ratio:.2f} times that.",
        "Croissance réelle {kb:.1f} Ko par requête ; le cache estime {ratio:.2f} fois cela.",
    ),
    "growth_unestimated": (
        "Real growth {kb:.1f} KB a request; this cache makes no estimate.",
        "Croissance réelle {kb:.1f} Ko par requête ; ce cache n'estime rien.",
    ),
    "mb": ("{mb:.1f} MB", "{mb:.1f} Mo"),
    "kb": ("{kb} KB", "{kb} Ko"),
    "none": ("–", "–"),
    "day": ("d", "j"),
    "steps": ("{title}: {done}/{total}, {seconds:.1f} s", "{title} : {done}/{total}, {seconds:.1f} s"),
    "plot_title": (
        "Real memory after each stretch of requests",
        "Mémoire réelle après chaque série de requêtes",
    ),
    "written": ("written: {path}", "écrit : {path}"),
    "axis_requests": ("requests of /popular", "requêtes à /popular"),
    "axis_memory": ("memory (MB)", "mémoire (Mo)"),
    "curve_real": ("real memory", "mémoire réelle"),
    "curve_estimated": ("start + estimate", "départ + estimation"),
    "curve_leaky": ("leaky cache", "cache qui fuit"),
    "curve_bounded": ("bounded cache", "cache borné"),
    # diagnose
    "diagnosis": ("Diagnosis of {url}", "Diagnostic de {url}"),
    "loading": ("load", "charge"),
    "idling": ("rest", "repos"),
    "endpoints": ("endpoints", "chemins"),
    "q_resource": ("1. Which resource is affected?", "1. Quelle ressource est affectée ?"),
    "a_resource_memory": (
        "Memory: {start:.1f} → {end:.1f} MB under load, {rest:.1f} MB after it.",
        "La mémoire : {start:.1f} → {end:.1f} Mo sous charge, {rest:.1f} Mo ensuite.",
    ),
    "a_resource_none": (
        "None: memory {start:.1f} → {end:.1f} MB under load, {rest:.1f} MB after it.",
        "Aucune : mémoire {start:.1f} → {end:.1f} Mo sous charge, {rest:.1f} Mo ensuite.",
    ),
    "a_resource_others": (
        "CPU {cpu_load:.0f} % of a core under load, {cpu_rest:.0f} % after; network {net_load:.0f} KB/s, then {net_rest:.0f} KB/s: both follow the load.",
        "CPU {cpu_load:.0f} % d'un cœur sous charge, {cpu_rest:.0f} % ensuite ; réseau {net_load:.0f} Ko/s, puis {net_rest:.0f} Ko/s : les deux suivent la charge.",
    ),
    "q_trend": ("2. What is the trend?", "2. Quelle est la tendance ?"),
    "a_trend_growing": (
        "Growing: {kb:.1f} KB a request, 95 % interval {low:.1f} to {high:.1f} (Theil-Sen, {points} points); no trend at all would look like this with p = {p:.0e}.",
        "Croissante : {kb:.1f} Ko par requête, intervalle à 95 % de {low:.1f} à {high:.1f} (Theil-Sen, {points} points) ; sans tendance on verrait cela avec p = {p:.0e}.",
    ),
    "a_trend_steady": (
        "Steady: {kb:.1f} KB a request, 95 % interval {low:.1f} to {high:.1f} (Theil-Sen, {points} points, p = {p:.0e}).",
        "Stable : {kb:.1f} Ko par requête, intervalle à 95 % de {low:.1f} à {high:.1f} (Theil-Sen, {points} points, p = {p:.0e}).",
    ),
    "q_correlation": ("3. What correlation with the requests?", "3. Quelle corrélation avec les requêtes ?"),
    "a_correlation": (
        "r = {r:.3f} between requests made and memory: {part:.0f} % of its changes go with them.",
        "r = {r:.3f} entre requêtes faites et mémoire : {part:.0f} % de ses variations vont avec elles.",
    ),
    "q_falls": (
        "4. Does it fall back after the traffic stops?",
        "4. Redescend-elle après l'arrêt du trafic ?",
    ),
    "a_falls_no": (
        "No: {back:.0f} % of the growth was given back in {seconds:.0f} s of rest.",
        "Non : {back:.0f} % de la croissance rendus en {seconds:.0f} s de repos.",
    ),
    "a_falls_yes": (
        "Yes: {back:.0f} % of the growth was given back in {seconds:.0f} s of rest.",
        "Oui : {back:.0f} % de la croissance rendus en {seconds:.0f} s de repos.",
    ),
    "a_falls_nothing": ("Nothing grew, nothing falls back.", "Rien n'a crû, rien ne redescend."),
    "q_limit": ("5. When would the limit be reached?", "5. Quand la limite serait-elle atteinte ?"),
    "a_limit": (
        "The limit of {limit:.0f} MB is {requests:.0f} requests of /popular away: {fast} at this run's {rate:.0f}/s, {slow} at {visitors:.1f}/s. There the platform ends the process and starts it anew.",
        "La limite de {limit:.0f} Mo est à {requests:.0f} requêtes à /popular : {fast} au rythme de cet essai ({rate:.0f}/s), {slow} à {visitors:.1f}/s. La plateforme arrête alors le processus et le relance.",
    ),
    "a_limit_passed": (
        "The limit of {limit:.0f} MB is passed already.",
        "La limite de {limit:.0f} Mo est déjà dépassée.",
    ),
    "a_limit_never": (
        "Never at this trend: the limit of {limit:.0f} MB is not approached.",
        "Jamais à cette tendance : on ne s'approche pas de la limite de {limit:.0f} Mo.",
    ),
    "q_endpoint": ("6. Which endpoint uses most?", "6. Quel chemin consomme le plus ?"),
    "a_endpoint": (
        "{path}: {kb:.1f} KB a request, {share:.0f} % of all that was kept.",
        "{path} : {kb:.1f} Ko par requête, {share:.0f} % de tout ce qui est resté.",
    ),
    "a_endpoint_none": (
        "None keeps memory: every endpoint is below {kb:.1f} KB a request.",
        "Aucun ne garde de mémoire : chaque chemin est sous {kb:.1f} Ko par requête.",
    ),
    "endpoint_head": (
        "endpoint          KB a request   history entries a request",
        "chemin            Ko par requête entrées d'historique par requête",
    ),
    "verdict_leak": (
        "Verdict: a memory leak. {entries:.0f} history entries a /popular are kept and never freed: LeakyCache.",
        "Verdict : une fuite mémoire. {entries:.0f} entrées d'historique par /popular, jamais libérées : LeakyCache.",
    ),
    "verdict_unknown_leak": (
        "Verdict: a memory leak, and not in the cache's history.",
        "Verdict : une fuite mémoire, et pas dans l'historique du cache.",
    ),
    "verdict_sound": ("Verdict: no leak seen.", "Verdict : aucune fuite observée."),
    # fix
    "fix_run": ("{cache}: {url}", "{cache} : {url}"),
    "fix_swap": (
        "Set GAMESHELF_CACHE=bounded on the application, let it redeploy, then press Enter.",
        "Mettez GAMESHELF_CACHE=bounded sur l'application, attendez son redéploiement, puis appuyez sur Entrée.",
    ),
    "fix_head": (
        "| requests | leaky cache | bounded cache |",
        "| requêtes | cache qui fuit | cache borné |",
    ),
    "fix_flat": (
        "Fixed: {leaky:.1f} KB a request with the leaky cache, {bounded:.1f} with the bounded one over the second half.",
        "Corrigé : {leaky:.1f} Ko par requête avec le cache qui fuit, {bounded:.1f} avec le cache borné sur la seconde moitié.",
    ),
    "fix_not_flat": (
        "Not fixed: still {bounded:.1f} KB a request over the second half ({leaky:.1f} with the leaky cache).",
        "Pas corrigé : encore {bounded:.1f} Ko par requête sur la seconde moitié ({leaky:.1f} avec le cache qui fuit).",
    ),
    "fix_same_cache": (
        "The cache that answers is still the leaky one.",
        "Le cache qui répond est toujours celui qui fuit.",
    ),
    # check
    "check_title": ("Validation of {url}", "Validation de {url}"),
    "step_grafana": ("Opened Grafana through Clever Cloud", "Accédé à Grafana via Clever Cloud"),
    "step_metrics": (
        "Observed the basic metrics (CPU, memory)",
        "Observé les métriques de base (CPU, mémoire)",
    ),
    "step_leaky": (
        "Deployed the application with the leaky cache",
        "Déployé l'application avec le cache buggé",
    ),
    "step_traffic": (
        "Generated traffic to provoke the leak",
        "Généré du trafic pour provoquer la fuite mémoire",
    ),
    "step_growth": (
        "Observed the growth of the memory in the metrics",
        "Observé la croissance de la mémoire dans les métriques",
    ),
    "step_correlation": (
        "Correlated the metrics with the number of requests",
        "Corrélé les métriques avec le nombre de requêtes",
    ),
    "step_bug": (
        "Identified the bug (memory leak in the cache)",
        "Identifié le bug (fuite mémoire dans le cache)",
    ),
    "step_alerts": ("Understood how to set up alerts", "Compris comment configurer des alertes"),
    "step_flag": ("Fetched the flag", "Récupéré le flag"),
    "seen_metrics": ("memory {mb:.1f} MB, CPU {cpu:.1f} s", "mémoire {mb:.1f} Mo, CPU {cpu:.1f} s"),
    "seen_leaky": (
        "{grown} history entries more after one /popular",
        "{grown} entrées d'historique de plus après un /popular",
    ),
    "not_leaky": (
        "the cache keeps no history: not the leaky one",
        "le cache ne garde pas d'historique : ce n'est pas celui qui fuit",
    ),
    "seen_traffic": (
        "{requests:.0f} requests of /popular so far, {needed} needed",
        "{requests:.0f} requêtes à /popular jusqu'ici, il en faut {needed}",
    ),
    "seen_growth": (
        "{start:.1f} → {end:.1f} MB over {requests} requests",
        "{start:.1f} → {end:.1f} Mo sur {requests} requêtes",
    ),
    "seen_correlation": ("r = {r:.3f}, {needed:.2f} needed", "r = {r:.3f}, il faut {needed:.2f}"),
    "seen_flag": ("the database is connected", "la base est connectée"),
    "ask_grafana": (
        "Did you open the memory panel in Grafana?",
        "Avez-vous ouvert le panneau mémoire dans Grafana ?",
    ),
    "ask_bug": ("Which class leaks?", "Quelle classe fuit ?"),
    "ask_alerts": (
        "From which memory percentage is an alert critical?",
        "À partir de quel pourcentage de mémoire une alerte est-elle critique ?",
    ),
    "answer_right": ("you answered: {answer}", "votre réponse : {answer}"),
    "answer_wrong": ("not {answer}", "ce n'est pas {answer}"),
    "answer_none": (
        "only you can tell: run it on a terminal, or answer with {option}",
        "vous seul pouvez le dire : lancez-la dans un terminal, ou répondez avec {option}",
    ),
    "flag": ("Flag: {flag}", "Flag : {flag}"),
    "flag_held": (
        "{open} steps are open: no flag yet.",
        "{open} étapes restent à faire : pas encore de flag.",
    ),
    # troubles
    "unreadable": ("cannot read: {reason}", "lecture impossible : {reason}"),
    "bad_address": (
        "an address starts with http:// or https://",
        "une adresse commence par http:// ou https://",
    ),
    "no_start": ("the local API did not start", "l'API locale n'a pas démarré"),
    "no_terminal": (
        "the second run needs a redeployment in between: run this on a terminal, or give --bounded-url",
        "le second essai demande un redéploiement : lancez ceci dans un terminal, ou donnez --bounded-url",
    ),
}
