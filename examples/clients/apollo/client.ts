import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { possibleTypes, typePolicies } from "../generated/apollo";
import { headers, openSocket, url } from "../shared/server";

/** The cache keeps a dashboard once, wherever it was asked for: a mutation or subscription that has its new name renames it everywhere. */
export function makeClient() {
  const socket = openSocket();
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, headers }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes, typePolicies }) });
  const close = () => {
    client.stop();
    return socket.dispose();
  };
  return { client, close };
}
