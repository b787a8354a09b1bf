"""Training, merging and evaluating, each a module with an importable function and a command."""
