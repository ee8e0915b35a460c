/**
 * The models of the fake Copilot, with the endpoints at which each answers.
 *
 * The entries have the members that `GET /models` lists. Ids and figures are
 * examples of November 2026; Copilot's own list changes often.
 *
 * @module
 */

/**
 * A model as `GET /models` lists it.
 *
 * @example The models of a subscription
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type ListedModel,
 * } from "@copilot-fetch/core/testing";
 *
 * const copilot = createCopilotFetch("ghu_any", createFakeCopilot());
 * const response = await copilot("/models");
 * const { data }: { data: ListedModel[] } = await response.json();
 * console.log(data[0].id, data[0].name); // "gpt-5-mini" "GPT-5 mini"
 * ```
 */
export interface ListedModel {
  /** What a request's `model` names. */
  id: string;
  /** What a list shows to a person. */
  name: string;
  /** Who made it. */
  vendor: string;
  /** Always `"model"`. */
  object: string;
  /** Whether it is offered before its general availability. */
  preview: boolean;
  /** Whether an editor shows it in its list of models. */
  model_picker_enabled: boolean;
  /** Whether it answers where nobody chose a model. */
  is_chat_default: boolean;
  /** Whether it answers where the default cannot. */
  is_chat_fallback: boolean;
  /** Whether the account has accepted its terms; omitted if it has none. */
  policy?: FakeModelPolicy;
  /** The paths at which it answers; GitHub omits it for some models. */
  supported_endpoints?: readonly string[];
  /** What it can do. */
  capabilities: FakeModelCapabilities;
  /** What it costs. */
  billing: FakeModelBilling;
}

/**
 * Whether an account may use a model that has terms.
 *
 * @example A model whose terms were not accepted
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeModelPolicy,
 * } from "@copilot-fetch/core/testing";
 *
 * const policy: FakeModelPolicy = { state: "unconfigured" };
 * const fake = createFakeCopilot({ models: [{ id: "kimi-k2.5", policy }] });
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "kimi-k2.5",
 *     messages: [{ role: "user", content: "Hello" }],
 *   }),
 * });
 * console.log(response.status); // 400
 * ```
 */
export interface FakeModelPolicy {
  /** Only an `"enabled"` model answers. */
  state: "enabled" | "disabled" | "unconfigured";
  /** The terms, as a text for a person. */
  terms?: string;
}

/**
 * What a model can do.
 *
 * @example Whether a model answers or makes embeddings
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeModelCapabilities,
 * } from "@copilot-fetch/core/testing";
 *
 * const copilot = createCopilotFetch("ghu_any", createFakeCopilot());
 * const response = await copilot("/models/text-embedding-3-small");
 * const { capabilities }: { capabilities: FakeModelCapabilities } =
 *   await response.json();
 * console.log(capabilities.type); // "embeddings"
 * ```
 */
export interface FakeModelCapabilities {
  /** `"chat"` or `"embeddings"`. */
  type: "chat" | "embeddings";
  /** The family of models that it belongs to. */
  family: string;
  /** Limits in tokens, or in the number of inputs. */
  limits: Record<string, number>;
  /** Abilities, such as `tool_calls` and `vision`. */
  supports: Record<string, boolean>;
}

/**
 * What a model costs.
 *
 * @example How many premium requests a turn counts as
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeModelBilling,
 * } from "@copilot-fetch/core/testing";
 *
 * const copilot = createCopilotFetch("ghu_any", createFakeCopilot());
 * const response = await copilot("/models/claude-haiku-4.5");
 * const { billing }: { billing: FakeModelBilling } = await response.json();
 * console.log(billing.multiplier); // 0.33
 * ```
 */
export interface FakeModelBilling {
  /** Whether a request-based plan counts its turns. */
  is_premium: boolean;
  /** How many premium requests a turn counts as. */
  multiplier: number;
  /** In nano AI credits per batch; listed for the newest API version alone. */
  token_prices: {
    /** So many tokens have the price. */
    batch_size: number;
    /** The prices of one batch. The names are assumed. */
    default: { input_price: number; output_price: number };
  };
}

/**
 * A model of the `models` option: an id, and what differs from its entry.
 *
 * @example A model that answers at one endpoint alone
 * ```ts
 * import { createCopilotFetch } from "@copilot-fetch/core";
 * import {
 *   createFakeCopilot,
 *   type FakeModel,
 * } from "@copilot-fetch/core/testing";
 *
 * const model: FakeModel = {
 *   id: "gpt-5-mini",
 *   supported_endpoints: ["/responses"],
 * };
 * const fake = createFakeCopilot({ models: [model] });
 * const copilot = createCopilotFetch("ghu_any", fake);
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "Hello" }],
 *   }),
 * });
 * console.log(response.status); // 400
 * ```
 */
export type FakeModel = Pick<ListedModel, "id"> & Partial<ListedModel>;

/** Where a model answers of which GitHub does not say where. */
export const CHAT = "/chat/completions";
const RESPONSES = "/responses";
const MESSAGES = "/v1/messages";
const EMBEDDINGS = "/embeddings";

/** One of each kind. */
export const DEFAULT_MODELS: readonly FakeModel[] = [
  {
    id: "gpt-5-mini",
    name: "GPT-5 mini",
    is_chat_default: true,
    is_chat_fallback: true,
    billing: billing(0, 250_000_000),
  },
  {
    id: "claude-haiku-4.5",
    name: "Claude Haiku 4.5",
    billing: billing(0.33, 1_000_000_000),
  },
  {
    id: "gpt-5.3-codex",
    name: "GPT-5.3-Codex",
    supported_endpoints: [RESPONSES],
  },
  {
    id: "claude-opus-5.5",
    name: "Claude Opus 5.5",
    supported_endpoints: [MESSAGES],
    billing: billing(3, 5_000_000_000),
  },
  // GitHub does not say where it answers: at /chat/completions.
  {
    id: "gemini-3-flash",
    name: "Gemini 3 Flash",
    supported_endpoints: undefined,
  },
  {
    id: "kimi-k2.5",
    name: "Kimi K2.5",
    preview: true,
    policy: {
      state: "unconfigured",
      terms: "Accept Moonshot's terms to use Kimi K2.5.",
    },
  },
  { id: "text-embedding-3-small" },
  { id: "text-embedding-ada-002" },
];

/** The entry of an id, or what the option says of it. */
export function toModel(given: string | FakeModel): FakeModel {
  const model = typeof given === "string" ? { id: given } : given;
  const known = DEFAULT_MODELS.find(({ id }) => id === model.id);
  return { ...known, ...model };
}

/** Adds what an entry does not say, by the kind of model that its id names. */
export function completeModel(model: FakeModel): ListedModel {
  const { id } = model;
  const isEmbedding = id.startsWith("text-embedding");
  return {
    name: id,
    vendor: vendorOf(id),
    object: "model",
    preview: false,
    model_picker_enabled: !isEmbedding,
    is_chat_default: false,
    is_chat_fallback: false,
    supported_endpoints: isEmbedding ? [EMBEDDINGS] : chatEndpointsOf(id),
    capabilities: isEmbedding ? embeddingModel(id) : chatModel(id),
    billing: isEmbedding ? billing(0, 20_000_000) : billing(1, 1_250_000_000),
    ...model,
  };
}

function vendorOf(id: string): string {
  if (id.startsWith("claude")) return "Anthropic";
  if (id.startsWith("gemini")) return "Google";
  if (id.startsWith("kimi")) return "Moonshot AI";
  if (id.startsWith("grok")) return "xAI";
  return "OpenAI";
}

function chatEndpointsOf(id: string): string[] {
  if (id.startsWith("claude")) return [CHAT, MESSAGES];
  if (id.startsWith("gpt")) return [CHAT, RESPONSES];
  return [CHAT];
}

function chatModel(family: string): FakeModelCapabilities {
  return {
    type: "chat",
    family,
    limits: {
      max_context_window_tokens: 400_000,
      max_prompt_tokens: 128_000,
      max_output_tokens: 64_000,
    },
    supports: { streaming: true, tool_calls: true, vision: true },
  };
}

function embeddingModel(family: string): FakeModelCapabilities {
  return {
    type: "embeddings",
    family,
    limits: { max_inputs: 512 },
    supports: { dimensions: true },
  };
}

/** Output costs eight times as much as input. */
function billing(multiplier: number, inputPrice: number): FakeModelBilling {
  return {
    is_premium: multiplier > 0,
    multiplier,
    token_prices: {
      batch_size: 1_000_000,
      default: { input_price: inputPrice, output_price: 8 * inputPrice },
    },
  };
}
