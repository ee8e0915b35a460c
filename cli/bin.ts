#!/usr/bin/env node
/**
 * Starts the program: `npx copilot-fetch` of the npm package.
 *
 * @module
 */

import { main } from "./mod.ts";
import { runProcess } from "./process_io.ts";

runProcess(main);
