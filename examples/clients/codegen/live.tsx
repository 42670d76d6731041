import { Curve } from "../shared/drawings";
import { graphql } from "../generated/gql";
import type { LiveLineSubscription as Event } from "../generated/gql/graphql";

/** A line that grows as calls arrive. The first event has all points, later ones those that changed. */
export const LiveLineSubscription = graphql(`
  subscription LiveLine($id: ID!, $since: String) {
    chartUpdated(id: $id, since: $since) {
      version
      isWhole
      removed
      data {
        __typename
        ... on LineChart {
          points(maxPoints: 500) {
            key
            timestamp
            value
          }
        }
        ... on Error {
          message
        }
      }
    }
  }
`);

type Point = { key: string; timestamp: string; value: number };

/** The points after an event. */
export function afterEvent(before: readonly Point[], { chartUpdated: event }: Event): readonly Point[] {
  if (event?.data?.__typename !== "LineChart") return before;
  const points = new Map((event.isWhole ? [] : before).map((point) => [point.key, point]));
  for (const key of event.removed) points.delete(key);
  for (const point of event.data.points ?? []) points.set(point.key, point);
  return [...points.values()].sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

export function LiveLine({ points }: { points: readonly Point[] }) {
  return (
    <figure className="live">
      <Curve values={points.map((point) => point.value)} />
    </figure>
  );
}
