// Builds the page: `node build.mjs FOLDER` writes its scripts, styles and licences into the folder.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2];
if (!folder) throw new Error("Usage: node build.mjs FOLDER");

/** The first example: also the query of README.md. */
const FIRST = join(here, "../../server/http/example_query.graphql");

/** The module `examples`: the first one and the files of examples/, in the order of their names. */
const examples = {
  name: "examples",
  setup(build) {
    build.onResolve({ filter: /^examples$/ }, () => ({ path: "examples", namespace: "examples" }));
    build.onLoad({ filter: /.*/, namespace: "examples" }, async () => ({
      contents: JSON.stringify(await Promise.all((await files()).map(example))),
      loader: "json",
    }));
  },
};

async function files() {
  const names = (await readdir(join(here, "examples"))).filter((name) => name.endsWith(".graphql")).sort();
  return [FIRST, ...names.map((name) => join(here, "examples", name))];
}

async function example(path) {
  const query = await readFile(path, "utf8");
  const [, title, text] = /^# ([^:\n]+): (.+)\n/.exec(query) ?? [];
  if (!title) throw new Error(`${relative(here, path)} must begin with a line "# Title: what it shows"`);
  const variables = path.replace(/\.graphql$/, ".json");
  return { title, text, query, variables: existsSync(variables) ? (await readFile(variables, "utf8")).trim() : "" };
}

const common = {
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: ["chrome111", "firefox114", "safari16.4"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  outdir: folder,
  define: { "process.env.NODE_ENV": '"production"' },
};
const page = await build({
  ...common,
  entryPoints: { page: "source/page.tsx" },
  splitting: true,
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  jsx: "automatic",
  loader: { ".ttf": "file" },
  plugins: [examples],
});
const workers = await build({
  ...common,
  entryPoints: {
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
  },
});

/** The folders of the packages that files came from. */
function packages(...built) {
  const found = new Set();
  for (const { metafile } of built) {
    for (const input of Object.keys(metafile.inputs)) {
      const [match] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
      if (match) found.add(match);
    }
  }
  return [...found].sort();
}

async function licence(path) {
  const { name, version, license } = JSON.parse(await readFile(join(here, path, "package.json"), "utf8"));
  const files = (await readdir(join(here, path))).filter((file) => /^(licen[cs]e|notice|thirdparty)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(here, path, file), "utf8")));
  return [`${name} ${version} (${license ?? "see below"})`, ...texts.map((text) => text.trim())].join("\n\n");
}

const licences = await Promise.all(packages(page, workers).map(licence));
await writeFile(join(folder, "licences.txt"), licences.join(`\n\n${"-".repeat(80)}\n\n`) + "\n");
