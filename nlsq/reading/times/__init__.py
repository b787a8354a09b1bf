"""Phrases of time in a request, and the dates that they mean."""

from nlsq.reading.times.finding import time_phrases
from nlsq.reading.times.phrase import TimePhrase

__all__ = ["TimePhrase", "time_phrases"]
