/**
 * Reads Copilot's responses: a refusal becomes an error, a body JSON.
 *
 * @module
 */

/** The messages about responses. */
export const RESPONSE_MESSAGES = {
  refused: (status: number, message: string) =>
    `Copilot refused the request: HTTP ${status}: ${message}`,
  refusedSilently: (status: number) =>
    `Copilot refused the request: HTTP ${status} without a message`,
  notJSON: (start: string) => `Copilot's response is not JSON: ${start}`,
} as const;

/** A response of Copilot other than 2xx. */
export class RefusedRequest extends Error {
  /** Creates the error for a response's status and message. */
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** Throws a {@linkcode RefusedRequest} for a response other than 2xx. */
export async function assertAccepted(response: Response): Promise<void> {
  if (response.ok) return;
  const { status } = response;
  const said = messageOf((await response.text()).trim());
  throw new RefusedRequest(
    status,
    said === ""
      ? RESPONSE_MESSAGES.refusedSilently(status)
      : RESPONSE_MESSAGES.refused(status, said),
  );
}

/** The message in a refusal's body, in the shapes of OpenAI and of GitHub. */
function messageOf(body: string): string {
  const { error, message } = parseObject(body) ?? {};
  const inner = (error as { message?: unknown } | undefined)?.message;
  const texts = [inner, error, message];
  return texts.find((text) => typeof text === "string") as string ?? body;
}

const MAX_QUOTED_LENGTH = 200;

/** Parses a JSON object. A login page on the way may have replaced it. */
export function readObject(text: string): Record<string, unknown> {
  const object = parseObject(text);
  if (object) return object;
  const start = text.slice(0, MAX_QUOTED_LENGTH);
  throw new Error(RESPONSE_MESSAGES.notJSON(start));
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}
