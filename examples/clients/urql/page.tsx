import { useState } from "react";
import { useMutation, useQuery, useSubscription } from "urql";
import { Board, BoardChangedSubscription, BoardQuery, RenameMutation } from "../codegen/board";
import { Calls, CallsQuery } from "../codegen/calls";
import { afterEvent, LiveLine, LiveLineSubscription } from "../codegen/live";

export function App({ id, line }: { id: string; line: string }) {
  const [board, refetch] = useQuery({ query: BoardQuery, variables: { id } });
  const [, send] = useMutation(RenameMutation);
  useSubscription({ query: BoardChangedSubscription, variables: { id } });

  const rename = async (name: string) => {
    const { data, error } = await send({ input: { id, name } });
    return error ? [error.message] : (data?.updateDashboard?.errors ?? []).map((fault) => fault.message);
  };
  return (
    <>
      {board.error && <p role="alert">{board.error.message}</p>}
      {board.data?.dashboard && (
        <Board dashboard={board.data.dashboard} rename={rename} refetch={() => refetch({ requestPolicy: "network-only" })} />
      )}
      <Pages />
      <Live id={line} />
    </>
  );
}

/** Asking for the next page is enough: the cache joins it to those before. */
function Pages() {
  const [after, setAfter] = useState<string | null>(null);
  const [{ data }] = useQuery({ query: CallsQuery, variables: { first: 5, after } });
  return data?.callLogs && <Calls page={data.callLogs} more={setAfter} />;
}

function Live({ id }: { id: string }) {
  const [{ data }] = useSubscription({ query: LiveLineSubscription, variables: { id } }, (before: ReturnType<typeof afterEvent> = [], event) =>
    afterEvent(before, event),
  );
  return <LiveLine points={data ?? []} />;
}
