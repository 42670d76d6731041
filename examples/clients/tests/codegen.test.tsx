import { App } from "../codegen/page";
import { testPage } from "./page";

testPage("typed documents", (id, line) => ({ page: <App id={id} line={line} />, hasCache: false, close: () => {} }));
