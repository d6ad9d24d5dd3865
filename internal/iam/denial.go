package iam

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/policy"
)

// denialDetails is the JSON object that DecodeAuthorizationMessage returns
// (STS API Reference, DecodeAuthorizationMessage, and the IAM User Guide,
// "Troubleshoot access denied error messages"). Lists are objects with items.
type denialDetails struct {
	Allowed           bool                    `json:"allowed"`
	ExplicitDeny      bool                    `json:"explicitDeny"`
	MatchedStatements items[matchedStatement] `json:"matchedStatements"`
	Failures          items[value]            `json:"failures"`
	Context           denialContext           `json:"context"`
}

type items[T any] struct {
	Items []T `json:"items"`
}

type value struct {
	Value string `json:"value"`
}

type conditionValues struct {
	Key    string       `json:"key"`
	Values items[value] `json:"values"`
}

type matchedStatement struct {
	StatementID     string                 `json:"statementId"`
	Effect          string                 `json:"effect"`
	Principals      items[value]           `json:"principals"`
	PrincipalGroups items[value]           `json:"principalGroups"`
	Actions         items[value]           `json:"actions"`
	Resources       items[value]           `json:"resources"`
	Conditions      items[conditionValues] `json:"conditions"`
}

type denialContext struct {
	Principal  denialPrincipal        `json:"principal"`
	Action     string                 `json:"action"`
	Resource   string                 `json:"resource"`
	Conditions items[conditionValues] `json:"conditions"`
}

type denialPrincipal struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	ARN  string `json:"arn"`
}

// detailsOf tells how a refusal came about: whether a statement denied, which,
// and what it was decided on.
func detailsOf(p *awswire.Principal, req *policy.Request, d policy.Decision) ([]byte, error) {
	x := denialDetails{
		Allowed: d.Allowed, ExplicitDeny: d.ExplicitDeny,
		MatchedStatements: items[matchedStatement]{Items: []matchedStatement{}}, Failures: valuesOf(nil),
		Context: denialContext{Principal: denialPrincipal{ID: p.UserID, Name: p.Name, ARN: p.ARN}, Action: req.Action, Resource: req.Resource},
	}
	if s := d.Statement.Statement(); s != nil {
		x.MatchedStatements.Items = append(x.MatchedStatements.Items, describe(s, p))
	}
	given := map[string][]string{}
	for k, v := range req.Context.All() {
		given[k] = v.Strings()
	}
	x.Context.Conditions.Items = []conditionValues{}
	for _, k := range slices.Sorted(maps.Keys(given)) {
		x.Context.Conditions.Items = append(x.Context.Conditions.Items, conditionValues{k, valuesOf(given[k])})
	}
	return json.Marshal(&x)
}

func describe(s *policy.Statement, p *awswire.Principal) matchedStatement {
	effect := "DENY"
	if s.IsAllow() {
		effect = "ALLOW"
	}
	m := matchedStatement{
		StatementID: s.Sid(), Effect: effect, Principals: valuesOf([]string{strings.SplitN(p.UserID, ":", 2)[0]}), PrincipalGroups: valuesOf(nil),
		Actions: valuesOf(s.Actions()), Resources: valuesOf(s.Resources()), Conditions: items[conditionValues]{Items: []conditionValues{}},
	}
	s.Conditions(func(key string, values []string) bool {
		m.Conditions.Items = append(m.Conditions.Items, conditionValues{key, valuesOf(values)})
		return true
	})
	return m
}

func valuesOf(texts []string) items[value] {
	return items[value]{Items: mapSlice(texts, func(t string) value { return value{t} })}
}
