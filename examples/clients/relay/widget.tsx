import { graphql, useFragment } from "react-relay";
import type { widget_widget$data, widget_widget$key } from "../generated/relay/widget_widget.graphql";
import { Card } from "../shared/drawings";
import { Bar, Histogram, Line, List, Pie, Stat } from "./charts";

export function Widget(props: { widget: widget_widget$key }) {
  const { name, data } = useFragment(
    graphql`
      fragment widget_widget on Widget {
        name
        data(timeRange: $timeRange) {
          __typename
          ...charts_stat @alias(as: "stat")
          ...charts_line @alias(as: "line")
          ...charts_bar @alias(as: "bar")
          ...charts_histogram @alias(as: "histogram")
          ...charts_pie @alias(as: "pie")
          ...charts_list @alias(as: "list")
          ... on Error {
            message
          }
        }
      }
    `,
    props.widget,
  );
  return (
    <Card title={name} kind={data?.__typename ?? "none"}>
      {data && <Chart data={data} />}
    </Card>
  );
}

/** An error is a chart, too: it leaves the other widgets theirs. */
function Chart({ data }: { data: NonNullable<widget_widget$data["data"]> }) {
  if (data.stat) return <Stat chart={data.stat} />;
  if (data.line) return <Line chart={data.line} />;
  if (data.bar) return <Bar chart={data.bar} />;
  if (data.histogram) return <Histogram chart={data.histogram} />;
  if (data.pie) return <Pie chart={data.pie} />;
  if (data.list) return <List chart={data.list} />;
  return <p role="alert">{data.message}</p>;
}
