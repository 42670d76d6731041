import { Client, fetchExchange, subscriptionExchange } from "urql";
import { cacheExchange } from "@urql/exchange-graphcache";
import { keys, resolvers, schema } from "../generated/urql";
import { headers, openSocket, url } from "../shared/server";

/** The cache keeps a dashboard once, wherever it was asked for: a mutation or subscription that has its new name renames it everywhere. */
export function makeClient() {
  const socket = openSocket();
  const client = new Client({
    url,
    fetchOptions: { headers },
    preferGetMethod: false,
    exchanges: [
      cacheExchange({ schema, keys, resolvers }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: query ?? "", variables: variables ?? {} }, sink) }),
        }),
      }),
    ],
  });
  return { client, close: () => socket.dispose() };
}
