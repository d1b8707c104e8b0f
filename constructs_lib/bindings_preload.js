// Preloaded into the Node process that jsii starts (see bindings.py, which says why).
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

// A prebuilt provider ships a second index beside the one its package.json names: the same names,
// each loaded when it is first asked for.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (...request) {
  const file = resolveFilename.apply(this, request);
  return lazyIndex(file) ?? file;
};

function lazyIndex(file) {
  if (typeof file !== "string" || !file.endsWith(path.join("lib", "index.js"))) return undefined;
  const lazy = path.join(path.dirname(file), "lazy-index.js");
  return fs.existsSync(lazy) && isPrebuiltProvider(path.join(file, "..", "..")) ? lazy : undefined;
}

function isPrebuiltProvider(folder) {
  try {
    const { keywords } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    return ["cdktf", "provider", "terraform"].every((word) => keywords.includes(word));
  } catch {
    return false;
  }
}
