// Drawings that know nothing of GraphQL.

export function Card({ title, kind, children }: { title: string; kind: string; children: React.ReactNode }) {
  return (
    <section className="widget" data-kind={kind}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Total({ value }: { value: number | null | undefined }) {
  return <strong>{value?.toLocaleString("en") ?? "no data"}</strong>;
}

export function Curve({ values }: { values: readonly number[] }) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const place = (value: number, at: number) => `${at},${high === low ? 0 : (high - value) / (high - low)}`;
  return (
    <svg viewBox={`0 0 ${Math.max(values.length - 1, 1)} 1`} preserveAspectRatio="none" data-points={values.length}>
      <polyline points={values.map(place).join(" ")} />
    </svg>
  );
}

export function Bars({ items }: { items: readonly { key: string; label: string; size: number }[] }) {
  const most = Math.max(...items.map((item) => item.size), 1);
  return (
    <ol>
      {items.map(({ key, label, size }) => (
        <li key={key} style={{ width: `${(100 * size) / most}%` }}>
          {label}
        </li>
      ))}
    </ol>
  );
}
