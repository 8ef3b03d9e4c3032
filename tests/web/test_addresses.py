"""The addresses that templates ask for: remembered, and yet those of this request, and none that a visitor made long."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient


def test_a_remembered_address_is_this_requests(client: FlaskClient) -> None:
    app = client.application
    find = app.jinja_env.globals["url_for"]
    for root in ("", "/pre", "", "/pre"):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            assert find("pages.incidents", target="t") == f"{root}/incidents?target=t"


def test_what_a_visitor_made_long_is_not_kept(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    app, asked = client.application, []
    find, found = app.jinja_env.globals["url_for"], Flask.url_for

    def counted(self: Flask, view: str, **values: str) -> str:
        asked.append(len(values["target"]))
        return found(self, view, **values)

    monkeypatch.setattr(Flask, "url_for", counted)
    with app.test_request_context("/"):
        for target in ("x" * 5_000, "short") * 3:
            assert find("pages.incidents", target=target) == f"/incidents?target={target}"
    assert sorted(asked) == [5, 5_000, 5_000, 5_000]
