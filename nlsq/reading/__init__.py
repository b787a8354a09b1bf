"""Reading a request before the model does: what can be found and resolved without it."""
