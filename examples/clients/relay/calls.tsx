import { graphql, usePaginationFragment } from "react-relay";
import type { calls_query$key } from "../generated/relay/calls_query.graphql";
import type { callsPaginationQuery } from "../generated/relay/callsPaginationQuery.graphql";

export function Calls({ query }: { query: calls_query$key }) {
  const { data, hasNext, loadNext } = usePaginationFragment<callsPaginationQuery, calls_query$key>(
    graphql`
      fragment calls_query on Query
      @refetchable(queryName: "callsPaginationQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" }) {
        callLogs(first: $count, after: $cursor) @connection(key: "calls_callLogs") {
          edges {
            node {
              id
              timestamp
              duration
              agent {
                agentName
              }
              metricEvaluations {
                numberValue
                metric {
                  name
                }
              }
            }
          }
        }
      }
    `,
    query,
  );
  return (
    <aside>
      {data.callLogs?.edges.map(({ node }) => (
        <p className="call" key={node.id} data-id={node.id}>
          {node.timestamp} {node.agent.agentName}: {node.duration ?? "?"} s, {node.metricEvaluations.length} metrics
        </p>
      ))}
      {hasNext && (
        <button type="button" className="more" onClick={() => loadNext(5)}>
          More
        </button>
      )}
    </aside>
  );
}
