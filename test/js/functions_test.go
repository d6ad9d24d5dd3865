package jstest

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolhouse-id/poolhouse/pooltest"
)

// functions are the Lambda functions of the pools' triggers: define, create and
// verify ask a riddle, which may be answered wrongly once.
func functions() (out []pooltest.Option) {
	for name, h := range map[string]pooltest.Handler{
		"define": handler(define), "create": handler(create), "verify": handler(verify),
	} {
		out = append(out, pooltest.Function("arn:aws:lambda:ap-northeast-1:123456789012:function:"+name, h))
	}
	return out
}

// handler is a function that changes events of a type.
func handler[E any](f func(*E)) pooltest.Handler {
	return func(_ context.Context, raw json.RawMessage) (any, error) {
		event := new(E)
		if err := json.Unmarshal(raw, event); err != nil {
			return nil, err
		}
		f(event)
		return event, nil
	}
}

func define(e *events.CognitoEventUserPoolsDefineAuthChallenge) {
	wrong := 0
	for _, c := range e.Request.Session {
		switch {
		case !c.ChallengeResult:
			wrong++
		case c.ChallengeName == "CUSTOM_CHALLENGE":
			e.Response.IssueTokens = true
			return
		}
	}
	e.Response.ChallengeName = "CUSTOM_CHALLENGE"
	if n := len(e.Request.Session); n > 0 && e.Request.Session[n-1].ChallengeName == "SRP_A" {
		e.Response.ChallengeName = "PASSWORD_VERIFIER"
	}
	e.Response.FailAuthentication = wrong > 1 || e.Request.UserNotFound
}

func create(e *events.CognitoEventUserPoolsCreateAuthChallenge) {
	e.Response.PublicChallengeParameters = map[string]string{"question": "six times seven"}
	e.Response.PrivateChallengeParameters = map[string]string{"answer": "42"}
}

func verify(e *events.CognitoEventUserPoolsVerifyAuthChallenge) {
	e.Response.AnswerCorrect = e.Request.ChallengeAnswer == e.Request.PrivateChallengeParameters["answer"]
}
