import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import OpenAI from "openai";
import type { FakeCopilot, FakeCopilotOptions } from "../../testing/mod.ts";
import { createClientOptions } from "../../mod.ts";
import { rejectionOf } from "../helpers/stubs.ts";
import {
  counts,
  inspectAll,
  runWeatherTool,
  SECRET,
  sentHeaders,
  setUp,
  stall,
  WEATHER_PARAMETERS,
} from "../helpers/sdk.ts";
import { testContract } from "../helpers/sdk_contract.ts";

const model = "gpt-5-mini";

const prompt: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model,
  messages: [{ role: "user", content: "Hi" }],
};

const weather = { name: "weather", parameters: WEATHER_PARAMETERS };

testContract({
  name: "OpenAI SDK",
  path: "/chat/completions",
  isAbortError: (error) => error instanceof OpenAI.APIUserAbortError,
  create(options) {
    const openai = new OpenAI(options);
    const { completions } = openai.chat;
    type Messages = OpenAI.ChatCompletionMessageParam[];
    const toMessages = (content: string): Messages => [
      { role: "user", content },
    ];
    return {
      object: openai,
      async ask(content, signal) {
        const messages = toMessages(content);
        const { choices: [{ message }] } = await completions.create(
          { model, messages },
          { signal },
        );
        return message.content ?? "";
      },
      async *stream(content, signal) {
        const messages = toMessages(content);
        const stream = await completions.create(
          { model, messages, stream: true },
          { signal },
        );
        for await (const { choices: [{ delta }] } of stream) {
          if (delta.content) yield delta.content;
        }
      },
      async askWithImage(text, image) {
        const url = `data:image/png;base64,${image}`;
        const { choices: [{ message }] } = await completions.create({
          model,
          messages: [{
            role: "user",
            content: [
              { type: "text", text },
              { type: "image_url", image_url: { url } },
            ],
          }],
        });
        return message.content ?? "";
      },
      async askWithTool(content, nextPrompt) {
        const messages: Messages = [
          { role: "system", content: "Be brief." },
          ...toMessages(content),
        ];
        const ask = async () => {
          const { choices: [{ message }] } = await completions.create({
            model,
            messages,
            tools: [{ type: "function", function: weather }],
          });
          messages.push(message);
          return message;
        };
        for (const call of (await ask()).tool_calls ?? []) {
          if (call.type !== "function") continue;
          const content = runWeatherTool(JSON.parse(call.function.arguments));
          messages.push({ role: "tool", tool_call_id: call.id, content });
        }
        const answer = await ask();
        messages.push(...toMessages(nextPrompt));
        await ask();
        return answer.content ?? "";
      },
      async streamWithTool(content) {
        const runner = completions.runTools({
          model,
          messages: toMessages(content),
          stream: true,
          tools: [{
            type: "function",
            function: {
              ...weather,
              description: "Returns the weather of a city",
              parse: JSON.parse,
              function: runWeatherTool,
            },
          }],
        });
        return await runner.finalContent() ?? "";
      },
    };
  },
});

function start(options?: FakeCopilotOptions): {
  fake: FakeCopilot;
  openai: OpenAI;
  /** Sends a prompt. */
  chat: (options?: OpenAI.RequestOptions) => Promise<OpenAI.ChatCompletion>;
} {
  const { fake, options: clientOptions } = setUp(options);
  const openai = new OpenAI(clientOptions);
  return {
    fake,
    openai,
    chat: (options) => openai.chat.completions.create(prompt, options),
  };
}

test("OpenAI SDK: sends the body as it is", async () => {
  const { fake, chat } = start();
  await chat();
  assertEquals(await fake.requests[0].json(), prompt);
});

test("OpenAI SDK: lists the models, as an agent", async () => {
  const { fake, openai } = start({ models: ["gpt-5-mini", "gpt-5.4"] });
  const ids: string[] = [];
  for await (const { id } of openai.models.list()) ids.push(id);
  assertEquals(ids, ["gpt-5-mini", "gpt-5.4"]);
  assertEquals(sentHeaders(fake, "x-initiator"), ["agent"]);
});

test("OpenAI SDK: embeds texts as numbers and as base64, as an agent", async () => {
  const { fake, openai } = start();
  const model = "text-embedding-3-small";
  const input = ["Hi", "Hello"];
  const asNumbers = await openai.embeddings.create({
    model,
    input,
    encoding_format: "float",
  });
  // The SDK asks for base64 by default, and decodes it.
  const asBase64 = await openai.embeddings.create({ model, input });
  assertEquals((await fake.requests[1].json()).encoding_format, "base64");
  const vectors = ({ data }: OpenAI.CreateEmbeddingResponse) =>
    data.map(({ embedding }) => [...embedding]);
  assertEquals(vectors(asNumbers).length, 2);
  assertEquals(vectors(asBase64), vectors(asNumbers));
  assertEquals(sentHeaders(fake, "x-initiator"), ["agent", "agent"]);
});

test("OpenAI SDK: a request's own X-Initiator takes precedence", async () => {
  const { fake, chat } = start();
  await chat({ headers: { "X-Initiator": "agent" } });
  await chat();
  assertEquals(sentHeaders(fake, "x-initiator"), ["agent", "user"]);
});

test("OpenAI SDK: a request without messages is an agent's", async () => {
  const { fake, openai } = start();
  await openai.chat.completions.create({ ...prompt, messages: [] })
    .catch(() => {}); // whether Copilot accepts it does not matter here
  assertEquals(sentHeaders(fake, "x-initiator"), ["agent"]);
});

test("OpenAI SDK: uploads a form as it is, without X-Initiator", async () => {
  const { fake, openai } = start();
  fake.answerNextRequest(Response.json({ id: "file-1" }));
  await openai.files.create({
    file: new File(["one"], "one.txt"),
    purpose: "assistants",
  });
  const form = await fake.requests[0].formData();
  assertEquals(form.get("purpose"), "assistants");
  assertEquals(await (form.get("file") as File).text(), "one");
  assertEquals(sentHeaders(fake, "x-initiator"), [null]);
});

test("OpenAI SDK: another provider's base URL is replaced by the token's host", async () => {
  const { fake, options } = setUp();
  const openai = new OpenAI({ ...options, baseURL: "https://api.openai.com" });
  await openai.chat.completions.create(prompt);
  assertEquals(
    fake.requests[0].url,
    "https://api.individual.githubcopilot.com/chat/completions",
  );
});

test("OpenAI SDK: the API key is a placeholder", () => {
  const { openai } = start();
  assertEquals(openai.apiKey, "github-copilot");
});

test("OpenAI SDK: a refused exchange is an error with type and code", async () => {
  const { chat } = start({ subscription: false });
  const error = await rejectionOf(OpenAI.PermissionDeniedError, chat);
  assertEquals([error.type, error.code], ["copilot_token_error", "no_access"]);
});

test("OpenAI SDK: a malformed credential is a 401 without a request", async () => {
  const { fake, options } = setUp();
  const { fetch } = fake;
  const openai = new OpenAI({
    ...options,
    fetch: createClientOptions("", { fetch }).fetch,
  });
  const error = await rejectionOf(
    OpenAI.AuthenticationError,
    () => openai.chat.completions.create(prompt),
  );
  assertEquals(error.code, "bad_credentials");
  assertEquals(counts(fake), [0, 0]);
});

test("OpenAI SDK: a rate limit is its own error, with the delay, for the next call too", async () => {
  const { fake, chat } = start();
  const headers = { "retry-after": "120" };
  fake.answerNextExchange(new Response("slow down", { status: 429, headers }));
  for (let call = 0; call < 2; call++) {
    const error = await rejectionOf(OpenAI.RateLimitError, chat);
    const seconds = Number(error.headers.get("retry-after"));
    assert(seconds > 60 && seconds <= 120, `${seconds}`);
    assertEquals(error.code, "rate_limited");
  }
  assertEquals(counts(fake), [1, 0]);
});

test("OpenAI SDK: a 403 that is a rate limit remains a 403, and is not retried", async () => {
  const { fake, chat } = start();
  const message = "You have exceeded a secondary rate limit";
  const headers = { "retry-after": "1" };
  fake.answerNextExchange(Response.json({ message }, { status: 403, headers }));
  const error = await rejectionOf(OpenAI.PermissionDeniedError, chat);
  assertEquals(error.code, "rate_limited");
  assertEquals(error.headers.get("retry-after"), "1");
  assertEquals(counts(fake), [1, 0]);
});

test("OpenAI SDK: a response that repeats the credential is redacted in the error", async () => {
  const statuses = { 200: 502, 401: 401, 403: 403, 500: 500 };
  for (const [status, reported] of Object.entries(statuses)) {
    const { fake, chat } = start();
    const init = { status: Number(status) };
    fake.answerNextExchange(new Response(`You sent ${SECRET}`, init));
    const error = await rejectionOf(
      OpenAI.APIError,
      () => chat({ maxRetries: 0 }),
    );
    assertEquals(error.status, reported);
    assert(!inspectAll(error).includes(SECRET), inspectAll(error));
  }
});

test("OpenAI SDK: a 401 that lasts is its own error, after one more exchange", async () => {
  const { fake, chat } = start();
  const refusal = () =>
    new Response("unauthorized: token expired", { status: 401 });
  for (let time = 0; time < 3; time++) fake.answerNextRequest(refusal);
  for (const expected of [[2, 2], [2, 3]]) {
    const error = await rejectionOf(OpenAI.AuthenticationError, chat);
    assertEquals(error.status, 401);
    assertEquals(counts(fake), expected);
  }
});

test("OpenAI SDK: an aborted signal sends nothing", async () => {
  const { fake, chat } = start();
  const signal = AbortSignal.abort();
  await rejectionOf(OpenAI.APIUserAbortError, () => chat({ signal }));
  assertEquals(counts(fake), [0, 0]);
});

test("OpenAI SDK: a reader that stops reading aborts the request", async () => {
  const { fake, openai } = start({ reply: "One two three" });
  const stream = await openai.chat.completions.create({
    ...prompt,
    stream: true,
  });
  for await (const _ of stream) break;
  assert(fake.requests[0].signal.aborted);
});

test("OpenAI SDK: its time limit holds for an exchange, which the next call joins", async () => {
  const { fake, chat } = start();
  const { answer, end } = stall();
  fake.answerNextExchange(answer);
  await rejectionOf(
    OpenAI.APIConnectionTimeoutError,
    () => chat({ timeout: 5, maxRetries: 0 }),
  );
  const next = chat();
  end();
  await next;
  assertEquals(counts(fake), [1, 1]);
});

test("OpenAI SDK: its time limit holds for a request, and aborts it", async () => {
  const { fake, chat } = start();
  await chat(); // so that only the request takes time
  const { answer, aborted } = stall();
  fake.answerNextRequest(answer);
  await rejectionOf(
    OpenAI.APIConnectionTimeoutError,
    () => chat({ timeout: 5, maxRetries: 0 }),
  );
  await aborted;
  assertEquals(counts(fake), [1, 2]);
});
