/**
 * A response whose body comes in pieces, each of which can be held back.
 *
 * @module
 */

import type { FakeAnswer } from "./answers.ts";

/** Waits before a piece of a body, and returns whether the body goes on. */
export type Gate = (
  index: number,
  signal: AbortSignal,
) => boolean | Promise<boolean>;

/** The service's response, each piece of whose body passes the gate first. */
export function inPieces(gate: Gate): FakeAnswer {
  return async (request, respond) => {
    const response = await respond();
    const pieces = piecesOf(response);
    let index = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const goesOn = await gate(index++, request.signal);
        const { value, done } = goesOn ? await pieces.next() : END;
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 });
    const { status, headers } = response;
    return new Response(body, { status, headers });
  };
}

const END = { value: undefined, done: true } as const;

/** The events of a stream as they come, or two halves of any other body. */
async function* piecesOf(
  response: Response,
): AsyncGenerator<Uint8Array, undefined> {
  const isStream = response.headers.get("content-type") === "text/event-stream";
  if (isStream && response.body) {
    const reader = response.body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  const middle = Math.ceil(bytes.length / 2);
  yield bytes.slice(0, middle);
  yield bytes.slice(middle);
}
