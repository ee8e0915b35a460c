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

const IMAGES: readonly unknown[] = ["image_url", "input_image", "image"];

/** A message, an item of a Responses input, or a part of either. */
interface Item {
  role?: unknown;
  type?: unknown;
  content?: unknown;
  output?: unknown;
}

/**
 * Reads the turn from a request's path and body: a person's only where a JSON
 * body that is text or bytes says so.
 *
 * The last of `messages` or of `input` decides. `input` of `/embeddings` is no
 * conversation.
 */
export function readTurn(
  pathname: string,
  body: RequestInit["body"],
): Turn {
  const { messages, input } = parseBody(body);
  const items = itemsOf(Array.isArray(messages) ? messages : input);
  const spoken = typeof input === "string" && !Array.isArray(messages) &&
    !/\/embeddings\/?$/.test(pathname);
  return {
    initiator: spoken || isFromUser(items.at(-1)) ? "user" : "agent",
    vision: items.some((item) =>
      partsOf(item).some((part) =>
        isImage(part) || (part.type === "tool_result" &&
          partsOf(part).some(isImage))
      )
    ),
  };
}

function parseBody(
  body: RequestInit["body"],
): { messages?: unknown; input?: unknown } {
  try {
    // What is not bytes, the decoder refuses.
    const text = typeof body === "string"
      ? body
      : new TextDecoder().decode(body as Uint8Array);
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** A user's message, unless it only carries what a tool answered. */
function isFromUser(item: Item | undefined): boolean {
  if (item?.role !== "user") return false;
  const parts = partsOf(item);
  return parts.length === 0 ||
    parts.some(({ type }) => type !== "tool_result");
}

function partsOf({ content, output }: Item): Item[] {
  return [...itemsOf(content), ...itemsOf(output)];
}

function itemsOf(list: unknown): Item[] {
  return Array.isArray(list)
    ? list.map((item) => typeof item === "object" && item ? item : {})
    : [];
}

function isImage({ type }: Item): boolean {
  return IMAGES.includes(type);
}
