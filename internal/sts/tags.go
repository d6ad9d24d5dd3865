package sts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/policy"
)

// sessionTags checks the tags of a request against those that the calling
// session hands down, and returns the session's tags and their transitive keys
// (IAM User Guide, "Passing session tags in AWS STS").
func sessionTags(requested map[string]string, transitive []string, caller *awswire.Principal) (tags map[string]string, keys []string, err error) {
	tags = map[string]string{}
	seen := map[string]bool{}
	for k, v := range requested {
		tags[k] = v
		seen[strings.ToLower(k)] = true
	}
	for _, k := range transitive {
		if !seen[strings.ToLower(k)] {
			return nil, nil, invalidParameter(msgTransitive)
		}
	}
	keys = append(keys, transitive...)
	for _, k := range caller.TransitiveTagKeys {
		if seen[strings.ToLower(k)] {
			return nil, nil, invalidParameter(msgInherited)
		}
		tags[k] = caller.SessionTags[k]
		keys = append(keys, k)
	}
	return tags, keys, nil
}

// tagMap turns tags into a map, and refuses keys that differ in case only.
func tagMap(list []types.Tag) (map[string]string, error) {
	tags, seen := map[string]string{}, map[string]bool{}
	for _, t := range list {
		low := strings.ToLower(deref(t.Key))
		if seen[low] {
			return nil, invalidParameter(msgDuplicateTags)
		}
		seen[low] = true
		tags[deref(t.Key)] = deref(t.Value)
	}
	return tags, nil
}

// maxPlaintext bounds the session policies of a request, inline and ARNs
// together; packedSpace is what their packed form and the tags may take.
const (
	maxPlaintext = 2048
	packedSpace  = 4096
)

// sessionPolicies checks the session policies of a request for a session in
// the account.
func (s *Service) sessionPolicies(ctx context.Context, account string, document *string, list []types.PolicyDescriptorType) (arns []string, err error) {
	size := 0
	if document != nil {
		size = len([]rune(*document))
		if err := policy.ValidateSession(*document); err != nil {
			var syntax *policy.SyntaxError
			if errors.As(err, &syntax) {
				return nil, malformedPolicy(syntax.Message)
			}
			return nil, err
		}
	}
	for _, d := range list {
		arn := deref(d.Arn)
		size += len(arn)
		found, err := s.iam.PolicyExists(ctx, account, arn)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, malformedPolicy(fmt.Sprintf(msgNoPolicy, arn))
		}
		arns = append(arns, arn)
	}
	if size > maxPlaintext {
		return nil, packedTooLarge(msgPlaintext)
	}
	return arns, nil
}

// packedSize is PackedPolicySize: how much of the space for policies and tags
// they take, in percent; nil when there are none. More than all of it is an
// error.
func packedSize(document string, arns []string, tags map[string]string) (*int32, error) {
	if document == "" && len(arns) == 0 && len(tags) == 0 {
		return nil, nil
	}
	var text strings.Builder
	text.WriteString(document)
	for _, a := range arns {
		text.WriteString(a)
	}
	for k, v := range tags {
		text.WriteString(k + "\x00" + v + "\x00")
	}
	packed, err := deflate([]byte(text.String()))
	if err != nil {
		return nil, err
	}
	percent := int32((len(packed)*100 + packedSpace - 1) / packedSpace)
	switch {
	case percent <= 100:
		return &percent, nil
	case document == "" && len(arns) == 0:
		return nil, packedTooLarge(msgPackedTags, percent)
	}
	return nil, packedTooLarge(msgPackedPolicy, percent)
}
