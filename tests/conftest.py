"""What holds for every test: on CI nothing that can run is skipped."""

import os

import pytest

# Fixtures that tests of several folders use.
pytest_plugins = ("tests.contract.emulate", "tests.postgres_fixture")

# Reasons that may stand on CI too. A test that needs what CI cannot have names its reason here.
MAY_SKIP: tuple[str, ...] = ()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run on CI in which a test was skipped."""
    if os.environ.get("CI") != "true":
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if any(not str(report.longrepr[2]).endswith(MAY_SKIP) for report in skipped):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("\nCI runs every test: a skipped one is a failure there.", red=True)
