// One component for each type of chart. Each says by a fragment what it needs, and can read nothing else (fragment masking).

import { Bars, Curve, Total } from "../shared/drawings";
import { type FragmentType, getFragmentData, graphql } from "../generated/gql";

const StatFragment = graphql(`
  fragment Stat on StatChart {
    value
    change
    overview {
      totalCalls
      successRate
    }
  }
`);

export function Stat(props: { chart: FragmentType<typeof StatFragment> }) {
  const { value, overview } = getFragmentData(StatFragment, props.chart);
  return <Total value={overview ? overview.totalCalls : value} />;
}

const LineFragment = graphql(`
  fragment Line on LineChart {
    totalPoints
    points(maxPoints: 200) {
      key
      timestamp
      value
    }
  }
`);

export function Line(props: { chart: FragmentType<typeof LineFragment> }) {
  const { points } = getFragmentData(LineFragment, props.chart);
  return <Curve values={(points ?? []).map((point) => point.value)} />;
}

const BarFragment = graphql(`
  fragment Bar on BarChart {
    buckets {
      key
      start
      value
    }
  }
`);

export function Bar(props: { chart: FragmentType<typeof BarFragment> }) {
  const { buckets } = getFragmentData(BarFragment, props.chart);
  return <Bars items={buckets.map(({ key, start, value }) => ({ key, label: start.slice(0, 10), size: value ?? 0 }))} />;
}

const HistogramFragment = graphql(`
  fragment Histogram on HistogramChart {
    bins(maxBins: 12) {
      key
      from
      to
      value
    }
  }
`);

export function Histogram(props: { chart: FragmentType<typeof HistogramFragment> }) {
  const { bins } = getFragmentData(HistogramFragment, props.chart);
  return <Bars items={(bins ?? []).map(({ key, from, to, value }) => ({ key, label: `${from}–${to}`, size: value }))} />;
}

const PieFragment = graphql(`
  fragment Pie on PieChart {
    total
    slices(top: 6) {
      key
      label
      isOther
      value
    }
  }
`);

export function Pie(props: { chart: FragmentType<typeof PieFragment> }) {
  const { slices } = getFragmentData(PieFragment, props.chart);
  const name = (label: string | null | undefined, isOther: boolean) => label ?? (isOther ? "other" : "none");
  return <Bars items={(slices ?? []).map(({ key, label, isOther, value }) => ({ key, label: name(label, isOther), size: value }))} />;
}

const ListFragment = graphql(`
  fragment List on ListChart {
    totalRows
    rows(first: 5) {
      key
      labels
      value
    }
  }
`);

export function List(props: { chart: FragmentType<typeof ListFragment> }) {
  const { rows } = getFragmentData(ListFragment, props.chart);
  return <Bars items={(rows ?? []).map(({ key, labels, value }) => ({ key, label: labels.join(", "), size: value ?? 0 }))} />;
}
