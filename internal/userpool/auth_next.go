package userpool

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// nextChallenge returns the challenge that stands between the user and its
// tokens, or nil.
func (s *Service) nextChallenge(tx *store.Tx, a *attempt) (*step, error) {
	switch {
	case a.session.Factor == factorPassword && a.user.Status == string(types.UserStatusTypeForceChangePassword):
		return a.newPasswordRequired()
	case a.session.Email != "":
		return a.askForCode(types.ChallengeNameTypeEmailOtp, destination{attrEmail, a.session.Email}), nil
	}
	return s.deviceOrSecondFactor(tx, a)
}

// newPasswordRequired asks a user with a temporary password for its own one and
// for the required attributes that have no value.
func (a *attempt) newPasswordRequired() (*step, error) {
	missing := []string{}
	for _, name := range a.missingAttributes() {
		missing = append(missing, attributeParam+name)
	}
	shown := map[string]string{}
	for name, value := range a.user.Attributes {
		if a.client.reads(name) {
			shown[name] = value
		}
	}
	required, err := json.Marshal(missing)
	if err != nil {
		return nil, err
	}
	attributes, err := json.Marshal(shown)
	if err != nil {
		return nil, err
	}
	return &step{challenge: types.ChallengeNameTypeNewPasswordRequired, parameters: map[string]string{
		paramUserID: a.user.Username, "requiredAttributes": string(required), "userAttributes": string(attributes),
	}}, nil
}

// attributeParam begins the parameters that carry attributes.
const attributeParam = "userAttributes."

// missingAttributes are the required attributes that the user has no value of.
func (a *attempt) missingAttributes() (missing []string) {
	for name, schema := range a.pool.schema {
		if schema.Required != nil && *schema.Required && name != attrSub && a.user.Attributes[name] == "" {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}
