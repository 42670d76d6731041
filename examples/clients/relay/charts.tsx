// One component for each type of chart. Each says by a fragment what it needs, and is told when just that changes.

import { graphql, useFragment } from "react-relay";
import type { charts_bar$key } from "../generated/relay/charts_bar.graphql";
import type { charts_histogram$key } from "../generated/relay/charts_histogram.graphql";
import type { charts_line$key } from "../generated/relay/charts_line.graphql";
import type { charts_list$key } from "../generated/relay/charts_list.graphql";
import type { charts_pie$key } from "../generated/relay/charts_pie.graphql";
import type { charts_stat$key } from "../generated/relay/charts_stat.graphql";
import { Bars, Curve, Total } from "../shared/drawings";

export function Stat({ chart }: { chart: charts_stat$key }) {
  const { value, overview } = useFragment(
    graphql`
      fragment charts_stat on StatChart {
        value
        overview {
          totalCalls
        }
      }
    `,
    chart,
  );
  return <Total value={overview ? overview.totalCalls : value} />;
}

export function Line({ chart }: { chart: charts_line$key }) {
  const { points } = useFragment(
    graphql`
      fragment charts_line on LineChart {
        points(maxPoints: 200) {
          key
          timestamp
          value
        }
      }
    `,
    chart,
  );
  return <Curve values={(points ?? []).map((point) => point.value)} />;
}

export function Bar({ chart }: { chart: charts_bar$key }) {
  const { buckets } = useFragment(
    graphql`
      fragment charts_bar on BarChart {
        buckets {
          key
          start
          value
        }
      }
    `,
    chart,
  );
  return <Bars items={buckets.map(({ key, start, value }) => ({ key, label: start.slice(0, 10), size: value ?? 0 }))} />;
}

export function Histogram({ chart }: { chart: charts_histogram$key }) {
  const { bins } = useFragment(
    graphql`
      fragment charts_histogram on HistogramChart {
        bins(maxBins: 12) {
          key
          from
          to
          value
        }
      }
    `,
    chart,
  );
  return <Bars items={(bins ?? []).map(({ key, from, to, value }) => ({ key, label: `${from}–${to}`, size: value }))} />;
}

export function Pie({ chart }: { chart: charts_pie$key }) {
  const { slices } = useFragment(
    graphql`
      fragment charts_pie on PieChart {
        slices(top: 6) {
          key
          label
          isOther
          value
        }
      }
    `,
    chart,
  );
  const name = (label: string | null | undefined, isOther: boolean) => label ?? (isOther ? "other" : "none");
  return <Bars items={(slices ?? []).map(({ key, label, isOther, value }) => ({ key, label: name(label, isOther), size: value }))} />;
}

export function List({ chart }: { chart: charts_list$key }) {
  const { rows } = useFragment(
    graphql`
      fragment charts_list on ListChart {
        rows(first: 5) {
          key
          labels
          value
        }
      }
    `,
    chart,
  );
  return <Bars items={(rows ?? []).map(({ key, labels, value }) => ({ key, label: labels.join(", "), size: value ?? 0 }))} />;
}
