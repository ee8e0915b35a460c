/**
 * The command that lists the models of a subscription.
 *
 * @module
 */

import type { FetchLike } from "../mod.ts";
import type { IO } from "./io.ts";
import { fetchModels, type Model, readModels } from "./model_list.ts";
import { DEFAULT_WIDTH, GAP, widest } from "./table.ts";
import { oneLine, safeText } from "./terminal.ts";
import { shorten } from "./wrap.ts";

/** Writes the models to stdout, as a table or as Copilot's own JSON. */
export async function listModels(
  copilot: FetchLike,
  { json }: { json: boolean },
  { stdout, signal, columns }: IO,
): Promise<void> {
  const body = await fetchModels(copilot, signal);
  const text = json ? body.trimEnd() : formatTable(readModels(body), columns);
  await stdout.write(`${stdout.isTerminal ? safeText(text) : text}\n`);
}

/** A column of the table. */
interface Column {
  head: string;
  cell: (model: Model) => string;
  isRightAligned?: boolean;
}

const ID: Column = { head: "ID", cell: ({ id }) => id };
const NAME: Column = { head: "NAME", cell: ({ name }) => name ?? "" };
const VENDOR: Column = { head: "VENDOR", cell: ({ vendor }) => vendor ?? "" };
const CONTEXT: Column = {
  head: "CONTEXT",
  cell: contextOf,
  isRightAligned: true,
};
const ENDPOINTS: Column = { head: "ENDPOINTS", cell: endpointNames };
const CAPABILITIES: Column = { head: "CAPABILITIES", cell: capabilitiesOf };
const POLICY: Column = {
  head: "POLICY",
  cell: ({ policy }) => policy?.state ?? "",
};
const PRICE: Column = { head: "PRICE", cell: priceOf };

/** Without columns that the id nearly tells, where the table is too wide. */
const COLUMNS: readonly (readonly Column[])[] = [
  [ID, NAME, VENDOR, CONTEXT, ENDPOINTS, CAPABILITIES, POLICY, PRICE],
  [ID, NAME, CONTEXT, ENDPOINTS, CAPABILITIES, POLICY, PRICE],
  [ID, CONTEXT, ENDPOINTS, CAPABILITIES, POLICY, PRICE],
];

/** Columns that are shortened where it is still too wide, in this order. */
const SHORTENED: readonly Column[] = [POLICY, CAPABILITIES, ENDPOINTS];

/** Without a terminal's columns, no cell is shortened: a program may read it. */
function formatTable(models: Model[], columns: number | undefined): string {
  const maxWidth = columns ?? DEFAULT_WIDTH;
  const tables = COLUMNS.map((columns) => createTable(columns, models));
  const table = tables.find((table) => widthOf(table) <= maxWidth) ??
    tables[tables.length - 1];
  if (columns !== undefined) shortenTable(table, columns);
  return linesOf(table).join("\n");
}

/** A column with its cells, the head first, and its width in characters. */
interface FilledColumn {
  column: Column;
  cells: string[];
  width: number;
}

function createTable(
  columns: readonly Column[],
  models: Model[],
): FilledColumn[] {
  return columns.map((column) => {
    const cells = models.map((model) => oneLine(`${column.cell(model)}`));
    const all = [column.head, ...cells];
    return { column, cells: all, width: widest(all) };
  });
}

function widthOf(table: FilledColumn[]): number {
  const gaps = GAP.length * (table.length - 1);
  return table.reduce((sum, { width }) => sum + width, gaps);
}

function shortenTable(table: FilledColumn[], maxWidth: number): void {
  for (const column of SHORTENED) {
    const filled = table.find((filled) => filled.column === column);
    if (!filled) continue;
    const excess = Math.max(0, widthOf(table) - maxWidth);
    filled.width = Math.max(column.head.length, filled.width - excess);
  }
}

function linesOf(table: FilledColumn[]): string[] {
  const [{ cells }] = table;
  return cells.map((_, line) =>
    table.map(({ column, cells, width }) => {
      const text = shorten(cells[line], width);
      return column.isRightAligned ? text.padStart(width) : text.padEnd(width);
    }).join(GAP).trimEnd()
  );
}

function contextOf({ capabilities }: Model): string {
  const tokens = capabilities?.limits?.max_context_window_tokens;
  return typeof tokens === "number" ? `${Math.round(tokens / 1000)}k` : "";
}

/** Short names of the known endpoints. */
const ENDPOINT_NAMES: ReadonlyMap<string, string> = new Map([
  ["/chat/completions", "chat"],
  ["/responses", "responses"],
  ["/v1/messages", "messages"],
  ["/embeddings", "embeddings"],
]);

/** Nothing if Copilot does not say where the model answers. */
function endpointNames({ supported_endpoints }: Model): string {
  if (!Array.isArray(supported_endpoints)) return "";
  return supported_endpoints
    .map((path) => ENDPOINT_NAMES.get(path) ?? path)
    .join(" ");
}

function capabilitiesOf({ capabilities }: Model): string {
  const type = capabilities?.type ?? "chat";
  const supports = capabilities?.supports ?? {};
  const abilities = [
    type === "chat" ? "" : type,
    supports.tool_calls ? "tools" : "",
    supports.vision ? "vision" : "",
    supports.reasoning_effort ? "effort" : "",
  ];
  return abilities.filter((ability) => ability !== "").join(" ");
}

/** Such as "0.33x 1/8": premium requests of a turn, and AIU of tokens. */
function priceOf({ billing }: Model): string {
  const multiplier = billing?.multiplier;
  const turn = typeof multiplier === "number" ? `${multiplier}x` : "";
  return [turn, tokenPrices(billing)].filter((text) => text !== "").join(" ");
}

const NANO_PER_UNIT = 1e9;
const MILLION = 1e6;

/** The AIU of a million tokens: of the input, and of the output. */
function tokenPrices(billing: Model["billing"]): string {
  const { batch_size, default: prices } = billing?.token_prices ?? {};
  const texts = [prices?.input_price, prices?.output_price].map((price) => {
    const units = Number(price) / NANO_PER_UNIT * MILLION / Number(batch_size);
    return Number.isFinite(units) ? `${Number(units.toFixed(4))}` : "";
  });
  return texts.includes("") ? "" : texts.join("/");
}
