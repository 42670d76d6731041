import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { headers, url } from "../shared/server";

/** Runs a typed document. A client without a cache is no more than this. */
export async function execute<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  const body = JSON.stringify({ query: print(document), variables });
  const answer = await fetch(url, { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body });
  const { data, errors } = (await answer.json()) as { data?: Data; errors?: { message: string }[] };
  if (errors?.length || !data) throw new Error(errors?.map((error) => error.message).join("\n") ?? answer.statusText);
  return data;
}
