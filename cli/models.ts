import process from "node:process";
import { failure, parseJSON } from "./ask.ts";
import type { FetchLike } from "../mod.ts";

/** A model, as far as it is known what Copilot says of one. */
interface Model {
  id?: string;
  name?: string;
  vendor?: string;
  capabilities?: {
    type?: string;
    limits?: { max_context_window_tokens?: number };
    supports?: Record<string, unknown>;
  };
}

/** Writes the models of the seat to stdout, as a table or as they come. */
export async function listModels(
  copilot: FetchLike,
  { json, signal }: { json?: boolean; signal: AbortSignal },
): Promise<void> {
  const response = await copilot("/models", { signal });
  if (!response.ok) throw await failure(response);
  const body = await response.text();
  process.stdout.write(`${json ? body.trimEnd() : table(modelsOf(body))}\n`);
}

function modelsOf(body: string): Model[] {
  const { data } = parseJSON(body);
  if (!Array.isArray(data)) throw new Error("Copilot's answer lists no models");
  return data;
}

const HEAD = ["ID", "NAME", "VENDOR", "CONTEXT", "CAN"];

/** What gives way where it would not fit; what an id is for needs all of it. */
const YIELDING = [HEAD.indexOf("NAME"), HEAD.indexOf("VENDOR")];

function table(models: Model[]): string {
  const rows = [HEAD, ...models.map(describe)];
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((row) => row[column].length))
  );
  for (const column of YIELDING) {
    const over = widths.reduce((sum, width) => sum + width + 2, -2) - 80;
    const least = HEAD[column].length;
    if (over > 0) widths[column] = Math.max(least, widths[column] - over);
  }
  return rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column];
      const shown = cell.length > width ? cell.slice(0, width - 1) + "…" : cell;
      return column === 3 ? shown.padStart(width) : shown.padEnd(width);
    }).join("  ").trimEnd()
  ).join("\n");
}

function describe({ id = "", name = "", vendor = "", capabilities }: Model) {
  const { type = "", limits, supports = {} } = capabilities ?? {};
  const window = limits?.max_context_window_tokens;
  const can = [
    type,
    supports.tool_calls && "tools",
    supports.vision && "vision",
  ];
  return [
    id,
    name,
    vendor,
    window ? `${Math.round(window / 1000)}k` : "",
    can.filter(Boolean).join(" "),
  ].map(String);
}
