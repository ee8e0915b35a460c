/**
 * Prints the table of docs/scale.md: the exchanges of fleets of any size.
 *
 * `npm --prefix tests run fleet -- [largest]`
 */
import process from "node:process";
import { fleetRow, SIZES } from "../helpers/fleet_table.ts";

const largest = Number(process.argv[2] ?? Infinity);
for (const size of SIZES) {
  if (size <= largest) console.log(await fleetRow(size));
}
