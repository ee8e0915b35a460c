import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { connect } from "node:net";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { readBody } from "../../../cli/serve/body.ts";
import { Refusal } from "../../../cli/serve/refusal.ts";
import { chat, postChat, startServer } from "../../helpers/cli_server.ts";
import { lastBody, requestsTo } from "../../helpers/fake_io.ts";
import { rejectionOf } from "../../helpers/stubs.ts";

type Compress = (text: string) => Uint8Array;

/** Node 20 has no zstd. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: Compress };

const COMPRESSIONS: Record<string, Compress | undefined> = {
  gzip: (text) => zlib.gzipSync(text),
  "x-gzip": (text) => zlib.gzipSync(text),
  deflate: (text) => zlib.deflateSync(text),
  br: (text) => zlib.brotliCompressSync(text),
  zstd: zstdCompressSync,
  identity: (text) => new TextEncoder().encode(text),
  "gzip, br": (text) => zlib.brotliCompressSync(zlib.gzipSync(text)),
};

for (const [encoding, compress] of Object.entries(COMPRESSIONS)) {
  const testIt = compress ? test : test.skip;
  testIt(
    `copilot-fetch --serve decodes a body with content-encoding ${encoding}`,
    async () => {
      await using server = await startServer();
      const response = await postChat(server, "", {
        headers: { "content-encoding": encoding },
        body: new Uint8Array(compress?.(chat("Hé")) ?? []),
      });
      assertStringIncludes(await response.text(), "data: [DONE]");
      const { headers } = server.fake.requests[0];
      assertEquals(headers.get("content-encoding"), null);
      assertEquals(headers.get("x-initiator"), "user");
      assertEquals((await lastBody(server.fake)).messages[0].content, "Hé");
    },
  );
}

test("copilot-fetch --serve returns 415 for an unknown content-encoding, and names the known ones", async () => {
  await using server = await startServer();
  const headers = { "content-encoding": "compress" };
  const response = await postChat(server, "Hello", { headers });
  await response.body?.cancel();
  assertEquals(response.status, 415);
  assertMatch(response.headers.get("accept-encoding") ?? "", /gzip.*br/);
  assertEquals(requestsTo(server.fake), []);
});

test("copilot-fetch --serve returns 400 for a body that cannot be decoded", async () => {
  await using server = await startServer();
  const headers = { "content-encoding": "gzip" };
  const response = await postChat(server, "Hello", { headers });
  await response.body?.cancel();
  assertEquals(response.status, 400);
  assertEquals(requestsTo(server.fake), []);
});

test("copilot-fetch --serve forwards the bytes of a body unchanged", async () => {
  await using server = await startServer();
  // A parser would drop the spaces, the digits and the first of the members.
  const body =
    '{ "model" : "gpt-5-mini",\n"temperature":1.0,"seed":12345678901234567890, "messages":[], "messages":[{"role":"user","content":"\\u0041"}] }';
  await (await postChat(server, "", { body })).text();
  assertEquals(await server.fake.requests[0].clone().text(), body);
});

async function* pieces(...lengths: number[]) {
  for (const length of lengths) yield new Uint8Array(length);
}

test("readBody() takes a body of the largest size, and refuses a larger one with 413", async () => {
  const bytes = await readBody({ headers: [], body: pieces(60, 40) }, 100);
  assertEquals(bytes.length, 100);
  const error = await rejectionOf(
    Refusal,
    () => readBody({ headers: [], body: pieces(60, 41) }, 100),
  );
  assertEquals(error.status, 413);
});

test("readBody() refuses a body that is too large when it is decoded, with 413", async () => {
  const headers: [string, string][] = [["content-encoding", "gzip"]];
  async function* body() {
    yield zlib.gzipSync(new Uint8Array(1_000_000));
  }
  const error = await rejectionOf(
    Refusal,
    () => readBody({ headers, body: body() }, 10_000),
  );
  assertEquals(error.status, 413);
});

test("copilot-fetch --serve --max-body 1 returns 413 in the shape of the endpoint", async () => {
  await using server = await startServer({}, ["--serve=0", "--max-body", "1"]);
  const init = { method: "POST", body: " ".repeat(1024 * 1024 + 1) };
  const response = await fetch(`${server.url}/v1/messages`, init);
  const { error } = await response.json();
  assertEquals([response.status, error.type], [413, "request_too_large"]);
  assertEquals(requestsTo(server.fake), []);
});

/** Paths whose requests are refused before their body is read, or after some of it. */
const REFUSED: [path: string, status: number][] = [
  ["/nothing", 404],
  ["/v1/responses", 413],
];

for (const [path, status] of REFUSED) {
  test(`copilot-fetch --serve answers the next request on a connection after a ${status} to a large one`, async () => {
    const args = ["--serve=0", "--max-body", "1"];
    await using server = await startServer({}, args);
    const received = await converse(server.port, [
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n`,
      "x".repeat(2_000_000),
      "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ]);
    const statuses = received.match(/(?<=HTTP\/1\.1 )\d+/g);
    assertEquals(statuses, [`${status}`, "200"]);
  });
}

/** Writes to a connection, and returns what comes until it is closed. */
function converse(port: number, texts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(port, "127.0.0.1");
    socket.setEncoding("utf8");
    socket.on("data", (text) => received += text);
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
    for (const text of texts) socket.write(text);
  });
}
