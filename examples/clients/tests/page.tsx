// What the page has to do, whichever client it is made with.
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { url } from "../shared/server";
import { addCall, countPoints, renameDashboard } from "./colleague";

const { dashboard, line, widgets } = inject("dialboard");

interface Mounted {
  page: ReactNode;
  /** Whether a client keeps each object once, and shows what a mutation or subscription says of it wherever it stands. */
  hasCache: boolean;
  close: () => unknown;
}

export function testPage(client: string, mount: (id: string, line: string) => Mounted) {
  describe(client, () => {
    const root = document.createElement("div");
    const react = createRoot(root);
    const requests = vi.spyOn(globalThis, "fetch");
    let mounted: Mounted;

    const all = (selector: string) => [...root.querySelectorAll<HTMLElement>(selector)];
    const title = () => root.querySelector("h1")?.textContent;
    const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 20 });
    const click = (selector: string) => root.querySelector<HTMLElement>(selector)?.click();
    const rename = (name: string) => {
      const input = root.querySelector("input");
      if (input) input.value = name;
      click("form button");
    };
    const alerts = () => all("[role=alert]").map((alert) => alert.textContent);
    /** The queries for dashboards so far: not those for calls, nor event streams. */
    const pageRequests = () => requests.mock.calls.filter(([to, init]) => to === url && String(init?.body).includes("widgets")).length;

    beforeAll(async () => {
      await renameDashboard(dashboard, "Calls");
      mounted = mount(dashboard, line);
      document.body.append(root);
      react.render(mounted.page);
    });
    afterAll(async () => {
      react.unmount();
      await mounted.close();
      requests.mockRestore();
    });

    test("shows a dozen widgets by one request", async () => {
      await until(() => expect(all(".widget")).toHaveLength(widgets));
      expect(title()).toBe("Calls");
      const kinds = all(".widget").map((widget) => widget.getAttribute("data-kind"));
      expect(kinds.filter((kind) => kind === "LineChart")).toHaveLength(2);
      expect(new Set(kinds)).toEqual(new Set(["LineChart", "BarChart", "StatChart", "PieChart", "ListChart", "HistogramChart", "InvalidFilter"]));
      const curves = all(".widget svg").map((curve) => Number(curve.getAttribute("data-points")));
      expect(Math.min(...curves)).toBeGreaterThan(10);
      expect(pageRequests()).toBe(1);
    });

    test("shows what is wrong with a widget beside the others", () => {
      expect(alerts()).toEqual([expect.stringContaining("nope")]);
    });

    test("asks again", async () => {
      const before = all("main").map((main) => main.innerHTML);
      const asked = pageRequests();
      await addCall();
      click(".refetch");
      await until(() => expect(pageRequests()).toBe(asked + 1));
      await until(() => expect(all("main").map((main) => main.innerHTML)).not.toEqual(before));
      expect(all(".widget")).toHaveLength(widgets);
    });

    test("shows further pages", async () => {
      const calls = () => all(".call").map((call) => call.getAttribute("data-id"));
      await until(() => expect(calls()).toHaveLength(5));
      const first = calls();
      for (const length of [10, 15]) {
        click(".more");
        await until(() => expect(calls()).toHaveLength(length));
      }
      expect(calls().slice(0, 5)).toEqual(first);
      expect(new Set(calls()).size).toBe(15);
    });

    test("renames, and says why not", async () => {
      const asked = pageRequests();
      rename("Renamed");
      await until(() => expect(title()).toBe("Renamed"));
      if (mounted.hasCache) expect(pageRequests()).toBe(asked);
      rename(" ");
      await until(() => expect(alerts()).toContainEqual(expect.stringMatching(/name/)));
      expect(title()).toBe("Renamed");
      expect(all(".widget")).toHaveLength(widgets);
    });

    test("hears of changes by others", async () => {
      const points = () => Number(root.querySelector(".live svg")?.getAttribute("data-points"));
      const there = await countPoints(line);
      expect(there).toBeGreaterThan(10);
      await until(() => expect(points()).toBe(there));
      const asked = pageRequests();
      await renameDashboard(dashboard, "By a colleague");
      await until(() => expect(title()).toBe("By a colleague"));
      if (mounted.hasCache) expect(pageRequests()).toBe(asked);
      await addCall();
      await until(() => expect(points()).toBe(there + 1));
    });
  });
}
