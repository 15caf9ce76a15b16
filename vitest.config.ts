import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Two cores are the machines we promise to work on; more workers only make child processes wait for each other.
    maxWorkers: 2,
  },
});
