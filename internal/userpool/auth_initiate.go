// Operations: InitiateAuth, AdminInitiateAuth.

package userpool

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// authRequest is the input of InitiateAuth and AdminInitiateAuth.
type authRequest struct {
	admin            bool
	poolID, clientID string
	flow             types.AuthFlowType
	params, metadata map[string]string
	session          string
	userContext      *types.UserContextDataType
}

// authFlow is one value of AuthFlow.
type authFlow struct {
	// public and admin tell which operation takes the flow.
	public, admin bool
	// allow is what the client's ExplicitAuthFlows must have, off the text when
	// it has not.
	allow types.ExplicitAuthFlowsType
	off   string
	// anonymous flows name no user, plain ones send its password.
	anonymous, plain bool
	// required are the parameters that the flow cannot do without.
	required []string
	start    func(*Service, context.Context, *attempt) (*answer, error)
}

var authFlows map[types.AuthFlowType]*authFlow

func init() {
	refresh := &authFlow{
		public: true, admin: true, anonymous: true, allow: types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth, off: msgAuthFlowOff,
		required: []string{paramRefreshToken}, start: (*Service).startRefresh,
	}
	adminPassword := &authFlow{
		admin: true, plain: true, allow: types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, off: msgAuthFlowOff,
		required: []string{paramUsername, paramPassword}, start: (*Service).startPassword,
	}
	authFlows = map[types.AuthFlowType]*authFlow{
		types.AuthFlowTypeUserPasswordAuth: {
			public: true, plain: true, allow: types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, off: msgPasswordFlowOff,
			required: []string{paramUsername, paramPassword}, start: (*Service).startPassword,
		},
		types.AuthFlowTypeUserSrpAuth: {
			public: true, admin: true, allow: types.ExplicitAuthFlowsTypeAllowUserSrpAuth, off: fmt.Sprintf(msgFlowOff, "USER_SRP_AUTH"),
			required: []string{paramUsername, paramSRPA}, start: (*Service).startSRP,
		},
		types.AuthFlowTypeUserAuth: {
			public: true, admin: true, allow: types.ExplicitAuthFlowsTypeAllowUserAuth, off: fmt.Sprintf(msgFlowOff, "USER_AUTH"),
			required: []string{paramUsername}, start: (*Service).startChoice,
		},
		types.AuthFlowTypeCustomAuth: {
			public: true, admin: true, allow: types.ExplicitAuthFlowsTypeAllowCustomAuth, off: fmt.Sprintf(msgFlowOff, "CUSTOM_AUTH"),
			required: []string{paramUsername}, start: (*Service).startCustom,
		},
		types.AuthFlowTypeAdminUserPasswordAuth: adminPassword,
		types.AuthFlowTypeAdminNoSrpAuth:        adminPassword,
		types.AuthFlowTypeRefreshToken:          refresh,
		types.AuthFlowTypeRefreshTokenAuth:      refresh,
	}
}

// InitiateAuth begins a sign-in, or renews its tokens, from the application
// itself.
func (s *Service) InitiateAuth(ctx context.Context, in *cognito.InitiateAuthInput) (*cognito.InitiateAuthOutput, error) {
	out, err := s.initiate(ctx, &authRequest{
		clientID: aws.ToString(in.ClientId), flow: in.AuthFlow, params: in.AuthParameters, metadata: in.ClientMetadata,
		session: aws.ToString(in.Session), userContext: in.UserContextData,
	})
	if err != nil {
		return nil, err
	}
	return &cognito.InitiateAuthOutput{
		AuthenticationResult: out.result, AvailableChallenges: out.available,
		ChallengeName: out.challenge, ChallengeParameters: out.parameters, Session: out.session,
	}, nil
}

// AdminInitiateAuth begins a sign-in, or renews its tokens, from a server with
// credentials of the account.
func (s *Service) AdminInitiateAuth(ctx context.Context, in *cognito.AdminInitiateAuthInput) (*cognito.AdminInitiateAuthOutput, error) {
	out, err := s.initiate(withContextData(ctx, in.ContextData), &authRequest{
		admin: true, poolID: aws.ToString(in.UserPoolId), clientID: aws.ToString(in.ClientId), flow: in.AuthFlow,
		params: in.AuthParameters, metadata: in.ClientMetadata, session: aws.ToString(in.Session),
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminInitiateAuthOutput{
		AuthenticationResult: out.result, AvailableChallenges: out.available,
		ChallengeName: out.challenge, ChallengeParameters: out.parameters, Session: out.session,
	}, nil
}

func (s *Service) initiate(ctx context.Context, r *authRequest) (*answer, error) {
	a, flow, err := s.begin(ctx, r)
	if err != nil {
		return nil, err
	}
	ctx = a.client.withUserContext(ctx, r.userContext)
	a.sourceIP = sourceIP(ctx)
	if a.user == nil && a.migrates {
		a.migrates = false
		if err := s.migrateSignIn(ctx, a); err != nil {
			return nil, err
		}
	}
	if !flow.anonymous {
		if err := s.preAuthentication(ctx, a); err != nil {
			return nil, err
		}
	}
	if flow.anonymous {
		return flow.start(s, ctx, a)
	}
	s.watch(ctx, a)
	out, err := flow.start(s, ctx, a)
	return s.watched(ctx, a, "", out, err)
}

// begin is what all flows have in common: the client, whether it may use the
// flow, its secret, the parameters, and who wants to sign in.
func (s *Service) begin(ctx context.Context, r *authRequest) (a *attempt, flow *authFlow, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		a = &attempt{admin: r.admin, params: r.params, validation: r.metadata, name: r.params[paramUsername], confirmation: r.session, sourceIP: sourceIP(ctx)}
		a.session.offerDevice(r.params[paramDeviceKey])
		if a.client, a.pool, err = s.clientFor(ctx, tx, r.admin, r.poolID, r.clientID); err != nil {
			return err
		}
		if flow, err = r.authFlow(a.client); err != nil {
			return err
		}
		if r.flow == types.AuthFlowTypeUserAuth {
			if err := a.pool.checkTargets(r.params); err != nil {
				return err
			}
		}
		if err := requireParams(r.params, flow.required...); err != nil || flow.anonymous {
			return err
		}
		if err := checkSecretHash(a.client, a.name, r.params[paramSecretHash]); err != nil {
			return err
		}
		a.migrates = flow.plain && a.pool.migratesUsers()
		return s.identify(tx, a)
	})
	return a, flow, err
}

// clientFor returns the client and its pool: for administrators within their
// account and region.
func (s *Service) clientFor(ctx context.Context, tx *store.Tx, admin bool, poolID, clientID string) (*client, *pool, error) {
	if admin {
		return s.clientOfPool(ctx, tx, poolID, clientID)
	}
	return s.client(tx, clientID)
}

func (r *authRequest) authFlow(c *client) (*authFlow, error) {
	flow := authFlows[r.flow]
	switch {
	case flow == nil || r.admin && !flow.admin || !r.admin && !flow.public:
		return nil, invalidParameter(msgWrongOperation)
	case !c.allows(flow.allow):
		return nil, invalidParameter(flow.off)
	}
	return flow, nil
}

func requireParams(params map[string]string, names ...string) error {
	for _, name := range names {
		if params[name] == "" {
			return invalidParameter(msgMissingParameter, name)
		}
	}
	return nil
}
