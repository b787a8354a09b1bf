"""Builds of a merged model: GGUF files and INT8 weights."""
