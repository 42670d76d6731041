import { RelayEnvironmentProvider } from "react-relay";
import { makeEnvironment } from "../relay/environment";
import { App } from "../relay/page";
import { testPage } from "./page";

testPage("Relay", (id, line) => {
  const { environment, close } = makeEnvironment();
  return {
    page: (
      <RelayEnvironmentProvider environment={environment}>
        <App id={id} line={line} />
      </RelayEnvironmentProvider>
    ),
    hasCache: true,
    close,
  };
});
