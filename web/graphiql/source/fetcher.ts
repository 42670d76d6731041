/** Sends operations with a key: queries and mutations by HTTP, subscriptions by a WebSocket. */
import type { Fetcher } from "@graphiql/toolkit";
import { getOperationAST, type OperationDefinitionNode, parse } from "graphql";
import { createClient, type SubscribePayload } from "graphql-ws";
import { type Access, headersOf } from "./access";

const ACCEPT = "application/graphql-response+json, application/json;q=0.9";
/** Close codes with which a server refuses or ends a sign-in: the same key would be refused again. */
const REFUSED = (code: number) => code >= 4400 && code < 4500;

export interface Connection {
  fetcher: Fetcher;
  close(): void;
}

export function connect(access: Access): Connection {
  const url = new URL(window.location.pathname, window.location.href);
  const sockets = createClient({
    url: url.href.replace(/^http/, "ws"),
    lazy: true,
    connectionParams: headersOf(access),
    shouldRetry: (event) => !(event instanceof CloseEvent && REFUSED(event.code)),
  });

  async function post(body: object, headers: HeadersInit | undefined): Promise<object> {
    const response = await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { Accept: ACCEPT, "Content-Type": "application/json", ...headersOf(access), ...headers },
    });
    const text = await response.text();
    try {
      return JSON.parse(text) as object;
    } catch {
      throw new Error(`The server answered ${response.status} ${response.statusText}: ${text.slice(0, 500)}`);
    }
  }

  /** What ends a subscription, as errors that GraphiQL shows. */
  async function* subscribe(body: SubscribePayload) {
    try {
      yield* sockets.iterate(body) as AsyncIterable<object>;
    } catch (error) {
      if (error instanceof CloseEvent) {
        throw new Error(`The server closed the connection: ${error.code} ${error.reason}`.trim());
      }
      throw Array.isArray(error) ? { errors: error } : error;
    }
  }

  const fetcher: Fetcher = ({ query, variables, operationName }, options) => {
    const operation = chosen(query, operationName);
    const body = { query, variables: variables as Record<string, unknown>, operationName: operation?.name?.value };
    return operation?.operation === "subscription" ? subscribe(body) : post(body, options?.headers);
  };
  return { fetcher, close: () => void sockets.dispose() };
}

/** The operation to run. GraphiQL may still give the name of the tab before, so the only one is taken whatever its name. */
function chosen(query: string, name: string | null | undefined): OperationDefinitionNode | null | undefined {
  try {
    const document = parse(query);
    return getOperationAST(document) ?? getOperationAST(document, name);
  } catch {
    return null; // The server says what is wrong with it.
  }
}
