"""Latency and quality of builds, each measured in a process of its own, against the budget."""
