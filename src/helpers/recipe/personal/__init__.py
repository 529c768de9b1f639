"""Personal values: what tells them in a text, and the key that stands for them; the standard library alone."""
