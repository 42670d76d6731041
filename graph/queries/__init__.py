"""What the fields of ``Query`` do: read the arguments, ask the resolvers, put the answer into the schema's words."""
