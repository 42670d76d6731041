// What build.mjs makes of imports that are no TypeScript.
declare module "*.css";
declare module "examples" {
  const examples: { title: string; text: string; query: string; variables: string }[];
  export default examples;
}
