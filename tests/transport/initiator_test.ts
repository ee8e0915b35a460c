import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { createCopilotFetch } from "../../mod.ts";
import { apart, stubFetch } from "../helpers/stubs.ts";

const CHAT = "/chat/completions";
const RESPONSES = "/responses";
const MESSAGES = "/v1/messages";

const image = {
  chat: { type: "image_url", image_url: { url: "data:image/png;base64," } },
  responses: { type: "input_image", image_url: "data:image/png;base64," },
  messages: { type: "image", source: { type: "url", url: "https://a/b.png" } },
};

const user = { role: "user", content: "Hello" };
const assistant = { role: "assistant", content: "Hello" };
const result = { type: "tool_result", tool_use_id: "1", content: "4" };

const turns: [what: string, path: string, body: unknown, initiator: string][] =
  [
    // Chat Completions
    ["a prompt", CHAT, { messages: [user] }, "user"],
    ["a prompt behind a system message", CHAT, {
      messages: [{ role: "system", content: "Be kind" }, user],
    }, "user"],
    ["a second prompt", CHAT, { messages: [user, assistant, user] }, "user"],
    ["a prompt in parts", CHAT, {
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    }, "user"],
    ["a prompt with an image", CHAT, {
      messages: [{ role: "user", content: [image.chat] }],
    }, "user"],
    ["an empty prompt", CHAT, { messages: [{ role: "user" }] }, "user"],
    ["a prompt of no parts", CHAT, {
      messages: [{ role: "user", content: [] }],
    }, "user"],
    ["what a tool answered", CHAT, {
      messages: [user, assistant, { role: "tool", content: "4" }],
    }, "agent"],
    ["what a function answered", CHAT, {
      messages: [user, { role: "function", name: "f", content: "4" }],
    }, "agent"],
    ["an answer to be continued", CHAT, {
      messages: [user, assistant],
    }, "agent"],
    ["a system message alone", CHAT, {
      messages: [{ role: "system", content: "Go" }],
    }, "agent"],
    ["a developer message alone", CHAT, {
      messages: [{ role: "developer", content: "Go" }],
    }, "agent"],
    ["a prompt behind messages that are nothing", CHAT, {
      messages: [null, 7, user],
    }, "user"],
    ["a prompt with parts that are nothing", CHAT, {
      messages: [{ role: "user", content: [null] }],
    }, "user"],
    ["no messages", CHAT, { messages: [] }, "agent"],
    ["a last message that is null", CHAT, { messages: [user, null] }, "agent"],
    ["a last message that is a text", CHAT, { messages: ["Hello"] }, "agent"],
    ["a role in capitals", CHAT, { messages: [{ role: "USER" }] }, "agent"],
    ["messages that are no list", CHAT, { messages: user }, "agent"],
    ["a prompt, whatever input says", CHAT, {
      messages: [user],
      input: [assistant],
    }, "user"],
    ["an answer, whatever input says", CHAT, {
      messages: [assistant],
      input: "Hello",
    }, "agent"],
    ["a prompt at a path with /v1", "/v1" + CHAT, { messages: [user] }, "user"],

    // Responses
    ["a text", RESPONSES, { input: "Hello" }, "user"],
    ["a list of messages", RESPONSES, { input: [user] }, "user"],
    ["a message with its type", RESPONSES, {
      input: [{ type: "message", ...user }],
    }, "user"],
    ["what a function answered, as an item", RESPONSES, {
      input: [user, {
        type: "function_call_output",
        call_id: "1",
        output: "4",
      }],
    }, "agent"],
    ["a function call alone", RESPONSES, {
      input: [user, { type: "function_call", call_id: "1", name: "f" }],
    }, "agent"],
    ["a reference to an item", RESPONSES, {
      input: [{ type: "item_reference", id: "1" }],
    }, "agent"],
    ["an answer among the items", RESPONSES, {
      input: [user, assistant],
    }, "agent"],
    ["an empty list", RESPONSES, { input: [] }, "agent"],
    ["no input", RESPONSES, { previous_response_id: "1" }, "agent"],

    // Messages
    ["a prompt to Claude", MESSAGES, { messages: [user] }, "user"],
    ["tool results alone", MESSAGES, {
      messages: [user, assistant, { role: "user", content: [result, result] }],
    }, "agent"],
    ["tool results with a word of the person's", MESSAGES, {
      messages: [{
        role: "user",
        content: [result, { type: "text", text: "And now?" }],
      }],
    }, "user"],
    ["a prompt behind tool results", MESSAGES, {
      messages: [{ role: "user", content: [result] }, assistant, user],
    }, "user"],
    ["an answer to be continued by Claude", MESSAGES, {
      messages: [user, assistant],
    }, "agent"],

    // everything else
    ["a text to embed", "/embeddings", { input: "Hello" }, "agent"],
    ["texts to embed", "/embeddings", { input: ["Hello"] }, "agent"],
    ["a text to embed at a path with /v1", "/v1/embeddings", {
      input: "Hello",
    }, "agent"],
    ["a text to embed, asked with a query", "/embeddings?a=b", {
      input: "Hello",
    }, "agent"],
    ["an empty object", CHAT, {}, "agent"],
    ["a list", CHAT, [user], "agent"],
    ["null", CHAT, null, "agent"],
    ["a number", CHAT, 7, "agent"],
  ];

/** Sends a body, and gives the headers that reached Copilot. */
async function headersOf(
  path: string,
  body: BodyInit | undefined,
  more: RequestInit = {},
): Promise<Record<string, string>> {
  const { fetch, requests } = stubFetch();
  const copilot = createCopilotFetch("ghu_a", apart({ fetch }));
  await copilot(path, { method: "POST", body, ...more });
  return requests[0].headers;
}

for (const [what, path, body, initiator] of turns) {
  test(`X-Initiator is ${initiator} for ${what}`, async () => {
    const text = JSON.stringify(body);
    assertEquals((await headersOf(path, text))["x-initiator"], initiator);
    // The same as bytes.
    const bytes = new TextEncoder().encode(text);
    assertEquals((await headersOf(path, bytes))["x-initiator"], initiator);
  });
}

const prompt = JSON.stringify({ messages: [user] });

const unread: Record<string, () => BodyInit | undefined> = {
  "no body": () => undefined,
  "an empty text": () => "",
  "half a JSON text": () => prompt.slice(0, -1),
  "a form": () => new URLSearchParams({ messages: prompt }),
  "form data": () => new FormData(),
  "a blob": () => new Blob([prompt]),
};

for (const [what, body] of Object.entries(unread)) {
  test(`X-Initiator is agent for ${what}`, async () => {
    assertEquals((await headersOf(CHAT, body()))["x-initiator"], "agent");
  });
}

const bytes = new TextEncoder().encode(prompt);
const padded = new Uint8Array([32, ...bytes, 32]);

const read: Record<string, BodyInit> = {
  "an ArrayBuffer": bytes.buffer.slice(0) as ArrayBuffer,
  "a DataView": new DataView(padded.buffer, 1, bytes.length),
  "a part of an array": padded.subarray(1, bytes.length + 1),
};

for (const [what, body] of Object.entries(read)) {
  test(`X-Initiator is read from ${what}`, async () => {
    assertEquals((await headersOf(CHAT, body))["x-initiator"], "user");
  });
}

const requests: [what: string, initiator: string, type: string | undefined][] =
  [
    ["JSON", "user", "application/json"],
    ["JSON of UTF-8", "user", "Application/JSON; charset=utf-8"],
    ["a kind of JSON", "user", "application/vnd.github+json"],
    ["plain text", "user", "text/plain;charset=UTF-8"],
    ["lines of JSON", "agent", "application/x-ndjson"],
    ["a table", "agent", "text/csv"],
    ["bytes", "agent", "application/octet-stream"],
  ];

for (const [what, initiator, type] of requests) {
  test(`X-Initiator is ${initiator} for a Request whose body is ${what}`, async () => {
    const { fetch, requests } = stubFetch();
    const copilot = createCopilotFetch("ghu_a", apart({ fetch }));
    const make = () =>
      new Request("https://a.com" + CHAT, {
        method: "POST",
        body: new Blob([prompt]),
        headers: type === undefined ? {} : { "content-type": type },
      });
    await copilot(make());
    // Headers that go before the Request's do not change what its body is.
    await copilot(make(), { headers: { "x-a": "1" } });
    for (const { headers } of requests) {
      assertEquals(headers["x-initiator"], initiator);
    }
  });
}

test("X-Initiator of the request goes before everything", async () => {
  const { fetch, requests } = stubFetch();
  const copilot = createCopilotFetch(
    "ghu_a",
    apart({ fetch, initiator: "user", headers: { "X-Initiator": "user" } }),
  );
  await copilot(CHAT, {
    method: "POST",
    body: prompt,
    headers: { "x-initiator": "agent" },
  });
  assertEquals(requests[0].headers["x-initiator"], "agent");
});

test("X-Initiator of the headers option goes before the body", async () => {
  const { fetch, requests } = stubFetch();
  const headers = { "X-Initiator": "agent" };
  const copilot = createCopilotFetch("ghu_a", apart({ fetch, headers }));
  await copilot(CHAT, { method: "POST", body: prompt });
  assertEquals(requests[0].headers["x-initiator"], "agent");
});

test("The initiator option goes before the headers option", async () => {
  const { fetch, requests } = stubFetch();
  const headers = { "X-Initiator": "agent" };
  const copilot = createCopilotFetch(
    "ghu_a",
    apart({ fetch, headers, initiator: "user" }),
  );
  await copilot(CHAT, { method: "POST", body: prompt });
  assertEquals(requests[0].headers["x-initiator"], "user");
});

for (const initiator of ["user", "agent"] as const) {
  test(`initiator: "${initiator}" goes before the body`, async () => {
    const { fetch, requests } = stubFetch();
    const copilot = createCopilotFetch("ghu_a", apart({ fetch, initiator }));
    await copilot(CHAT, { method: "POST", body: prompt });
    await copilot(CHAT, { method: "POST", body: "{}" });
    const said = requests.map(({ headers }) => headers["x-initiator"]);
    assertEquals(said, [initiator, initiator]);
  });
}

const pictures: [what: string, body: unknown, vision: boolean][] = [
  ["a Chat Completions image", {
    messages: [{ role: "user", content: [image.chat] }],
  }, true],
  ["a Responses image", {
    input: [{ role: "user", content: [image.responses] }],
  }, true],
  ["a Messages image", {
    messages: [{ role: "user", content: [image.messages] }],
  }, true],
  ["an image in an earlier message", {
    messages: [{ role: "user", content: [image.chat] }, assistant, user],
  }, true],
  ["an image behind a text", {
    messages: [{ role: "user", content: [{ type: "text" }, image.chat] }],
  }, true],
  ["an image inside a tool result", {
    messages: [{
      role: "user",
      content: [{ ...result, content: [image.messages] }],
    }],
  }, true],
  ["an image that a tool answered", {
    messages: [user, { role: "tool", content: [image.chat] }],
  }, true],
  ["an image that a function answered", {
    input: [user, { type: "function_call_output", output: [image.responses] }],
  }, true],
  ["an image behind messages that are nothing", {
    messages: [null, 7, { role: "user", content: [null, 7, image.chat] }],
  }, true],
  ["a text", { messages: [user] }, false],
  ["an image in a part that holds none", {
    messages: [{
      role: "user",
      content: [{ type: "text", content: [image.messages] }],
    }],
  }, false],
  ["a text about image_url", {
    messages: [{ role: "user", content: '{"type":"image_url"}' }],
  }, false],
  ["a tool whose schema speaks of images", {
    messages: [user],
    tools: [{ type: "image" }],
  }, false],
  ["parts that are nothing", {
    messages: [{ role: "user", content: [null, 7, "image"] }],
  }, false],
  ["an input text", { input: "image_url" }, false],
  ...["images", "image_urls", "an_image", "input_images"].map(
    (type): typeof pictures[number] => [
      `a part of the type ${type}`,
      { messages: [{ role: "user", content: [{ type }] }] },
      false,
    ],
  ),
];

for (const [what, body, vision] of pictures) {
  test(`Copilot-Vision-Request is ${vision ? "" : "not "}set for ${what}`, async () => {
    const headers = await headersOf(CHAT, JSON.stringify(body));
    assertEquals(
      headers["copilot-vision-request"],
      vision ? "true" : undefined,
    );
  });
}

test("A body nested too deep to be looked at is still sent", async () => {
  const deep = `{"messages":[{"role":"user","content":${"[".repeat(50_000)}${
    "]".repeat(50_000)
  }}]}`;
  const { fetch, requests } = stubFetch();
  const copilot = createCopilotFetch("ghu_a", apart({ fetch }));
  await copilot(CHAT, { method: "POST", body: deep });
  assertEquals(requests[0].body, deep);
});
