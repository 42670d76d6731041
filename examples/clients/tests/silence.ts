// A warning of a client is a failure: they tell where its cache does not keep what the server sends.
import { afterAll, afterEach, expect, vi } from "vitest";

const told: string[] = [];
for (const level of ["warn", "error"] as const) {
  vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void told.push(`${level}: ${parts.map(String).join(" ")}`));
}

const check = () => expect(told.splice(0)).toEqual([]);
afterEach(check);
afterAll(check);
