/**
 * The models of a subscription, as `/models` lists them.
 *
 * @module
 */

import type { FetchLike } from "../mod.ts";
import { assertAccepted, quote, readObject } from "./response.ts";

/** The messages about the list of models. */
export const MODEL_LIST_MESSAGES = {
  noList: (start: string) =>
    `Copilot's response has no list of models: ${start}`,
} as const;

/** The members of a model that are used. GitHub documents none of them. */
export interface Model {
  id: string;
  name?: string;
  vendor?: string;
  model_picker_enabled?: boolean;
  is_chat_default?: boolean;
  is_chat_fallback?: boolean;
  policy?: { state?: string };
  supported_endpoints?: string[];
  capabilities?: {
    type?: string;
    limits?: {
      max_context_window_tokens?: number;
      max_output_tokens?: number;
    };
    supports?: Record<string, unknown>;
  };
  billing?: {
    multiplier?: number;
    token_prices?: {
      batch_size?: number;
      default?: { input_price?: number; output_price?: number };
    };
  };
}

/** Asks for the list, and returns the text of the response. */
export async function fetchModels(
  copilot: FetchLike,
  signal?: AbortSignal,
): Promise<string> {
  const response = await copilot("/models", { signal });
  await assertAccepted(response);
  return await response.text();
}

/** Reads the models in the text of a response. */
export function readModels(text: string): Model[] {
  const { data } = readObject(text);
  if (!Array.isArray(data)) {
    throw new Error(MODEL_LIST_MESSAGES.noList(quote(text)));
  }
  return data.filter(isModel);
}

function isModel(value: unknown): value is Model {
  const { id } = Object(value) as { id?: unknown };
  return typeof id === "string" && id !== "";
}
