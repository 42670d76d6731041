/** The page at /graphql: GraphiQL with a field for the key, examples by task, and links to share. */
import "./workers";
import "monaco-graphql/esm/monaco-editor.js";
import "@graphiql/react/font/roboto.css";
import "@graphiql/react/font/fira-code.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "./page.css";
import "./phone.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { type Access, AccessForm, AccessContext, keptAccess, keep } from "./access";
import { EXAMPLES, EXAMPLES_PLUGIN } from "./examples";
import { connect } from "./fetcher";
import { isNarrow } from "./narrow";
import { OpenShared, ShareButton } from "./share";

const PLUGINS = [EXAMPLES_PLUGIN, explorerPlugin({}), HISTORY_PLUGIN];
const FIRST = EXAMPLES[0]!;
const IS_NARROW = isNarrow();

function Page({ given }: { given: Access }) {
  const [access, setAccess] = useState(() => keptAccess(given));
  const connection = useMemo(() => connect(access), [access]);
  useEffect(() => () => connection.close(), [connection]);

  function use(next: Access) {
    keep(next);
    setAccess(next);
  }

  return (
    <AccessContext value={access}>
      <GraphiQL
        fetcher={connection.fetcher}
        // Without a key there is nothing to ask for a schema with.
        schema={access.key ? undefined : null}
        schemaDescription
        inputValueDeprecation
        defaultQuery=""
        defaultTabs={[{ query: FIRST.query, variables: FIRST.variables }]}
        plugins={PLUGINS}
        visiblePlugin={IS_NARROW ? undefined : EXAMPLES_PLUGIN}
        defaultEditorToolsVisibility={IS_NARROW ? false : "variables"}
        shouldPersistHeaders={false}
      >
        <GraphiQL.Logo>
          <AccessForm access={access} onUse={use} />
        </GraphiQL.Logo>
        <GraphiQL.Toolbar>
          {({ prettify, copy, merge }: Record<"prettify" | "copy" | "merge", ReactNode>) => (
            <>
              {prettify}
              {merge}
              {copy}
              <ShareButton />
            </>
          )}
        </GraphiQL.Toolbar>
        <OpenShared />
      </GraphiQL>
    </AccessContext>
  );
}

const given = JSON.parse(document.getElementById("config")!.textContent!) as Partial<Access>;
createRoot(document.getElementById("graphiql")!).render(<Page given={{ key: given.key ?? "", project: "" }} />);
