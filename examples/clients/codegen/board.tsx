import { useState } from "react";
import { type FragmentType, getFragmentData, graphql } from "../generated/gql";
import { Widget } from "./widget";

/** The whole page is one request: the query has the fragments of all components in it. */
export const BoardQuery = graphql(`
  query Board($id: ID!, $timeRange: TimeRangeInput) {
    dashboard(id: $id) {
      ...Board
    }
  }
`);

const BoardFragment = graphql(`
  fragment Board on Dashboard {
    id
    name
    version
    widgets {
      id
      ...Widget
    }
  }
`);

/** Caches put the new name where the dashboard is shown, because it has an id. */
export const RenameMutation = graphql(`
  mutation Rename($input: UpdateDashboardInput!) {
    updateDashboard(input: $input) {
      dashboard {
        id
        name
        version
      }
      errors {
        message
        path
      }
    }
  }
`);

/** What others change. */
export const BoardChangedSubscription = graphql(`
  subscription BoardChanged($id: ID!) {
    dashboardChanged(id: $id) {
      dashboardId
      version
      isDeleted
      dashboard {
        id
        name
        version
      }
    }
  }
`);

/** Renames a dashboard, and returns what is wrong with the name. */
export type Rename = (name: string) => Promise<string[]>;

export function Board(props: { dashboard: FragmentType<typeof BoardFragment>; rename: Rename; refetch: () => void }) {
  const { name, widgets } = getFragmentData(BoardFragment, props.dashboard);
  const [faults, setFaults] = useState<string[]>([]);
  const submit = async (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get("name");
    setFaults(await props.rename(String(given)));
  };
  return (
    <main>
      <h1>{name}</h1>
      <form onSubmit={submit}>
        <input name="name" defaultValue={name} />
        <button type="submit">Rename</button>
        {faults.map((fault) => (
          <p role="alert" key={fault}>
            {fault}
          </p>
        ))}
      </form>
      <button type="button" className="refetch" onClick={props.refetch}>
        Refresh
      </button>
      {widgets.map((widget) => (
        <Widget key={widget.id} widget={widget} />
      ))}
    </main>
  );
}
