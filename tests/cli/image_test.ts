import { assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { startNetwork } from "../helpers/network.ts";
import {
  asked,
  copilot,
  createFolder,
  lastBody,
  linesOf,
  testOverTLS as test,
} from "../helpers/copilot_command.ts";

const permissions = ["-NER"];

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

test("A file is sent inline with its type, whatever its name", async () => {
  await using network = await startNetwork();
  using folder = createFolder();
  for (const [type, bytes] of Object.entries(FILES)) {
    const file = folder.write("a picture.bin", bytes);
    const { code, stderr } = await copilot(["-i", file, "What is this?"], {
      network,
      permissions,
    });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(lastBody(network).messages[0].content, [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: imageURL(type) } },
    ]);
    const { headers } = network.received.at(-1)!;
    assertEquals(headers["copilot-vision-request"], "true");
  }
});

test("--image may be repeated, takes URLs as they are, and needs no words", async () => {
  await using network = await startNetwork();
  using folder = createFolder();
  const url = "https://example.com/a.png?b=c";
  const { code } = await copilot([
    ...["--image", url, "--image", folder.write("a.gif", FILES["image/gif"])],
    ...["-i", imageURL("image/png")],
  ], { network, permissions });
  assertEquals(code, 0);
  assertEquals(
    lastBody(network).messages[0].content,
    [url, imageURL("image/gif"), imageURL("image/png")]
      .map((url) => ({ type: "image_url", image_url: { url } })),
  );
});

test("A URL needs no permission to read", async () => {
  await using network = await startNetwork();
  const args = ["-i", "https://example.com/a.png", "Hello"];
  assertEquals((await copilot(args, { network })).code, 0);
});

test("An image that is not there, or is none, is refused before anything is sent", async () => {
  await using network = await startNetwork();
  using folder = createFolder();
  const cases: [file: string, reason: string][] = [
    [join(folder.path, "missing.png"), "There is no image "],
    [folder.write("text.png", "This is text"), "is no PNG, JPEG, GIF or WebP"],
    [folder.write("empty.png", ""), "is no PNG, JPEG, GIF or WebP"],
    [folder.path, "cannot be read"],
  ];
  for (const [file, reason] of cases) {
    const { code, stdout, stderr } = await copilot(["-i", file, "Hello"], {
      network,
      permissions,
    });
    assertEquals([code, stdout, linesOf(stderr).length], [2, "", 1], stderr);
    assertStringIncludes(stderr, file);
    assertStringIncludes(stderr, reason);
  }
  assertEquals(asked(network), []);
});
