// Asks one query through the caches of Apollo, urql and Relay, and compares what each cache reads back with what came
// over the network. Prints, for each cache, how many values were compared and where they differ.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../examples/clients/package.json", import.meta.url));
const { ApolloClient, HttpLink, InMemoryCache, gql } = require("@apollo/client/core");
const { createClient, fetchExchange } = require("@urql/core");
const { cacheExchange } = require("@urql/exchange-graphcache");
const { createOperationDescriptor, Environment, Network, RecordSource, Store } = require("relay-runtime");

const { url, key, query, variables, artifact } = JSON.parse(process.argv[2]);
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
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  await client.query({ query: gql(query), variables });
  return client.readQuery({ query: gql(query), variables });
}

async function urql(network) {
  const client = createClient({
    url,
    exchanges: [cacheExchange({}), fetchExchange],
    fetch: network.fetch,
    fetchOptions: { headers },
    preferGetMethod: false,
  });
  const { error } = await client.query(query, variables, { requestPolicy: "network-only" }).toPromise();
  if (error) throw error;
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
  await environment.execute({ operation }).toPromise();
  environment.retain(operation);
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
  const found = { compared: 0, wrong: [] };
  compare(network.data, read, "", found);
  answers[name] = found;
}
process.stdout.write(JSON.stringify(answers));
