/**
 * The models of one account: its list, its terms, and why a model is refused.
 *
 * @module
 */

import type { FakePlan } from "./hosts.ts";
import {
  CHAT,
  completeModel,
  DEFAULT_MODELS,
  type FakeModel,
  type ListedModel,
  toModel,
} from "./models.ts";

/** The version of `/models` that lists long context windows and prices. */
const NEWEST_API_VERSION = "2026-06-01";
/** The context window that is listed without a version. */
const SHORT_CONTEXT_TOKENS = 128_000;

/** The chat models of a free account. */
const FREE_MODELS = ["gpt-5-mini", "claude-haiku-4.5"];

/** Models that Copilot had, and since when it has them no more. */
const RETIRED_MODELS: ReadonlyMap<unknown, string> = new Map([
  ["gpt-4.1", "2026-06-01"],
  ["claude-sonnet-4.5", "2026-09-01"],
]);

/** Why a model does not answer. */
export interface ModelRefusal {
  code: "model_not_supported" | "unsupported_api_for_model";
  message: string;
}

/** The models of an account. */
export interface Catalogue {
  /** All models, as the version of `/models` lists them. */
  list(apiVersion: string | null): object[];
  /** One model. */
  find(id: string): ListedModel | undefined;
  /** Accepts a model's terms. */
  accept(id: string): void;
  /** Finds a model that answers at `endpoint`, or the reason why none does. */
  choose(id: unknown, endpoint: string): ListedModel | ModelRefusal;
}

/** Creates the models of an account. */
export function createCatalogue(
  option: readonly (string | FakeModel)[] | undefined,
  planOf: () => FakePlan,
): Catalogue {
  const given = option?.map(toModel) ?? DEFAULT_MODELS;
  const all = given.map(completeModel);

  const offered = () =>
    option || planOf() !== "free" ? all : all.filter(isFree);
  const find = (id: unknown) => offered().find((model) => model.id === id);

  return {
    list: (apiVersion) => offered().map((model) => describe(model, apiVersion)),
    find,
    accept(id) {
      const model = find(id);
      if (model?.policy) model.policy = { ...model.policy, state: "enabled" };
    },
    choose(id, endpoint) {
      const model = find(id);
      if (!model) return notSupported(unknownModelMessage(id));
      if (!endpointsOf(model).includes(endpoint)) {
        return {
          code: "unsupported_api_for_model",
          message:
            `model "${model.id}" is not accessible via the ${endpoint} endpoint`,
        };
      }
      if (model.policy && model.policy.state !== "enabled") {
        return notSupported(
          `The terms of the model ${model.id} have not been accepted.`,
        );
      }
      return model;
    },
  };
}

/** Whether a version of the API still exists; a missing one is accepted. */
export function isServedVersion(apiVersion: string | null): boolean {
  return apiVersion === null || apiVersion === NEWEST_API_VERSION;
}

/** A model as the version of `/models` lists it. */
export function describe(
  model: ListedModel,
  apiVersion: string | null,
): object {
  if (apiVersion === NEWEST_API_VERSION) return model;
  const { billing: { is_premium, multiplier }, capabilities } = model;
  const limits = { ...capabilities.limits };
  if (limits.max_context_window_tokens > SHORT_CONTEXT_TOKENS) {
    limits.max_context_window_tokens = SHORT_CONTEXT_TOKENS;
  }
  return {
    ...model,
    capabilities: { ...capabilities, limits },
    billing: { is_premium, multiplier },
  };
}

function notSupported(message: string): ModelRefusal {
  return { code: "model_not_supported", message };
}

function unknownModelMessage(id: unknown): string {
  const retiredOn = RETIRED_MODELS.get(id);
  return retiredOn === undefined
    ? "The requested model is not supported."
    : `The requested model is not supported. It was retired on ${retiredOn}.`;
}

function isFree({ id, capabilities }: ListedModel): boolean {
  return capabilities.type === "embeddings" || FREE_MODELS.includes(id);
}

function endpointsOf(model: ListedModel): readonly string[] {
  return model.supported_endpoints ?? [CHAT];
}
