// Operations: RespondToAuthChallenge, AdminRespondToAuthChallenge.

package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const msgChallengeUnknown = "Challenge response %s is not supported."

// challengeRequest is the input of RespondToAuthChallenge and
// AdminRespondToAuthChallenge.
type challengeRequest struct {
	admin               bool
	poolID, clientID    string
	challenge           types.ChallengeNameType
	responses, metadata map[string]string
	session             string
	userContext         *types.UserContextDataType
}

// challenge is one value of ChallengeName.
type challenge struct {
	// required are the responses that the answer cannot do without, besides
	// USERNAME.
	required []string
	// open returns the session that the answer belongs to; nil means that of the
	// member Session.
	open func(s *Service, a *attempt, text string) (session, error)
	// answer takes the answer.
	answer func(*Service, context.Context, *attempt) (*answer, error)
}

var challenges map[types.ChallengeNameType]*challenge

func init() {
	challenges = map[types.ChallengeNameType]*challenge{
		types.ChallengeNameTypePasswordVerifier: {
			required: []string{paramClaimSignature, paramSecretBlock, paramTimestamp},
			open:     (*Service).openSecretBlock, answer: (*Service).answerPasswordVerifier,
		},
		types.ChallengeNameTypeSelectChallenge:  {required: []string{paramAnswer}, answer: (*Service).answerSelect},
		types.ChallengeNameTypePassword:         {required: []string{paramPassword}, answer: (*Service).startPassword},
		types.ChallengeNameTypePasswordSrp:      {required: []string{paramSRPA}, answer: (*Service).answerSRP},
		types.ChallengeNameTypeCustomChallenge:  {required: []string{paramAnswer}, answer: (*Service).answerCustom},
		types.ChallengeNameTypeSmsMfa:           {required: []string{codeParams[types.ChallengeNameTypeSmsMfa]}, answer: (*Service).answerCode},
		types.ChallengeNameTypeSmsOtp:           {required: []string{codeParams[types.ChallengeNameTypeSmsOtp]}, answer: (*Service).answerCode},
		types.ChallengeNameTypeEmailOtp:         {required: []string{codeParams[types.ChallengeNameTypeEmailOtp]}, answer: (*Service).answerCode},
		types.ChallengeNameTypeSoftwareTokenMfa: {required: []string{paramTOTPCode}, answer: (*Service).answerTOTP},
		types.ChallengeNameTypeSelectMfaType:    {required: []string{paramAnswer}, answer: (*Service).answerSelectMFA},
		types.ChallengeNameTypeMfaSetup:         {answer: (*Service).answerSetup},
		types.ChallengeNameTypeDeviceSrpAuth:    {required: []string{paramDeviceKey, paramSRPA}, answer: (*Service).answerDeviceSRP},
		types.ChallengeNameTypeDevicePasswordVerifier: {
			required: []string{paramDeviceKey, paramClaimSignature, paramSecretBlock, paramTimestamp},
			open:     (*Service).openDeviceBlock, answer: (*Service).answerDeviceVerifier,
		},
		types.ChallengeNameTypeWebAuthn:            {required: []string{paramCredential}, answer: (*Service).answerPasskey},
		types.ChallengeNameTypeNewPasswordRequired: {required: []string{paramNewPassword}, answer: (*Service).answerNewPassword},
	}
}

// RespondToAuthChallenge answers a challenge of a sign-in from the application
// itself.
func (s *Service) RespondToAuthChallenge(ctx context.Context, in *cognito.RespondToAuthChallengeInput) (*newops.RespondToAuthChallengeOutput, error) {
	out, err := s.respond(ctx, &challengeRequest{
		clientID: aws.ToString(in.ClientId), challenge: in.ChallengeName, responses: in.ChallengeResponses,
		metadata: in.ClientMetadata, session: aws.ToString(in.Session), userContext: in.UserContextData,
	})
	if err != nil {
		return nil, err
	}
	return &newops.RespondToAuthChallengeOutput{
		RespondToAuthChallengeOutput: cognito.RespondToAuthChallengeOutput{
			AuthenticationResult: out.result, ChallengeName: out.challenge, ChallengeParameters: out.parameters, Session: out.session,
		},
		AvailableChallenges: out.available,
	}, nil
}

// AdminRespondToAuthChallenge answers a challenge of a sign-in from a server
// with credentials of the account.
func (s *Service) AdminRespondToAuthChallenge(ctx context.Context, in *cognito.AdminRespondToAuthChallengeInput) (*newops.AdminRespondToAuthChallengeOutput, error) {
	out, err := s.respond(withContextData(ctx, in.ContextData), &challengeRequest{
		admin: true, poolID: aws.ToString(in.UserPoolId), clientID: aws.ToString(in.ClientId), challenge: in.ChallengeName,
		responses: in.ChallengeResponses, metadata: in.ClientMetadata, session: aws.ToString(in.Session),
	})
	if err != nil {
		return nil, err
	}
	return &newops.AdminRespondToAuthChallengeOutput{
		AdminRespondToAuthChallengeOutput: cognito.AdminRespondToAuthChallengeOutput{
			AuthenticationResult: out.result, ChallengeName: out.challenge, ChallengeParameters: out.parameters, Session: out.session,
		},
		AvailableChallenges: out.available,
	}, nil
}

func (s *Service) respond(ctx context.Context, r *challengeRequest) (*answer, error) {
	a, c, err := s.resume(ctx, r)
	if err != nil {
		return nil, err
	}
	ctx = a.client.withUserContext(ctx, r.userContext)
	a.sourceIP = sourceIP(ctx)
	s.watch(ctx, a)
	out, err := c.answer(s, ctx, a)
	return s.watched(ctx, a, r.challenge, out, err)
}

// resume is what all answers have in common: the client and its secret, the
// responses, the session, and whose it is.
func (s *Service) resume(ctx context.Context, r *challengeRequest) (a *attempt, c *challenge, err error) {
	if c = challenges[r.challenge]; c == nil {
		return nil, nil, invalidParameter(msgChallengeUnknown, string(r.challenge))
	}
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		a = &attempt{admin: r.admin, params: r.responses, metadata: r.metadata, name: r.responses[paramUsername], sourceIP: sourceIP(ctx)}
		if a.client, a.pool, err = s.clientFor(ctx, tx, r.admin, r.poolID, r.clientID); err != nil {
			return err
		}
		if err := a.pool.checkReplicaChallenge(r.challenge); err != nil {
			return err
		}
		if err := requireParams(r.responses, append([]string{paramUsername}, c.required...)...); err != nil {
			return err
		}
		if c.open != nil {
			a.session, err = c.open(s, a, r.session)
		} else {
			a.session, err = s.openSession(r.session, a.client, r.challenge)
		}
		if err != nil {
			return err
		}
		if err := s.identify(tx, a); err != nil {
			return err
		}
		if err := a.checkResponseHash(); err != nil {
			return err
		}
		if c.open != nil {
			return nil
		}
		_, err = checkSession(tx, a)
		return err
	})
	return a, c, err
}

// checkResponseHash checks the SECRET_HASH of an answer, which clients compute
// with the name that they send or with USER_ID_FOR_SRP.
func (a *attempt) checkResponseHash() error {
	given := a.params[paramSecretHash]
	err := checkSecretHash(a.client, a.name, given)
	if err != nil && a.user != nil && a.user.Username != a.name {
		return checkSecretHash(a.client, a.user.Username, given)
	}
	return err
}
