/** The readable documentation: one page and one script, both served from here, so it works without a network. */
import { readFile } from "node:fs/promises";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const SCRIPT = "rapidoc-min.js";

function pageOf(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<script type="module" src="docs/${SCRIPT}"></script>
<style>html, body { margin: 0; height: 100%; }</style>
</head>
<body>
<rapi-doc
  spec-url="openapi.json"
  render-style="focused"
  theme="light"
  primary-color="#9a4f1f"
  nav-bg-color="#faf7f2"
  regular-font="system-ui, sans-serif"
  mono-font="ui-monospace, monospace"
  load-fonts="false"
  schema-style="table"
  show-header="false"
  show-method-in-nav-bar="as-colored-text"
  use-path-in-nav-bar="false"
  allow-spec-file-download="true"
  persist-auth="false"
></rapi-doc>
</body>
</html>
`;
}

/** Only our own script runs; its styles are written by script, and samples may be shown as data. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function docsRoutes(title: string): readonly Route[] {
  return [
    route(
      {
        method: "get",
        path: "/docs",
        id: "readDocs",
        group: "server",
        summary: "This documentation, readable",
        access: "public",
        responses: { 200: { description: "A page", content: "text/html" } },
      },
      () => ({
        kind: "raw",
        status: 200,
        body: pageOf(title),
        headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY },
      }),
    ),
    route(
      {
        method: "get",
        path: `/docs/${SCRIPT}`,
        id: "readDocsScript",
        group: "server",
        summary: "The script of the documentation page",
        access: "public",
        responses: { 200: { description: "A script", content: "text/javascript" } },
      },
      async () => ({
        kind: "raw",
        status: 200,
        body: await readFile(scriptFile()),
        headers: { "Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "public, max-age=3600" },
      }),
    ),
  ];
}

/** The package carries the one file that the page needs, not the hundred packages that made it. */
function scriptFile(): URL {
  const isBuilt = import.meta.url.endsWith(".js");
  return isBuilt ? new URL(`./${SCRIPT}`, import.meta.url) : new URL(import.meta.resolve(`rapidoc/dist/${SCRIPT}`));
}
