/**
 * Adapts requests to what Copilot knows: names of models, and features.
 *
 * @module
 */

import type { ModelList } from "./model_list.ts";
import { replaceString } from "./json_text.ts";
import { findListedId, isForeignName } from "./model_names.ts";
import {
  BETA_HEADER,
  type RefusalMemory,
  refusedBetas,
  type RefusedFeatures,
  refusedFields,
  removeBetas,
  removeFields,
} from "./refused_features.ts";
import { modelPath } from "./routes.ts";

/** What stderr says about requests that are changed. */
export const ADAPTATION_MESSAGES = {
  modelReplaced: (requested: string, listed: string) =>
    `Copilot lists no model "${requested}". "${listed}" is used.`,
  featureRefused: (names: string, path: string, model: string) =>
    `Copilot refuses ${names} for ${model} at ${path}. The request is sent without.`,
} as const;

/** A request for Copilot that may still be changed. */
export interface Draft {
  method: string;
  path: string;
  search: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
  /** The model that the path or the body names; empty if there is none. */
  model: string;
}

/** What adapting a request needs. */
export interface Adapter {
  models: ModelList;
  memory: RefusalMemory;
  /** Whether nothing is changed. */
  isStrict: boolean;
  /** Whether body fields are removed too. */
  adaptsFields: boolean;
  /** Prints a line for the user. */
  notify(text: string): void;
}

/** Writes the id that Copilot lists in the place of another name of a model. */
export async function replaceModelName(
  draft: Draft,
  { models, isStrict, notify }: Adapter,
): Promise<void> {
  const { model } = draft;
  // Most names are Copilot's own, and need no list.
  if (isStrict || !isForeignName(model)) return;
  const listed = findListedId(model, await models.ids());
  if (listed === undefined) return;
  notify(ADAPTATION_MESSAGES.modelReplaced(model, listed));
  draft.model = listed;
  if (draft.path === modelPath(model)) draft.path = modelPath(listed);
  else draft.body = encode(replaceString(decode(draft.body), "model", listed));
}

/** Refused fields are named one by one, so that several repetitions are needed. */
const MAX_REPETITIONS = 8;

/** Sends a request, and again without the features that Copilot has refused. */
export async function sendAdapted(
  draft: Draft,
  send: (draft: Draft) => Promise<Response>,
  adapter: Adapter,
): Promise<Response> {
  if (adapter.isStrict) return await send(draft);
  const { path, model } = draft;
  const { memory, notify } = adapter;
  removeFeatures(draft, memory.recall(path, model));
  let response = await send(draft);
  let hasRemovedBetas = false;
  for (let count = 0; count < MAX_REPETITIONS; count++) {
    if (response.status !== 400) return response;
    const text = await response.text();
    const refused: RefusedFeatures = {
      betas: hasRemovedBetas ? [] : refusedBetas(text, draft.headers),
      fields: adapter.adaptsFields ? refusedFields(text) : [],
    };
    if (!removeFeatures(draft, refused)) return new Response(text, response);
    hasRemovedBetas ||= refused.betas.length > 0;
    memory.remember(path, model, refused);
    const names = namesOf(refused);
    notify(ADAPTATION_MESSAGES.featureRefused(names, path, model || "a model"));
    response = await send(draft);
  }
  return response;
}

/** Removes features from a request, and returns whether it had any of them. */
function removeFeatures(
  draft: Draft,
  { betas, fields }: RefusedFeatures,
): boolean {
  if (betas.length > 0) removeBetas(draft.headers, betas);
  const json = fields.length > 0
    ? removeFields(decode(draft.body), fields)
    : undefined;
  if (json !== undefined) draft.body = encode(json);
  return betas.length > 0 || json !== undefined;
}

function namesOf({ betas, fields }: RefusedFeatures): string {
  return [
    ...betas.map((beta) => `${BETA_HEADER} "${beta}"`),
    ...fields.map((field) => `the field "${field}"`),
  ].join(", ");
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
