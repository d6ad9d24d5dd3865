import os
import sys


def handler(event, context):
    if event.get("do") == "raise":
        raise ValueError(event["value"])
    if event.get("do") == "exit":
        os._exit(3)
    if event.get("do") == "set":
        return {1, 2}
    if event.get("do") == "print":
        print(event["value"])
        print(event["value"].upper(), file=sys.stderr)
    left = context.get_remaining_time_in_millis() > 0
    return {**event, "left": left, "arn": context.invoked_function_arn, "name": context.function_name, "é": "ü"}
