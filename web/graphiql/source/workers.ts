/** Monaco's workers, from files that stand beside this one. */
const NAMES: Record<string, string> = { graphql: "graphql", json: "json" };

(globalThis as { MonacoEnvironment?: object }).MonacoEnvironment = {
  getWorker(_id: string, label: string): Worker {
    const name = NAMES[label] ?? "editor";
    return new Worker(new URL(`./${name}.worker.js`, import.meta.url), { type: "module", name: label });
  },
};
