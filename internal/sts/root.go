package sts

// AssumeRoot

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// AssumeRoot is for the management account of an organization. Accounts of this
// server are members of none, so it is refused as on AWS.
func (s *Service) AssumeRoot(ctx context.Context, in *sts.AssumeRootInput) (*sts.AssumeRootOutput, error) {
	target := deref(in.TargetPrincipal)
	if !strings.HasPrefix(target, "arn:") {
		target = "arn:aws:iam::" + target + ":root"
	}
	return nil, accessDenied("User: %s is not authorized to perform: sts:AssumeRoot on resource: %s", awswire.CallOf(ctx).Principal.ARN, target)
}
