"""Requests for logged queries: the endpoint that writes them, and the checks that they have to pass."""
