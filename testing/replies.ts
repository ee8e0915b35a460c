/**
 * How the fake Copilot words an answer: the shapes of Chat Completions,
 * Responses, Messages and Embeddings, whole and as server-sent events.
 *
 * @module
 */

/** What the fake model says or asks for in one turn. */
export interface FakeReply {
  /** What it says. */
  text?: string;
  /** The tools it wants to be called. */
  toolCalls?: readonly FakeToolCall[];
}

/** A tool that the fake model wants to be called. */
export interface FakeToolCall {
  /** The tool's name. */
  name: string;
  /** The tool's arguments, before they are made JSON. */
  arguments: unknown;
}

/** A JSON body or event. */
type Json = Record<string, unknown>;

/** What an answer is made of. */
interface Spoken {
  /** Tells one answer from the next. */
  id: number;
  model: string;
  reply: FakeReply;
}

/** An API that answers in its own shape. */
interface Shape {
  whole(spoken: Spoken): Json;
  /** The same as events; those with a `type` are named after it. */
  events(spoken: Spoken): Iterable<Json>;
  /** What the stream's last line says, if the API has one. */
  end?: string;
}

/**
 * The answer to a chat, in the shape of the API at `path`: whole, or streamed
 * until `signal` aborts.
 */
export function chatResponse(
  path: string,
  spoken: Spoken,
  signal: AbortSignal | undefined,
): Response {
  const shape = SHAPES[path];
  if (!signal) return Response.json(shape.whole(spoken));
  return new Response(eventStream(shape.events(spoken), shape.end, signal), {
    headers: { "content-type": "text/event-stream" },
  });
}

/** Whether a chat can be had at `path`. */
export function isChatPath(path: string): boolean {
  return Object.hasOwn(SHAPES, path);
}

/** Vectors that depend on nothing but the length of the text. */
export function embeddings(
  model: string,
  input: unknown,
  format: unknown,
): Response {
  const texts = Array.isArray(input) ? input : [input];
  const length = JSON.stringify(input ?? "").length;
  return Response.json({
    object: "list",
    model,
    data: texts.map((text, index) => ({
      object: "embedding",
      index,
      embedding: encode([`${text}`.length, index, 1], format),
    })),
    usage: { prompt_tokens: length, total_tokens: length },
  });
}

/** The OpenAI SDK asks for 32-bit floats in base64 unless it is told not to. */
function encode(vector: number[], format: unknown): number[] | string {
  if (format !== "base64") return vector;
  const bytes = new Uint8Array(new Float32Array(vector).buffer);
  return btoa(String.fromCharCode(...bytes));
}

/** The models of a seat, as `GET /models` lists them. */
export function modelList(ids: readonly string[]): Response {
  return Response.json({ object: "list", data: ids.map(describeModel) });
}

function describeModel(id: string): Json {
  const anthropic = id.startsWith("claude");
  const embedding = id.startsWith("text-embedding");
  return {
    id,
    name: id,
    object: "model",
    vendor: anthropic ? "Anthropic" : "OpenAI",
    version: id,
    preview: false,
    model_picker_enabled: !embedding,
    supported_endpoints: embedding
      ? ["/embeddings"]
      : ["/chat/completions", anthropic ? "/v1/messages" : "/responses"],
    capabilities: {
      family: id,
      object: "model_capabilities",
      type: embedding ? "embeddings" : "chat",
      limits: embedding
        ? { max_inputs: 512 }
        : { max_context_window_tokens: 128_000, max_output_tokens: 16_384 },
      supports: embedding
        ? { dimensions: true }
        : { streaming: true, tool_calls: true, vision: true },
    },
  };
}

const SHAPES: Readonly<Record<string, Shape>> = {
  "/chat/completions": {
    whole: (spoken) =>
      completion(spoken, "chat.completion", {
        message: { role: "assistant", content: null, ...chatMessage(spoken) },
        finish_reason: finishReason(spoken.reply),
      }, usageOf(spoken.reply)),
    *events(spoken) {
      const chunk = (delta: Json, finish_reason: string | null = null) =>
        completion(spoken, "chat.completion.chunk", { delta, finish_reason });
      yield chunk({ role: "assistant", content: "" });
      for (const content of words(spoken.reply)) yield chunk({ content });
      const { tool_calls } = chatMessage(spoken);
      for (const [index, call] of (tool_calls ?? []).entries()) {
        yield chunk({ tool_calls: [{ index, ...call }] });
      }
      yield chunk({}, finishReason(spoken.reply));
    },
    end: "[DONE]",
  },

  "/responses": {
    whole: (spoken) => response(spoken, "completed", outputItems(spoken)),
    *events(spoken) {
      let sequence_number = 0;
      const event = (type: string, more: Json) => ({
        type,
        sequence_number: sequence_number++,
        ...more,
      });
      yield event("response.created", {
        response: response(spoken, "in_progress", []),
      });
      const items = outputItems(spoken);
      for (const [output_index, item] of items.entries()) {
        const at = { item_id: item.id, output_index };
        const isMessage = item.type === "message";
        yield event("response.output_item.added", {
          output_index,
          item: isMessage
            ? { ...item, status: "in_progress", content: [] }
            : { ...item, status: "in_progress", arguments: "" },
        });
        if (isMessage) {
          const part = { type: "output_text", annotations: [], logprobs: [] };
          const text = spoken.reply.text ?? "";
          yield event("response.content_part.added", {
            ...at,
            content_index: 0,
            part: { ...part, text: "" },
          });
          for (const delta of words(spoken.reply)) {
            yield event("response.output_text.delta", {
              ...at,
              content_index: 0,
              delta,
              logprobs: [],
            });
          }
          yield event("response.output_text.done", {
            ...at,
            content_index: 0,
            text,
            logprobs: [],
          });
          yield event("response.content_part.done", {
            ...at,
            content_index: 0,
            part: { ...part, text },
          });
        } else {
          yield event("response.function_call_arguments.delta", {
            ...at,
            delta: item.arguments,
          });
          yield event("response.function_call_arguments.done", {
            ...at,
            name: item.name,
            arguments: item.arguments,
          });
        }
        yield event("response.output_item.done", { output_index, item });
      }
      yield event("response.completed", {
        response: response(spoken, "completed", items),
      });
    },
    end: "[DONE]",
  },

  "/v1/messages": {
    whole: (spoken) => message(spoken, blocksOf(spoken)),
    *events(spoken) {
      yield {
        type: "message_start",
        message: {
          ...message(spoken, []),
          stop_reason: null,
          usage: { input_tokens: 1, output_tokens: 0 },
        },
      };
      for (const [index, block] of blocksOf(spoken).entries()) {
        const isText = block.type === "text";
        yield {
          type: "content_block_start",
          index,
          content_block: isText
            ? { ...block, text: "" }
            : { ...block, input: {} },
        };
        const deltas = isText
          ? words(spoken.reply).map((text) => ({ type: "text_delta", text }))
          : [{
            type: "input_json_delta",
            partial_json: JSON.stringify(block.input),
          }];
        for (const delta of deltas) {
          yield { type: "content_block_delta", index, delta };
        }
        yield { type: "content_block_stop", index };
      }
      const { stop_reason, usage } = message(spoken, []);
      yield {
        type: "message_delta",
        delta: { stop_reason, stop_sequence: null },
        usage,
      };
      yield { type: "message_stop" };
    },
  },
};

/** One event a pull, so that a reader that stops reading stops the stream. */
function eventStream(
  events: Iterable<Json>,
  end: string | undefined,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const iterator = lines(events, end);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
    pull(controller) {
      const { value, done } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  }, { highWaterMark: 0 });
}

function* lines(
  events: Iterable<Json>,
  end: string | undefined,
): Generator<string, void> {
  for (const event of events) {
    const name = typeof event.type === "string" ? `event: ${event.type}\n` : "";
    yield `${name}data: ${JSON.stringify(event)}\n\n`;
  }
  if (end) yield `data: ${end}\n\n`;
}

function completion(
  { id, model }: Spoken,
  object: string,
  choice: Json,
  more: Json = {},
): Json {
  return {
    id: `chatcmpl-${id}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, logprobs: null, ...choice }],
    ...more,
  };
}

function chatMessage({ id, reply }: Spoken): {
  content?: string;
  tool_calls?: Json[];
} {
  const { text, toolCalls } = reply;
  return {
    ...(text === undefined ? {} : { content: text }),
    ...(toolCalls?.length && {
      tool_calls: toolCalls.map((call, index) => ({
        id: `call_${id}_${index}`,
        type: "function",
        function: {
          name: call.name,
          arguments: JSON.stringify(call.arguments),
        },
      })),
    }),
  };
}

function finishReason({ toolCalls }: FakeReply): string {
  return toolCalls?.length ? "tool_calls" : "stop";
}

function usageOf(reply: FakeReply): Json {
  const completion_tokens = words(reply).length;
  return {
    usage: {
      prompt_tokens: 1,
      completion_tokens,
      total_tokens: completion_tokens + 1,
    },
  };
}

function response(
  { id, model, reply }: Spoken,
  status: string,
  output: Json[],
): Json {
  const output_tokens = words(reply).length;
  return {
    id: `resp_${id}`,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status,
    model,
    output,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    usage: status === "completed"
      ? {
        input_tokens: 1,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: output_tokens + 1,
      }
      : null,
  };
}

function outputItems({ id, reply }: Spoken): Json[] {
  const { text, toolCalls = [] } = reply;
  const said = text === undefined ? [] : [{
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
  }];
  const calls = toolCalls.map((call, index) => ({
    id: `fc_${id}_${index}`,
    type: "function_call",
    call_id: `call_${id}_${index}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
    status: "completed",
  }));
  return [...said, ...calls];
}

function message({ id, model, reply }: Spoken, content: Json[]): Json {
  return {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    model,
    content,
    stop_reason: reply.toolCalls?.length ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: words(reply).length },
  };
}

function blocksOf({ id, reply }: Spoken): Json[] {
  const { text, toolCalls = [] } = reply;
  const said = text === undefined ? [] : [{ type: "text", text }];
  const calls = toolCalls.map((call, index) => ({
    type: "tool_use",
    id: `toolu_${id}_${index}`,
    name: call.name,
    input: call.arguments,
  }));
  return [...said, ...calls];
}

/** The text as a model streams it: a word at a time, each with its blank. */
function words({ text = "" }: FakeReply): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}
