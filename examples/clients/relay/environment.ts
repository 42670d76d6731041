import { Environment, type FetchFunction, Network, Observable, RecordSource, Store, type SubscribeFunction } from "relay-runtime";
import { headers, openSocket, url } from "../shared/server";

/** Relay needs to be told nothing of the schema here: whatever has an `id` is kept once, everything else with what it belongs to. */
export function makeEnvironment() {
  const socket = openSocket();
  const send: FetchFunction = async ({ text }, variables) => {
    const body = JSON.stringify({ query: text, variables });
    const answer = await fetch(url, { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body });
    return answer.json();
  };
  const subscribe: SubscribeFunction = ({ text }, variables) =>
    Observable.create((sink) => socket.subscribe({ query: text ?? "", variables }, sink as Parameters<typeof socket.subscribe>[1]));
  const environment = new Environment({ network: Network.create(send, subscribe), store: new Store(new RecordSource()) });
  return { environment, close: () => socket.dispose() };
}
