import { assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IMAGE_MESSAGES } from "../../cli/image.ts";
import { FILE_MESSAGES } from "../../cli/user_file.ts";
import {
  lastBody,
  requestsTo,
  runMain,
  startMain,
} from "../helpers/fake_io.ts";

/** The beginning of a file of each type. */
const FILES: Record<string, Uint8Array> = {
  "image/png": Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"),
  "image/jpeg": Buffer.from("\xff\xd8\xff\xe0\0\x10JFIF", "latin1"),
  "image/gif": Buffer.from("GIF89a\x01\0\x01\0", "latin1"),
  "image/webp": Buffer.from("RIFF\n\r\0\0WEBPVP8 ", "latin1"),
};

function imageURL(type: string): string {
  return `data:${type};base64,${Buffer.from(FILES[type]).toString("base64")}`;
}

for (const [type, bytes] of Object.entries(FILES)) {
  test(`copilot-fetch --image recognizes ${type} by its content, and sends it inline`, async () => {
    const files = { "a picture.bin": bytes };
    const args = ["-i", "a picture.bin", "What is this?"];
    await using program = startMain(args, { files });
    const { code, stderr } = await program.ended;
    assertEquals([code, stderr], [0, ""]);
    assertEquals((await lastBody(program.fake)).messages[0].content, [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: imageURL(type) } },
    ]);
    const { headers } = program.fake.requests[1];
    assertEquals(headers.get("copilot-vision-request"), "true");
  });
}

test("copilot-fetch --image may be repeated, sends URLs unchanged, and needs no words", async () => {
  const url = "https://example.com/a.png?b=c";
  const files = { "a.gif": FILES["image/gif"] };
  await using program = startMain([
    ...["--image", url, "--image", "a.gif", "-i", imageURL("image/png")],
  ], { files });
  assertEquals((await program.ended).code, 0);
  assertEquals(
    (await lastBody(program.fake)).messages[0].content,
    [url, imageURL("image/gif"), imageURL("image/png")]
      .map((url) => ({ type: "image_url", image_url: { url } })),
  );
});

test("copilot-fetch --image takes the URL of a file", async () => {
  const url = "file:///a%20picture.gif";
  const files = { [fileURLToPath(url)]: FILES["image/gif"] };
  await using program = startMain(["-i", url], { files });
  assertEquals((await program.ended).code, 0);
  const [{ image_url }] = (await lastBody(program.fake)).messages[0].content;
  assertEquals(image_url.url, imageURL("image/gif"));
});

test("copilot-fetch --image exits with 2 for the URL of a file on another computer", async () => {
  const { code, stderr } = await runMain(["-i", "file://host/a%2F"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "file://host/a%2F");
});

test("copilot-fetch --image prints which flag of Deno lets it read a file", async () => {
  const denied = Object.assign(
    new Error('Requires read access to "a.png", run again with --allow-read'),
    { name: "NotCapable" },
  );
  await using program = startMain(["-i", "a.png"], {
    files: { "a.png": denied },
  });
  const { code, stderr } = await program.ended;
  assertEquals([code, stderr], [2, `copilot-fetch: ${denied.message}\n`]);
});

/** Files that are no images, and the message about each. */
const WRONG: [path: string, message: string][] = [
  ["missing.png", FILE_MESSAGES.missing("missing.png")],
  ["text.png", IMAGE_MESSAGES.unknownType("text.png")],
  ["empty.png", IMAGE_MESSAGES.unknownType("empty.png")],
  [
    "folder",
    FILE_MESSAGES.unreadable("folder", "illegal operation on a directory"),
  ],
];

for (const [path, message] of WRONG) {
  test(`copilot-fetch --image ${path} exits with 2, and sends nothing`, async () => {
    const files = {
      "text.png": "This is text",
      "empty.png": "",
      folder: undefined,
    };
    await using program = startMain(["-i", path, "Hello"], { files });
    const { code, stdout, stderr } = await program.ended;
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, message);
    assertEquals(requestsTo(program.fake), []);
  });
}
