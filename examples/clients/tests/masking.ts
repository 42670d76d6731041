// A component reads only what its own fragment asks for. tsc fails here if it could read more.
import type { BoardQuery, WidgetFragment } from "../generated/gql/graphql";
import type { pageQuery } from "../generated/relay/pageQuery.graphql";
import type { widget_widget$data } from "../generated/relay/widget_widget.graphql";

export function typed({ dashboard }: BoardQuery, { data }: WidgetFragment) {
  // @ts-expect-error The name is of the fragment Board.
  const name = dashboard?.name;
  // @ts-expect-error The points are of the fragment Line.
  const points = data?.__typename === "LineChart" && data.points;
  return [name, points];
}

export function relay({ dashboard }: pageQuery["response"], { data }: widget_widget$data) {
  // @ts-expect-error The charts are of the fragment of a widget.
  const chart = dashboard?.widgets[0]?.data;
  // @ts-expect-error The points are of the fragment of a line.
  const points = data?.line?.points;
  return [chart, points];
}
