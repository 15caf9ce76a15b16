/** `serai providers …` and `serai models …`: who answers for the agents. */
import type { Command } from "commander";
import { Option } from "commander";
import type { CreateProvider, Model, Provider } from "../client/shapes.ts";
import { EXIT_FAILED, EXIT_OK, UsageFault } from "./faults.ts";
import { formatCount } from "./figures.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { everyItem, findProvider } from "./lookup.ts";
import { collect } from "./options.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { formatTable } from "./table.ts";

const TYPES = ["anthropic", "openai", "openai_completions", "gemini", "openai_compatible", "scripted"] as const;

const EXAMPLES = `
Examples:
  $ serai providers add claude --type anthropic --key-env ANTHROPIC_API_KEY
  $ serai providers add local --type openai_compatible --base-url http://127.0.0.1:11434/v1 --model qwen3
  $ pass show openai | serai providers add openai --type openai --api-key -
  $ serai providers test claude
`;

interface AddFlags {
  readonly type: CreateProvider["providerType"];
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly keyEnv?: string;
  readonly model?: readonly string[];
}

export function addProviders(program: Command, site: CommandSite): void {
  const providers = program.command("providers").description("Providers of models").addHelpText("after", EXAMPLES);
  const add = providers
    .command("add")
    .description("Add a provider")
    .argument("<name>", "how you call it")
    .addOption(new Option("-t, --type <type>", "which protocol it speaks").choices(TYPES).makeOptionMandatory())
    .option("--base-url <url>", "where it is, if not at the vendor's own address")
    .option("--api-key <key>", 'its key; "-" reads it from standard input, which keeps it out of the shell\'s history')
    .addOption(new Option("--key-env <name>", "the variable that holds its key").conflicts("apiKey"))
    .option("-m, --model <name>", "a model that it has, in the vendor's word; repeatable", collect)
    .addHelpText("after", EXAMPLES);
  act<AddFlags>(add, site, addOne);
  act(providers.command("list").description("List providers"), site, async ({ serai, show }) => {
    const data = await everyItem<Provider>((query) => serai.providers.list(query));
    show({ data, total: data.length }, (screen) => providersText(data, screen));
  });
  const test = providers.command("test").description("See whether address and key are right, by one small call");
  act(test.argument("<provider>", "its name or id"), site, testOne);
  const remove = providers.command("delete").description("Delete a provider with its models and forget its key");
  act(remove.argument("<provider>", "its name or id"), site, deleteOne);
}

async function deleteOne(call: Invocation): Promise<void> {
  const { serai } = call;
  const id = await findProvider(serai, argument(call, 0));
  // Without it they answer nothing. One that an agent has is refused, and then the provider stays.
  const models = await everyItem<Model>((query) => serai.models.list({ ...query, providerId: id }));
  for (const model of models) await serai.models.delete(model.id);
  await serai.providers.delete(id);
  call.show({ id, deleted: true }, () => `Deleted ${id}\n`);
}

async function addOne(call: Invocation<AddFlags>): Promise<void> {
  const { serai, flags, screen, isJson } = call;
  const apiKey = await readApiKey(call);
  const provider = await serai.providers.create({
    name: argument(call, 0),
    providerType: flags.type,
    ...(flags.baseUrl === undefined ? {} : { baseUrl: flags.baseUrl }),
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  for (const modelId of flags.model ?? []) await serai.models.create(provider.id, { modelId });
  call.show(provider, () => `${provider.id}\n`);
  if (isJson) return;
  const name = JSON.stringify(plainLine(provider.name));
  screen.note(screen.paintNote("dim", `  next  serai providers test ${name}`));
}

async function readApiKey({ flags, shell }: Invocation<AddFlags>): Promise<string | undefined> {
  const { apiKey, keyEnv } = flags;
  if (keyEnv !== undefined) {
    const value = shell.environment[keyEnv]?.trim();
    if (value === undefined || value === "") throw new UsageFault(`The variable ${keyEnv} is not set`);
    return value;
  }
  if (apiKey !== "-") return apiKey;
  const piped = (await shell.readInput())?.trim() ?? "";
  if (piped === "") throw new UsageFault("No key was piped in");
  return piped;
}

async function testOne(call: Invocation): Promise<number> {
  const { serai } = call;
  const result = await serai.providers.test(await findProvider(serai, argument(call, 0)));
  call.show(result, ({ paintOut }) =>
    result.ok ? `${paintOut("green", "ok")}\n` : `${paintOut("red", "✗")} ${plainLine(result.error ?? "It failed")}\n`,
  );
  return result.ok ? EXIT_OK : EXIT_FAILED;
}

const KEY_WORDS = { stored: "stored", environment: "environment", none: "none" } as const;

function providersText(providers: readonly Provider[], screen: Screen): string {
  const columns = [
    { title: "ID" },
    { title: "NAME", isFlexible: true },
    { title: "TYPE" },
    { title: "KEY" },
    { title: "ADDRESS" },
  ];
  const rows = providers.map(({ id, name, providerType, keySource, status, baseUrl }) => [
    id,
    name,
    providerType,
    status === "needs_key" ? "must be set anew" : KEY_WORDS[keySource],
    baseUrl ?? "",
  ]);
  return formatTable(columns, rows, screen);
}

export function addModels(program: Command, site: CommandSite): void {
  const models = program.command("models").description("Models that agents can use");
  const list = models
    .command("list")
    .description("List models")
    .option("-p, --provider <name>", "only those of this provider");
  act<{ readonly provider?: string }>(list, site, async ({ serai, flags, show }) => {
    const providerId = flags.provider === undefined ? undefined : await findProvider(serai, flags.provider);
    const only = providerId === undefined ? {} : { providerId };
    const data = await everyItem<Model>((query) => serai.models.list({ ...query, ...only }));
    const providers = await everyItem<Provider>((query) => serai.providers.list(query));
    const names = new Map(providers.map(({ id, name }) => [id, name]));
    show({ data, total: data.length }, (screen) => modelsText(data, names, screen));
  });
}

function modelsText(models: readonly Model[], providers: ReadonlyMap<string, string>, screen: Screen): string {
  const columns = [
    { title: "ID" },
    { title: "MODEL" },
    { title: "PROVIDER", isFlexible: true },
    { title: "CONTEXT", align: "right" },
    { title: "$ IN/OUT per M", align: "right" },
  ] as const;
  const rows = models.map(({ id, modelId, enabled, providerId, contextTokens, price }) => [
    id,
    enabled ? modelId : `${modelId} (disabled)`,
    providers.get(providerId) ?? providerId,
    formatCount(contextTokens),
    price === null ? "" : `${price.input} / ${price.output}`,
  ]);
  return formatTable(columns, rows, screen);
}
