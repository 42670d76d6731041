import { useMutation, useQuery, useSubscription } from "@apollo/client/react";
import { useState } from "react";
import { Board, BoardChangedSubscription, BoardQuery, RenameMutation } from "../codegen/board";
import { Calls, CallsQuery } from "../codegen/calls";
import { afterEvent, LiveLine, LiveLineSubscription } from "../codegen/live";

export function App({ id, line }: { id: string; line: string }) {
  const { data, error, refetch } = useQuery(BoardQuery, { variables: { id } });
  const [send] = useMutation(RenameMutation);
  useSubscription(BoardChangedSubscription, { variables: { id } });

  const rename = async (name: string) => {
    const { data } = await send({ variables: { input: { id, name } } });
    return (data?.updateDashboard?.errors ?? []).map((fault) => fault.message);
  };
  return (
    <>
      {error && <p role="alert">{error.message}</p>}
      {data?.dashboard && <Board dashboard={data.dashboard} rename={rename} refetch={() => void refetch()} />}
      <Pages />
      <Live id={line} />
    </>
  );
}

/** The policy of `callLogs` joins the pages. */
function Pages() {
  const { data, fetchMore } = useQuery(CallsQuery, { variables: { first: 5 } });
  return data?.callLogs && <Calls page={data.callLogs} more={(after) => void fetchMore({ variables: { after } })} />;
}

/** Events of a chart are parts: they are for this component, and not for the cache. */
function Live({ id }: { id: string }) {
  const [points, setPoints] = useState<ReturnType<typeof afterEvent>>([]);
  useSubscription(LiveLineSubscription, {
    variables: { id },
    fetchPolicy: "no-cache",
    onData: ({ data: { data } }) => data && setPoints((before) => afterEvent(before, data)),
  });
  return <LiveLine points={points} />;
}
