package quickstart

// STS: GetCallerIdentity.

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func (r *runner) getCallerIdentity(ctx context.Context) (string, error) {
	cfg := r.cfg.AWS.Copy()
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return r.credentials, nil })
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	r.report.Account = aws.ToString(out.Account)
	r.report.CallerARN = aws.ToString(out.Arn)
	r.report.CallerUserID = aws.ToString(out.UserId)
	return r.report.CallerARN, nil
}
