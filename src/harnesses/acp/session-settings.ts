/**
 * Mode and model of a conversation, where the agent offers a choice: as configuration options, or as the lists of their
 * own that older agents have. What is wanted and not offered is a fault that says what is; an agent that offers no
 * choice at all is left as it is.
 */
import { AgentFault } from "./agent-fault.ts";
import { listOf, objectOf, textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";

export interface Choice {
  readonly method: string;
  /** Beside the conversation's id. */
  readonly params: JsonObject;
}

interface Offer {
  readonly current: string | undefined;
  readonly ids: readonly string[];
  readonly choose: (id: string) => Choice;
}

/** Nothing: it is so already, or there is nothing to choose from. */
export function chooseModel(opened: JsonObject, model: string): Choice | null {
  const offer = optionOffer(opened, "model") ?? listOffer(opened, "model");
  if (offer === null) return null;
  // Some list variants of one model: "gpt-5.5[high]", "anthropic/claude-…".
  const found = offer.ids.find((id) => id === model) ?? offer.ids.find((id) => id.endsWith(`/${model}`));
  if (found !== undefined) return found === offer.current ? null : offer.choose(found);
  const some = offer.ids.slice(0, 20).join(", ");
  throw new AgentFault("agent_error", `The agent does not offer the model "${model}"; it offers ${some}`);
}

/** A mode that an agent does not have is not wanted of it. */
export function chooseMode(opened: JsonObject, mode: string): Choice | null {
  const offer = optionOffer(opened, "mode") ?? listOffer(opened, "mode");
  if (offer === null || !offer.ids.includes(mode) || offer.current === mode) return null;
  return offer.choose(mode);
}

/** What the agent itself says that it uses. */
export function currentModel(opened: JsonObject): string | null {
  return (optionOffer(opened, "model") ?? listOffer(opened, "model"))?.current ?? null;
}

function optionOffer(opened: JsonObject, category: "mode" | "model"): Offer | null {
  const option = listOf(opened["configOptions"])
    .map(objectOf)
    .find((each) => each["category"] === category && each["type"] === "select");
  if (option === undefined) return null;
  const values = listOf(option["options"]).flatMap((each) => {
    const { value, options } = objectOf(each);
    return options === undefined ? [value] : listOf(options).map((inner) => objectOf(inner)["value"]);
  });
  const configId = textOf(option["id"]) ?? category;
  return {
    current: textOf(option["currentValue"]),
    ids: values.flatMap((value) => textOf(value) ?? []),
    choose: (value) => ({ method: "session/set_config_option", params: { configId, value } }),
  };
}

const LISTS = {
  mode: {
    list: "modes",
    all: "availableModes",
    id: "id",
    current: "currentModeId",
    method: "session/set_mode",
    param: "modeId",
  },
  model: {
    list: "models",
    all: "availableModels",
    id: "modelId",
    current: "currentModelId",
    method: "session/set_model",
    param: "modelId",
  },
} as const;

function listOffer(opened: JsonObject, kind: "mode" | "model"): Offer | null {
  const { list, all, id, current, method, param } = LISTS[kind];
  if (opened[list] === undefined || opened[list] === null) return null;
  const offered = objectOf(opened[list]);
  return {
    current: textOf(offered[current]),
    ids: listOf(offered[all]).flatMap((each) => textOf(objectOf(each)[id]) ?? []),
    choose: (value) => ({ method, params: { [param]: value } }),
  };
}
