/**
 * Features that Copilot refuses: values of `anthropic-beta`, and body fields.
 *
 * @module
 */

/** What Copilot has refused of a request. */
export interface RefusedFeatures {
  betas: readonly string[];
  /** Paths of body fields, such as `tools.0.strict`. */
  fields: readonly string[];
}

/** The header that names features of Anthropic's API. */
export const BETA_HEADER = "anthropic-beta";

/** The values of the header. */
function betasOf(headers: Headers): string[] {
  return (headers.get(BETA_HEADER) ?? "").split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "");
}

/** The values of the header that a refusal names. */
export function refusedBetas(message: string, headers: Headers): string[] {
  if (!/\bbeta\b/i.test(message)) return [];
  const words = message.split(/[^\w.-]+/);
  return betasOf(headers).filter((beta) => words.includes(beta));
}

/** Removes values from the header, and the header with the last of them. */
export function removeBetas(headers: Headers, betas: readonly string[]): void {
  const kept = betasOf(headers).filter((beta) => !betas.includes(beta));
  if (kept.length > 0) headers.set(BETA_HEADER, kept.join(","));
  else headers.delete(BETA_HEADER);
}

const EXTRA_INPUT = /([\w.]+): Extra inputs are not permitted/g;

/** The paths of the body fields that a refusal names. */
export function refusedFields(message: string): string[] {
  return [...message.matchAll(EXTRA_INPUT)].map(([, path]) => path);
}

/** Removes body fields; returns `undefined` if there is none of them. */
export function removeFields(
  json: string,
  fields: readonly string[],
): string | undefined {
  const body: unknown = JSON.parse(json);
  const removed = fields.filter((field) => removeField(body, field.split(".")));
  return removed.length > 0 ? JSON.stringify(body) : undefined;
}

/** Removes a field, and returns whether there was one. */
function removeField(value: unknown, [name, ...rest]: string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  const object = value as Record<string, unknown>;
  // In "tools.0.custom.strict", "custom" is the tool's type, not a member.
  if (!Object.hasOwn(object, name)) {
    return rest.length > 0 && removeField(value, rest);
  }
  if (rest.length > 0) return removeField(object[name], rest);
  return delete object[name];
}

/** Remembers what Copilot has refused, by endpoint and model. */
export interface RefusalMemory {
  recall(path: string, model: string): RefusedFeatures;
  remember(path: string, model: string, refused: RefusedFeatures): void;
}

/** Creates an empty memory. */
export function createRefusalMemory(): RefusalMemory {
  const known = new Map<string, RefusedFeatures>();
  function recall(path: string, model: string): RefusedFeatures {
    return known.get(`${path} ${model}`) ?? { betas: [], fields: [] };
  }
  return {
    recall,
    remember(path, model, refused) {
      const { betas, fields } = recall(path, model);
      known.set(`${path} ${model}`, {
        betas: [...betas, ...refused.betas],
        fields: [...fields, ...refused.fields],
      });
    },
  };
}
