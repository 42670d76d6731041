"""From what stands in cells and documents to the values of the native format: one file for each kind of value."""
