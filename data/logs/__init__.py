"""Search logs: rows, encodings, other pattern types, redaction."""
