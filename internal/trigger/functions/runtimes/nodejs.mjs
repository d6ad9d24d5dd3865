// A client of the Lambda Runtime API for handlers in Node.js: async functions,
// functions with a callback, CommonJS and ES modules.
import { Agent, request } from 'node:http';
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const env = process.env;
const base = `http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body, headers = {}) {
  return new Promise((done, fail) => {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    if (bytes) headers = { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers };
    const req = request(base + path, { method, agent, headers }, (res) => {
      const parts = [];
      res.on('data', (part) => parts.push(part));
      res.on('error', fail);
      res.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        if (res.statusCode >= 300) fail(new Error(`Runtime API: ${method} ${path}: ${res.statusCode} ${text}`));
        else done({ headers: res.headers, text });
      });
    });
    req.on('error', fail);
    req.end(bytes);
  });
}

function describe(error) {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

const report = (path, error) =>
  call('POST', path, JSON.stringify(describe(error)), { 'Lambda-Runtime-Function-Error-Type': describe(error).errorType });

function named(name, message) {
  const error = new Error(message);
  error.name = name;
  return error;
}

async function load() {
  const spec = env._HANDLER ?? '';
  const [, file, exported] = /^([^.]*)\.(.+)$/.exec(basename(spec)) ?? [];
  if (!file) throw named('Runtime.MalformedHandlerName', `Bad handler ${spec}`);
  const stem = resolve(env.LAMBDA_TASK_ROOT ?? '.', dirname(spec), file);
  const path = ['.mjs', '.js', '.cjs'].map((extension) => stem + extension).find(existsSync);
  if (!path) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file}'`);
  const module = await import(pathToFileURL(path));
  const find = (root) => exported.split('.').reduce((value, name) => value?.[name], root);
  const handler = find(module) ?? find(module.default);
  if (handler === undefined) throw named('Runtime.HandlerNotFound', `${spec} is undefined or not exported`);
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${spec} is not a function`);
  return handler;
}

function makeContext(headers, settle) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: (error, result) => settle(error, result),
    succeed: (result) => settle(null, result),
    fail: (error) => settle(error ?? new Error('handled')),
  };
}

// emptied ends an invocation whose handler has left nothing to wait for.
let emptied = () => {};
process.on('beforeExit', () => emptied());

function run(handler, event, headers) {
  return new Promise((done, fail) => {
    const settle = (error, result) => (error === null || error === undefined ? done(result) : fail(error));
    emptied = () => done(null);
    const result = handler(event, makeContext(headers, settle), settle);
    if (typeof result?.then === 'function') result.then(done, fail);
  }).finally(() => {
    emptied = () => {};
  });
}

async function serve(handler) {
  for (;;) {
    const { headers, text } = await call('GET', '/invocation/next');
    const invocation = `/invocation/${headers['lambda-runtime-aws-request-id']}`;
    current = invocation;
    let answer;
    try {
      const result = await run(handler, JSON.parse(text), headers);
      answer = JSON.stringify(result === undefined ? null : result) ?? 'null';
    } catch (error) {
      console.error(error);
      current = null;
      await report(`${invocation}/error`, error);
      continue;
    }
    current = null;
    await call('POST', `${invocation}/response`, answer);
  }
}

let current = null;
for (const name of ['uncaughtException', 'unhandledRejection']) {
  process.on(name, async (error) => {
    console.error(error);
    const path = current ? `${current}/error` : '/init/error';
    await report(path, error).catch(() => {});
    process.exit(1);
  });
}

let handler;
try {
  handler = await load();
} catch (error) {
  console.error(error);
  await report('/init/error', error);
  process.exit(1);
}
serve(handler).catch((error) => {
  console.error(error);
  process.exit(1);
});
