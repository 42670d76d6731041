import relay from "vite-plugin-relay-lite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [relay()],
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/browser.ts", "tests/silence.ts"],
    globalSetup: ["tests/server.ts"],
    testTimeout: 20_000,
    // The pages of all clients are of one dashboard, which they change.
    fileParallelism: false,
  },
});
