"""Telling the encoding of a text by how the letters of languages follow each other."""
