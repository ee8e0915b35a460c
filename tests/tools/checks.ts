/** What has to be true of a scene's outcome: each check returns what is not. */
import type { ToolRun } from "./run_tool.ts";
import type { Recorded } from "./script.ts";
import type { Tool } from "./tools.ts";

/** What came of a scene. */
export interface SceneOutcome {
  run: ToolRun;
  /** What Copilot was sent. */
  recorded: Recorded[];
  /** How often a token was asked for. */
  exchanges: number;
  /** The lines of the server. */
  log: string;
}

/** A refused request is not counted. */
export function isAnsweredPost(request: Recorded): boolean {
  return request.status === 200 && isPost(request);
}

function isPost({ path }: Recorded): boolean {
  return !path.startsWith("/models");
}

/** Every request is for the endpoint and the model that the settings name. */
export function usesSettings(
  { path, model }: Tool,
  { recorded }: SceneOutcome,
): string[] {
  const asked = recorded.filter(isPost)
    .map((request) => `${request.path} ${request.model}`);
  return [...new Set(asked)]
    .filter((what) => what !== `${path} ${model}`)
    .map((what) => `requests ${what}`);
}

/** The tool exits with this code. */
export function exitsWith({ run }: SceneOutcome, code: number): string[] {
  return run.code === code ? [] : [exitText(run)];
}

/** The tool ends within the time limit. */
export function ends({ run }: SceneOutcome): string[] {
  return run.code === null ? [exitText(run)] : [];
}

function exitText({ code }: ToolRun): string {
  return code === null ? "does not end" : `exit ${code}`;
}

/** The tool prints a text. */
export function prints({ run }: SceneOutcome, text: string | RegExp): string[] {
  const isPrinted = typeof text === "string"
    ? run.output.includes(text)
    : text.test(run.output);
  return isPrinted ? [] : [`does not print ${text}`];
}

/** Every request has a model's answer in the end, as the client sees it. */
export function isAnswered({ log, recorded }: SceneOutcome): string[] {
  if (!recorded.some(isAnsweredPost)) return ["sends nothing"];
  const failed = log.split("\n").filter((line) =>
    /^\d\d:\d\d:\d\d POST .* [45]\d\d( cut off)? \d+ ms/.test(line)
  );
  return failed.map((line) => `is refused: ${line.slice("hh:mm:ss ".length)}`);
}

/** A request with the prompt is the user's. */
export function startsAsUser(
  { recorded }: SceneOutcome,
  prompt: string,
): string[] {
  const asked = recorded.filter(({ text }) => text.includes(prompt));
  if (asked.some(({ initiator }) => initiator === "user")) return [];
  return [`the prompt's initiator is "${asked[0]?.initiator ?? ""}"`];
}

/** Every request with a text is an agent's. */
export function continuesAsAgent(
  { recorded }: SceneOutcome,
  text: string,
  what: string,
): string[] {
  const sent = recorded.filter((request) => request.text.includes(text));
  if (sent.length === 0) return [`${what} is not sent`];
  const other = sent.find(({ initiator }) => initiator !== "agent");
  return other ? [`the initiator of ${what} is "${other.initiator}"`] : [];
}

/** An image is sent, and each request with it is marked for Copilot. */
export function sendsImage(
  { recorded }: SceneOutcome,
  initiator: string,
): string[] {
  const [first, ...others] = recorded.filter(({ hasImage }) => hasImage);
  if (!first) return ["sends no image"];
  const isMarked = [first, ...others].every(({ hasVision }) => hasVision);
  return [
    ...(isMarked ? [] : ["lacks Copilot-Vision-Request"]),
    ...(first.initiator === initiator
      ? []
      : [`the initiator of the image is "${first.initiator}"`]),
  ];
}

/** A tool that does not retry ends sooner; one that does takes longer. */
const SHORT_SECONDS = 30;

/** The tool fails soon, and GitHub is asked for a token once at most. */
export function failsSoon({ run, exchanges }: SceneOutcome): string[] {
  return [
    ...(run.code === 0 ? ["exit 0"] : []),
    ...(run.seconds < SHORT_SECONDS
      ? []
      : [`ends after ${Math.round(run.seconds)} s`]),
    ...(exchanges <= 1 ? [] : [`${exchanges} exchanges`]),
  ];
}
