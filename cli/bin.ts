#!/usr/bin/env node
/**
 * Starts the program: `copilot-fetch` of the npm package, or without an
 * installation `npx @copilot-fetch/core`.
 *
 * @module
 */

import { main } from "./mod.ts";
import { runProcess } from "./process_io.ts";

runProcess(main);
