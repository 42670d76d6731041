/** Examples by task: each opens in a tab of its own, with its variables. */
import { type GraphiQLPlugin, useGraphiQLActions } from "@graphiql/react";
import list from "examples";
import { useContext, useState } from "react";
import { type Access, AccessContext, headersOf } from "./access";
import { isNarrow } from "./narrow";
import { useOpenTab } from "./tabs";

export interface Example {
  title: string;
  text: string;
  query: string;
  variables: string;
}

export const EXAMPLES = list as Example[];

/** Stands in variables for the ID of the first dashboard of the project. */
const FIRST_DASHBOARD = "FIRST_DASHBOARD";
const FIRST_QUERY = "{ dashboards(first: 1) { nodes { id } } }";

/** The variables with the IDs of this project; as they are where it has no dashboard, or cannot be asked. */
async function filledIn(variables: string, access: Access): Promise<string> {
  if (!variables.includes(FIRST_DASHBOARD) || !access.key) return variables;
  try {
    const response = await fetch(window.location.pathname, {
      method: "POST",
      body: JSON.stringify({ query: FIRST_QUERY }),
      headers: { "Content-Type": "application/json", ...headersOf(access) },
    });
    const { data } = (await response.json()) as { data?: { dashboards?: { nodes: { id: string }[] } } };
    const id = data?.dashboards?.nodes[0]?.id;
    return id ? variables.replaceAll(FIRST_DASHBOARD, id) : variables;
  } catch {
    return variables;
  }
}

function Examples() {
  const access = useContext(AccessContext);
  const open = useOpenTab();
  const { setVisiblePlugin } = useGraphiQLActions();
  const [opening, setOpening] = useState("");

  async function show(example: Example) {
    setOpening(example.title);
    open({ query: example.query, variables: await filledIn(example.variables, access) });
    setOpening("");
    if (isNarrow()) setVisiblePlugin(null); // Here the panel lies over the editors.
  }

  return (
    <section className="dialboard-examples" aria-label="Examples">
      <div className="graphiql-doc-explorer-title">Examples</div>
      <p>Each opens in a tab of its own. Run it with the play button, or Ctrl-Enter.</p>
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" disabled={opening !== ""} onClick={() => void show(example)}>
              <strong>{example.title}</strong>
              <span>{example.text}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <rect x="2" y="2" width="6.5" height="6.5" rx="1.5" />
      <rect x="2" y="11.5" width="6.5" height="6.5" rx="1.5" />
      <path d="M12 3.5h6M12 7h4M12 13h6M12 16.5h4" strokeLinecap="round" />
    </svg>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: "Examples", icon: ExamplesIcon, content: Examples };
