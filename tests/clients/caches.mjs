// Asks one query twice through the caches of Apollo, urql and Relay, and compares what each cache reads back with what came
// over the network. Prints, for each cache, how many values were compared, where they differ, and what it warned of.
// With a folder of configurations, those of `dialboard schema --client`, the caches are configured by them.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../examples/clients/package.json", import.meta.url));
const { ApolloClient, HttpLink, InMemoryCache, gql } = require("@apollo/client/core");
const { createClient, fetchExchange } = require("@urql/core");
const { cacheExchange } = require("@urql/exchange-graphcache");
const { createOperationDescriptor, Environment, Network, RecordSource, Store } = require("relay-runtime");

const { url, key, query, variables, artifact, configs } = JSON.parse(process.argv[2]);
const config = async (name) => (configs ? await import(`${configs}/${name}.ts`) : {});
const { possibleTypes, typePolicies } = await config("apollo");
const { schema, keys, resolvers } = await config("urql");
const told = [];
for (const level of ["warn", "error"]) console[level] = (...parts) => told.push(parts.map(String).join(" "));

const headers = { "X-API-Key": key };
// What caches add to a selection, and take out again.
const ADDED = new Set(["__typename", "id"]);

/** fetch, and the data of the last answer as it came. */
function recorder() {
  const recorded = {
    data: undefined,
    fetch: async (...request) => {
      const answer = await fetch(...request);
      const text = await answer.text();
      const { data, errors } = JSON.parse(text);
      if (errors) throw new Error(text);
      recorded.data = data;
      return new Response(text, { status: answer.status, headers: { "Content-Type": "application/json" } });
    },
  };
  return recorded;
}

async function apollo(network) {
  const link = new HttpLink({ uri: url, headers, fetch: network.fetch });
  const client = new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes, typePolicies }) });
  for (let time = 0; time < 2; time++) await client.query({ query: gql(query), variables, fetchPolicy: "network-only" });
  return client.readQuery({ query: gql(query), variables });
}

async function urql(network) {
  const client = createClient({
    url,
    exchanges: [cacheExchange({ schema, keys, resolvers }), fetchExchange],
    fetch: network.fetch,
    fetchOptions: { headers },
    preferGetMethod: false,
  });
  for (let time = 0; time < 2; time++) {
    const { error } = await client.query(query, variables, { requestPolicy: "network-only" }).toPromise();
    if (error) throw error;
  }
  return (await client.query(query, variables, { requestPolicy: "cache-only" }).toPromise()).data;
}

async function relay(network) {
  const send = async ({ text }, variables) => {
    const body = JSON.stringify({ query: text, variables });
    const request = { method: "POST", body, headers: { ...headers, "Content-Type": "application/json" } };
    return (await network.fetch(url, request)).json();
  };
  const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
  const operation = createOperationDescriptor(require(artifact), variables);
  for (let time = 0; time < 2; time++) {
    await environment.execute({ operation }).toPromise();
    environment.retain(operation);
  }
  return environment.lookup(operation.fragment).data;
}

/** Compares values at their paths; `found` counts them and names those that differ. */
function compare(sent, read, path, found) {
  if (sent !== null && typeof sent === "object" && read !== null && typeof read === "object") {
    const names = new Set([...Object.keys(sent), ...Object.keys(read)].filter((name) => !ADDED.has(name)));
    for (const name of names) compare(sent[name], read[name], `${path}/${name}`, found);
    return;
  }
  found.compared += 1;
  if (!Object.is(sent, read)) found.wrong.push(`${path}: sent ${JSON.stringify(sent)}, read ${JSON.stringify(read)}`);
}

const answers = {};
for (const [name, run] of Object.entries({ apollo, urql, relay })) {
  const network = recorder();
  const read = await run(network);
  const found = { compared: 0, wrong: [], told: told.splice(0) };
  compare(network.data, read, "", found);
  answers[name] = found;
}
process.stdout.write(JSON.stringify(answers));
