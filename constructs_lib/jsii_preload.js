// Preloaded into the Node process that jsii starts (see bindings.py).
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { Readable, Writable } = require("node:stream");

// jsii greets every Node release past its end of life with a banner on standard error, which the
// CDKTF command line then shows as errors. What Node to run is the user's choice.
const major = process.versions.node.split(".")[0];
process.env.JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ??= major;

// What jsii starts is a program that starts the kernel in a second process, speaks with it over
// descriptor 3 and passes every message on. The kernel can speak for itself: one process less to
// start, and each message makes one trip instead of two. A kernel that is not recognised is
// started the ordinary way.
const START = path.join("bin", "jsii-runtime.js");
const ITS_CHANNEL = "readFD:3,writeFD:3";
const OUR_CHANNEL = "readFD:0,writeFD:1";

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (...request) {
  const file = resolveFilename.apply(this, request);
  const isMain = request[2];
  return (isMain && kernelStartedBy(file)) || file;
};

function kernelStartedBy(file) {
  // only there can a pipe be read without its end being an error
  if (process.platform === "win32" || !file.endsWith(START)) return undefined;
  const kernel = path.join(file, "..", "..", "lib", "program.js");
  const isRecognised = fs.existsSync(kernel) && fs.readFileSync(kernel, "utf8").split(ITS_CHANNEL).length === 2;
  if (!isRecognised) return undefined;
  speakForItself(kernel);
  return kernel;
}

function speakForItself(kernel) {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (source, file, ...rest) {
    const ours = file === kernel ? source.replace(ITS_CHANNEL, OUR_CHANNEL) : source;
    return compile.call(this, ours, file, ...rest);
  };
  // in force by NODE_OPTIONS, but this is where the kernel looks
  process.execArgv.push("--preserve-symlinks");
  // the channel has the descriptors 0 and 1: input is empty, as in the ordinary way, and what is
  // printed goes to jsii in the form its own program sends it in
  Object.defineProperty(process, "stdin", { value: Readable.from([]) });
  for (const name of ["stdout", "stderr"]) {
    const write = (chunk, _encoding, done) => {
      fs.writeSync(2, `${JSON.stringify({ [name]: chunk.toString("base64") })}\n`);
      done();
    };
    Object.defineProperty(process, name, { value: new Writable({ write }) });
  }
}
