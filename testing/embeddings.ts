/**
 * Answers in the shape of Embeddings.
 *
 * @module
 */

import type { FakeChat } from "./request_body.ts";
import type { Json } from "./reply.ts";

/** The answer of `POST /embeddings`: vectors that depend on each text's length. */
export function embeddings(
  model: string,
  { input, encoding_format }: FakeChat,
  tokens: number,
): Json {
  const texts: unknown[] = Array.isArray(input) ? input : [];
  return {
    object: "list",
    model,
    data: texts.map((text, index) => ({
      object: "embedding",
      index,
      embedding: encode([`${text}`.length, index, 1], encoding_format),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** Without a format the OpenAI SDK asks for 32-bit floats in base64. */
function encode(
  vector: number[],
  format: string | undefined,
): number[] | string {
  if (format !== "base64") return vector;
  const bytes = new Uint8Array(new Float32Array(vector).buffer);
  return btoa(String.fromCharCode(...bytes));
}
