import { defineConfig } from "vitest/config";

/** Unit tests lie beside their source; integration and end-to-end tests under test/. Tests leave no global state behind, so files share workers. */
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "tools/**/*.test.ts", "test/{integration,e2e}/**/*.test.ts"],
    isolate: false,
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/support/reporter.ts"],
  },
});
