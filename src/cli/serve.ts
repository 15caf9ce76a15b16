/** `serai serve`: the server in this process. The one command that loads it, and only when it is called. */
import type { Command } from "commander";
import type { ServeOptions } from "../main/serve.ts";
import { act } from "./invocation.ts";
import type { CommandSite } from "./invocation.ts";
import { collect, wholeNumber } from "./options.ts";

interface ServeFlags {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly bell?: string;
  readonly door?: readonly string[];
  readonly open?: boolean;
  readonly ennioToken?: string;
  readonly ennioCorsOrigin?: readonly string[];
  readonly log?: string;
  readonly corsOrigin?: readonly string[];
  readonly allowedHost?: readonly string[];
  readonly limit?: readonly string[];
}

const WORDS = `
Each option can be given by the environment too: SERAI_HOST, SERAI_PORT, SERAI_DATA, SERAI_DATABASE_URL, SERAI_LOG,
SERAI_OPEN, SERAI_ENNIO_API_TOKEN, SERAI_CORS_ORIGINS, SERAI_ALLOWED_HOSTS, SERAI_LIMITS, SERAI_DOORS,
SERAI_ENNIO_CORS_ORIGINS (lists, with commas).
A file serai.yaml here may hold cors_origins, allowed_hosts, doors and ennio (api_token, cors_origins); flags and
environment go before it.
SERAI_ADMIN_KEY is a key (32 characters or more) that is taken beside the one in admin.key.
ANTHROPIC_API_KEY, OPENAI_API_KEY and GEMINI_API_KEY each bring a provider with its models.

Examples:
  $ serai serve
  $ serai serve --port 0 --data /tmp/try
  $ ANTHROPIC_API_KEY=… serai serve
`;

export function addServe(program: Command, site: CommandSite): void {
  const command = program
    .command("serve")
    .description("Start the server; the data folder is --data, else .serai here or in your home")
    .option("--host <name>", "address to listen on (127.0.0.1)")
    .option("--port <number>", "port to listen on, 0 for any that is free (7080)", wholeNumber(0, 65_535))
    .option("--database <url>", "PostgreSQL instead of the data folder")
    .option("--bell <url>", "what wakes other nodes")
    .option("--door <name=port>", "give a door a port of its own; repeatable", collect)
    .option("--open", "ask no key of Viben and Ennio on this machine")
    .option("--ennio-token <token>", "a token that Ennio's clients send, 32 characters or more")
    .option("--ennio-cors-origin <origin>", "whose pages may use Ennio's door from a browser; repeatable", collect)
    .option("--cors-origin <origin>", "whose pages may use the server from a browser; repeatable", collect)
    .option("--allowed-host <name>", "a further name the server answers to; repeatable", collect)
    .option("--limit <name=number>", "another limit than at GET /api/v1/limits; repeatable", collect)
    .option("--log <level>", "silent, fatal, error, warn, info, debug or trace (warn)")
    .addHelpText("after", WORDS);
  act<ServeFlags>(command, site, async ({ flags }) => {
    const { serve } = await import("../main/serve.ts");
    return serve(optionsOf(flags));
  });
}

function optionsOf(given: ServeFlags & { readonly data?: string }): ServeOptions {
  const {
    door: doors,
    corsOrigin: corsOrigins,
    ennioCorsOrigin: ennioCorsOrigins,
    allowedHost: allowedHosts,
    limit: limits,
    ...flags
  } = given;
  const names = ["host", "port", "data", "database", "bell", "open", "ennioToken", "log"] as const;
  const single = names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]] as const]));
  return {
    ...Object.fromEntries(single),
    ...(doors === undefined ? {} : { doors }),
    ...(corsOrigins === undefined ? {} : { corsOrigins }),
    ...(ennioCorsOrigins === undefined ? {} : { ennioCorsOrigins }),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
    ...(limits === undefined ? {} : { limits }),
  };
}
