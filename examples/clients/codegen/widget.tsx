import { Card } from "../shared/drawings";
import { type FragmentType, getFragmentData, graphql } from "../generated/gql";
import type { WidgetFragment } from "../generated/gql/graphql";
import { Bar, Histogram, Line, List, Pie, Stat } from "./charts";

const Fragment = graphql(`
  fragment Widget on Widget {
    id
    name
    data(timeRange: $timeRange) {
      __typename
      ...Stat
      ...Line
      ...Bar
      ...Histogram
      ...Pie
      ...List
      ... on Error {
        code
        message
      }
    }
  }
`);

export function Widget(props: { widget: FragmentType<typeof Fragment> }) {
  const { name, data } = getFragmentData(Fragment, props.widget);
  return (
    <Card title={name} kind={data?.__typename ?? "none"}>
      {data && <Chart data={data} />}
    </Card>
  );
}

/** An error is a chart, too: it leaves the other widgets theirs. */
function Chart({ data }: { data: NonNullable<WidgetFragment["data"]> }) {
  switch (data.__typename) {
    case "StatChart":
      return <Stat chart={data} />;
    case "LineChart":
      return <Line chart={data} />;
    case "BarChart":
      return <Bar chart={data} />;
    case "HistogramChart":
      return <Histogram chart={data} />;
    case "PieChart":
      return <Pie chart={data} />;
    case "ListChart":
      return <List chart={data} />;
    default:
      return <p role="alert">{data.message}</p>;
  }
}
