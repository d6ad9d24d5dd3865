package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Custom authentication: the flow CUSTOM_AUTH and the challenge
// CUSTOM_CHALLENGE, which the pool's Lambda functions define.

const (
	paramChallengeName = "CHALLENGE_NAME"
	challengeSRPA      = "SRP_A"
)

const (
	msgNoCustomAuth = "Custom auth lambda trigger is not configured for the user pool."
	msgBadLambda    = "Unrecognizable lambda output"
	msgLambdaTooBig = "The challenge parameters are too large"
)

// maxSession is the longest session string that the API takes.
const maxSession = 2048

// startCustom is the flow CUSTOM_AUTH, which may begin with SRP.
func (s *Service) startCustom(ctx context.Context, a *attempt) (*answer, error) {
	if f := a.pool.Doc.LambdaConfig; f == nil || f.DefineAuthChallenge == nil {
		return nil, invalidParameter(msgNoCustomAuth)
	}
	a.session.Flow = types.AuthFlowTypeCustomAuth
	if a.params[paramChallengeName] == challengeSRPA {
		if err := requireParams(a.params, paramSRPA); err != nil {
			return nil, err
		}
		if err := a.checkSRPA(); err != nil {
			return nil, err
		}
		a.session.Custom = []ChallengeResult{{Name: challengeSRPA, Result: true}}
	}
	return s.define(ctx, a)
}

// define asks the pool what comes next.
func (s *Service) define(ctx context.Context, a *attempt) (*answer, error) {
	e := a.event("DefineAuthChallenge_Authentication")
	e.Session = a.session.Custom
	decision, err := s.triggers.DefineAuthChallenge(ctx, e)
	switch {
	case err != nil:
		return nil, err
	case decision.FailAuthentication, decision.IssueTokens && a.user == nil:
		return nil, notAuthorized(msgBadCredentials)
	case decision.IssueTokens:
		return s.settle(ctx, a, func(*store.Tx) error {
			a.session.Factor = factorCustom
			return nil
		})
	case decision.ChallengeName == string(types.ChallengeNameTypeCustomChallenge):
		return s.create(ctx, a)
	case decision.ChallengeName == string(types.ChallengeNameTypePasswordVerifier) && a.params[paramSRPA] != "":
		return s.challengeSRP(ctx, a)
	}
	return nil, &types.InvalidLambdaResponseException{Message: ref(msgBadLambda)}
}

// create has the pool make a challenge.
func (s *Service) create(ctx context.Context, a *attempt) (*answer, error) {
	e := a.event("CreateAuthChallenge_Authentication")
	e.ChallengeName, e.Session = string(types.ChallengeNameTypeCustomChallenge), a.session.Custom
	made, err := s.triggers.CreateAuthChallenge(ctx, e)
	if err != nil {
		return nil, err
	}
	a.session.Private, a.session.Metadata = made.PrivateParameters, made.Metadata
	parameters := map[string]string{}
	for name, value := range made.PublicParameters {
		parameters[name] = value
	}
	parameters[paramUsername] = a.userID(s)
	out := s.challenged(a, &step{challenge: types.ChallengeNameTypeCustomChallenge, parameters: parameters})
	if len(*out.session) > maxSession {
		return nil, &types.InvalidLambdaResponseException{Message: ref(msgLambdaTooBig)}
	}
	return out, nil
}

// answerCustom has the pool check the answer to its challenge. The session is
// used up before, whatever the outcome, so that an answer cannot be tried twice.
func (s *Service) answerCustom(ctx context.Context, a *attempt) (*answer, error) {
	if err := s.consume(ctx, a); err != nil {
		return nil, err
	}
	e := a.event("VerifyAuthChallengeResponse_Authentication")
	e.PrivateParameters, e.ChallengeAnswer = a.session.Private, a.params[paramAnswer]
	correct, err := s.triggers.VerifyAuthChallengeResponse(ctx, e)
	if err != nil {
		return nil, err
	}
	a.session.passed(types.ChallengeNameTypeCustomChallenge, correct, a.session.Metadata)
	return s.define(ctx, a)
}

// passed adds an answer to what a custom authentication has seen.
func (x *session) passed(name types.ChallengeNameType, result bool, metadata *string) {
	x.Custom = append(x.Custom[:len(x.Custom):len(x.Custom)], ChallengeResult{Name: string(name), Result: result, Metadata: metadata})
	x.Private, x.Metadata = nil, nil
}
