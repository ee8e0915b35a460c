/** What the tests of `copilot-fetch --serve` need. */
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { FakeCopilot } from "../../testing/mod.ts";
import { type FakeIOOptions, type Program, startMain } from "./fake_io.ts";

/** A running `copilot-fetch --serve`. */
export interface Served extends AsyncDisposable {
  url: string;
  port: number;
  program: Program;
  fake: FakeCopilot;
}

/** Starts it in this process on a free port, and waits until it listens. */
export async function startServer(
  options: FakeIOOptions = {},
  args = ["--serve", "0"],
): Promise<Served> {
  const program = startMain(args, options);
  const { fake } = program;
  await program.prints(/^http:\/\/127\.0\.0\.1:\d+\n/);
  const url = program.outcome.stdout.trimEnd();
  return {
    url,
    port: Number(new URL(url).port),
    program,
    fake,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** Sends these lines as they are, and returns the whole response. */
export function send(
  port: number,
  lines: string[],
  body = "",
): Promise<string> {
  return text(open(port, lines, body));
}

/** Sends these lines as they are, and returns the open connection. */
export function open(port: number, lines: string[], body = ""): Socket {
  const socket = connect(port, "127.0.0.1");
  const length = new TextEncoder().encode(body).length;
  const head = [...lines, `Content-Length: ${length}`];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  return socket;
}

/** The head of a valid request. */
export function head(request: string, more: string[] = []): string[] {
  const host = more.some((line) => /^host:/i.test(line))
    ? []
    : ["Host: localhost"];
  return [`${request} HTTP/1.1`, ...host, "Connection: close", ...more];
}

/** The body of a streamed chat. */
export function chat(content: string): string {
  const messages = [{ role: "user", content }];
  return JSON.stringify({ model: "gpt-5-mini", stream: true, messages });
}

/** Sends a streamed chat. */
export function postChat(
  { url }: { url: string },
  content: string,
  init?: RequestInit,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: chat(content),
    ...init,
  });
}

/** Resolves when nothing listens on a port any more. */
export async function closed(port: number, host = "127.0.0.1"): Promise<void> {
  while (await isOpen(port, host));
}

/** Whether something listens on a port. */
export function isOpen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Reads a response piece by piece. */
export interface Reading {
  /** Reads on until the text includes this, and returns the text. */
  until(what: string): Promise<string>;
  /** Reads to the end. */
  rest(): Promise<string>;
}

export function read({ body }: Response): Reading {
  if (!body) throw new Error("The response has no body");
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let received = "";
  async function readWhile(isIncomplete: () => boolean): Promise<string> {
    while (isIncomplete()) {
      const { value, done } = await reader.read();
      if (done) return received;
      received += value;
    }
    return received;
  }
  return {
    until: (what) => readWhile(() => !received.includes(what)),
    rest: () => readWhile(() => true),
  };
}
