"""The page's own words, in English and in French."""

WORDS = {
    "en": {
        "title": "Chat viewer",
        "stand_in": "A stand-in on this machine: neither Slack nor Discord received anything.",
        "empty": "Nothing has come yet. Webhooks go to",
        "edited": "edited",
        "deleted": "deleted",
        "calls": "calls as they came",
        "shortened": "… shortened; the whole is in /messages",
        "times": "Times are this machine's.",
    },
    "fr": {
        "title": "Visionneuse de messages",
        "stand_in": "Un remplaçant sur cette machine : ni Slack ni Discord n’ont rien reçu.",
        "empty": "Rien n’est encore arrivé. Les webhooks s’adressent à",
        "edited": "modifié",
        "deleted": "supprimé",
        "calls": "appels tels que reçus",
        "shortened": "… abrégé ; le tout est dans /messages",
        "times": "Les heures sont celles de cette machine.",
    },
}
