package quickstart

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	cognitoidentitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	userpooltypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Cleanup deletes what the run of the report made, in reverse order. It takes
// reports of runs that failed half-way, and leaves out what is gone already. It
// goes on after an error and returns all of them.
func Cleanup(ctx context.Context, cfg aws.Config, report *Report) error {
	if cfg.Region == "" {
		cfg.Region = report.Region
	}
	c := newClients(cfg)
	var errs []error
	undo := func(made bool, what string, f func() error) {
		if !made {
			return
		}
		if err := f(); err != nil && !gone(err) {
			errs = append(errs, fmt.Errorf("clean up: %s: %w", what, err))
		}
	}
	undo(report.PolicyAttached, "DetachRolePolicy", func() error {
		_, err := c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &report.RoleName, PolicyArn: &report.PolicyARN})
		return err
	})
	undo(report.RoleName != "", "DeleteRole", func() error {
		_, err := c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &report.RoleName})
		return err
	})
	undo(report.PolicyARN != "", "DeletePolicy", func() error {
		_, err := c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &report.PolicyARN})
		return err
	})
	undo(report.IdentityPoolID != "", "DeleteIdentityPool", func() error {
		_, err := c.identityPools.DeleteIdentityPool(ctx, &cognitoidentity.DeleteIdentityPoolInput{IdentityPoolId: &report.IdentityPoolID})
		return err
	})
	undo(report.UserPoolID != "", "DeleteUserPool", func() error {
		_, err := c.userPools.DeleteUserPool(ctx, &cognitoidentityprovider.DeleteUserPoolInput{UserPoolId: &report.UserPoolID})
		return err
	})
	return errors.Join(errs...)
}

// gone tells that what was to be deleted does not exist.
func gone(err error) bool {
	var (
		role *iamtypes.NoSuchEntityException
		pool *cognitoidentitytypes.ResourceNotFoundException
		user *userpooltypes.ResourceNotFoundException
	)
	return errors.As(err, &role) || errors.As(err, &pool) || errors.As(err, &user)
}
