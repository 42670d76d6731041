// Lints schema.graphql, compares it with the schema before, and validates the operations that are stored here.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { CriticalityLevel, diff, validate } from "@graphql-inspector/core";
import { ESLint } from "eslint";
import { buildSchema, Source } from "graphql";

import { MEANT } from "./breaking.mjs";
import { ACCEPTED, SCHEMA } from "./eslint.config.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(SCHEMA);
const faults = [];

function git(...args) {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"] }).trim();
}

async function lint() {
  const eslint = new ESLint({ cwd: ROOT, overrideConfigFile: `${HERE}/eslint.config.mjs` });
  const unused = new Set(Object.entries(ACCEPTED).flatMap(([rule, found]) => Object.keys(found).map((one) => `${rule}: ${one}`)));
  for (const { messages } of await eslint.lintFiles([SCHEMA])) {
    for (const { ruleId, message, line } of messages) {
      if (ACCEPTED[ruleId]?.[message]) unused.delete(`${ruleId}: ${message}`);
      else faults.push(`schema.graphql:${line}: ${message.replaceAll("\n", " ")} (${ruleId})`);
    }
  }
  for (const one of unused) faults.push(`eslint.config.mjs accepts what is not found any more: ${one}`);
}

/** The commit whose schema is the one before: of SCHEMA_BASE, else of the last release, else the one before this. */
function base() {
  if (process.env.SCHEMA_BASE) return process.env.SCHEMA_BASE;
  try {
    return git("describe", "--tags", "--abbrev=0", "--match", "v*");
  } catch {
    return "HEAD~1";
  }
}

async function compare(current) {
  const commit = base();
  let before;
  try {
    before = git("show", `${commit}:schema.graphql`);
  } catch {
    console.log(`schema.graphql was compared with nothing: there is no ${commit} here.`);
    return;
  }
  const unused = new Set(Object.keys(MEANT));
  const changes = await diff(buildSchema(before), current);
  for (const { criticality, message } of changes) {
    if (criticality.level !== CriticalityLevel.Breaking || unused.delete(message)) continue;
    faults.push(`breaks clients since ${commit}: ${message} (docs/versioning.md; if it is meant, breaking.mjs)`);
  }
  for (const one of unused) faults.push(`breaking.mjs means what has not changed since ${commit}: ${one}`);
  console.log(`schema.graphql was compared with ${commit}: ${changes.length} changes.`);
}

function operations(current) {
  const files = git("ls-files", "*.graphql").split("\n").filter((file) => file !== "schema.graphql");
  const sources = files.map((file) => new Source(readFileSync(`${ROOT}/${file}`, "utf8"), file));
  for (const { source, errors, deprecated } of validate(current, sources)) {
    for (const { message } of [...errors, ...deprecated]) faults.push(`${relative(".", source.name)}: ${message}`);
  }
  console.log(`${files.length} stored documents were validated.`);
}

const current = buildSchema(readFileSync(SCHEMA, "utf8"));
await lint();
await compare(current);
operations(current);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length ? 1 : 0;
