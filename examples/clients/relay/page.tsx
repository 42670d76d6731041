import { Suspense, useMemo, useState } from "react";
import { graphql, useLazyLoadQuery, useMutation, useSubscription } from "react-relay";
import type { pageChangedSubscription } from "../generated/relay/pageChangedSubscription.graphql";
import type { pageQuery } from "../generated/relay/pageQuery.graphql";
import type { pageRenameMutation } from "../generated/relay/pageRenameMutation.graphql";
import { Calls } from "./calls";
import { Live } from "./live";
import { Widget } from "./widget";

export function App(props: { id: string; line: string }) {
  return (
    <Suspense fallback="Loading">
      <Page {...props} />
    </Suspense>
  );
}

/** The whole page is one request: the query has the fragments of all components in it. */
function Page({ id, line }: { id: string; line: string }) {
  const [fetchKey, setFetchKey] = useState(0);
  const data = useLazyLoadQuery<pageQuery>(
    graphql`
      query pageQuery($id: ID!, $timeRange: TimeRangeInput) {
        dashboard(id: $id) {
          name
          widgets {
            id
            ...widget_widget
          }
        }
        ...calls_query
      }
    `,
    { id },
    { fetchKey, fetchPolicy: "network-only" },
  );
  useSubscription<pageChangedSubscription>(
    useMemo(
      () => ({
        subscription: graphql`
          subscription pageChangedSubscription($id: ID!) {
            dashboardChanged(id: $id) {
              version
              dashboard {
                name
                version
              }
            }
          }
        `,
        variables: { id },
      }),
      [id],
    ),
  );
  if (!data.dashboard) return <p role="alert">There is no such dashboard.</p>;
  return (
    <>
      <main>
        <h1>{data.dashboard.name}</h1>
        <Rename id={id} name={data.dashboard.name} />
        <button type="button" className="refetch" onClick={() => setFetchKey((key) => key + 1)}>
          Refresh
        </button>
        {data.dashboard.widgets.map((widget) => (
          <Widget key={widget.id} widget={widget} />
        ))}
      </main>
      <Calls query={data} />
      <Live id={line} />
    </>
  );
}

function Rename({ id, name }: { id: string; name: string }) {
  const [faults, setFaults] = useState<readonly { readonly message: string }[]>([]);
  const [send] = useMutation<pageRenameMutation>(graphql`
    mutation pageRenameMutation($input: UpdateDashboardInput!) {
      updateDashboard(input: $input) {
        dashboard {
          name
          version
        }
        errors {
          message
        }
      }
    }
  `);
  const submit = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget).get("name"));
    send({ variables: { input: { id, name: given } }, onCompleted: ({ updateDashboard }) => setFaults(updateDashboard?.errors ?? []) });
  };
  return (
    <form onSubmit={submit}>
      <input name="name" defaultValue={name} />
      <button type="submit">Rename</button>
      {faults.map(({ message }) => (
        <p role="alert" key={message}>
          {message}
        </p>
      ))}
    </form>
  );
}
