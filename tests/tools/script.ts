/** A Copilot that follows a scene's script, and records what it was sent. */
import {
  createFakeCopilot,
  type FakeAnswer,
  type FakeChat,
  type FakeCopilot,
  type FakeReply,
} from "../../testing/mod.ts";

/** A request as Copilot received it. */
export interface Recorded {
  path: string;
  model: string;
  initiator: string;
  /** Whether an image is in the conversation. */
  hasImage: boolean;
  /** Whether the request says so to Copilot. */
  hasVision: boolean;
  status: number;
  /** The conversation as JSON. */
  text: string;
  /** The names of the tools that the model may call. */
  tools: readonly string[];
}

/** What a scene decides. */
export interface Script {
  /** Whether the account has a subscription. */
  hasSubscription?: boolean;
  /** Whether GitHub no longer knows the credential. */
  isCredentialExpired?: boolean;
  /** What the model says. */
  reply(
    text: string,
    tools: readonly string[],
    hasImage: boolean,
  ): string | FakeReply;
  /** Replaces the answer to a POST; `undefined` leaves it. */
  answer?(text: string, tools: readonly string[]): FakeAnswer | undefined;
}

/** The models that tools ask for of their own accord. */
const MODELS = [
  ...["gpt-5-mini", "gpt-5.3-codex", "claude-haiku-4.5", "claude-opus-5.5"],
  ...["claude-sonnet-5", "claude-opus-5"],
];

/** Creates it. */
export function createScripted(
  script: Script,
): { fake: FakeCopilot; recorded: Recorded[] } {
  const { hasSubscription = true, isCredentialExpired = false } = script;
  const recorded: Recorded[] = [];
  const fake = createFakeCopilot({
    subscription: hasSubscription,
    credentials: isCredentialExpired ? [] : undefined,
    models: MODELS,
    reply(_, body) {
      const text = textOf(body);
      return script.reply(text, toolsOf(body), holdsImage(text));
    },
  });

  const record: FakeAnswer = async (request, respond) => {
    // The queue has one answer for each request.
    fake.answerNextRequest(record);
    const body = await readChat(request);
    const text = textOf(body);
    const tools = toolsOf(body);
    const answer = request.method === "POST"
      ? script.answer?.(text, tools)
      : undefined;
    const own = typeof answer === "function"
      ? await answer(request, respond)
      : answer;
    const response = withNamespaces(own ?? await respond(), namespacesOf(body));
    recorded.push({
      path: new URL(request.url).pathname,
      model: body.model ?? "",
      initiator: request.headers.get("x-initiator") ?? "",
      hasImage: holdsImage(text),
      hasVision: request.headers.get("copilot-vision-request") === "true",
      status: response instanceof Response ? response.status : 0,
      text,
      tools,
    });
    return response;
  };
  fake.answerNextRequest(record);
  return { fake, recorded };
}

async function readChat(request: Request): Promise<FakeChat> {
  const text = await request.clone().text();
  return text === "" ? {} : JSON.parse(text);
}

function textOf({ messages, input }: FakeChat): string {
  return JSON.stringify(messages ?? input ?? "");
}

/** An image in the shape of each API. */
const IMAGE = /"type":"(image|image_url|input_image)"/;

function holdsImage(text: string): boolean {
  return IMAGE.test(text);
}

/** A tool in the shape of each API; a namespace of tools in Responses. */
interface OfferedTool {
  type?: string;
  name?: string;
  function?: { name: string };
  tools?: OfferedTool[];
}

function listOf({ tools }: FakeChat): OfferedTool[] {
  return Array.isArray(tools) ? tools : [];
}

/** The names of the tools that a request offers. */
function toolsOf(body: FakeChat): string[] {
  return listOf(body)
    .flatMap((tool) => tool.tools ?? [tool])
    .map(({ name, function: it }) => name ?? it?.name ?? "");
}

/** The namespace of each tool that has one. */
function namespacesOf(body: FakeChat): Map<string, string> {
  return new Map(
    listOf(body).flatMap(({ name = "", tools = [] }) =>
      tools.map((tool) => [tool.name ?? "", name] as const)
    ),
  );
}

/** Adds the namespaces of called tools, which the fake does not know. */
function withNamespaces(
  response: Response | Error,
  namespaces: Map<string, string>,
): Response | Error {
  if (namespaces.size === 0 || response instanceof Error) return response;
  const addTo = (text: string) =>
    text.replace(
      /"name":"(\w+)","arguments"/g,
      (all, name) =>
        namespaces.has(name)
          ? `"namespace":"${namespaces.get(name)}",${all}`
          : all,
    );
  const body = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(
      new TransformStream<string, string>({
        transform: (text, controller) => controller.enqueue(addTo(text)),
      }),
    )
    .pipeThrough(new TextEncoderStream());
  return new Response(body, response);
}
