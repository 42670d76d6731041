/** Links to an operation. It stands behind the `#`, which browsers do not send to servers; a key is never in it. */
import { ToolbarButton, useGraphiQL } from "@graphiql/react";
import { useEffect, useRef, useState } from "react";
import { useOpenTab } from "./tabs";

const SHOWN_MILLISECONDS = 2000;

export function ShareButton() {
  const { queryEditor, variableEditor } = useGraphiQL(({ queryEditor, variableEditor }) => ({
    queryEditor,
    variableEditor,
  }));
  const [label, setLabel] = useState("Copy a link to this operation");

  async function share() {
    const values = new URLSearchParams({ query: queryEditor?.getValue() ?? "" });
    const variables = variableEditor?.getValue().trim();
    if (variables) values.set("variables", variables);
    window.history.replaceState(null, "", `#${values.toString()}`);
    let told = "Link copied";
    try {
      await navigator.clipboard.writeText(window.location.href);
    } catch {
      told = "The link is in the address bar"; // Browsers let pages write to the clipboard only over HTTPS.
    }
    setLabel(told);
    setTimeout(() => setLabel("Copy a link to this operation"), SHOWN_MILLISECONDS);
  }

  return (
    <ToolbarButton onClick={() => void share()} label={label}>
      <svg
        className="graphiql-toolbar-icon"
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        aria-hidden="true"
      >
        <path d="M8.5 11.5 a3.5 3.5 0 0 0 5 0 l3-3 a3.5 3.5 0 0 0 -5 -5 l-1 1" />
        <path d="M11.5 8.5 a3.5 3.5 0 0 0 -5 0 l-3 3 a3.5 3.5 0 0 0 5 5 l1 -1" />
      </svg>
    </ToolbarButton>
  );
}

/** Opens the operation of the page's address once, when the editors are there. It is not run. */
export function OpenShared() {
  const isReady = useGraphiQL(({ queryEditor, variableEditor }) => !!queryEditor && !!variableEditor);
  const open = useOpenTab();
  const isOpened = useRef(false);
  useEffect(() => {
    if (!isReady || isOpened.current) return;
    isOpened.current = true;
    const values = new URLSearchParams(window.location.hash.slice(1));
    const query = values.get("query");
    if (query) open({ query, variables: values.get("variables") ?? "" });
  }, [isReady, open]);
  return null;
}
