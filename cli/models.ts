/**
 * The command that lists the models of a subscription.
 *
 * @module
 */

import type { FetchLike } from "../mod.ts";
import type { IO } from "./io.ts";
import { fetchModels, type Model, readModels } from "./model_list.ts";
import { oneLine, safeText } from "./terminal.ts";
import { shorten } from "./wrap.ts";

/** Writes the models to stdout, as a table or as Copilot's own JSON. */
export async function listModels(
  copilot: FetchLike,
  { json }: { json: boolean },
  { stdout, signal, columns = DEFAULT_WIDTH }: IO,
): Promise<void> {
  const body = await fetchModels(copilot, signal);
  const text = json ? body.trimEnd() : formatTable(readModels(body), columns);
  await stdout.write(`${stdout.isTerminal ? safeText(text) : text}\n`);
}

/** The width of the table where stdout is no terminal, in characters. */
const DEFAULT_WIDTH = 80;
const HEAD = ["ID", "NAME", "VENDOR", "CONTEXT", "CAPABILITIES"];
/** Columns that are shortened where the table is too wide, in this order. */
const SHORTENED = [HEAD.indexOf("NAME"), HEAD.indexOf("VENDOR")];
const RIGHT_ALIGNED = HEAD.indexOf("CONTEXT");
const GAP = "  ";

function formatTable(models: Model[], maxWidth: number): string {
  const rows = [HEAD, ...models.map(cellsOf)];
  const widths = columnWidths(rows, maxWidth);
  const lines = rows.map((row) =>
    row.map((cell, column) => {
      const text = shorten(cell, widths[column]);
      return column === RIGHT_ALIGNED
        ? text.padStart(widths[column])
        : text.padEnd(widths[column]);
    }).join(GAP).trimEnd()
  );
  return lines.join("\n");
}

function columnWidths(rows: string[][], maxWidth: number): number[] {
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((row) => row[column].length))
  );
  for (const column of SHORTENED) {
    const gaps = GAP.length * (widths.length - 1);
    const width = widths.reduce((sum, width) => sum + width, gaps);
    const excess = Math.max(0, width - maxWidth);
    const least = HEAD[column].length;
    widths[column] = Math.max(least, widths[column] - excess);
  }
  return widths;
}

function cellsOf(model: Model): string[] {
  const { id = "", name = "", vendor = "", capabilities = {} } = model;
  const { type = "", limits, supports = {} } = capabilities;
  const context = limits?.max_context_window_tokens;
  const abilities = [
    type,
    supports.tool_calls ? "tools" : "",
    supports.vision ? "vision" : "",
  ];
  return [
    id,
    name,
    vendor,
    context === undefined ? "" : `${Math.round(context / 1000)}k`,
    abilities.filter((ability) => ability !== "").join(" "),
  ].map((cell) => oneLine(`${cell}`));
}
