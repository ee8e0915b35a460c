#!/usr/bin/env node
/**
 * Starts the program: `node node_modules/@copilot-fetch/core/cli/bin.js`.
 *
 * @module
 */

import { main } from "./mod.ts";
import { runProcess } from "./process_io.ts";

runProcess(main);
