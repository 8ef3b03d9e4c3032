"""The shop's visitors: a mixed day all along, and the heavy run in waves, so that a leak can be told from the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import monotonic

# When each wave begins, in seconds; all last as long.
WAVES = (0.0, 14.0, 28.0)
WAVE_SECONDS = 11
# The lab's heavy run is a hundred calls; seven of them a wave cross both thresholds with the third.
WAVE_SCALE = 7
CALLS = len(WAVES) * WAVE_SCALE * 100
SECONDS = WAVES[-1] + WAVE_SECONDS


class Traffic:
    """What asks the API for its routes, until it is stopped."""

    def __init__(self, url: str, log: Path) -> None:
        self._url = url
        self._log = log.open("wb")
        self._began = monotonic()
        self._waves = list(WAVES)
        self._drivers = [self._driver("mixed", 1, SECONDS)]

    @property
    def is_over(self) -> bool:
        """Whether all was asked."""
        return not self._waves and all(driver.poll() is not None for driver in self._drivers)

    @property
    def part(self) -> float:
        """How far it is, between 0 and 1."""
        return min(1.0, (monotonic() - self._began) / SECONDS)

    def go_on(self) -> None:
        """Begin the wave that is due, if one is."""
        if self._waves and monotonic() - self._began >= self._waves[0]:
            del self._waves[0]
            self._drivers.append(self._driver("heavy", WAVE_SCALE, WAVE_SECONDS))

    def stop(self) -> None:
        """End what goes on."""
        for driver in self._drivers:
            driver.terminate()
            driver.wait()
        self._log.close()

    def _driver(self, shape: str, scale: int, seconds: float) -> subprocess.Popen[bytes]:
        words = ["--url", self._url, "--shape", shape, "--scale", str(scale), "--over", str(int(seconds))]
        command = [sys.executable, "-m", "gameshelf_api.lab", "traffic", *words]
        return subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
