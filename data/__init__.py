"""Pairs of requests and queries: hand-written sources, their split, and the check for leaks."""
