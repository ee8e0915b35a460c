import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { inspectRequest } from "../../internal/initiator.ts";

const CHAT = "/chat/completions";
const RESPONSES = "/responses";
const MESSAGES = "/v1/messages";

const user = { role: "user", content: "Hello" };
const assistant = { role: "assistant", content: "Hello" };
const system = { role: "system", content: "Be brief" };
const developer = { role: "developer", content: "Be brief" };
const result = { type: "tool_result", tool_use_id: "1", content: "4" };
const image = { type: "image", source: { type: "url", url: "https://a/b" } };
const imageURL = { type: "image_url", image_url: { url: "https://a/b" } };
const REMINDER = "<system-reminder>Note.</system-reminder>";

const FINISHED = "<subagent_notification>\n{}\n</subagent_notification>";
const TASK_FINISHED =
  "<task-notification>\n<status>completed</status>\n</task-notification>";

function text(text: string) {
  return { type: "text", text };
}

/** The last message of a conversation, with these parts. */
function lastParts(...parts: unknown[]) {
  return { messages: [user, assistant, { role: "user", content: parts }] };
}

type Case = [what: string, path: string, body: unknown, initiator: string];

const chatCompletions: Case[] = [
  ["a prompt", CHAT, { messages: [user] }, "user"],
  [
    "a prompt after a system message",
    CHAT,
    { messages: [system, user] },
    "user",
  ],
  ["a prompt before a system message", CHAT, {
    messages: [user, system],
  }, "user"],
  ["a prompt before system and developer messages", CHAT, {
    messages: [user, developer, system, developer],
  }, "user"],
  ["a tool's result before a system message", CHAT, {
    messages: [user, { role: "tool", content: "4" }, system],
  }, "agent"],
  ["a second prompt", CHAT, { messages: [user, assistant, user] }, "user"],
  ["a prompt in parts", CHAT, lastParts(text("Hi")), "user"],
  ["a prompt with an image", CHAT, lastParts(imageURL), "user"],
  ["a prompt without content", CHAT, { messages: [{ role: "user" }] }, "user"],
  ["a prompt without parts", CHAT, lastParts(), "user"],
  ["a prompt whose content is an object", CHAT, {
    messages: [{ role: "user", content: { a: 1 } }],
  }, "user"],
  ["a tool's result", CHAT, {
    messages: [user, assistant, { role: "tool", content: "4" }],
  }, "agent"],
  ["a function's result", CHAT, {
    messages: [user, { role: "function", name: "f", content: "4" }],
  }, "agent"],
  ["an answer to be continued", CHAT, { messages: [user, assistant] }, "agent"],
  ["a system message alone", CHAT, { messages: [system] }, "agent"],
  ["a developer message alone", CHAT, { messages: [developer] }, "agent"],
  ["a prompt after malformed messages", CHAT, {
    messages: [null, 7, user],
  }, "user"],
  ["a prompt with malformed parts", CHAT, lastParts(null, 7), "user"],
  ["no messages", CHAT, { messages: [] }, "agent"],
  ["a last message that is null", CHAT, { messages: [user, null] }, "agent"],
  ["a last message that is a text", CHAT, { messages: ["Hello"] }, "agent"],
  ["a role in capitals", CHAT, { messages: [{ role: "USER" }] }, "agent"],
  ["messages that are not a list", CHAT, { messages: user }, "agent"],
  ["messages, whatever input is", CHAT, {
    messages: [user],
    input: [assistant],
  }, "user"],
  ["an answer, whatever input is", CHAT, {
    messages: [assistant],
    input: "Hello",
  }, "agent"],
  ["input, where messages are not a list", CHAT, {
    messages: "none",
    input: [user],
  }, "user"],
  ["a prompt at a path with /v1", "/v1" + CHAT, { messages: [user] }, "user"],
];

const responses: Case[] = [
  ["a text", RESPONSES, { input: "Hello" }, "user"],
  ["an empty text", RESPONSES, { input: "" }, "user"],
  ["a list of messages", RESPONSES, { input: [user] }, "user"],
  ["a message with its type", RESPONSES, {
    input: [{ type: "message", ...user }],
  }, "user"],
  ["a prompt before a developer message", RESPONSES, {
    input: [user, { type: "message", ...developer }],
  }, "user"],
  ["a function's output", RESPONSES, {
    input: [user, { type: "function_call_output", output: "4" }],
  }, "agent"],
  ["a function call", RESPONSES, {
    input: [user, { type: "function_call", call_id: "1", name: "f" }],
  }, "agent"],
  ["a reference to an item", RESPONSES, {
    input: [{ type: "item_reference", id: "1" }],
  }, "agent"],
  ["an answer", RESPONSES, { input: [user, assistant] }, "agent"],
  ["an empty list", RESPONSES, { input: [] }, "agent"],
  ["no input", RESPONSES, { previous_response_id: "1" }, "agent"],
  ["input that is a number", RESPONSES, { input: 7 }, "agent"],
];

const messages: Case[] = [
  ["a prompt to Claude", MESSAGES, { messages: [user] }, "user"],
  ["tool results alone", MESSAGES, lastParts(result, result), "agent"],
  [
    "a prompt beside a tool result",
    MESSAGES,
    lastParts(
      result,
      text("And now?"),
    ),
    "user",
  ],
  [
    "a prompt before a tool result",
    MESSAGES,
    lastParts(
      text("And now?"),
      result,
    ),
    "user",
  ],
  [
    "an image beside a tool result",
    MESSAGES,
    lastParts(result, image),
    "agent",
  ],
  [
    "an image before a tool result",
    MESSAGES,
    lastParts(image, result),
    "agent",
  ],
  ["an image alone", MESSAGES, lastParts(image), "user"],
  [
    "a document beside a tool result",
    MESSAGES,
    lastParts(result, {
      type: "document",
    }),
    "user",
  ],
  [
    "a malformed part beside a tool result",
    MESSAGES,
    lastParts(
      result,
      null,
    ),
    "user",
  ],
  ["a prompt after tool results", MESSAGES, {
    messages: [{ role: "user", content: [result] }, assistant, user],
  }, "user"],
  ["an answer to be continued by Claude", MESSAGES, {
    messages: [user, assistant],
  }, "agent"],
  [
    "reminders beside a tool result",
    MESSAGES,
    lastParts(
      result,
      text(REMINDER),
      text(`\n${REMINDER}\n\n${REMINDER}\n`),
    ),
    "agent",
  ],
  [
    "a notification of reminders alone",
    MESSAGES,
    lastParts(
      text(REMINDER),
      text(REMINDER),
    ),
    "agent",
  ],
  ["a notification that is one text", MESSAGES, {
    messages: [{ role: "user", content: REMINDER }],
  }, "agent"],
  [
    "a reminder of several lines",
    MESSAGES,
    lastParts(
      text("<system-reminder>\nOne\nTwo\n</system-reminder>"),
    ),
    "agent",
  ],
  [
    "the end of a subagent's work, as Codex adds it",
    RESPONSES,
    {
      input: [user, {
        role: "user",
        content: [{ type: "input_text", text: FINISHED }],
      }],
    },
    "agent",
  ],
  [
    "a prompt beside the end of a subagent's work",
    RESPONSES,
    { input: [{ role: "user", content: `${FINISHED}\nHello` }] },
    "user",
  ],
  [
    "the end of a subagent's work, as Qwen Code adds it",
    CHAT,
    lastParts(text(TASK_FINISHED)),
    "agent",
  ],
  [
    "the end of a subagent's work in a reminder, as Claude Code adds it",
    MESSAGES,
    lastParts(
      text(`<system-reminder>\n${TASK_FINISHED}\nNote.</system-reminder>`),
    ),
    "agent",
  ],
  [
    "a prompt beside the end of a subagent's work in Qwen Code",
    CHAT,
    lastParts(text(`${TASK_FINISHED}\nHello`)),
    "user",
  ],
  [
    "a prompt beside reminders",
    MESSAGES,
    lastParts(
      text(REMINDER),
      text("Hello"),
    ),
    "user",
  ],
  [
    "a prompt that begins with a reminder",
    MESSAGES,
    lastParts(
      text(`${REMINDER}\nHello`),
    ),
    "user",
  ],
  [
    "a prompt that ends with a reminder",
    MESSAGES,
    lastParts(
      text(`Hello ${REMINDER}`),
    ),
    "user",
  ],
  [
    "a prompt between reminders",
    MESSAGES,
    lastParts(
      text(`${REMINDER} Hello ${REMINDER}`),
    ),
    "user",
  ],
  [
    "a reminder that is not closed",
    MESSAGES,
    lastParts(
      text("<system-reminder>Hello"),
    ),
    "user",
  ],
  [
    "a reminder that is not opened",
    MESSAGES,
    lastParts(
      text("Hello</system-reminder>"),
    ),
    "user",
  ],
  ["an empty text", MESSAGES, lastParts(text("")), "user"],
  [
    "a reminder in an image's place",
    MESSAGES,
    lastParts(image, text(REMINDER)),
    "user",
  ],
];

const toolImage = [text("Attached image(s) from tool result:"), imageURL];
const tool = { role: "tool", content: "Text." };

const toolImages: Case[] = [
  ["a tool's image after the tool's message", CHAT, {
    messages: [user, assistant, tool, { role: "user", content: toolImage }],
  }, "agent"],
  ["a tool's image before a system message", CHAT, {
    messages: [user, tool, { role: "user", content: toolImage }, system],
  }, "agent"],
  ["two images of a tool", CHAT, {
    messages: [tool, { role: "user", content: [...toolImage, imageURL] }],
  }, "agent"],
  ["an image with a person's text after the tool's message", CHAT, {
    messages: [tool, { role: "user", content: [text("Why?"), imageURL] }],
  }, "user"],
  ["an image with a malformed part after the tool's message", CHAT, {
    messages: [tool, { role: "user", content: [imageURL, null] }],
  }, "user"],
  ["the text of a tool's image without one", CHAT, {
    messages: [tool, { role: "user", content: toolImage.slice(0, 1) }],
  }, "user"],
  ["the same message after an answer", CHAT, {
    messages: [tool, assistant, { role: "user", content: toolImage }],
  }, "user"],
  ["a prompt after a tool's message", CHAT, { messages: [tool, user] }, "user"],
];

const others: Case[] = [
  ["an empty object", CHAT, {}, "agent"],
  ["a list", CHAT, [user], "agent"],
  ["null", CHAT, null, "agent"],
  ["a number", CHAT, 7, "agent"],
];

const cases = [chatCompletions, responses, messages, toolImages, others].flat();

for (const [what, path, body, initiator] of cases) {
  test(`inspectRequest() returns ${initiator} for ${what}`, () => {
    const json = JSON.stringify(body);
    assertEquals(inspectRequest(path, {}, json).initiator, initiator);
    const bytes = new TextEncoder().encode(json);
    assertEquals(inspectRequest(path, {}, bytes).initiator, initiator);
  });
}

// Bodies

const prompt = JSON.stringify({ messages: [user] });
const promptBytes = new TextEncoder().encode(prompt);
const padded = new Uint8Array([32, ...promptBytes, 32]);
const bytesInPadding = padded.subarray(1, promptBytes.length + 1);

/** The same bytes in another realm's class, as in a test that Jest runs. */
function foreignBuffer(bytes: Uint8Array): ArrayBuffer {
  return runInNewContext(`new Uint8Array([${bytes}]).buffer`);
}

const bodies: [what: string, body: unknown, initiator: string | undefined][] = [
  ["a text", prompt, "user"],
  ["an ArrayBuffer", promptBytes.buffer.slice(0), "user"],
  ["an ArrayBuffer of another realm", foreignBuffer(promptBytes), "user"],
  [
    "a DataView",
    new DataView(padded.buffer, 1, promptBytes.length),
    "user",
  ],
  ["a part of an array", bytesInPadding, "user"],
  ["no body", undefined, "agent"],
  ["null", null, "agent"],
  ["an empty text", "", "agent"],
  ["half a JSON text", prompt.slice(0, -1), "agent"],
  ["a text that is not JSON", "Hello", "agent"],
  ["bytes that are not UTF-8", new Uint8Array([255, 254]), "agent"],
  ["a Blob", new Blob([prompt]), undefined],
  ["a form", new URLSearchParams({ messages: prompt }), undefined],
  ["FormData", new FormData(), undefined],
  ["a stream", new ReadableStream(), undefined],
];

for (const [what, body, initiator] of bodies) {
  test(`inspectRequest() returns ${initiator} for ${what}`, () => {
    const conversation = inspectRequest(CHAT, {}, body as BodyInit);
    assertEquals(conversation, { initiator, hasImage: false });
  });
}

for (
  const [encoding, initiator] of [["identity", "user"], ["zstd", undefined]]
) {
  test(`inspectRequest() returns ${initiator} for a body with content-encoding: ${encoding}`, () => {
    const headers = { "content-encoding": `${encoding}` };
    assertEquals(inspectRequest(CHAT, headers, prompt).initiator, initiator);
  });
}
