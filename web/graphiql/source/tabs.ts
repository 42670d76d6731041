/** Opens an operation in a tab of its own. */
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";

export interface Operation {
  query: string;
  variables: string;
}

/** Opens an operation: in the tab that already has exactly its text, in the present one if it is empty, else in a new one. */
export function useOpenTab(): (operation: Operation) => void {
  const { addTab, changeTab, updateActiveTabValues } = useGraphiQLActions();
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    ({ tabs, activeTabIndex, queryEditor, variableEditor }) => ({ tabs, activeTabIndex, queryEditor, variableEditor }),
  );
  return ({ query, variables }) => {
    const found = tabs.findIndex((tab) => tab.query === query);
    if (found >= 0) {
      if (found !== activeTabIndex) changeTab(found);
    } else if (queryEditor?.getValue()) {
      addTab();
    }
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    updateActiveTabValues({ query, variables });
  };
}
