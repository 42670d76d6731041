// The page with typed documents, fetch and server-sent events: no client library, and no cache.

import { print } from "graphql";
import { useCallback, useEffect, useRef, useState } from "react";
import { openStreams } from "../shared/server";
import type {
  BoardChangedSubscription as Changed,
  BoardQuery as BoardData,
  CallsQuery as Page,
  LiveLineSubscription as LineEvent,
} from "../generated/gql/graphql";
import { Board, BoardChangedSubscription, BoardQuery, RenameMutation } from "./board";
import { Calls, CallsQuery } from "./calls";
import { execute } from "./execute";
import { afterEvent, LiveLine, LiveLineSubscription } from "./live";

export function App({ id, line }: { id: string; line: string }) {
  const [board, setBoard] = useState<BoardData>();
  const load = useCallback(() => void execute(BoardQuery, { id }).then(setBoard), [id]);
  useEffect(load, [load]);
  const seen = useRef<string>(undefined);
  const tell = useCallback(
    ({ dashboardChanged }: Changed) => {
      // The first event says where the dashboard is now, which is what was loaded.
      if (seen.current) load();
      seen.current = dashboardChanged?.version;
    },
    [load],
  );
  useEvents<Changed>(print(BoardChangedSubscription), id, tell);

  const rename = async (name: string) => {
    const { updateDashboard } = await execute(RenameMutation, { input: { id, name } });
    if (updateDashboard?.dashboard) load();
    return (updateDashboard?.errors ?? []).map((error) => error.message);
  };
  return (
    <>
      {board?.dashboard && <Board dashboard={board.dashboard} rename={rename} refetch={load} />}
      <Pages />
      <Live id={line} />
    </>
  );
}

function Pages() {
  const [pages, setPages] = useState<Page[]>([]);
  const more = useCallback((after: string | null) => {
    void execute(CallsQuery, { first: 5, after }).then((page) => setPages((before) => (after ? [...before, page] : [page])));
  }, []);
  useEffect(() => more(null), [more]);
  const last = pages.length - 1;
  return pages.map(({ callLogs }, at) => callLogs && <Calls key={at} page={callLogs} {...(at === last && { more })} />);
}

function Live({ id }: { id: string }) {
  const [points, setPoints] = useState<ReturnType<typeof afterEvent>>([]);
  useEvents<LineEvent>(
    print(LiveLineSubscription),
    id,
    useCallback((event: LineEvent) => setPoints((before) => afterEvent(before, event)), []),
  );
  return <LiveLine points={points} />;
}

/** Calls `tell` at each event of a subscription. */
function useEvents<Data>(query: string, id: string, tell: (data: Data) => void) {
  useEffect(() => {
    const streams = openStreams();
    const end = streams.subscribe<Data>(
      { query, variables: { id } },
      { next: ({ data }) => data && tell(data), error: console.error, complete: () => {} },
    );
    return () => {
      end();
      streams.dispose();
    };
  }, [query, id, tell]);
}
