/**
 * Reads a stream of server-sent events.
 *
 * @module
 */

/** Yields the data of each event, as it arrives. */
export async function* readEvents(
  { body }: Response,
): AsyncGenerator<string, void> {
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let incomplete = "";
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (incomplete + value).split(/\r?\n/);
      incomplete = lines.pop() ?? "";
      for (const line of lines) {
        const data = /^data: ?(.*)$/.exec(line)?.[1];
        if (data) yield data;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
