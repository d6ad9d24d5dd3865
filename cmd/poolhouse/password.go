package main

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/poolhouse-id/poolhouse/quickstart"
)

// password finds the user's password. It is never printed. A secret is read
// from AWS, or from where the environment says that Secrets Manager is, also if
// the chain runs elsewhere.
func (c *quickstartCommand) password(ctx context.Context) (string, error) {
	switch {
	case c.Password != "" && c.PasswordSecret != "":
		return "", errors.New("give the password or --password-secret, not both")
	case c.PasswordSecret != "":
		cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(c.Region))
		if err != nil {
			return "", err
		}
		return quickstart.SecretPassword(ctx, cfg, c.PasswordSecret)
	case c.Password == "" && c.embedded():
		return rand.Text() + "a1!", nil
	case c.Password == "":
		return "", errors.New(`the user's password is missing: set the environment variable "password" or use --password-secret`)
	}
	return c.Password, nil
}
