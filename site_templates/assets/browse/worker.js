/**
 * Runs the engine off the main thread.  Messages in: {serial, method, args}; out: {serial, value | error}.
 * What the methods do, and the same without a worker, is in service.js.
 */

import { methods } from "./service.js";

self.addEventListener("message", async ({ data: { serial, method, args } }) => {
  try {
    self.postMessage({ serial, value: await methods[method](...args) });
  } catch (error) {
    self.postMessage({ serial, error: String(error instanceof Error ? error.message : error) });
  }
});
