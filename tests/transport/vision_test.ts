import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { inspectRequest } from "../../internal/initiator.ts";
import { setUp } from "../helpers/scripted_copilot.ts";

const DATA = "data:image/png;base64,";

const chatImage = { type: "image_url", image_url: { url: DATA } };
const responsesImage = { type: "input_image", image_url: DATA };
const messagesImage = {
  type: "image",
  source: { type: "base64", media_type: "image/png", data: "" },
};
const screenshot = { type: "computer_screenshot", image_url: DATA };

const user = { role: "user", content: "Hello" };
const assistant = { role: "assistant", content: "Hello" };

function prompt(...parts: unknown[]) {
  return { messages: [{ role: "user", content: parts }] };
}

function toolResult(...parts: unknown[]) {
  return { type: "tool_result", tool_use_id: "1", content: parts };
}

const images: [what: string, body: unknown][] = [
  ["an image of Chat Completions", prompt(chatImage)],
  ["an image of Responses", {
    input: [{ role: "user", content: [responsesImage] }],
  }],
  ["an image of Messages", prompt(messagesImage)],
  ["an image in an earlier message", {
    messages: [...prompt(chatImage).messages, assistant, user],
  }],
  ["an image after a text", prompt({ type: "text", text: "" }, chatImage)],
  ["an image before a text", prompt(chatImage, { type: "text", text: "" })],
  ["an image in a tool result", prompt(toolResult(messagesImage))],
  [
    "an image in a tool result in a tool result",
    prompt(toolResult(toolResult(messagesImage))),
  ],
  ["an image in a tool's message", {
    messages: [user, { role: "tool", content: [chatImage] }],
  }],
  [
    "an image in a document",
    prompt({
      type: "document",
      source: { type: "content", content: [messagesImage] },
    }),
  ],
  [
    "an image in a document in a tool result",
    prompt(toolResult({
      type: "document",
      source: { type: "content", content: [messagesImage] },
    })),
  ],
  ["an image in a function_call_output", {
    input: [user, { type: "function_call_output", output: [responsesImage] }],
  }],
  ["an image in a custom_tool_call_output", {
    input: [{ type: "custom_tool_call_output", output: [responsesImage] }],
  }],
  ["a computer_call_output, whose output is an object", {
    input: [{ type: "computer_call_output", output: screenshot }],
  }],
  ["an image_generation_call", {
    input: [{ type: "image_generation_call", result: "" }],
  }],
  ["an image in a list in a list", prompt([[chatImage]])],
  ["an image after malformed messages", {
    messages: [null, 7, { role: "user", content: [null, 7, chatImage] }],
  }],
];

const noImages: [what: string, body: unknown][] = [
  ["a text", { messages: [user] }],
  ["a text about image_url", {
    messages: [{ role: "user", content: '{"type":"image_url"}' }],
  }],
  ["a tool whose schema is about images", {
    messages: [user],
    tools: [{ type: "image" }],
  }],
  ["a tool's arguments about images", {
    messages: [{
      role: "assistant",
      content: [{ type: "tool_use", input: { type: "image" } }],
    }],
  }],
  ["malformed parts", prompt(null, 7, "image")],
  ["an input that is a text", { input: "image_url" }],
  ["no messages", { messages: [] }],
  ["no conversation", {}],
  ...["images", "image_urls", "an_image", "input_images", "Image"].map(
    (type): [string, unknown] => [`a part of type ${type}`, prompt({ type })],
  ),
];

for (const [what, body] of images) {
  test(`inspectRequest() finds ${what}`, () => {
    const { hasImage } = inspectRequest("/x", {}, JSON.stringify(body));
    assertEquals(hasImage, true);
  });
}

for (const [what, body] of noImages) {
  test(`inspectRequest() finds no image in ${what}`, () => {
    const { hasImage } = inspectRequest("/x", {}, JSON.stringify(body));
    assertEquals(hasImage, false);
  });
}

test("inspectRequest() finds an image in a request that no person started", () => {
  const headers = { "x-parent-session-id": "1" };
  const body = JSON.stringify(prompt(chatImage));
  assertEquals(inspectRequest("/chat/completions", headers, body), {
    initiator: "agent",
    hasImage: true,
  });
});

test("createCopilotFetch() sets Copilot-Vision-Request for an image, whoever started the turn", async () => {
  const { copilot, requests } = setUp({ initiator: "agent" });
  const method = "POST";
  await copilot("/x", { method, body: JSON.stringify(prompt(chatImage)) });
  await copilot("/x", { method, body: JSON.stringify({ messages: [user] }) });
  const sent = requests.map(({ headers }) => headers["copilot-vision-request"]);
  assertEquals(sent, ["true", undefined]);
});
