/**
 * What a request's body tells about the turn it asks for, in the three shapes
 * that Copilot takes: Chat Completions, Responses and Messages.
 *
 * @module
 */

/** Who started a turn, which decides how GitHub bills it. */
export type Initiator = "user" | "agent";

/** What the headers of a request have to say about its body. */
export interface Turn {
  /** Who started it. */
  initiator: Initiator;
  /** Whether a message of the conversation holds an image. */
  vision: boolean;
}

/** A message, an item of a Responses input, or a part of either. */
type Item =
  | {
    role?: unknown;
    type?: unknown;
    content?: unknown;
    output?: unknown;
  }
  | null
  | undefined;

const IMAGES: readonly unknown[] = ["image_url", "input_image", "image"];

/**
 * Reads the turn from a request's path and body: a person's only where a JSON
 * body that is text or bytes says so.
 *
 * The last of `messages` or of `input` decides. `input` of `/embeddings` is no
 * conversation.
 */
export function readTurn(pathname: string, body: RequestInit["body"]): Turn {
  try {
    // What is not bytes, the decoder refuses.
    const text = typeof body === "string"
      ? body
      : new TextDecoder().decode(body as Uint8Array);
    const { messages, input } = JSON.parse(text);
    const items = Array.isArray(messages) ? messages : input;
    return {
      initiator: isFromUser(pathname, items) ? "user" : "agent",
      vision: Array.isArray(items) &&
        items.some((item: Item) =>
          holdsImage(item?.content) || holdsImage(item?.output)
        ),
    };
  } catch {
    return { initiator: "agent", vision: false };
  }
}

/** Whether a person spoke last, and not a tool in the user's name. */
function isFromUser(pathname: string, items: unknown): boolean {
  if (typeof items === "string") return !/\/embeddings\/?$/.test(pathname);
  const last: Item = Array.isArray(items) ? items.at(-1) : undefined;
  if (last?.role !== "user") return false;
  const { content } = last;
  return !Array.isArray(content) || content.length === 0 ||
    content.some((part: Item) => part?.type !== "tool_result");
}

function holdsImage(parts: unknown): boolean {
  return Array.isArray(parts) &&
    parts.some((part: Item) =>
      IMAGES.includes(part?.type) ||
      (part?.type === "tool_result" && holdsImage(part.content))
    );
}
