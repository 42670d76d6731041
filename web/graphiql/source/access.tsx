/** The key that requests are sent with. It is kept for the session of this tab, and nowhere else. */
import { useGraphiQL } from "@graphiql/react";
import { createContext, type FormEvent, useEffect, useState } from "react";

export interface Access {
  key: string;
  /** A project, for keys that open several. */
  project: string;
}

const KEPT = "dialboard:access";

export const AccessContext = createContext<Access>({ key: "", project: "" });

/** What was kept in this tab, else what the server gave. */
export function keptAccess(given: Access): Access {
  const kept = sessionStorage.getItem(KEPT);
  return kept ? (JSON.parse(kept) as Access) : given;
}

export function keep(access: Access): void {
  sessionStorage.setItem(KEPT, JSON.stringify(access));
}

/** The headers of a request. */
export function headersOf({ key, project }: Access): Record<string, string> {
  return { ...(key && { "X-API-Key": key }), ...(project && { "Dialboard-Project": project }) };
}

/** The field for the key; using another one reads the schema again. */
export function AccessForm({ access, onUse }: { access: Access; onUse: (access: Access) => void }) {
  const [key, setKey] = useState(access.key);
  const [project, setProject] = useState(access.project);
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    setKey(access.key);
    setProject(access.project);
  }, [access]);

  function submit(event: FormEvent) {
    event.preventDefault();
    onUse({ key: key.trim(), project: project.trim() });
  }

  return (
    <form className="dialboard-access" onSubmit={submit} autoComplete="off">
      <SchemaState hasKey={access.key !== ""} />
      <input
        aria-label="API key"
        placeholder="API key"
        type={isShown ? "text" : "password"}
        autoComplete="off"
        spellCheck={false}
        value={key}
        onChange={(event) => setKey(event.target.value)}
        onFocus={() => setShown(true)}
        onBlur={() => setShown(false)}
      />
      <input
        className="dialboard-project"
        aria-label="Project"
        placeholder="Project"
        title="Only for keys of an organisation: the project to work in"
        autoComplete="off"
        spellCheck={false}
        value={project}
        onChange={(event) => setProject(event.target.value)}
      />
      <button type="submit" title="Kept until this tab is closed">
        Use key
      </button>
    </form>
  );
}

/** One line on whether the schema could be read with the key. */
function SchemaState({ hasKey }: { hasKey: boolean }) {
  const { schema, fetchError, isIntrospecting } = useGraphiQL(
    ({ schema, fetchError, isIntrospecting }) => ({ schema, fetchError, isIntrospecting }),
  );
  const [text, kind] = !hasKey
    ? ["Enter an API key", "missing"]
    : isIntrospecting
      ? ["Reading the schema…", "reading"]
      : fetchError
        ? [firstMessage(fetchError), "error"]
        : schema
          ? ["Schema read", "read"]
          : ["", ""];
  return (
    <output className={`dialboard-state dialboard-${kind}`} title={text}>
      {text}
    </output>
  );
}

/** The message of the first error of an answer; the whole text where it has none. */
function firstMessage(answer: string): string {
  try {
    const read = JSON.parse(answer) as { message?: string; errors?: { message?: string }[] };
    return read.errors?.[0]?.message ?? read.message ?? answer;
  } catch {
    return answer;
  }
}
