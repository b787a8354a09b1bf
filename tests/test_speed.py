"""The language's own benchmark."""

from dev.speed import language_rows, queries


def test_the_benchmark_measures_the_language():
    rows = {name: [float(value) for value in values] for name, *values in language_rows(queries()[:60])}
    assert set(rows) == {"parse", "check", "canonical", "key", "equivalent", "explain"}
    for median, p95, slowest in rows.values():
        assert 0 < median <= p95 <= slowest
    assert rows["parse"][0] < 1000  # a tenth of that on a quiet machine; the aim is 200
    assert rows["parse"][0] < rows["check"][0] < rows["equivalent"][0]
    # No hand-written query takes a hundred times as long as others: that would be an exponential expression of ours.
    assert all(slowest < 100 * median for median, _, slowest in rows.values())
