/** The end-to-end tests with real agents; `npm run test:agents` installs them and runs these. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/agents/**/*.e2e.ts"], fileParallelism: false, reporters: ["verbose"] },
});
