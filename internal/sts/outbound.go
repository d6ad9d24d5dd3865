package sts

// GetWebIdentityToken

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

const (
	msgOutboundOff   = "Outbound web identity federation is not enabled for this account."
	msgEscalation    = "The requested duration exceeds the remaining time of the session."
	msgTokenTooLarge = "The payload of the token exceeds the maximum size."

	defaultTokenLife = 5 * time.Minute
	maxTokenPayload  = 4096
	outboundClaim    = "https://sts.amazonaws.com/"
)

// GetWebIdentityToken gives the caller a token that proves to services outside
// of AWS who it is ("Federating AWS identities to external services", IAM User
// Guide). Its subject is the user or role; sessions are not told apart.
func (s *Service) GetWebIdentityToken(ctx context.Context, in *sts.GetWebIdentityTokenInput) (*sts.GetWebIdentityTokenOutput, error) {
	call := awswire.CallOf(ctx)
	p := &call.Principal
	issuer, enabled, err := s.iam.TokenIssuer(ctx, p.Account)
	if err != nil {
		return nil, err
	}
	if !enabled || s.signer == nil {
		message := msgOutboundOff
		return nil, &types.OutboundWebIdentityFederationDisabledException{Message: &message}
	}
	tags, err := tagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	life := defaultTokenLife
	if in.DurationSeconds != nil {
		life = time.Duration(*in.DurationSeconds) * time.Second
	}
	now := s.clock.Now()
	expires := now.Add(life).Truncate(time.Second)
	if p.Temporary && expires.After(p.ExpiresAt) {
		message := msgEscalation
		return nil, &types.SessionDurationEscalationException{Message: &message}
	}
	details := map[string]any{"aws_account": p.Account, "source_region": call.Region, "principal_id": p.IssuerARN}
	if id := s.iam.Organization(); id != "" {
		details["org_id"] = id
	}
	if len(p.SessionTags) > 0 {
		details["principal_tags"] = p.SessionTags
	}
	if len(tags) > 0 {
		details["request_tags"] = tags
	}
	claims := map[string]any{
		"iss": issuer, "sub": p.IssuerARN, "aud": audience(in.Audience), "iat": now.Unix(), "exp": expires.Unix(), "jti": s.ids.UUID(), outboundClaim: details,
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return nil, err
	}
	if len(text) > maxTokenPayload {
		message := msgTokenTooLarge
		return nil, &types.JWTPayloadSizeExceededException{Message: &message}
	}
	jwt, err := s.signer.Sign(ctx, token.Account(p.Account), strings.ToLower(deref(in.SigningAlgorithm)), claims)
	if err != nil {
		return nil, err
	}
	return &sts.GetWebIdentityTokenOutput{WebIdentityToken: &jwt, Expiration: &expires}, nil
}

// audience is one text, or a list of several (RFC 7519, section 4.1.3).
func audience(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
