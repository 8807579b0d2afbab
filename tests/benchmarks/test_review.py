"""The tables of reviews and refits, and which target was missed."""

from __future__ import annotations

from collections import Counter

from benchmarks import refit, review
from benchmarks.refit import Refit
from benchmarks.review import Review
from benchmarks.wire import Tally


def tally(requests: int, writes: int, reads: float) -> Tally:
    made = Tally(Counter({"dynamodb.Query": requests}), writes=Counter(customers=writes))
    made.reads["customers"] = reads
    return made


def minute(customers: int, requests: int, writes: int) -> Review:
    """1 % is due; the tick asks 192 times."""
    parts = {"tick": tally(192, 0, 96), "review": tally(requests, writes, requests / 2), "follow": tally(0, 0, 0)}
    return Review(customers, customers // 100, parts, 1.0)


def test_a_cost_that_follows_who_is_due_misses_nothing() -> None:
    reviews = [minute(10_000, 300, 1_000), minute(100_000, 3_000, 10_000)]
    assert review.missed(reviews) == []
    ratios = [cell.strip() for cell in review.shown(reviews).splitlines()[-1].strip("|").split("|")]
    assert ratios == ["ratio", "", "0.65", "1.00", "0.65", "1.00", ""]


def test_a_cost_that_grows_with_the_base_is_told() -> None:
    reviews = [minute(10_000, 300, 1_000), minute(100_000, 60_000, 10_000)]
    assert [target.partition(":")[0] for target in review.missed(reviews)] == [
        "requests for each who is due",
        "read units for each who is due",
    ]


def test_a_refit_that_needs_too_much_is_told() -> None:
    assert refit.missed(Refit(50_000, 9.0, 9.0, 50.0, 110.0, "adopted")) == []
    assert refit.missed(Refit(50_000, 9.0, 400.0, 50.0, 400.0, "adopted")) == [
        "a refit takes 350 MB, and not 200",
        "a refit takes 400 s of processor",
    ]


def test_the_whole_path_of_a_refit_runs_over_customers_that_are_made_up() -> None:
    done = refit.measure(600)
    assert (done.sampled, done.verdict) == (600, "adopted")
