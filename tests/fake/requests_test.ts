import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import {
  CHAT_PATHS,
  outcomeOf,
  type Path,
  REQUESTS,
  setUp,
} from "../helpers/fake.ts";

const INVALID = "invalid_request_body";
const image = { type: "image_url", image_url: { url: "data:," } };
const inputImage = { type: "input_image", image_url: "data:," };
const source = { type: "base64", media_type: "image/png", data: "" };
const anthropicImage = { type: "image", source };

/** What differs from the smallest request that is accepted. */
type Change = Record<string, unknown>;

const REFUSED: [what: string, path: Path, change: Change][] = [
  ["no messages", "/chat/completions", { messages: undefined }],
  ["messages that are a text", "/chat/completions", { messages: "Hi" }],
  ["empty messages", "/chat/completions", { messages: [] }],
  ["empty messages", "/v1/messages", { messages: [] }],
  ["empty messages", "/v1/messages/count_tokens", { messages: [] }],
  ["a message that is null", "/chat/completions", { messages: [null] }],
  ["a message that is a text", "/v1/messages", { messages: ["Hi"] }],
  ["an item that is null", "/responses", { input: [null] }],
  ["an item that is null", "/responses/compact", { input: [null] }],
  ["no input", "/responses", { input: undefined }],
  ["an input that is a number", "/responses", { input: 5 }],
  ["an empty list of input", "/responses", { input: [] }],
  ["an empty input", "/responses/compact", { input: "" }],
  ["service_tier", "/chat/completions", { service_tier: "flex" }],
  ["service_tier", "/responses", { service_tier: "auto" }],
  ["service_tier", "/responses/compact", { service_tier: "auto" }],
  ["an image without the vision header", "/responses/compact", {
    input: [{ role: "user", content: [inputImage] }],
  }],
  ["an image without the vision header", "/v1/messages/count_tokens", {
    messages: [{ role: "user", content: [anthropicImage] }],
  }],
  ["service_tier", "/v1/messages", { service_tier: "auto" }],
  ["an unknown field", "/v1/messages", { speed: "fast" }],
  ["max_tokens", "/v1/messages/count_tokens", { max_tokens: 10 }],
  ["no max_tokens", "/v1/messages", { max_tokens: undefined }],
  ["max_tokens of 0", "/v1/messages", { max_tokens: 0 }],
  ["a trailing assistant message", "/v1/messages", {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "{" },
    ],
  }],
  ["an image without the vision header", "/chat/completions", {
    messages: [{ role: "user", content: [image] }],
  }],
  ["an image without the vision header", "/responses", {
    input: [{ role: "user", content: [inputImage] }],
  }],
  ["an image in a tool's output without the vision header", "/responses", {
    input: [{
      type: "computer_call_output",
      output: { type: "computer_screenshot" },
    }],
  }],
  ["an image in a tool's result without the vision header", "/v1/messages", {
    messages: [{
      role: "user",
      content: [{ type: "tool_result", content: [anthropicImage] }],
    }],
  }],
  ["an image in a document without the vision header", "/v1/messages", {
    messages: [{
      role: "user",
      content: [{
        type: "document",
        source: { type: "content", content: [anthropicImage] },
      }],
    }],
  }],
  ["an input that is a text", "/embeddings", { input: "Hi" }],
  ["an empty list of input", "/embeddings", { input: [] }],
];

for (const [what, path, change] of REFUSED) {
  test(`The fake Copilot refuses ${what} at ${path}`, async () => {
    const { post } = setUp();
    const response = await post(path, { ...REQUESTS[path], ...change });
    assertEquals(await outcomeOf(response), [400, INVALID]);
  });
}

for (const path of Object.keys(REQUESTS) as Path[]) {
  test(`The fake Copilot accepts the smallest request at ${path}`, async () => {
    const { post } = setUp();
    assertEquals((await post(path, REQUESTS[path])).status, 200);
  });

  test(`The fake Copilot refuses a body that is not a JSON object at ${path}`, async () => {
    const { post } = setUp();
    for (const body of ["Hi", "", "[1]", "null", "5"]) {
      assertEquals(await outcomeOf(await post(path, body)), [400, INVALID]);
    }
  });
}

const ACCEPTED: [what: string, path: Path, change: Change, headers?: Change][] =
  [
    ["an announced image", "/chat/completions", {
      messages: [{ role: "user", content: [image] }],
    }, { "copilot-vision-request": "true" }],
    ["text that shows an image as JSON", "/chat/completions", {
      messages: [{ role: "user", content: JSON.stringify(image) }],
    }],
    ["a tool call whose arguments look like an image", "/v1/messages", {
      messages: [
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "1", name: "x", input: image }],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "1" }] },
      ],
    }],
    ["a system message at the end", "/v1/messages", {
      messages: [
        { role: "user", content: "Hi" },
        { role: "system", content: "Be brief" },
      ],
    }],
    ["fields of Messages", "/v1/messages", {
      system: "Be brief",
      tools: [],
      thinking: { type: "enabled", budget_tokens: 1024 },
      metadata: { user_id: "1" },
      stop_sequences: [],
      temperature: 1,
    }],
    ["known beta values", "/v1/messages", {}, {
      "anthropic-beta":
        "interleaved-thinking-2025-05-14,context-management-2025-06-27",
    }],
    ["a list of items", "/responses", {
      input: [{ role: "user", content: "Hi" }],
    }],
    ["a trailing assistant message", "/chat/completions", {
      messages: [{ role: "assistant", content: "Hi" }],
    }],
    ["messages beside the input", "/responses", { messages: [null] }],
    ["two texts", "/embeddings", { input: ["Hi", "you"] }],
  ];

for (const [what, path, change, headers] of ACCEPTED) {
  test(`The fake Copilot accepts ${what} at ${path}`, async () => {
    const { post } = setUp();
    const response = await post(
      path,
      { ...REQUESTS[path], ...change },
      headers as Record<string, string> | undefined,
    );
    assertEquals(response.status, 200);
  });
}

test("The fake Copilot takes no vision header but true for an image", async () => {
  const { post } = setUp();
  const messages = [{ role: "user", content: [image] }];
  const body = { ...REQUESTS["/chat/completions"], messages };
  const headers = { "copilot-vision-request": "false" };
  const response = await post("/chat/completions", body, headers);
  assertEquals(await outcomeOf(response), [400, INVALID]);
});

test("The fake Copilot names unknown beta values and unknown fields in Copilot's words", async () => {
  const { post } = setUp();
  const body = REQUESTS["/v1/messages"];
  const headers = {
    "anthropic-beta": "interleaved-thinking-2025-05-14, fast-1, slow-2",
  };
  const beta = await post("/v1/messages", body, headers);
  assertEquals(beta.status, 400);
  assertEquals((await beta.json()).error, {
    type: "invalid_request_error",
    message: "unsupported beta header(s): fast-1, slow-2",
    code: INVALID,
  });
  const path = "/v1/messages/count_tokens";
  const count = await post(path, REQUESTS[path], headers);
  assertEquals(await outcomeOf(count), [400, INVALID]);
  const field = await post("/v1/messages", { ...body, speed: "fast" });
  assertStringIncludes(
    (await field.json()).error.message,
    "speed: Extra inputs are not permitted",
  );
});

for (const path of CHAT_PATHS) {
  test(`The fake Copilot's errors at ${path} have the endpoint's shape`, async () => {
    const { post } = setUp();
    const body = await (await post(path, "Hi")).json();
    const isAnthropic = path === "/v1/messages";
    assertEquals(body.type, isAnthropic ? "error" : undefined);
    assertEquals(
      body.error.type,
      isAnthropic ? "invalid_request_error" : undefined,
    );
    assertEquals(typeof body.error.message, "string");
  });
}

test("The fake Copilot responds with 404 as JSON to a path that does not exist", async () => {
  const { post, send } = setUp();
  const chat = REQUESTS["/chat/completions"];
  const responses = await Promise.all([
    send("/chat/completions"),
    post("/completions", chat),
    post("/v1/chat/completions", chat),
    post("/chat/completions/", chat),
    post("/responses/input_tokens", chat),
    send("/toString"),
    post("/models", {}),
    send("/"),
  ]);
  for (const response of responses) {
    assertEquals(await outcomeOf(response), [404, "not_found"]);
  }
});
