// Operations: StartWebAuthnRegistration, CompleteWebAuthnRegistration.

package userpool

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/go-webauthn/webauthn/protocol"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// registrationTimeout is how many milliseconds browsers give the user.
const registrationTimeout = 60000

// creationOptions is PublicKeyCredentialCreationOptionsJSON (Web
// Authentication, section 5.1.9) as AWS fills it in.
type creationOptions struct {
	RP struct {
		ID   string `document:"id"`
		Name string `document:"name"`
	} `document:"rp"`
	User struct {
		ID          string `document:"id"`
		Name        string `document:"name"`
		DisplayName string `document:"displayName"`
	} `document:"user"`
	Challenge          string         `document:"challenge"`
	PubKeyCredParams   []algorithm    `document:"pubKeyCredParams"`
	Timeout            int            `document:"timeout"`
	ExcludeCredentials []descriptor   `document:"excludeCredentials"`
	Selection          authenticators `document:"authenticatorSelection"`
}

type algorithm struct {
	Type string `document:"type"`
	Alg  int    `document:"alg"`
}

type authenticators struct {
	RequireResidentKey bool   `document:"requireResidentKey"`
	ResidentKey        string `document:"residentKey"`
	UserVerification   string `document:"userVerification"`
}

// StartWebAuthnRegistration returns the options with which the caller's browser
// makes a passkey (API Reference, StartWebAuthnRegistration).
func (s *Service) StartWebAuthnRegistration(ctx context.Context, in *cognito.StartWebAuthnRegistrationInput) (*cognito.StartWebAuthnRegistrationOutput, error) {
	var options *creationOptions
	err := s.asBearerView(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		party, keys, err := s.mayRegister(tx, b)
		if err == nil {
			options = s.creationOptions(b, party, keys)
		}
		return err
	})
	if err != nil {
		return nil, withoutUserNotFound(err, msgAccessTokenRevoked)
	}
	return &cognito.StartWebAuthnRegistrationOutput{CredentialCreationOptions: document.NewLazyDocument(options)}, nil
}

// mayRegister refuses registrations that cannot succeed. It returns the relying
// party ID and the passkeys that the user has. Errors:
// WebAuthnNotEnabledException, WebAuthnConfigurationMissingException,
// LimitExceededException.
func (s *Service) mayRegister(tx *store.Tx, b *bearer) (party string, keys []*store.Passkey, err error) {
	if !b.pool.passkeysOn() {
		return "", nil, &types.WebAuthnNotEnabledException{Message: ref(msgPasskeysOff)}
	}
	if party = s.relyingParty(b.pool); party == "" {
		return "", nil, &types.WebAuthnConfigurationMissingException{Message: ref(msgPasskeysUnconfigured)}
	}
	if keys, err = tx.Passkeys(b.user, "", maxPasskeys); err != nil {
		return "", nil, err
	}
	if len(keys) >= maxPasskeys {
		return "", nil, limitExceeded(msgPasskeyLimit)
	}
	return party, keys, nil
}

func (s *Service) creationOptions(b *bearer, party string, keys []*store.Passkey) *creationOptions {
	o := &creationOptions{
		Challenge:          base64.RawURLEncoding.EncodeToString(s.registrationChallenge(b, s.clock.Now().Add(b.client.authSessionLife()))),
		Timeout:            registrationTimeout,
		ExcludeCredentials: descriptors(keys),
		Selection: authenticators{
			RequireResidentKey: true, ResidentKey: string(protocol.ResidentKeyRequirementRequired), UserVerification: string(b.pool.passkeyVerification()),
		},
	}
	o.RP.ID, o.RP.Name = party, party
	o.User.ID = base64.RawURLEncoding.EncodeToString(userHandle(b.user))
	o.User.Name = passkeyUserName(b.user)
	o.User.DisplayName = o.User.Name
	for _, a := range passkeyAlgorithms {
		o.PubKeyCredParams = append(o.PubKeyCredParams, algorithm{string(a.Type), int(a.Algorithm)})
	}
	return o
}

// userHandle is what authenticators know the user by.
func userHandle(u *store.User) []byte { return []byte(u.Sub) }

// passkeyUserName is the name that authenticators show: the username or, where
// that says nothing to people, what the user signs in with.
func passkeyUserName(u *store.User) string {
	if u.Username != u.Sub {
		return u.Username
	}
	for _, name := range []string{attrEmail, attrPhone} {
		if u.Attributes[name] != "" {
			return u.Attributes[name]
		}
	}
	return u.Username
}

// CompleteWebAuthnRegistration adds the passkey that the caller's browser made
// (API Reference, CompleteWebAuthnRegistration). The challenge is used up even
// if the passkey is refused.
func (s *Service) CompleteWebAuthnRegistration(ctx context.Context, in *cognito.CompleteWebAuthnRegistrationInput) (*cognito.CompleteWebAuthnRegistrationOutput, error) {
	poolID, claims, err := s.verifyAccessToken(ctx, aws.ToString(in.AccessToken))
	if err != nil {
		return nil, err
	}
	parsed, challenge, err := parseCreation(in.Credential)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, func(tx *store.Tx) error {
		b, err := s.bearer(tx, poolID, claims)
		if err != nil {
			return err
		}
		return s.completeRegistration(tx, b, parsed, challenge)
	})
	if err != nil {
		return nil, withoutUserNotFound(err, msgAccessTokenRevoked)
	}
	return &cognito.CompleteWebAuthnRegistrationOutput{}, nil
}

func (s *Service) completeRegistration(tx *store.Tx, b *bearer, parsed *protocol.ParsedCredentialCreationData, challenge []byte) error {
	party, _, err := s.mayRegister(tx, b)
	if err != nil {
		return err
	}
	if err := s.checkRegistrationChallenge(b, challenge); err != nil {
		return err
	}
	if err := useRegistrationChallenge(tx, challenge); err != nil {
		return err
	}
	c := &ceremony{party: party, challenge: challenge, user: userHandle(b.user), verification: b.pool.passkeyVerification()}
	k, err := c.register(parsed)
	if err != nil {
		return keep(err)
	}
	taken, err := tx.PasskeyTaken(b.pool.ID, k.ID)
	if err != nil {
		return err
	}
	if taken {
		return keep(invalidParameter(msgPasskeyTaken))
	}
	return tx.InsertPasskey(b.user, k)
}

// parseCreation reads RegistrationResponseJSON and the challenge in it. Errors:
// InvalidParameterException.
func parseCreation(d document.Interface) (*protocol.ParsedCredentialCreationData, []byte, error) {
	if d == nil {
		return nil, nil, invalidParameter(msgPasskeyInvalid)
	}
	text, err := d.MarshalSmithyDocument()
	if err != nil {
		return nil, nil, invalidParameter(msgPasskeyInvalid)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(text)
	if err != nil {
		return nil, nil, invalidParameter(msgPasskeyInvalid)
	}
	challenge, err := base64.RawURLEncoding.DecodeString(parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return nil, nil, noPasskeyChallenge()
	}
	return parsed, challenge, nil
}

// withoutUserNotFound is for the operations that do not know
// UserNotFoundException: the token or session of a deleted user is no longer
// good, which message says.
func withoutUserNotFound(err error, message string) error {
	var missing *types.UserNotFoundException
	if errors.As(err, &missing) {
		return notAuthorized(message)
	}
	return err
}
