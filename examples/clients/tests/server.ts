// What the server that the tests run against has: whoever starts them says it (tests/clients of Dialboard).
import type { TestProject } from "vitest/node";

export interface Served {
  /** The dashboard's ID. */
  dashboard: string;
  /** The ID of a widget with a line chart. */
  line: string;
  /** The number of widgets on the dashboard. */
  widgets: number;
}

declare module "vitest" {
  export interface ProvidedContext {
    dialboard: Served;
  }
}

export default function setup(project: TestProject) {
  project.provide("dialboard", JSON.parse(process.env["DIALBOARD_SERVED"] ?? "{}"));
}
