import { defineConfig } from "vitest/config";

/** Unit tests lie beside their source; integration and end-to-end tests under test/. Tests leave no global state behind, so files share workers. */
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "tools/**/*.test.ts", "test/{integration,e2e}/**/*.test.ts"],
    isolate: false,
    pool: "forks",
    // The long ones wait for simulated servers more than they compute.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/support/reporter.ts"],
  },
});
