// The rules of @graphql-eslint that schema.graphql keeps: schema-all but for the order of the alphabet, and schema-relay.
// Fields stand in the order in which people read them. Every other exception is argued where it is made.
import { fileURLToPath } from "node:url";

import graphql from "@graphql-eslint/eslint-plugin";

const { "@graphql-eslint/alphabetize": _, ...all } = graphql.configs["flat/schema-all"].rules;

export const SCHEMA = fileURLToPath(new URL("../../schema.graphql", import.meta.url));

const exceptions = {
  // Entities have an id and implement Node; nothing else may have one, because caches would merge parts of different
  // charts. tests/graph/test_schema.py holds the schema to both.
  "@graphql-eslint/strict-id-in-types": "off",
  // Most lists are bounded by their nature (the series of a chart, the widgets of a dashboard), and are no connections.
  // Rows of a list chart are paged, but are no entities.
  "@graphql-eslint/relay-edge-types": [
    "error",
    { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
  ],
  // Lists are read forwards. Where the order allows going back, there are `last` and `before`, too.
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
  // What is deprecated stays until a major version (docs/versioning.md), whose day is not known.
  "@graphql-eslint/require-deprecation-date": "off",
  // The API has mutations and subscriptions.
  "@graphql-eslint/no-root-type": "off",
};

// Single findings that are meant.
export const ACCEPTED = {
  "@graphql-eslint/require-description": {
    'Description is required for directive "oneOf"': "It is GraphQL's own, and printed for tools that do not know it yet.",
  },
  "@graphql-eslint/no-typename-prefix": {
    'Field "agentName" starts with the name of the parent type "Agent"': "It is the product's name of it, in filters as well.",
  },
  "@graphql-eslint/require-nullable-result-in-root": {
    'Unexpected non-null result type "Viewer" in type "Query"': "It is the request's own key and cannot fail by itself.",
  },
};

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: SCHEMA } } },
    plugins: { "@graphql-eslint": graphql },
    rules: { ...all, ...graphql.configs["flat/schema-relay"].rules, ...exceptions },
  },
];
