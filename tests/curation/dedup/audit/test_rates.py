"""What is kept of each language adds up to the run's own counts."""

from curation.dedup.audit.books import NearBooks, open_books
from curation.dedup.audit.rates import keep_rates
from curation.report.views import connect


def test_rates_add_up(books: NearBooks) -> None:
    """Documents that exact dedup left, and those that near-dedup dropped."""
    rates = keep_rates(connect(books.run), books)
    assert sum(rate.documents for rate in rates) == books.counts["read"]
    assert sum(rate.dropped for rate in rates) == books.counts["dropped"]
    assert [rate.documents for rate in rates] == sorted((rate.documents for rate in rates), reverse=True)
    assert all(rate.kept == 1 - rate.dropped / rate.documents for rate in rates)
    assert all(0 <= rate.bytes_dropped <= rate.bytes for rate in rates)


def test_an_unfinished_run_has_none(books: NearBooks) -> None:
    """The ledger does not know yet."""
    passes = {name: counts for name, counts in books.manifest["passes"].items() if name != "finish"}
    unfinished = open_books(books.run, {**books.manifest, "passes": passes})
    assert keep_rates(connect(books.run), unfinished) == ()
