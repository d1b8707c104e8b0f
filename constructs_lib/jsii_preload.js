// Preloaded, before anything else, into the Node process that jsii starts (see bindings.py).
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { Writable } = require("node:stream");
const { isMainThread } = require("node:worker_threads");

// What jsii starts is a program that starts the kernel in a second process, speaks with it over
// descriptor 3 and passes every message on. The kernel can speak for itself: one process less to
// start, and each message makes one trip instead of two. Where that cannot be done, the kernel is
// started the ordinary way.
const START = path.join("bin", "jsii-runtime.js");
const ITS_CHANNEL = "readFD:3,writeFD:3";
const PRESERVE = "--preserve-symlinks";

const start = process.argv[1] ?? "";
const kernel = path.join(start, "..", "..", "lib", "program.js");
// a copy of this script in another project may have been here before
const isDone = process.execArgv.includes(PRESERVE);
const channel = isMainThread && !isDone && isRecognised() && freeTheStandardStreams();
if (channel) runTheKernelHere(channel);
else silenceTheBanner();

function isRecognised() {
  // Windows has no descriptors to open a second time
  if (process.platform === "win32" || !start.endsWith(START) || !fs.existsSync(kernel)) return false;
  return fs.readFileSync(kernel, "utf8").split(ITS_CHANNEL).length === 2;
}

// jsii's messages come in as standard input and go out as standard output. They move to other
// descriptors, so that nothing that reads or prints, here or in a child process, gets between them.
function freeTheStandardStreams() {
  try {
    const moved = {
      input: fs.openSync("/dev/fd/0", "r"),
      output: fs.openSync("/dev/fd/1", "w"),
      printed: fs.openSync("/dev/fd/2", "w"),
    };
    fs.closeSync(0); // from here on there is no way back, so all that can fail has been tried
    fs.openSync("/dev/null", "r"); // the lowest free descriptor, 0
    fs.closeSync(1);
    fs.openSync("/dev/fd/2", "w"); // now 1
    return moved;
  } catch {
    return undefined;
  }
}

function runTheKernelHere({ input, output, printed }) {
  const resolveFilename = Module._resolveFilename;
  Module._resolveFilename = function (...request) {
    const isMain = request[2];
    return isMain ? kernel : resolveFilename.apply(this, request);
  };
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (source, file, ...rest) {
    const ours = file === kernel ? source.replace(ITS_CHANNEL, `readFD:${input},writeFD:${output}`) : source;
    return compile.call(this, ours, file, ...rest);
  };
  // in force by NODE_OPTIONS, but this is where the kernel looks
  process.execArgv.push(PRESERVE);
  // what is printed goes to jsii in the form that its own program sends it in
  for (const name of ["stdout", "stderr"]) {
    const write = (chunk, _encoding, done) => {
      fs.writeFileSync(printed, `${JSON.stringify({ [name]: chunk.toString("base64") })}\n`);
      done();
    };
    Object.defineProperty(process, name, { value: new Writable({ write }) });
  }
}

// jsii's own program greets every Node release past its end of life with a banner on standard
// error, which the CDKTF command line then shows as errors. What Node to run is the user's choice.
function silenceTheBanner() {
  const major = process.versions.node.split(".")[0];
  process.env.JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ??= major;
}
