/** Draws the results against other clients, as an SVG for light and dark. */
import { readTimes } from "../report.ts";
import type { Rows } from "../results.ts";

/** What a screen reader says of it. */
export const CHART_TEXT =
  "Bars: how many times as much copilot-fetch needs as other clients, on " +
  "Deno, Bun and Node. The tables have the same figures.";

/** Lengths in pixels. */
const WIDTH = 760;
/** Where the bars begin. */
const LEFT = 265;
const RIGHT = WIDTH - 25;
const TOP = 62;
const BAR = 10;
const SPACE_BETWEEN_ROWS = 14;
const HEADING = 30;
/** The ratio between two lines of the axis. */
const AXIS_STEP = 0.25;

/** The rows that compare with one client, by a part of their names. */
type Group = [client: string, rows: Rows];

/** The text of the chart. */
export function chartOf(rows: Rows): string {
  const groups = groupsOf(rows);
  const compared = groups.flatMap(([, rows]) => Object.values(rows));
  const runtimes = Object.keys(compared[0]);
  const greatest = Math.max(
    1,
    ...compared.flatMap((row) =>
      Object.values(row).map((text) => readTimes(text)?.most ?? 0)
    ),
  );
  const steps = Math.ceil(greatest / AXIS_STEP);
  const x = (ratio: number) =>
    Math.round(LEFT + (RIGHT - LEFT) * ratio / (steps * AXIS_STEP));

  let y = TOP;
  const parts: string[] = [];
  for (const [client, rows] of groups) {
    y += HEADING;
    parts.push(text(16, y - 9, `× ${client}`, "heading"));
    for (const [what, results] of Object.entries(rows)) {
      const middle = y + BAR * runtimes.length / 2 + 4;
      parts.push(text(LEFT - 10, middle, what, "label"));
      for (const [index, runtime] of runtimes.entries()) {
        parts.push(bar(x, y, index, results[runtime] ?? ""));
        y += BAR;
      }
      y += SPACE_BETWEEN_ROWS;
    }
  }
  const axis = Array.from({ length: steps + 1 }, (_, step) => {
    const ratio = step * AXIS_STEP;
    const kind = ratio === 1 ? "one" : "grid";
    return `<path class="${kind}" d="M${x(ratio)} ${TOP}V${y}"/>` +
      text(x(ratio), y + 16, `${ratio}`, "tick");
  });
  const legend = runtimes.map((runtime, index) =>
    `<rect class="bar${index}" x="${
      LEFT + index * 80
    }" y="36" width="12" height="12"/>` +
    text(LEFT + index * 80 + 18, 46, runtime, "")
  );
  return `<!-- deno-fmt-ignore-file -->
<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${WIDTH}" height="${
    y + 30
  }" viewBox="0 0 ${WIDTH} ${y + 30}">
<title>${CHART_TEXT}</title>
<style>${STYLE}</style>
<rect class="paper" width="100%" height="100%" rx="6"/>
${
    text(
      16,
      24,
      "What copilot-fetch needs: times as much as another client; below 1 is less",
      "heading",
    )
  }
${[...legend, ...axis, ...parts].join("\n")}
</svg>
`;
}

/** A viewer that does not support the media query shows the light colors. */
const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.heading { font-weight: 600; font-size: 13px; }
.label { text-anchor: end; }
.tick { text-anchor: middle; }
.paper { fill: #ffffff; }
.grid { stroke: #d1d9e0; }
.one { stroke: #1f2328; stroke-width: 1.5; }
.spread { stroke: #1f2328; stroke-width: 1.5; }
.bar0 { fill: #0072b2; } .bar1 { fill: #e69f00; } .bar2 { fill: #009e73; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.paper { fill: #0d1117; }
.grid { stroke: #3d444d; }
.one, .spread { stroke: #e6edf3; }
.bar0 { fill: #4a9fd8; } .bar1 { fill: #d29922; } .bar2 { fill: #2ea37e; }
}
`;

/** One ratio, with a line from the least to the greatest. */
function bar(
  x: (ratio: number) => number,
  y: number,
  index: number,
  result: string,
): string {
  const times = readTimes(result);
  if (!times) return "";
  const width = Math.max(1, x(times.median) - LEFT);
  const middle = y + BAR / 2;
  return `<rect class="bar${index}" x="${LEFT}" y="${y}" width="${width}" height="${
    BAR - 1
  }"/><path class="spread" d="M${x(times.least)} ${middle}H${x(times.most)}"/>`;
}

function text(x: number, y: number, content: string, kind: string): string {
  const escaped = content.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text class="${kind}" x="${x}" y="${y}">${escaped}</text>`;
}

/** The ratios, by the client that follows "×". */
function groupsOf(rows: Rows): Group[] {
  const groups = new Map<string, Rows>();
  for (const [name, results] of Object.entries(rows)) {
    const [what, client] = name.split(": × ");
    if (!client) continue;
    groups.set(client, { ...groups.get(client), [what]: results });
  }
  return [...groups];
}
