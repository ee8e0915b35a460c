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

/** What marks a part of a message as an image. */
const IMAGES: readonly unknown[] = ["image_url", "input_image", "image"];

/**
 * Reads the turn from a request's path and body: a person's only where a JSON
 * body that is text or bytes says so.
 *
 * The last of `messages` or of `input` decides, unless it merely carries tool
 * results in the user's name. `input` of `/embeddings` is no conversation.
 */
export function readTurn(pathname: string, body: RequestInit["body"]): Turn {
  const turn: Turn = { initiator: "agent", vision: false };
  try {
    // What is not bytes, the decoder refuses.
    const text = typeof body === "string"
      ? body
      : new TextDecoder().decode(body as Uint8Array);
    const { messages, input } = JSON.parse(text);
    const items = Array.isArray(messages) ? messages : input;
    if (typeof items === "string") {
      if (!/\/embeddings\/?$/.test(pathname)) turn.initiator = "user";
      return turn;
    }
    turn.vision = items.some((item: Part) =>
      holdsImage(item?.content) || holdsImage(item?.output)
    );
    const { role, content } = items.at(-1);
    const isPrompt = !Array.isArray(content) || !content.length ||
      content.some((part: Part) => part?.type !== "tool_result");
    if (role === "user" && isPrompt) turn.initiator = "user";
  } catch {
    // What cannot be read is an agent's.
  }
  return turn;
}

/** A message, an item of a Responses input, or a part of either. */
type Part =
  | { type?: unknown; content?: unknown; output?: unknown }
  | null
  | undefined;

function holdsImage(parts: unknown): boolean {
  return Array.isArray(parts) &&
    parts.some((part: Part) =>
      IMAGES.includes(part?.type) ||
      (part?.type === "tool_result" && holdsImage(part.content))
    );
}
