import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "generated/schema.graphql",
  documents: ["codegen/**/*.{ts,tsx}"],
  generates: {
    "generated/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: { unmaskFunctionName: "getFragmentData" } },
      config: {
        scalars: { BigInt: "number", DateTime: "string", JSON: "unknown", TimeZone: "string" },
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
  },
};
export default config;
