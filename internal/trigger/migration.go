package trigger

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// msgMigration is for an answer of a UserMigration function that is no event.
const msgMigration = "Exception migrating user in app client "

type userMigrationRequest struct {
	Password       *string           `json:"password"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
	UserAttributes map[string]string `json:"userAttributes"`
}

type userMigrationResponse struct {
	UserAttributes         map[string]string          `json:"userAttributes"`
	ForceAliasCreation     *bool                      `json:"forceAliasCreation"`
	EnableSMSMFA           *bool                      `json:"enableSMSMFA"`
	FinalUserStatus        *string                    `json:"finalUserStatus"`
	MessageAction          *string                    `json:"messageAction"`
	DesiredDeliveryMediums []types.DeliveryMediumType `json:"desiredDeliveryMediums"`
}

// UserMigration implements userpool.Triggers (Developer Guide, "Migrate user
// Lambda trigger"). Its triggerSource is UserMigration_Authentication or
// UserMigration_ForgotPassword. An answer that is not an event is
// UserNotFoundException here.
func (r *Runner) UserMigration(ctx context.Context, e *userpool.TriggerEvent) (userpool.UserMigrationResponse, error) {
	request := userMigrationRequest{ValidationData: e.ValidationData, ClientMetadata: e.ClientMetadata}
	if e.Password != "" {
		request.Password = &e.Password
	}
	var response userMigrationResponse
	_, err := r.run(ctx, userMigration, e, request, userMigrationResponse{}, &response)
	var bad *types.InvalidLambdaResponseException
	if errors.As(err, &bad) || err == nil && !response.valid() {
		text := msgMigration + e.ClientID
		err = &types.UserNotFoundException{Message: &text}
	}
	if err != nil {
		return userpool.UserMigrationResponse{}, err
	}
	return userpool.UserMigrationResponse{
		UserAttributes: response.UserAttributes, ForceAliasCreation: value(response.ForceAliasCreation), EnableSMSMFA: value(response.EnableSMSMFA),
		FinalUserStatus: value(response.FinalUserStatus), MessageAction: value(response.MessageAction),
		DesiredDeliveryMediums: response.DesiredDeliveryMediums,
	}, nil
}

// valid tells whether the members have the values that they may have.
func (m *userMigrationResponse) valid() bool {
	known := types.DeliveryMediumType("").Values()
	media := !slices.ContainsFunc(m.DesiredDeliveryMediums, func(medium types.DeliveryMediumType) bool { return !slices.Contains(known, medium) })
	return media && slices.Contains([]string{"", "CONFIRMED", "RESET_REQUIRED"}, value(m.FinalUserStatus)) &&
		slices.Contains([]string{"", "SUPPRESS"}, value(m.MessageAction))
}
