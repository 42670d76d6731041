"""Charts drawn as text, for a terminal."""
