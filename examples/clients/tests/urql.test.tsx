import { Provider } from "urql";
import { makeClient } from "../urql/client";
import { App } from "../urql/page";
import { testPage } from "./page";

testPage("urql", (id, line) => {
  const { client, close } = makeClient();
  return {
    page: (
      <Provider value={client}>
        <App id={id} line={line} />
      </Provider>
    ),
    hasCache: true,
    close,
  };
});
