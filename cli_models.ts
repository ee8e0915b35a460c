import process from "node:process";
import { failure } from "./cli_ask.ts";
import type { CopilotFetch } from "./mod.ts";

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
  copilot: CopilotFetch,
  { json, signal }: { json?: boolean; signal: AbortSignal },
): Promise<void> {
  const response = await copilot("/models", { signal });
  if (!response.ok) throw await failure(response);
  const body = await response.text();
  const text = json
    ? body.trimEnd()
    : table(["ID", "NAME", "VENDOR", "CONTEXT", "CAN"], JSON.parse(body).data);
  process.stdout.write(`${text}\n`);
}

function table(head: string[], models: Model[]): string {
  const rows = [head, ...models.map(describe)];
  const widths = head.map((_, column) =>
    Math.max(...rows.map((row) => row[column].length))
  );
  // Where it would not fit, the name gives way: the id tells the same.
  const over = widths.reduce((sum, width) => sum + width + 2, -2) - 80;
  if (over > 0) widths[1] = Math.max(4, widths[1] - over);
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
