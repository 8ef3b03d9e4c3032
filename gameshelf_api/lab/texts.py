"""What the lab says, in English or in French."""

import string
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from gameshelf_api.lab.sentences import SENTENCES


class Language(StrEnum):
    """The languages of the lab."""

    EN = "en"
    FR = "fr"


def language(environ: Mapping[str, str]) -> Language:
    """Return the language that the environment of a terminal asks for.

    >>> language({"LANG": "fr_FR.UTF-8"}).value, language({"LANG": "fr_FR", "LC_ALL": "C"}).value
    ('fr', 'en')
    """
    asked = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return Language.FR if asked.lower().startswith("fr") else Language.EN


class _French(string.Formatter):
    """Numbers with a decimal comma."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        return text.replace(".", ",") if isinstance(value, float) else text


class Texts:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = 0 if language is Language.EN else 1
        self._formatter = string.Formatter() if language is Language.EN else _French()

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its values filled in.

        >>> Texts(Language.FR).say("per_request", kb=67.25)
        '67,2 Ko par requête'
        """
        return self._formatter.vformat(SENTENCES[key][self._place], (), values)
