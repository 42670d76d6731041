import { useMemo, useState } from "react";
import { graphql, useSubscription } from "react-relay";
import type { liveSubscription, liveSubscription$data } from "../generated/relay/liveSubscription.graphql";
import { Curve } from "../shared/drawings";

type Point = { readonly key: string; readonly timestamp: string; readonly value: number };

/** A line that grows as calls arrive. The first event has all points, later ones those that changed. */
export function Live({ id }: { id: string }) {
  const [points, setPoints] = useState<readonly Point[]>([]);
  useSubscription<liveSubscription>(
    useMemo(
      () => ({
        subscription: graphql`
          subscription liveSubscription($id: ID!) {
            chartUpdated(id: $id) {
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
              }
            }
          }
        `,
        variables: { id },
        onNext: (event) => event && setPoints((before) => afterEvent(before, event)),
      }),
      [id],
    ),
  );
  return (
    <figure className="live">
      <Curve values={points.map((point) => point.value)} />
    </figure>
  );
}

function afterEvent(before: readonly Point[], { chartUpdated: event }: liveSubscription$data): readonly Point[] {
  if (event?.data?.__typename !== "LineChart") return before;
  const points = new Map((event.isWhole ? [] : before).map((point) => [point.key, point]));
  for (const key of event.removed) points.delete(key);
  for (const point of event.data.points ?? []) points.set(point.key, point);
  return [...points.values()].sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}
