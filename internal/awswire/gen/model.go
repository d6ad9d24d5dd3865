package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// model is one service's model: operations and shapes.
type model struct {
	Operations map[string]*operation
	Shapes     map[string]*shape
}

type ref struct{ Shape string }

type operation struct {
	Input, Output *ref
	Errors        []ref
	Authtype      string
}

type shape struct {
	Type       string
	Members    map[string]ref
	Required   []string
	Member     *ref
	Key, Value *ref
	Min, Max   *float64
	Pattern    string
	Enum       []string
	Sensitive  bool
	Exception  bool
	Fault      bool
	Error      *struct {
		Code           string
		HTTPStatusCode int
	}
	// added marks shapes of the newest clients, which keep every member.
	added bool
}

// additions is what the newest clients have beyond the model.
type additions struct {
	NewOperations map[string]struct{ Input, Output string }
	NewMembers    map[string]map[string]json.RawMessage
	NewShapes     map[string]struct {
		Members  map[string]json.RawMessage
		Required []string
	}
}

func load(dir, service string) (*model, error) {
	var m model
	if err := readJSON(filepath.Join(dir, service+".json"), &m); err != nil {
		return nil, err
	}
	var all map[string]additions
	if err := readJSON(filepath.Join(dir, "newest-additions.json"), &all); err != nil {
		return nil, err
	}
	return &m, m.add(service, all[service])
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (m *model) add(service string, a additions) error {
	for name, s := range a.NewShapes {
		m.Shapes[name] = &shape{Type: "structure", Members: map[string]ref{}, Required: s.Required, added: true}
	}
	for name, s := range a.NewShapes {
		if err := m.addMembers(service, name, s.Members); err != nil {
			return err
		}
	}
	for name, members := range a.NewMembers {
		if err := m.addMembers(service, name, members); err != nil {
			return err
		}
	}
	for name, o := range a.NewOperations {
		op := &operation{Input: &ref{o.Input}, Output: &ref{o.Output}}
		for _, e := range newErrors[service][name] {
			op.Errors = append(op.Errors, ref{e})
		}
		if newUnsigned[name] {
			op.Authtype = "none"
		}
		m.Operations[name] = op
	}
	for name, s := range newErrorShapes[service] {
		m.Shapes[name] = s
	}
	for name, values := range newValues[service] {
		m.Shapes[name].Enum = append(m.Shapes[name].Enum, values...)
	}
	for _, name := range unenforced[service] {
		m.Shapes[name].Pattern = ""
	}
	return nil
}

func (m *model) addMembers(service, owner string, members map[string]json.RawMessage) error {
	into, ok := m.Shapes[owner]
	if !ok {
		return fmt.Errorf("%s: members for the unknown shape %s", service, owner)
	}
	for _, name := range sortedKeys(members) {
		if c, ok := newConstraints[service][owner+"."+name]; ok {
			m.Shapes[owner+"."+name] = &c
			into.Members[name] = ref{owner + "." + name}
			continue
		}
		if old, ok := sameNamed[service][name]; ok {
			into.Members[name] = ref{old}
			continue
		}
		r, err := m.addType(owner+"."+name, members[name])
		if err != nil {
			return err
		}
		into.Members[name] = r
	}
	return nil
}

// addType gives the shape of a member's type as the additions describe it: a
// primitive's name, or an object that says shape, simple, list or map.
func (m *model) addType(name string, raw json.RawMessage) (ref, error) {
	var primitive string
	if json.Unmarshal(raw, &primitive) == nil {
		m.Shapes[name] = &shape{Type: primitive, added: true}
		return ref{name}, nil
	}
	var t struct {
		Shape, Simple, Type string
		List                json.RawMessage
		Map                 *struct{ Key, Value json.RawMessage }
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return ref{}, fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case t.Shape != "":
		return ref{t.Shape}, nil
	case t.Simple != "" && m.Shapes[t.Simple] != nil:
		return ref{t.Simple}, nil
	case t.List != nil:
		elem, err := m.addType(name+".member", t.List)
		m.Shapes[name] = &shape{Type: "list", Member: &elem, added: true}
		return ref{name}, err
	case t.Map != nil:
		value, err := m.addType(name+".value", t.Map.Value)
		m.Shapes[name+".key"] = &shape{Type: "string", added: true}
		m.Shapes[name] = &shape{Type: "map", Key: &ref{name + ".key"}, Value: &value, added: true}
		return ref{name}, err
	}
	m.Shapes[name] = &shape{Type: "string", added: true}
	return ref{name}, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
