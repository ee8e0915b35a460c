/**
 * What a request's body tells about the turn it asks for, in the three shapes
 * that Copilot takes: Chat Completions, Responses and Messages.
 *
 * @module
 */

/** Who started a turn, which decides how GitHub bills it. */
export type Initiator = "user" | "agent";

/**
 * Reads the turn from a request's path and body, and tells it in the headers:
 * it is a person's only where a JSON body that is text or bytes says so.
 *
 * The last of `messages` or of `input` decides, unless it merely carries tool
 * results in the user's name. `input` of `/embeddings` is no conversation.
 */
export function tellTurn(
  headers: Headers,
  pathname: string,
  body: RequestInit["body"],
): void {
  headers.set("x-initiator", "agent");
  try {
    // What is not bytes, the decoder refuses.
    const { messages, input } = JSON.parse(
      typeof body === "string"
        ? body
        : new TextDecoder().decode(body as Uint8Array),
    );
    const items = Array.isArray(messages) ? messages : input;
    const { role, content } = items.at(-1) ?? "";
    const isPrompt = typeof items === "string"
      ? !pathname.includes("/embeddings")
      : role === "user" &&
        !(content?.length &&
          content.every?.((part: Part) => part?.type === "tool_result"));
    if (isPrompt) headers.set("x-initiator", "user");
    const hasImage = items.some((item: Part) =>
      holdsImage(item?.content) || holdsImage(item?.output)
    );
    if (hasImage) headers.set("copilot-vision-request", "true");
  } catch {
    // What cannot be read is an agent's.
  }
}

/** A message, an item of a Responses input, or a part of either. */
type Part =
  | { type?: unknown; content?: Part[]; output?: Part[] }
  | null
  | undefined;

function holdsImage(parts: Part[] | undefined): boolean | undefined {
  return parts?.some?.((part) =>
    /^(input_image|image(_url)?)$/.test(`${part?.type}`) ||
    (part?.type === "tool_result" && holdsImage(part.content))
  );
}
