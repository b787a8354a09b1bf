"""Percentiles against numpy, and silence where data is missing."""

import random

import numpy
import pytest

from nlsq.timing import BUDGET_MS, Latency, milliseconds, percentile


@pytest.mark.parametrize("rank", [50, 95, 99])
def test_percentile_is_numpys(rank):
    samples = [random.Random(3).expovariate(1) for _ in range(317)]
    assert percentile(samples, rank) == pytest.approx(numpy.percentile(samples, rank))


@pytest.mark.parametrize(
    ("n", "p50", "p95", "p99"), [(0, 0, 0, 0), (1, 1, 0, 0), (19, 1, 0, 0), (20, 1, 1, 0), (100, 1, 1, 1)]
)
def test_too_few_samples_give_no_figure(n, p50, p95, p99):
    latency = Latency.of([5.0] * n)
    assert [value is not None for value in (latency.p50, latency.p95, latency.p99)] == [bool(p50), bool(p95), bool(p99)]


def test_no_data_never_fits():
    assert not Latency.of([]).fits(BUDGET_MS)
    assert not Latency.of([1.0] * 19).fits(BUDGET_MS)
    assert Latency.of([1.0] * 20).fits(BUDGET_MS)
    assert not Latency.of([101.0] * 20).fits(BUDGET_MS)


def test_not_measured_is_a_dash():
    assert milliseconds(None) == "-"
    assert milliseconds(12.34) == "12.3"
    assert milliseconds(1234.5) == "1,234"
