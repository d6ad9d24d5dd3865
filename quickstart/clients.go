package quickstart

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	cognitoidentitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
)

type clients struct {
	userPools     *cognitoidentityprovider.Client
	identityPools *cognitoidentity.Client
	iam           *iam.Client
}

func newClients(cfg aws.Config) clients {
	return clients{
		userPools:     cognitoidentityprovider.NewFromConfig(cfg),
		identityPools: cognitoidentity.NewFromConfig(cfg),
		iam:           iam.NewFromConfig(cfg),
	}
}

// settling tells errors that AWS answers while earlier changes spread.
func settling(err error) bool {
	var (
		pool       *cognitoidentitytypes.InvalidIdentityPoolConfigurationException
		concurrent *cognitoidentitytypes.ConcurrentModificationException
		missing    *iamtypes.NoSuchEntityException
		changing   *iamtypes.ConcurrentModificationException
		api        smithy.APIError
	)
	switch {
	case errors.As(err, &pool), errors.As(err, &concurrent), errors.As(err, &missing), errors.As(err, &changing):
		return true
	case errors.As(err, &api):
		// New temporary credentials are not known everywhere at once.
		return api.ErrorCode() == "InvalidClientTokenId"
	}
	return false
}
