/**
 * Chooses the model that answers.
 *
 * @module
 */

import { endpointsOf } from "./answers/endpoints.ts";
import { UsageError } from "./exit_codes.ts";
import type { Model } from "./model_list.ts";
import { nearest } from "./nearest.ts";

/** The messages about the choice of a model. */
export const MODEL_MESSAGES = {
  noModel: "Copilot lists no model that answers prompts on this subscription.",
  unknown: (wanted: string, ids: string) =>
    `There is no model "${wanted}". The nearest are: ${ids}. --models lists all.`,
  ambiguous: (wanted: string, ids: string) =>
    `"${wanted}" is a part of several models: ${ids}.`,
  notAccepted: (id: string, state: string, page: string) =>
    `The policy of the model ${id} is not accepted (${state}). Accept it on ${page}; in an organization an owner does.`,
  noPrompts: (id: string) => `The model ${id} does not answer prompts.`,
} as const;

/** How many models are named where one is not found. */
const NEAREST_COUNT = 3;

/**
 * Chooses by an id or an unambiguous part of one; without either, the one that
 * answers where nobody chose. `domain` is the host of the page with policies.
 */
export function chooseModel(
  models: readonly Model[],
  wanted: string | undefined,
  domain: string,
): Model {
  if (wanted === undefined) return defaultModel(models);
  const model = findModel(models, wanted);
  const { id } = model;
  if (!answersPrompts(model)) {
    throw new UsageError(MODEL_MESSAGES.noPrompts(id));
  }
  if (!isAccepted(model)) {
    const page = `https://${domain}/settings/copilot`;
    const state = `${model.policy?.state}`;
    throw new UsageError(MODEL_MESSAGES.notAccepted(id, state, page));
  }
  return model;
}

function defaultModel(models: readonly Model[]): Model {
  const usable = models.filter(answersPrompts).filter(isAccepted);
  const model = usable.find(({ is_chat_default }) => is_chat_default) ??
    usable.find(({ is_chat_fallback }) => is_chat_fallback) ??
    usable.find(isInPicker);
  if (model) return model;
  throw new Error(MODEL_MESSAGES.noModel);
}

function findModel(models: readonly Model[], wanted: string): Model {
  const exact = models.find(({ id }) => id === wanted);
  if (exact) return exact;
  const chatModels = models.filter(answersPrompts);
  if (chatModels.length === 0) throw new Error(MODEL_MESSAGES.noModel);
  const part = wanted.toLowerCase();
  const matches = chatModels.filter(({ id }) =>
    id.toLowerCase().includes(part)
  );
  const ids = (models: Model[]) => models.map(({ id }) => id);
  if (matches.length === 0) {
    const names = nearest(wanted, ids(chatModels), NEAREST_COUNT);
    throw new UsageError(MODEL_MESSAGES.unknown(wanted, names.join(", ")));
  }
  // The others are mostly older versions of these.
  const shown = matches.filter(isInPicker);
  const candidates = shown.length === 0 ? matches : shown;
  if (candidates.length === 1) return candidates[0];
  const names = ids(candidates).join(", ");
  throw new UsageError(MODEL_MESSAGES.ambiguous(wanted, names));
}

function answersPrompts({ capabilities, supported_endpoints }: Model): boolean {
  return (capabilities?.type ?? "chat") === "chat" &&
    endpointsOf(supported_endpoints).length > 0;
}

function isAccepted({ policy }: Model): boolean {
  return (policy?.state ?? "enabled") === "enabled";
}

function isInPicker({ model_picker_enabled = true }: Model): boolean {
  return model_picker_enabled;
}
