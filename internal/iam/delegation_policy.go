package iam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

// A template is a managed policy of the requestor, or of AWS. @{Name} in a text
// of it stands for the parameter's value; a text that is nothing else may stand
// for the values of a list.
const (
	msgTemplateMissing   = "The policy template %s cannot be found."
	msgParameterTwice    = "The policy parameter %s occurs twice."
	msgParameterValues   = "The policy parameter %s must have exactly one value unless it is a stringList."
	msgParameterUnknown  = "The policy template has no parameter %s."
	msgParameterMissing  = "The policy parameter %s is missing."
	msgParameterList     = "The policy parameter %s is a list, and the template uses it inside a text."
	msgDelegationInvalid = "The policy that the template gives is not valid: %s"
)

var parameterForm = regexp.MustCompile(`@\{([A-Za-z0-9_.-]+)\}`)

// delegatedPolicy fills in the parameters of a request's template.
func (s *Service) delegatedPolicy(tx *store.Tx, account string, in *types.DelegationPermission) (string, error) {
	arn := deref(in.PolicyTemplateArn)
	if err := s.policyExists(tx, account, arn, invalidInput(msgTemplateMissing, arn)); err != nil {
		return "", err
	}
	template, err := s.documentOf(tx, arn, "")
	if err != nil {
		return "", err
	}
	filler := templateFiller{values: map[string]types.PolicyParameter{}, used: map[string]bool{}}
	for _, p := range in.Parameters {
		name := deref(p.Name)
		if _, twice := filler.values[name]; twice {
			return "", invalidInput(msgParameterTwice, name)
		}
		if p.Type != types.PolicyParameterTypeEnumStringList && len(p.Values) != 1 {
			return "", invalidInput(msgParameterValues, name)
		}
		filler.values[name] = p
	}
	document, err := filler.fill(template)
	if err != nil {
		return "", err
	}
	var syntax *policy.SyntaxError
	if err := policy.ValidateIdentity(document); errors.As(err, &syntax) {
		return "", invalidInput(msgDelegationInvalid, syntax.Message)
	}
	if policy.Size(document) > s.quotas.PolicySize {
		return "", limitExceeded("Cannot exceed quota for PolicySize: %d", s.quotas.PolicySize)
	}
	return document, nil
}

type templateFiller struct {
	values map[string]types.PolicyParameter
	used   map[string]bool
}

func (f *templateFiller) fill(template string) (string, error) {
	var v any
	in := json.NewDecoder(strings.NewReader(template))
	in.UseNumber()
	if err := in.Decode(&v); err != nil {
		return "", err
	}
	v, err := f.value(v)
	if err != nil {
		return "", err
	}
	for name := range f.values {
		if !f.used[name] {
			return "", invalidInput(msgParameterUnknown, name)
		}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

func (f *templateFiller) value(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return f.text(v)
	case map[string]any:
		for k, item := range v {
			filled, err := f.value(item)
			if err != nil {
				return nil, err
			}
			v[k] = filled
		}
	case []any:
		return f.list(v)
	}
	return v, nil
}

// list puts the values of a list parameter in its place among the others.
func (f *templateFiller) list(items []any) (any, error) {
	out := make([]any, 0, len(items))
	for _, item := range items {
		filled, err := f.value(item)
		if err != nil {
			return nil, err
		}
		if _, isText := item.(string); isText {
			if several, ok := filled.([]any); ok {
				out = append(out, several...)
				continue
			}
		}
		out = append(out, filled)
	}
	return out, nil
}

func (f *templateFiller) text(v string) (any, error) {
	if m := parameterForm.FindStringSubmatch(v); m != nil && m[0] == v {
		p, ok := f.values[m[1]]
		if !ok {
			return nil, invalidInput(msgParameterMissing, m[1])
		}
		f.used[m[1]] = true
		if p.Type == types.PolicyParameterTypeEnumStringList {
			return mapSlice(p.Values, func(one string) any { return one }), nil
		}
		return p.Values[0], nil
	}
	var failed error
	filled := parameterForm.ReplaceAllStringFunc(v, func(m string) string {
		name := m[2 : len(m)-1]
		p, ok := f.values[name]
		switch {
		case !ok:
			failed = errors.Join(failed, invalidInput(msgParameterMissing, name))
		case p.Type == types.PolicyParameterTypeEnumStringList:
			failed = errors.Join(failed, invalidInput(msgParameterList, name))
		default:
			f.used[name] = true
			return p.Values[0]
		}
		return m
	})
	return filled, failed
}

// boundariesOf are the permissions boundaries that a policy demands of the
// roles that it lets create.
func boundariesOf(document string) []string {
	p, err := policy.Parse(document)
	if err != nil {
		return nil
	}
	var arns []string
	for _, st := range p.Statements() {
		if !st.IsAllow() || !slices.ContainsFunc(st.Actions(), func(a string) bool { return strings.EqualFold(a, "iam:CreateRole") }) {
			continue
		}
		for key, values := range st.Conditions {
			if strings.EqualFold(key, "iam:PermissionsBoundary") {
				arns = append(arns, values...)
			}
		}
	}
	return arns
}

// covers tells whether the caller could do what a policy allows. What the
// policy writes with wildcards is held against the caller's policies as it
// stands, which is an approximation.
func (s *Service) covers(ctx context.Context, document string) (types.PermissionCheckResultType, error) {
	call := awswire.CallOf(ctx)
	req, in, err := s.Evaluation(ctx, call)
	if errors.Is(err, store.ErrNotFound) {
		err = sigv4.ErrUnknownKey
	}
	if err != nil {
		return "", err
	}
	if call.Principal.Kind == awswire.Root {
		in.Identity = []*policy.Policy{everything}
	}
	wanted, err := policy.Parse(document)
	if err != nil {
		return "", err
	}
	result := types.PermissionCheckResultTypeAllowed
	for _, st := range wanted.Statements() {
		switch one := coversStatement(req, in, st); one {
		case types.PermissionCheckResultTypeDenied:
			return one, nil
		case types.PermissionCheckResultTypeUnsure:
			result = one
		}
	}
	return result, nil
}

func coversStatement(base *policy.Request, in *policy.Inputs, st *policy.Statement) types.PermissionCheckResultType {
	switch {
	case !st.IsAllow():
		return types.PermissionCheckResultTypeAllowed
	case st.NotAction() || st.NotResource():
		return types.PermissionCheckResultTypeUnsure
	}
	result := types.PermissionCheckResultTypeAllowed
	for _, action := range st.Actions() {
		for _, resource := range st.Resources() {
			req := *base
			req.Action, req.Resource = action, resource
			if action == "*" {
				req.Action = "*:*"
			}
			x := policy.Explain(&req, in)
			switch {
			case x.Allowed:
			case !x.ExplicitDeny && len(x.MissingContext) > 0:
				result = types.PermissionCheckResultTypeUnsure
			default:
				return types.PermissionCheckResultTypeDenied
			}
		}
	}
	return result
}
