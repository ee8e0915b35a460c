/** The table of docs/scale.md. */
import { type Sharing, simulateFleet } from "./fleet_simulation.ts";

/** The numbers of processes. */
export const SIZES = [1, 10, 100, 1000, 10_000, 100_000];

const SHARING: Sharing[] = ["nothing", "a store", "a store with a lock"];

/** A row: exchanges of the first and a later hour for each way of sharing. */
export async function fleetRow(size: number): Promise<string> {
  const cells = [size];
  let calls: number[] = [];
  for (const sharing of SHARING) {
    const load = await simulateFleet(size, sharing);
    cells.push(load.firstHour, Math.round(load.perHour));
    calls = [...calls, load.storeCallsPerSecond];
  }
  cells.push(calls[1], calls[2]);
  return `| ${cells.map(format).join(" | ")} |`;
}

/** A number in groups of three digits. */
function format(number: number): string {
  return `${number}`.replace(/\B(?=(\d{3})+$)/g, " ");
}
