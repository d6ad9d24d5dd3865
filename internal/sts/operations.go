package sts

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Table returns the operations of STS.
func (s *Service) Table() *awswire.Table {
	return awswire.NewTable(awswire.STS, map[string]*awswire.Handler{
		"AssumeRole":                 awswire.Handle(s.AssumeRole),
		"AssumeRoleWithSAML":         awswire.Handle(s.AssumeRoleWithSAML),
		"AssumeRoleWithWebIdentity":  awswire.Handle(s.AssumeRoleWithWebIdentity),
		"AssumeRoot":                 awswire.Handle(s.AssumeRoot),
		"DecodeAuthorizationMessage": awswire.Handle(s.DecodeAuthorizationMessage),
		"GetAccessKeyInfo":           awswire.Handle(s.GetAccessKeyInfo),
		"GetCallerIdentity":          awswire.Handle(s.GetCallerIdentity),
		"GetDelegatedAccessToken":    awswire.Handle(s.GetDelegatedAccessToken),
		"GetFederationToken":         awswire.Handle(s.GetFederationToken),
		"GetScopedCredentials":       awswire.Handle(s.GetScopedCredentials),
		"GetSessionToken":            awswire.Handle(s.GetSessionToken),
		"GetWebIdentityToken":        awswire.Handle(s.GetWebIdentityToken),
	}, s.access)
}

// access lists the permissions of an operation. AssumeRole has none here, since
// its decision needs the role's trust policy; GetCallerIdentity and
// GetSessionToken need none.
func (s *Service) access(ctx context.Context, operation string, in any) ([]awswire.Access, error) {
	account := awswire.CallOf(ctx).Account
	switch operation {
	case "AssumeRole", "GetCallerIdentity", "GetSessionToken":
		return nil, nil
	case "GetFederationToken":
		in := in.(*sts.GetFederationTokenInput)
		return tagged(awswire.Access{Action: "sts:GetFederationToken", Resource: federatedARN(account, deref(in.Name))}, in.Tags), nil
	case "AssumeRoot":
		return nil, nil
	case "GetWebIdentityToken":
		in := in.(*sts.GetWebIdentityTokenInput)
		keys := map[string][]string{"sts:IdentityTokenAudience": in.Audience, "sts:SigningAlgorithm": {deref(in.SigningAlgorithm)}}
		if in.DurationSeconds != nil {
			keys["sts:DurationSeconds"] = []string{strconv.Itoa(int(*in.DurationSeconds))}
		}
		list := tagged(awswire.Access{Action: "sts:GetWebIdentityToken", Resource: "*", Keys: keys}, in.Tags)
		if len(list) > 1 {
			list[1].Action = "sts:TagGetWebIdentityToken"
		}
		return list, nil
	}
	return []awswire.Access{{Action: "sts:" + operation, Resource: "*"}}, nil
}

// tagged adds what giving tags needs.
func tagged(a awswire.Access, tags []types.Tag) []awswire.Access {
	if len(tags) == 0 {
		return []awswire.Access{a}
	}
	if a.Keys == nil {
		a.Keys = map[string][]string{}
	}
	for _, t := range tags {
		a.Keys["aws:RequestTag/"+deref(t.Key)] = []string{deref(t.Value)}
		a.Keys["aws:TagKeys"] = append(a.Keys["aws:TagKeys"], deref(t.Key))
	}
	return []awswire.Access{a, {Action: "sts:TagSession", Resource: a.Resource, Keys: a.Keys}}
}
