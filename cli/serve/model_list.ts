/**
 * The models of the subscription: remembered ids, and names for clients.
 *
 * @module
 */

import type { FetchLike } from "../../mod.ts";
import { fetchModels, readModels } from "../model_list.ts";

/** The ids of the models that Copilot lists. */
export interface ModelList {
  /** Returns them; none if Copilot does not list them. Never rejects. */
  ids(): Promise<readonly string[]>;
}

/** How long a list is used, as models are added and retired. */
const MAX_AGE_MS = 10 * 60_000;

/** Creates a list that is requested when it is needed. */
export function createModelList(
  copilot: FetchLike,
  now: () => number = Date.now,
): ModelList {
  let requestedAt = -Infinity;
  let list: Promise<readonly string[]> = Promise.resolve([]);
  return {
    ids() {
      if (Math.abs(now() - requestedAt) < MAX_AGE_MS) return list;
      requestedAt = now();
      list = requestIds(copilot).catch(() => {
        // The next request asks again.
        requestedAt = -Infinity;
        return [];
      });
      return list;
    },
  };
}

async function requestIds(copilot: FetchLike): Promise<readonly string[]> {
  const models = readModels(await fetchModels(copilot));
  return models.map(({ id }) => id);
}

/** A model of the response to `/models`, or anything else. */
type Listed = { id?: unknown; name?: unknown; data?: unknown } | null;

/** Adds `display_name`, which Anthropic's clients show, to one or all models. */
export function withDisplayNames(json: string): string {
  let body: Listed;
  try {
    body = JSON.parse(json);
  } catch {
    return json;
  }
  if (!Array.isArray(body?.data)) return JSON.stringify(withDisplayName(body));
  return JSON.stringify({ ...body, data: body.data.map(withDisplayName) });
}

function withDisplayName(model: Listed): Listed {
  if (typeof model?.id !== "string") return model;
  const { id, name } = model;
  return { display_name: typeof name === "string" ? name : id, ...model } as
    & Listed
    & object;
}
