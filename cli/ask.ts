/**
 * The command that asks a model, and prints its answer.
 *
 * @module
 */

import type { FetchLike } from "../mod.ts";
import { type AnswerOutput, createAnswerOutput } from "./answer_output.ts";
import type {
  AnswerUsage,
  Chat,
  Endpoint,
  EndReason,
} from "./answers/endpoint.ts";
import { endpointsOf } from "./answers/endpoints.ts";
import { completePart, readAnswer } from "./answers/read_answer.ts";
import { addUsage } from "./answers/usage.ts";
import type { Question } from "./arguments.ts";
import { readVariable } from "./environment.ts";
import { UsageError } from "./exit_codes.ts";
import { imageURL } from "./image.ts";
import type { IO } from "./io.ts";
import { chooseModel } from "./model_choice.ts";
import { fetchModels, readModels } from "./model_list.ts";
import { readPrompt } from "./prompt.ts";
import { addFields } from "./request_fields.ts";
import { readObject, readRefusal } from "./response.ts";
import { startSpinner } from "./terminal.ts";

/** The messages about questions and answers. */
export const ASK_MESSAGES = {
  noPrompt: "There is no prompt. See --help.",
  length:
    "The answer is incomplete: it has reached the longest length that is allowed.",
  filter: "The answer is incomplete: a content filter has ended it.",
  toolCall: "The model calls a tool. --json prints the call.",
  unfinished: "The answer is incomplete: the model has paused.",
} as const;

/** Asks a model, and writes its answer to stdout. */
export async function ask(
  copilot: FetchLike,
  question: Question,
  { domain, verbose }: { domain: string; verbose: boolean },
  io: IO,
): Promise<void> {
  const { system, effort, stream, json } = question;
  const prompt = await readPrompt(question, io);
  if (prompt === "" && question.images.length === 0) {
    throw new UsageError(ASK_MESSAGES.noPrompt);
  }
  const images = await Promise.all(
    question.images.map((image) => imageURL(image, io)),
  );
  const named = question.model ?? await readVariable("COPILOT_MODEL", io);
  // A blank variable counts as missing, as an empty one does.
  const wanted = named?.trim() || undefined;
  const output = createAnswerOutput(io.stdout);
  const spinner = startSpinner(io.stderr);
  const print = (text: string) => {
    spinner.stop();
    return output.write(text);
  };
  try {
    // Also for a whole id: the list says where the model answers, how long an
    // answer may be, and whether its policy is accepted.
    const models = readModels(await fetchModels(copilot, io.signal));
    const model = chooseModel(models, wanted, domain);
    if (verbose) {
      const { writeEntry } = await import("./log.ts");
      await writeEntry(io.stderr, "model", model.id);
    }
    const chat: Chat = {
      model: model.id,
      maxOutputTokens: model.capabilities?.limits?.max_output_tokens,
      system,
      prompt,
      images,
      effort,
      stream,
    };
    const endpoints = endpointsOf(model.supported_endpoints);
    const startedAt = performance.now();
    const createBody = (endpoint: Endpoint) =>
      JSON.stringify(addFields(endpoint.createBody(chat), question.fields));
    const answer = await send(copilot, createBody, endpoints, io.signal);
    const { endReason, usage } = json
      ? await printBody(answer, print)
      : await printText(answer, stream, print);
    await output.end();
    if (verbose) {
      const { logAnswer } = await import("./answer_log.ts");
      await logAnswer(io.stderr, usage, performance.now() - startedAt);
    }
    if (endReason !== "complete") throw new Error(ASK_MESSAGES[endReason]);
  } catch (error) {
    await output.interrupt();
    throw error;
  } finally {
    spinner.stop();
  }
}

/** A response, and the endpoint that it came from. */
interface Answer {
  response: Response;
  endpoint: Endpoint;
}

/** Copilot's code for an endpoint at which the model does not answer. */
const WRONG_ENDPOINT = "unsupported_api_for_model";

/** Asks at the first endpoint at which the model answers. */
async function send(
  copilot: FetchLike,
  createBody: (endpoint: Endpoint) => string,
  [endpoint, ...others]: readonly Endpoint[],
  signal: AbortSignal,
): Promise<Answer> {
  const response = await copilot(endpoint.path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: createBody(endpoint),
    signal,
  });
  if (response.ok) return { response, endpoint };
  const refusal = await readRefusal(response);
  const isElsewhere = refusal.code === WRONG_ENDPOINT && others.length > 0;
  if (!isElsewhere) throw refusal;
  return await send(copilot, createBody, others, signal);
}

/** How an answer has ended. */
interface AnswerEnd {
  endReason: EndReason;
  usage: AnswerUsage;
}

/** Prints the endpoint's own body unchanged. */
async function printBody(
  { response, endpoint }: Answer,
  print: AnswerOutput["write"],
): Promise<AnswerEnd> {
  const text = await response.text();
  const body = readObject(text);
  await print(text);
  const part = completePart(endpoint.readBody(body), body);
  const { endReason = "complete" } = part;
  return { endReason, usage: addUsage({}, part) };
}

/** Prints the text of an answer: as it arrives, or as a whole. */
async function printText(
  { response, endpoint }: Answer,
  stream: boolean,
  print: AnswerOutput["write"],
): Promise<AnswerEnd> {
  let endReason: EndReason = "complete";
  let usage: AnswerUsage = {};
  const held: string[] = [];
  for await (const part of readAnswer(response, endpoint)) {
    endReason = part.endReason ?? endReason;
    usage = addUsage(usage, part);
    if (!part.text) continue;
    if (stream) await print(part.text);
    else held.push(part.text);
  }
  await print(held.join(""));
  return { endReason, usage };
}
