"""A client of the Lambda Runtime API for handlers in Python."""
import http.client
import importlib
import json
import os
import sys
import time
import traceback

HOST, _, PREFIX = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
BASE = ("/" + PREFIX if PREFIX else "") + "/2018-06-01/runtime"
connection = http.client.HTTPConnection(HOST)


def call(method, path, body=None, headers=None):
    connection.request(method, BASE + path, body, {"Content-Type": "application/json", **(headers or {})})
    response = connection.getresponse()
    text = response.read()
    if response.status >= 300:
        raise RuntimeError("Runtime API: %s %s: %d %s" % (method, path, response.status, text))
    return response.headers, text


def report(path, error, kind=None):
    print("".join(traceback.format_exception(type(error), error, error.__traceback__)), file=sys.stderr, end="")
    kind = kind or type(error).__name__
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
    body = {"errorMessage": str(error), "errorType": kind, "stackTrace": frames}
    call("POST", path, json.dumps(body), {"Lambda-Runtime-Function-Error-Type": kind})


def load():
    spec = os.environ.get("_HANDLER", "")
    module, dot, function = spec.rpartition(".")
    if not dot:
        raise ValueError("Bad handler '%s': not enough values to unpack (expected 2, got 1)" % spec)
    sys.path.insert(0, os.environ.get("LAMBDA_TASK_ROOT", "."))
    return getattr(importlib.import_module(module.replace("/", ".")), function)


class Context:
    def __init__(self, headers):
        env = os.environ
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.identity = None
        self.client_context = None
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))


def main():
    try:
        handler = load()
    except Exception as error:
        report("/init/error", error, "Runtime.ImportModuleError" if isinstance(error, ImportError) else None)
        sys.exit(1)
    while True:
        headers, event = call("GET", "/invocation/next")
        invocation = "/invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            answer = json.dumps(handler(json.loads(event), Context(headers)))
        except Exception as error:
            report(invocation + "/error", error)
            continue
        call("POST", invocation + "/response", answer.encode())


main()
