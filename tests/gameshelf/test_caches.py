"""The caches: one leaks for real, one is bounded, one keeps nothing; all are safe under threads."""

import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameshelf_api.caches import Cache
from gameshelf_api.caches.bounded import BoundedCache
from gameshelf_api.caches.leaky import LeakyCache
from gameshelf_api.caches.off import NoCache


def popular(cache: Cache, call: int) -> None:
    """Do to ``cache`` what one /popular does."""
    for read in range(50):
        cache.get(f"popular_query_{read}_{call}")
    cache.set(f"popular_{call}", [])


def test_the_leaky_cache_leaks_for_real() -> None:
    """52 to 75 KB a /popular: every padding text is a string of its own, whatever the compiler folds."""
    cache = LeakyCache()
    popular(cache, -1)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for call in range(100):
        popular(cache, call)
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 52 < kept / 100 / 1024 < 75


def test_the_leaky_caches_figures_are_the_documents() -> None:
    """One /popular is 50 reads and a write: 51 entries of history, 102 KB by its own estimate."""
    cache = LeakyCache()
    popular(cache, 0)
    assert cache.stats() == {"cache_entries": 1, "history_entries": 51, "estimated_memory_kb": 102}


def test_the_leaky_cache_is_a_cache() -> None:
    """What is set is found."""
    cache = LeakyCache()
    cache.set("a", 1)
    assert (cache.get("a"), cache.get("b")) == (1, None)


def test_the_bounded_cache_forgets_what_was_used_longest_ago() -> None:
    """A read is a use."""
    cache = BoundedCache(2)
    cache.set("a", 1)
    cache.set("b", 2)
    cache.get("a")
    cache.set("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]
    assert cache.stats() == {"entries": 2, "max_entries": 2, "usage_percent": 100.0}


def test_the_bounded_cache_is_flat_under_the_leaks_traffic() -> None:
    """Ten thousand /popular leave a thousand entries."""
    cache = BoundedCache()
    for call in range(10_000):
        popular(cache, call)
    assert cache.stats() == {"entries": 1000, "max_entries": 1000, "usage_percent": 100.0}


keys = st.sampled_from("abcdef")


@given(st.integers(1, 4), st.lists(st.one_of(keys, st.tuples(keys, st.integers()))))
def test_the_bounded_cache_does_what_a_plain_model_does(
    size: int, steps: list[str | tuple[str, int]]
) -> None:
    """Against a list of pairs in order of use, cut to size."""
    cache, model = BoundedCache(size), list[tuple[str, int]]()
    for step in steps:
        key = step if isinstance(step, str) else step[0]
        found = dict(model).get(key)
        if isinstance(step, str):
            assert cache.get(key) == found
        else:
            cache.set(*step)
            found = step[1]
        if found is not None:
            model = [*((k, v) for k, v in model if k != key), (key, found)][-size:]
    assert cache.sizes() == (len(model), 0)


def test_a_bounded_cache_holds_something() -> None:
    """A size of nothing is a mistake, told at once."""
    with pytest.raises(ValueError, match="at least one"):
        BoundedCache(0)


@pytest.mark.parametrize(
    "cache", [LeakyCache(), BoundedCache(100), NoCache()], ids=["leaky", "bounded", "off"]
)
def test_threads_do_no_harm(cache: Cache) -> None:
    """Eight threads, switching as often as Python can, lose nothing and break nothing."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda call: popular(cache, call), range(400)))
    finally:
        sys.setswitchinterval(usual)
    expected = {LeakyCache: (400, 400 * 51), BoundedCache: (100, 0), NoCache: (0, 0)}
    assert cache.sizes() == expected[type(cache)]


def test_no_cache_keeps_nothing() -> None:
    """And its figures have the bounded one's keys."""
    cache = NoCache()
    cache.set("a", 1)
    assert cache.get("a") is None
    assert set(cache.stats()) == set(BoundedCache().stats())
