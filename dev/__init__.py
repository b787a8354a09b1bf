"""Tools for those who work on the project: set-up, generated tables, conformance."""
