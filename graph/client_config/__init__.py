"""What clients that cache answers have to know of the schema, as files for them to import."""
