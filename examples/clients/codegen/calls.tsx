import { type FragmentType, getFragmentData, graphql } from "../generated/gql";

export const CallsQuery = graphql(`
  query Calls($first: Int!, $after: String) {
    callLogs(first: $first, after: $after) {
      ...CallPage
    }
  }
`);

const PageFragment = graphql(`
  fragment CallPage on CallLogConnection {
    edges {
      cursor
      node {
        id
        ...Call
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
`);

const CallFragment = graphql(`
  fragment Call on CallLog {
    timestamp
    duration
    agent {
      id
      agentName
    }
    metricEvaluations {
      id
      numberValue
      metric {
        id
        name
      }
    }
  }
`);

/** A page of calls, or the pages so far where a cache joins them. `more` asks for the next one. */
export function Calls(props: { page: FragmentType<typeof PageFragment>; more?: (after: string) => void }) {
  const { edges, pageInfo } = getFragmentData(PageFragment, props.page);
  return (
    <aside>
      {edges.map(({ node }) => (
        <Call key={node.id} id={node.id} call={node} />
      ))}
      {pageInfo.hasNextPage && props.more && (
        <button type="button" className="more" onClick={() => props.more?.(pageInfo.endCursor ?? "")}>
          More
        </button>
      )}
    </aside>
  );
}

function Call(props: { id: string; call: FragmentType<typeof CallFragment> }) {
  const { timestamp, duration, agent, metricEvaluations } = getFragmentData(CallFragment, props.call);
  return (
    <p className="call" data-id={props.id}>
      {timestamp} {agent.agentName}: {duration ?? "?"} s, {metricEvaluations.length} metrics
    </p>
  );
}
