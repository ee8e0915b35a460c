/**
 * Reads a stream of server-sent events.
 *
 * @module
 */

/** The messages about streams. */
export const STREAM_MESSAGES = {
  broken: "The connection broke before the answer was complete",
} as const;

/** The data of an event. */
export interface StreamEvent {
  data: string;
  /** Whether the blank line after it has arrived; the stream may be cut off. */
  isComplete: boolean;
}

/** Yields each event that has data, as it arrives. */
export async function* readEvents(
  texts: AsyncIterable<string>,
): AsyncGenerator<StreamEvent, void> {
  const parser = createEventParser();
  for await (const text of texts) yield* parser.push(text);
  yield* parser.end();
}

/**
 * Yields the text of a response piece by piece, without a byte order mark.
 * Throws an error that says so if the connection breaks.
 */
export async function* readTexts(
  { body }: Response,
): AsyncGenerator<string, void> {
  if (!body) return;
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    while (true) {
      const { value, done } = await reader.read().catch((cause) => {
        throw new Error(STREAM_MESSAGES.broken, { cause });
      });
      if (done) break;
      yield decoder.decode(value, { stream: true });
    }
    yield decoder.decode();
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Takes the text of a stream in pieces of any length. */
interface EventParser {
  /** Returns the events that end in this piece. */
  push(text: string): StreamEvent[];
  /** Returns the event that the stream did not end with a blank line, if any. */
  end(): StreamEvent[];
}

/** A line ends with CR LF, CR or LF. */
const LINE_END = /\r\n|\r|\n/g;

/**
 * Creates a parser. Each character is looked at once, and the pieces of a line
 * are joined at its end, so that a long event takes linear time.
 */
function createEventParser(): EventParser {
  let line: string[] = [];
  let data: string[] = [];
  let endsWithCR = false;

  function endLine(): StreamEvent[] {
    const text = line.join("");
    line = [];
    if (text === "") return endEvent(true);
    const value = dataOf(text);
    if (value !== undefined) data.push(value);
    return [];
  }

  function endEvent(isComplete: boolean): StreamEvent[] {
    if (data.length === 0) return [];
    const event = { data: data.join("\n"), isComplete };
    data = [];
    return [event];
  }

  return {
    push(piece) {
      if (piece === "") return [];
      // The second half of a CR LF.
      const text = endsWithCR && piece[0] === "\n" ? piece.slice(1) : piece;
      endsWithCR = piece.endsWith("\r");
      const events: StreamEvent[] = [];
      let start = 0;
      for (const { 0: lineEnd, index } of text.matchAll(LINE_END)) {
        line.push(text.slice(start, index));
        events.push(...endLine());
        start = index + lineEnd.length;
      }
      line.push(text.slice(start));
      return events;
    },
    end() {
      if (line.join("") !== "") endLine();
      return endEvent(false);
    },
  };
}

const FIELD = "data:";

/** The value of a line with data; `undefined` for other fields and comments. */
function dataOf(line: string): string | undefined {
  if (line === "data") return "";
  if (!line.startsWith(FIELD)) return undefined;
  const start = line[FIELD.length] === " " ? FIELD.length + 1 : FIELD.length;
  return line.slice(start);
}
