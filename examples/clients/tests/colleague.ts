// Another client of the same server, which changes what the page shows.
import { headers, url } from "../shared/server";

async function send(query: string, variables: object) {
  const request = { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify({ query, variables }) };
  const answer = await (await fetch(url, request)).json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

export async function renameDashboard(id: string, name: string) {
  await send("mutation ($input: UpdateDashboardInput!) { updateDashboard(input: $input) { errors { message } } }", { input: { id, name } });
}

/** How many points a line chart has. */
export async function countPoints(id: string): Promise<number> {
  const { widget } = await send("query ($id: ID!) { widget(id: $id) { data { ... on LineChart { totalPoints } } } }", { id });
  return widget.data.totalPoints;
}

/** A call that ended just now. */
export async function addCall() {
  const calls = [{ callId: crypto.randomUUID(), agent: "Ada", timestamp: new Date().toISOString(), duration: 60 }];
  await send("mutation ($input: IngestCallLogsInput!) { ingestCallLogs(input: $input) { created } }", { input: { calls } });
}
