package sts

// AssumeRoleWithWebIdentity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/oidc"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
	"github.com/poolhouse-id/poolhouse/policy"
)

// googleProvider is the other built-in OpenID Connect provider.
const googleProvider = "accounts.google.com"

// webIdentity is a verified web identity token.
type webIdentity struct {
	issuer string
	// provider is the principal of trust policies, host the prefix of the
	// provider's condition keys.
	provider, host string
	builtin        bool
	claims         token.Claims
	// audience is the claim aud; of Google's tokens azp where there is one.
	audience string
}

// AssumeRoleWithWebIdentity gives the holder of an OpenID Connect token
// credentials of a role whose trust policy allows it (STS API Reference,
// AssumeRoleWithWebIdentity). The call is not signed. The token is one of an
// identity pool or of Google, or of a provider that the role's account has in
// IAM, such as a user pool; with ProviderId it is an access token of Facebook or
// of Login with Amazon.
func (s *Service) AssumeRoleWithWebIdentity(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	account, err := roleAccount(deref(in.RoleArn))
	if err != nil {
		return nil, err
	}
	arns, err := s.sessionPolicies(ctx, account, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	w, err := s.verifyWebIdentity(ctx, account, in)
	if err != nil {
		return nil, err
	}
	a := &assumption{
		action: "sts:AssumeRoleWithWebIdentity", roleARN: deref(in.RoleArn), sessionName: deref(in.RoleSessionName), duration: in.DurationSeconds,
		request: anonymous(awswire.CallOf(ctx), w.provider), keys: w.keys(), policy: deref(in.Policy), policyARNs: arns, provider: w.provider,
		minimumToken: in.MinimumSessionTokenSize,
	}
	if w.builtin {
		a.sessionKeys = maps.Clone(a.keys)
		maps.DeleteFunc(a.sessionKeys, func(k string, _ []string) bool {
			return !slices.Contains(w.lasting(), k)
		})
	}
	if err := w.describe(a); err != nil {
		return nil, err
	}
	got, err := s.assume(ctx, a, func(action string, _ policy.Decision) error {
		return accessDenied(msgNotAuthorized, strings.TrimPrefix(action, "sts:"))
	})
	if err != nil {
		return nil, err
	}
	subject := w.claims.String("sub")
	out := &sts.AssumeRoleWithWebIdentityOutput{
		Credentials: got.credentials.Credentials, AssumedRoleUser: got.user, PackedPolicySize: got.packed,
		SessionTokenSize: &got.credentials.size, SessionTokenUtilization: &got.credentials.utilization,
		SubjectFromWebIdentityToken: &subject, Provider: &w.issuer, Audience: &w.audience,
	}
	if a.sourceIdentity != "" {
		out.SourceIdentity = &a.sourceIdentity
	}
	return out, nil
}

// issuerOf reads the issuer of a token that is not verified yet.
func issuerOf(jwt string) (issuer string, ok bool) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return "", false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", false
	}
	var claims struct{ Iss, Sub string }
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", false
	}
	return claims.Iss, claims.Iss != "" && claims.Sub != ""
}

func (s *Service) verifyWebIdentity(ctx context.Context, account string, in *sts.AssumeRoleWithWebIdentityInput) (*webIdentity, error) {
	if in.ProviderId != nil {
		return s.verifyAccessToken(ctx, *in.ProviderId, deref(in.WebIdentityToken))
	}
	return s.verifyJWT(ctx, account, deref(in.WebIdentityToken))
}

// verifyJWT finds the token's provider for a role of the account and verifies
// the token.
func (s *Service) verifyJWT(ctx context.Context, account, jwt string) (*webIdentity, error) {
	issuer, ok := issuerOf(jwt)
	if !ok || s.tokens == nil {
		return nil, invalidToken(msgNotJWT)
	}
	w := &webIdentity{issuer: issuer, host: trimScheme(issuer)}
	var clientIDs []string
	switch w.host {
	case cognitoProvider, googleProvider:
		w.provider, w.builtin = w.host, true
	default:
		var err error
		w.provider, clientIDs, err = s.iam.OIDCProvider(ctx, account, issuer)
		if errors.Is(err, store.ErrNotFound) {
			return nil, invalidToken(msgNoProvider, issuer)
		}
		if err != nil {
			return nil, err
		}
	}
	claims, err := s.verifyClaims(ctx, w, jwt)
	if err != nil {
		return nil, err
	}
	w.claims = claims
	audiences := claims.Strings("aud")
	if azp := claims.String("azp"); w.host == googleProvider && azp != "" {
		audiences = []string{azp}
	}
	for _, aud := range audiences {
		if w.builtin || slices.Contains(clientIDs, aud) {
			w.audience = aud
			break
		}
	}
	if w.audience == "" {
		return nil, invalidToken(msgAudience)
	}
	return w, nil
}

func trimScheme(issuer string) string {
	if i := strings.Index(issuer, "://"); i >= 0 {
		return issuer[i+3:]
	}
	return issuer
}

// verifyClaims verifies signature and times, with this server's keys where they
// are its own.
func (s *Service) verifyClaims(ctx context.Context, w *webIdentity, jwt string) (token.Claims, error) {
	claims, ours, err := s.tokens.Own(ctx, w.issuer, jwt)
	if !ours {
		issuer := w.issuer
		if w.host == googleProvider {
			issuer = "https://" + googleProvider
		}
		claims, err = s.tokens.Foreign(ctx, issuer, jwt)
	}
	var expired *token.ExpiredError
	switch {
	case err == nil:
		return claims, nil
	case errors.As(err, &expired):
		return nil, tokenExpired(msgExpired, expired.Now.Unix(), expired.Expired.Unix())
	case errors.Is(err, oidc.ErrUnavailable):
		s.log.InfoContext(ctx, "identity provider does not answer", "issuer", w.issuer, "error", err)
		return nil, invalidToken(msgNoKey)
	case errors.Is(err, token.ErrMalformed), errors.Is(err, token.ErrAlgorithm):
		return nil, invalidToken(msgNotJWT)
	case errors.Is(err, token.ErrUnknownKey), errors.Is(err, token.ErrSignature), errors.Is(err, token.ErrIssuer), errors.Is(err, token.ErrNotYetValid):
		return nil, invalidToken(msgSignature)
	}
	return nil, err
}

// keys are the provider's condition keys ("Available keys for AWS web identity
// federation", IAM User Guide).
func (w *webIdentity) keys() map[string][]string {
	if user, ok := userKey[w.host]; ok {
		return map[string][]string{w.host + ":app_id": {w.audience}, w.host + user: {w.claims.String("sub")}}
	}
	keys := map[string][]string{w.host + ":aud": {w.audience}, w.host + ":sub": {w.claims.String("sub")}}
	if amr := w.claims.Strings("amr"); len(amr) > 0 {
		keys[w.host+":amr"] = amr
	}
	if w.host == googleProvider {
		if aud := w.claims.Strings("aud"); len(aud) > 0 {
			keys[w.host+":oaud"] = aud[:1]
		}
	}
	for _, name := range []string{"azp", "email"} {
		if v := w.claims.String(name); v != "" && w.host != cognitoProvider && (name == "email" || w.host != googleProvider) {
			keys[w.host+":"+name] = []string{v}
		}
	}
	w.addClaims(keys)
	return keys
}

const (
	tagsClaim           = "https://aws.amazon.com/tags"
	sourceIdentityClaim = "https://aws.amazon.com/source_identity"
)

// describe takes session tags and source identity from the token's claims
// (IAM User Guide, "Passing session tags using AssumeRoleWithWebIdentity").
func (w *webIdentity) describe(a *assumption) error {
	a.sourceIdentity = w.claims.String(sourceIdentityClaim)
	value, ok := w.claims[tagsClaim]
	if !ok {
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return invalidToken(msgNotJWT)
	}
	var tags struct {
		Principal  map[string][]string `json:"principal_tags"`
		Transitive []string            `json:"transitive_tag_keys"`
	}
	if err := json.Unmarshal(text, &tags); err != nil {
		return invalidToken(msgNotJWT)
	}
	requested, seen := map[string]string{}, map[string]bool{}
	for k, v := range tags.Principal {
		if len(v) != 1 {
			return invalidToken(msgNotJWT)
		}
		if seen[strings.ToLower(k)] {
			return invalidParameter(msgDuplicateTags)
		}
		seen[strings.ToLower(k)] = true
		requested[k] = v[0]
	}
	a.tags, a.transitive, err = sessionTags(requested, tags.Transitive, &awswire.Principal{})
	return err
}
