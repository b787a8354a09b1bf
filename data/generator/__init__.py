"""Training pairs made of templates: what is drawn, how it is said, what is kept."""
