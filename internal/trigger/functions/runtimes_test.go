package functions_test

import (
	"strings"
	"testing"
)

func TestNode(t *testing.T) {
	t.Parallel()
	h := start(t, `functions:
  - {name: f, runtime: nodejs, dir: node, handler: index.handler, timeout: 10s}
  - {name: slow, runtime: nodejs, dir: node, handler: index.handler, timeout: 500ms}
  - {name: old, runtime: nodejs, dir: node, handler: index.old, timeout: 10s}
  - {name: nested, runtime: nodejs, dir: node, handler: index.nested.deep.handler, timeout: 10s}
  - {name: common, runtime: nodejs, dir: node, handler: lib/common.handler, timeout: 10s}
`)
	v := h.result("f", `{"value":"hallöchen"}`)
	if v["value"] != "hallöchen" || v["helped"] != true || v["left"] != true || v["arn"] != prefix+"f" || v["name"] != "f" {
		t.Errorf("answer %v", v)
	}
	if kind, message := h.failure("f", `{"do":"raise","value":"no"}`); kind != "TypeError" || message != "no" {
		t.Errorf("raised %s: %s", kind, message)
	}
	if kind, message := h.failure("f", `{"do":"text","value":"no"}`); kind != "string" || message != "no" {
		t.Errorf("raised %s: %s", kind, message)
	}
	if out := h.invoke("f", `{"do":"nothing"}`); out.Failed || string(out.Payload) != "null" {
		t.Errorf("nothing is %s", out.Payload)
	}
	// A promise that nothing can settle leaves Node.js with nothing to do.
	if out := h.invoke("f", `{"do":"hang"}`); out.Failed || string(out.Payload) != "null" {
		t.Errorf("a hanging promise is %s", out.Payload)
	}
	if kind, _ := h.failure("slow", `{"do":"sleep","millis":60000}`); kind != "Sandbox.Timedout" {
		t.Errorf("a time-out is %s", kind)
	}
	if kind, message := h.failure("f", `{"do":"stray","value":"later"}`); kind != "Error" || message != "later" {
		t.Errorf("a stray error is %s: %s", kind, message)
	}
	if kind, _ := h.failure("f", `{"do":"exit"}`); kind != "Runtime.ExitError" {
		t.Errorf("an exit is %s", kind)
	}
	h.invoke("f", `{"do":"print","value":"quite a line"}`)
	h.log.waitFor(t, `msg="quite a line" function=f stream=stdout`)
	h.log.waitFor(t, `msg="QUITE A LINE" function=f stream=stderr`)

	if v := h.result("old", `{"value":1}`); v["helped"] != true {
		t.Errorf("by callback: %v", v)
	}
	if v := h.result("old", `{"do":"done"}`); v["done"] != true {
		t.Errorf("by context: %v", v)
	}
	if out := h.invoke("old", `{"do":"never"}`); out.Failed || string(out.Payload) != "null" {
		t.Errorf("without a callback: %s", out.Payload)
	}
	if kind, message := h.failure("old", `{"do":"raise","value":"no"}`); kind != "Error" || message != "no" {
		t.Errorf("raised by callback %s: %s", kind, message)
	}
	if out := h.invoke("nested", `{}`); string(out.Payload) != `"deep"` {
		t.Errorf("a nested handler: %s", out.Payload)
	}
	if v := h.result("common", `{}`); v["common"] != true {
		t.Errorf("a CommonJS module: %v", v)
	}
}

func TestNodeDoesNotStart(t *testing.T) {
	t.Parallel()
	h := start(t, `functions:
  - {name: no-file, runtime: nodejs, dir: node, handler: other.handler}
  - {name: no-export, runtime: nodejs, dir: node, handler: index.other}
  - {name: no-function, runtime: nodejs, dir: node, handler: index.number}
  - {name: broken, runtime: nodejs, dir: node, handler: broken.handler}
`)
	for name, want := range map[string]string{
		"no-file": "Runtime.ImportModuleError", "no-export": "Runtime.HandlerNotFound", "no-function": "Runtime.HandlerNotFound", "broken": "RangeError",
	} {
		if kind, message := h.failure(name, `{}`); kind != want || message == "" {
			t.Errorf("%s is %s: %s", name, kind, message)
		}
	}
}

func TestPython(t *testing.T) {
	t.Parallel()
	h := start(t, `functions:
  - {name: f, runtime: python, dir: python, handler: index.handler, timeout: 10s}
  - {name: no-file, runtime: python, dir: python, handler: other.handler}
  - {name: no-function, runtime: python, dir: python, handler: index.other}
`)
	v := h.result("f", `{"value":"hallöchen"}`)
	if v["value"] != "hallöchen" || v["é"] != "ü" || v["left"] != true || v["arn"] != prefix+"f" || v["name"] != "f" {
		t.Errorf("answer %v", v)
	}
	if kind, message := h.failure("f", `{"do":"raise","value":"nö"}`); kind != "ValueError" || message != "nö" {
		t.Errorf("raised %s: %s", kind, message)
	}
	if kind, message := h.failure("f", `{"do":"set"}`); kind != "TypeError" || !strings.Contains(message, "JSON") {
		t.Errorf("what is not JSON is %s: %s", kind, message)
	}
	if kind, _ := h.failure("f", `{"do":"exit"}`); kind != "Runtime.ExitError" {
		t.Errorf("an exit is %s", kind)
	}
	h.invoke("f", `{"do":"print","value":"quite a line"}`)
	h.log.waitFor(t, `msg="quite a line" function=f stream=stdout`)
	h.log.waitFor(t, `msg="QUITE A LINE" function=f stream=stderr`)
	if kind, _ := h.failure("no-file", `{}`); kind != "Runtime.ImportModuleError" {
		t.Errorf("without a file it is %s", kind)
	}
	if kind, _ := h.failure("no-function", `{}`); kind != "AttributeError" {
		t.Errorf("without a function it is %s", kind)
	}
}
