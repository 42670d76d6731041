import { ApolloProvider } from "@apollo/client/react";
import { makeClient } from "../apollo/client";
import { App } from "../apollo/page";
import { testPage } from "./page";

testPage("Apollo Client", (id, line) => {
  const { client, close } = makeClient();
  return {
    page: (
      <ApolloProvider client={client}>
        <App id={id} line={line} />
      </ApolloProvider>
    ),
    hasCache: true,
    close,
  };
});
