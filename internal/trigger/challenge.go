package trigger

import (
	"context"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

type defineAuthChallengeRequest struct {
	UserAttributes map[string]string          `json:"userAttributes"`
	Session        []userpool.ChallengeResult `json:"session"`
	ClientMetadata map[string]string          `json:"clientMetadata,omitempty"`
	UserNotFound   bool                       `json:"userNotFound"`
}

type defineAuthChallengeResponse struct {
	ChallengeName      *string `json:"challengeName"`
	IssueTokens        *bool   `json:"issueTokens"`
	FailAuthentication *bool   `json:"failAuthentication"`
}

// DefineAuthChallenge implements userpool.Triggers (Developer Guide, "Define
// Auth challenge Lambda trigger").
func (r *Runner) DefineAuthChallenge(ctx context.Context, e *userpool.TriggerEvent) (userpool.DefineAuthChallengeResponse, error) {
	request := defineAuthChallengeRequest{attributes(e), list(e.Session), e.ClientMetadata, e.UserNotFound}
	var response defineAuthChallengeResponse
	ran, err := r.run(ctx, defineAuthChallenge, e, request, defineAuthChallengeResponse{}, &response)
	if err != nil || !ran {
		return userpool.DefineAuthChallengeResponse{FailAuthentication: true}, err
	}
	return userpool.DefineAuthChallengeResponse{
		ChallengeName: value(response.ChallengeName), IssueTokens: value(response.IssueTokens), FailAuthentication: value(response.FailAuthentication),
	}, nil
}

type createAuthChallengeRequest struct {
	UserAttributes map[string]string          `json:"userAttributes"`
	ChallengeName  string                     `json:"challengeName"`
	Session        []userpool.ChallengeResult `json:"session"`
	ClientMetadata map[string]string          `json:"clientMetadata,omitempty"`
	UserNotFound   bool                       `json:"userNotFound"`
}

type createAuthChallengeResponse struct {
	PublicChallengeParameters  map[string]string `json:"publicChallengeParameters"`
	PrivateChallengeParameters map[string]string `json:"privateChallengeParameters"`
	ChallengeMetadata          *string           `json:"challengeMetadata"`
}

// CreateAuthChallenge implements userpool.Triggers (Developer Guide, "Create
// Auth challenge Lambda trigger").
func (r *Runner) CreateAuthChallenge(ctx context.Context, e *userpool.TriggerEvent) (userpool.CreateAuthChallengeResponse, error) {
	request := createAuthChallengeRequest{attributes(e), e.ChallengeName, list(e.Session), e.ClientMetadata, e.UserNotFound}
	var response createAuthChallengeResponse
	_, err := r.run(ctx, createAuthChallenge, e, request, createAuthChallengeResponse{}, &response)
	return userpool.CreateAuthChallengeResponse{
		PublicParameters: response.PublicChallengeParameters, PrivateParameters: response.PrivateChallengeParameters,
		Metadata: response.ChallengeMetadata,
	}, err
}

type verifyAuthChallengeRequest struct {
	UserAttributes             map[string]string `json:"userAttributes"`
	PrivateChallengeParameters map[string]string `json:"privateChallengeParameters"`
	ChallengeAnswer            string            `json:"challengeAnswer"`
	ClientMetadata             map[string]string `json:"clientMetadata,omitempty"`
	UserNotFound               bool              `json:"userNotFound"`
}

type verifyAuthChallengeResponse struct {
	AnswerCorrect *bool `json:"answerCorrect"`
}

// VerifyAuthChallengeResponse implements userpool.Triggers (Developer Guide,
// "Verify Auth challenge response Lambda trigger").
func (r *Runner) VerifyAuthChallengeResponse(ctx context.Context, e *userpool.TriggerEvent) (bool, error) {
	request := verifyAuthChallengeRequest{attributes(e), e.PrivateParameters, e.ChallengeAnswer, e.ClientMetadata, e.UserNotFound}
	var response verifyAuthChallengeResponse
	_, err := r.run(ctx, verifyAuthChallenge, e, request, verifyAuthChallengeResponse{}, &response)
	return value(response.AnswerCorrect), err
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
