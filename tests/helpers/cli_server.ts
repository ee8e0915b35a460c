/** What the tests of `--serve` need. */
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type CopilotOptions, startCopilot } from "./copilot_command.ts";
import type { Running } from "./command.ts";

/** A `copilot --serve` that runs. */
export interface Served extends AsyncDisposable {
  url: string;
  port: number;
  child: Running;
}

/** Starts it on any port, and waits until it is there. */
export async function startServer(
  options: CopilotOptions,
  args = ["--serve", "0"],
): Promise<Served> {
  const child = startCopilot(args, options);
  await child.says(/^http:\/\/127\.0\.0\.1:\d+\n/);
  const url = child.outcome.stdout.trimEnd();
  return {
    url,
    port: Number(new URL(url).port),
    child,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Sends these lines as they are, and returns the whole answer. */
export function send(
  port: number,
  lines: string[],
  body = "",
): Promise<string> {
  return text(open(port, lines, body));
}

/** The same, while the answer comes. */
export function open(port: number, lines: string[], body = ""): Socket {
  const socket = connect(port, "127.0.0.1");
  const length = new TextEncoder().encode(body).length;
  const head = [...lines, `Content-Length: ${length}`];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  return socket;
}

/** The head of a request that is in order. */
export function head(request: string, more: string[] = []): string[] {
  const host = more.some((line) => /^host:/i.test(line))
    ? []
    : ["Host: localhost"];
  return [`${request} HTTP/1.1`, ...host, "Connection: close", ...more];
}

/** A chat whose answer is streamed. */
export function chat(content: string): string {
  const messages = [{ role: "user", content }];
  return JSON.stringify({ model: "gpt-4.1", stream: true, messages });
}

/** Asks for such a chat. */
export function postChat(
  { url }: Served,
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

/** Fulfilled when nobody listens on a port any more. */
export async function closed(port: number, host = "127.0.0.1"): Promise<void> {
  while (await isOpen(port, host));
}

/** Whether anybody listens there. */
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

/** A part of an answer, and what is still to come. */
export interface Reading {
  /** Reads on until the text holds this, and returns the text. */
  until(what: string): Promise<string>;
  /** Reads to the end. */
  rest(): Promise<string>;
}

export function read(response: Response): Reading {
  const reader = response.body!.pipeThrough(new TextDecoderStream())
    .getReader();
  let said = "";
  async function readWhile(goesOn: () => boolean): Promise<string> {
    while (goesOn()) {
      const { value, done } = await reader.read();
      if (done) return said;
      said += value;
    }
    return said;
  }
  return {
    until: (what) => readWhile(() => !said.includes(what)),
    rest: () => readWhile(() => true),
  };
}
