package sts

// AssumeRoleWithSAML

import (
	"context"
	"crypto/sha1" //nolint:gosec // NameQualifier is defined so
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/saml"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	msgSAMLProvider  = "Specified provider doesn't exist"
	msgSAMLInvalid   = "Your request included an invalid SAML response"
	msgSAMLSignature = "Response signature invalid"
	msgSAMLIssuer    = "Issuer not present in specified provider"
	msgSAMLAudience  = "The SAML response is not for this service"
	msgSAMLOld       = "Token must be redeemed within 5 minutes of issuance"
	msgSAMLName      = "RoleSessionName is required in AuthnResponse"
	msgSAMLNameForm  = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
	msgSAMLLength    = "The SessionDuration attribute of the SAML response is invalid"

	samlAttributes   = "https://aws.amazon.com/SAML/Attributes/"
	nameFormatPrefix = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
)

var sessionNameForm = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// AssumeRoleWithSAML gives the subject of a SAML assertion credentials of a role
// that the assertion names and whose trust policy allows it (STS API Reference,
// AssumeRoleWithSAML). The call is not signed.
func (s *Service) AssumeRoleWithSAML(ctx context.Context, in *sts.AssumeRoleWithSAMLInput) (*sts.AssumeRoleWithSAMLOutput, error) {
	account, err := roleAccount(deref(in.RoleArn))
	if err != nil {
		return nil, err
	}
	parts := strings.SplitN(deref(in.PrincipalArn), ":saml-provider/", 2)
	if len(parts) != 2 {
		return nil, validationError("%s is invalid", deref(in.PrincipalArn))
	}
	arns, err := s.sessionPolicies(ctx, account, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	owner := parts[0][strings.LastIndexByte(parts[0], ':')+1:]
	assertion, err := s.iam.VerifySAML(ctx, owner, deref(in.PrincipalArn), deref(in.SAMLAssertion))
	if err != nil {
		return nil, samlError(err)
	}
	if !samlNames(assertion, deref(in.RoleArn), deref(in.PrincipalArn)) {
		return nil, accessDenied(msgNotAuthorized, "AssumeRoleWithSAML")
	}
	a := &assumption{
		action: "sts:AssumeRoleWithSAML", roleARN: deref(in.RoleArn), duration: in.DurationSeconds,
		request: anonymous(awswire.CallOf(ctx), deref(in.PrincipalArn)), policy: deref(in.Policy), policyARNs: arns, provider: deref(in.PrincipalArn),
		minimumToken: in.MinimumSessionTokenSize,
	}
	qualifier := nameQualifier(assertion.Issuer, owner, parts[1])
	subjectType := strings.TrimPrefix(assertion.SubjectType, nameFormatPrefix)
	a.keys = map[string][]string{
		"saml:aud": {assertion.Recipient}, "saml:iss": {assertion.Issuer}, "saml:sub": {assertion.Subject}, "saml:sub_type": {subjectType},
		"saml:namequalifier": {qualifier}, "saml:doc": {owner + "/" + parts[1]},
	}
	a.sessionKeys = a.keys
	a.keys, a.multiKeys = addAttributes(a.keys, assertion)
	if err := describeSAML(a, assertion); err != nil {
		return nil, err
	}
	s.limitSAML(a, assertion)
	got, err := s.assume(ctx, a, func(action string, _ policy.Decision) error {
		return accessDenied(msgNotAuthorized, strings.TrimPrefix(action, "sts:"))
	})
	if err != nil {
		return nil, err
	}
	out := &sts.AssumeRoleWithSAMLOutput{
		Credentials: got.credentials.Credentials, AssumedRoleUser: got.user, PackedPolicySize: got.packed,
		SessionTokenSize: &got.credentials.size, SessionTokenUtilization: &got.credentials.utilization, Subject: &assertion.Subject, SubjectType: &subjectType,
		Issuer: &assertion.Issuer, Audience: &assertion.Recipient, NameQualifier: &qualifier,
	}
	if a.sourceIdentity != "" {
		out.SourceIdentity = &a.sourceIdentity
	}
	return out, nil
}

func samlError(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return invalidToken(msgSAMLProvider)
	case errors.Is(err, saml.ErrExpired):
		return tokenExpired(msgSAMLOld)
	case errors.Is(err, saml.ErrSignature):
		return invalidToken(msgSAMLSignature)
	case errors.Is(err, saml.ErrIssuer):
		return invalidToken(msgSAMLIssuer)
	case errors.Is(err, saml.ErrAudience):
		return invalidToken(msgSAMLAudience)
	case errors.Is(err, saml.ErrMalformed), errors.Is(err, saml.ErrNotYetValid), errors.Is(err, saml.ErrStatus):
		return invalidToken(msgSAMLInvalid)
	}
	return err
}

// samlNames tells whether the assertion offers the role with the provider; the
// two stand in either order.
func samlNames(a *saml.Assertion, role, provider string) bool {
	return slices.ContainsFunc(a.Attributes[samlAttributes+"Role"], func(v string) bool {
		first, second, _ := strings.Cut(v, ",")
		first, second = strings.TrimSpace(first), strings.TrimSpace(second)
		return first == role && second == provider || first == provider && second == role
	})
}

func nameQualifier(issuer, account, provider string) string {
	sum := sha1.Sum([]byte(issuer + account + "/" + provider)) //nolint:gosec // an identifier, not a proof
	return base64.StdEncoding.EncodeToString(sum[:])
}

// describeSAML takes session name, tags, source identity and duration from the
// assertion's attributes.
func describeSAML(a *assumption, assertion *saml.Assertion) error {
	one := func(name string) string {
		if v := assertion.Attributes[samlAttributes+name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	if a.sessionName = one("RoleSessionName"); a.sessionName == "" {
		return invalidToken(msgSAMLName)
	}
	if !sessionNameForm.MatchString(a.sessionName) {
		return invalidToken(msgSAMLNameForm)
	}
	a.sourceIdentity = one("SourceIdentity")
	requested, seen := map[string]string{}, map[string]bool{}
	for name, values := range assertion.Attributes {
		key, ok := strings.CutPrefix(name, samlAttributes+"PrincipalTag:")
		if !ok || len(values) == 0 {
			continue
		}
		if seen[strings.ToLower(key)] || len(values) > 1 {
			return invalidParameter(msgDuplicateTags)
		}
		seen[strings.ToLower(key)] = true
		requested[key] = values[0]
	}
	var err error
	a.tags, a.transitive, err = sessionTags(requested, assertion.Attributes[samlAttributes+"TransitiveTagKeys"], &awswire.Principal{})
	if err != nil {
		return err
	}
	if text := one("SessionDuration"); text != "" && a.duration == nil {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil || seconds < 900 || seconds > 43200 {
			return invalidToken(msgSAMLLength)
		}
		short := int32(seconds)
		a.duration = &short
	}
	return nil
}

// limitSAML ends the session no later than the provider's.
func (s *Service) limitSAML(a *assumption, assertion *saml.Assertion) {
	if assertion.SessionEnds.IsZero() {
		return
	}
	left := assertion.SessionEnds.Sub(s.clock.Now())
	if a.duration == nil && left < defaultDuration || a.duration != nil && left < time.Duration(*a.duration)*time.Second {
		seconds := int32(max(left, 0) / time.Second)
		a.duration = &seconds
	}
}
