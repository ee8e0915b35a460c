/**
 * Records the requests of a coding tool, in the form of conversations.json.
 *
 * Start it with `tsx tests/transport/record_conversations.ts`, point the tool at
 * the base URL that it prints, and stop it. Each request is one line of JSON:
 * its structure and its marks, with neutral texts. A prompt that contains the
 * word "subagent" is answered with a call of the tool that starts one.
 */
import process from "node:process";
import { text } from "node:stream/consumers";
import { createCopilotFetch } from "../../mod.ts";
import {
  createFakeCopilot,
  type FakeChat,
  type FakeReply,
} from "../../testing/mod.ts";
import { listen } from "../helpers/loopback.ts";

/** Names of headers that may mark a request; others are not recorded. */
const MARKS = /^x-.*(agent|session|parent|request|turn|interaction|initiator)/;

/** Keys of a conversation whose texts are replaced. */
const TEXT_KEYS = ["text", "content", "output", "instructions", "system"];

const NEUTRAL_TEXTS: Record<string, string> = {
  system: "Instructions.",
  developer: "Instructions.",
  user: "A prompt.",
  assistant: "An answer.",
};

/** Texts that the rules know, and that stay as they are. */
const KNOWN_TEXTS = ["Attached image(s) from tool result:"];

function neutralText(text: string, role: string): string {
  if (KNOWN_TEXTS.includes(text)) return text;
  const isReminder = /^\s*<system-reminder>[^]*<\/system-reminder>\s*$/
    .test(text);
  if (isReminder) return "<system-reminder>Note.</system-reminder>";
  return NEUTRAL_TEXTS[role] ?? "Text.";
}

/** The structure of a conversation, with neutral texts. */
function structureOf(value: unknown, role: string): unknown {
  if (Array.isArray(value)) return value.map((item) => structureOf(item, role));
  if (typeof value !== "object" || value === null) return undefined;
  const item = value as Record<string, unknown>;
  const itemRole = typeof item.role === "string" ? item.role : role;
  const kept = Object.entries(item).map(([key, value]) => {
    if (key === "role" || key === "type") return [key, value];
    if (typeof value !== "string") return [key, structureOf(value, itemRole)];
    const isText = TEXT_KEYS.includes(key);
    return [key, isText ? neutralText(value, itemRole) : undefined];
  });
  return Object.fromEntries(kept);
}

/** A mark's value; an identifier becomes "1". */
function markOf(value: unknown): string {
  const text = String(value);
  const kind = /"request_kind"\s*:\s*"[a-z_]+"/.exec(text)?.[0];
  if (kind) return `{${kind}}`;
  return /^[a-z-]+$/.test(text) ? text : "1";
}

function record(
  path: string,
  headers: Record<string, unknown>,
  body: FakeChat & { tools?: unknown[] },
): void {
  const marks = Object.entries(headers)
    .filter(([name]) => MARKS.test(name))
    .map(([name, value]) => [name, markOf(value)]);
  const { messages, input, tools } = body;
  const line = {
    tool: String(headers["user-agent"]).split(" ")[0],
    path,
    headers: Object.fromEntries(marks),
    body: {
      messages: structureOf(messages, ""),
      input: typeof input === "string" ? "A prompt." : structureOf(input, ""),
      tools: tools && [{}],
    },
  };
  process.stdout.write(JSON.stringify(line) + "\n");
}

/** Starts a subagent where the prompt asks for one; else a short answer. */
function reply(_: Request, body: FakeChat): string | FakeReply {
  const { messages = [], tools = [] } = body as FakeChat & {
    tools?: { name?: string; function?: { name: string } }[];
  };
  const names = tools.map((tool) => tool.function?.name ?? tool.name ?? "");
  const name = names.find((name) => /^(task|agent)$/i.test(name));
  const hasResult = JSON.stringify(messages).includes("tool_call_id");
  const isAsked = JSON.stringify(messages.at(-1)).includes("subagent");
  if (!name || hasResult || !isAsked) return "An answer.";
  const args = {
    description: "Count",
    prompt: "Count the files.",
    subagent_type: "general",
  };
  return { toolCalls: [{ name, arguments: args }] };
}

const fake = createFakeCopilot({ reply });
const copilot = createCopilotFetch("ghu_recorder", { fetch: fake.fetch });

const server = await listen(async (incoming, outgoing) => {
  const { method = "GET", url = "/", headers } = incoming;
  const body = await text(incoming);
  if (body) record(url, headers, JSON.parse(body));
  const response = await copilot(url.replace(/^\/v1/, ""), {
    method,
    headers: { "content-type": "application/json" },
    body: body || undefined,
  });
  const type = response.headers.get("content-type") ?? "text/plain";
  outgoing.writeHead(response.status, { "content-type": type });
  for await (const bytes of response.body ?? []) outgoing.write(bytes);
  outgoing.end();
});

process.stderr.write(`Base URL: ${server.origin}/v1\n`);
