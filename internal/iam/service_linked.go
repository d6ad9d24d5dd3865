package iam

// CreateServiceLinkedRole, DeleteServiceLinkedRole,
// GetServiceLinkedRoleDeletionStatus

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgNoSuffix    = "Custom suffix is not allowed for %s"
	msgRoleTaken   = "Service role name %s has been taken in this account, please try a different suffix."
	msgNotLinked   = "The role %s is not a service-linked role."
	msgBadService  = "The service name %s is not valid."
	msgTaskUnknown = "Deletion id %s does not exist."
)

// linkedService is what is known of a service's role.
type linkedService struct {
	role string // the part of the name after AWSServiceRoleFor
	// policy is the AWS managed policy of the role, where the catalogue has it.
	policy string
	// suffix tells that customers may have several such roles.
	suffix bool
}

// linkedServices are services whose role is not simply named after them ("AWS
// services that work with IAM", IAM User Guide).
var linkedServices = map[string]linkedService{
	"autoscaling.amazonaws.com":                      {role: "AutoScaling", suffix: true},
	"cognito-idp.amazonaws.com":                      {role: "AmazonCognitoIdp", policy: "AmazonCognitoIdpServiceRolePolicy"},
	"connect.amazonaws.com":                          {role: "AmazonConnect", suffix: true},
	"ecs.amazonaws.com":                              {role: "ECS"},
	"eks.amazonaws.com":                              {role: "AmazonEKS"},
	"elasticache.amazonaws.com":                      {role: "ElastiCache"},
	"elasticbeanstalk.amazonaws.com":                 {role: "ElasticBeanstalk"},
	"elasticloadbalancing.amazonaws.com":             {role: "ElasticLoadBalancing"},
	"email.cognito-idp.amazonaws.com":                {role: "AmazonCognitoIdpEmailService", policy: "AmazonCognitoIdpEmailServiceRolePolicy"},
	"es.amazonaws.com":                               {role: "AmazonElasticsearchService"},
	"lexv2.amazonaws.com":                            {role: "LexV2Bots", suffix: true},
	"opensearchservice.amazonaws.com":                {role: "AmazonOpenSearchService"},
	"ops.apigateway.amazonaws.com":                   {role: "APIGateway"},
	"organizations.amazonaws.com":                    {role: "Organizations"},
	"rds.amazonaws.com":                              {role: "RDS"},
	"replicator.lambda.amazonaws.com":                {role: "LambdaReplicator"},
	"spot.amazonaws.com":                             {role: "EC2Spot"},
	"spotfleet.amazonaws.com":                        {role: "EC2SpotFleet"},
	"sso.amazonaws.com":                              {role: "SSO"},
	"support.amazonaws.com":                          {role: "Support"},
	"trustedadvisor.amazonaws.com":                   {role: "TrustedAdvisor"},
	"dynamodb.application-autoscaling.amazonaws.com": {role: "ApplicationAutoScaling_DynamoDBTable"},
}

// linked returns what is known of the service, or derives a name.
func linked(service string) (linkedService, error) {
	if l, ok := linkedServices[service]; ok {
		return l, nil
	}
	name, ok := strings.CutSuffix(service, ".amazonaws.com")
	if !ok || name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return linkedService{}, invalidInput(msgBadService, service)
	}
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '.' || r == '-' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return linkedService{role: b.String()}, nil
}

// CreateServiceLinkedRole creates the role that a service uses in the account.
func (s *Service) CreateServiceLinkedRole(ctx context.Context, in *iam.CreateServiceLinkedRoleInput) (*iam.CreateServiceLinkedRoleOutput, error) {
	service := deref(in.AWSServiceName)
	l, err := linked(service)
	if err != nil {
		return nil, err
	}
	name := "AWSServiceRoleFor" + l.role
	if suffix := deref(in.CustomSuffix); suffix != "" {
		if !l.suffix {
			return nil, invalidInput(msgNoSuffix, service)
		}
		name += "_" + suffix
	}
	var role store.IAMEntity
	err = s.update(ctx, func(tx *store.Tx, account string) error {
		role = store.IAMEntity{
			ID: tx.IDs().UniqueID("AROA"), Account: account, Kind: store.IAMRole, Name: name, Path: serviceRolePath + service + "/",
			Description: deref(in.Description), MaxSession: defaultMaxSession, Created: tx.Now(),
			Trust: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole"],"Principal":{"Service":[%q]},"Effect":"Allow"}]}`, service),
		}
		if err := tx.InsertIAMEntity(role); err != nil {
			return orTaken(err, invalidInput(msgRoleTaken, name))
		}
		if l.policy == "" {
			return nil
		}
		return tx.PutIAMAttachment(store.IAMAttachment{
			EntityID: role.ID, PolicyARN: managedPrefix + strings.TrimPrefix(serviceRolePath, "/") + l.policy, Account: account, Created: tx.Now(),
		})
	})
	if err != nil {
		return nil, err
	}
	shown := wireRole(role)
	shown.MaxSessionDuration = nil
	return &iam.CreateServiceLinkedRoleOutput{Role: &shown}, nil
}

func taskPurpose(account string) string { return "iam deletion of a service-linked role " + account }

// DeleteServiceLinkedRole deletes such a role at once; no service holds on to
// it. The task's id tells GetServiceLinkedRoleDeletionStatus so.
func (s *Service) DeleteServiceLinkedRole(ctx context.Context, in *iam.DeleteServiceLinkedRoleInput) (*iam.DeleteServiceLinkedRoleOutput, error) {
	var task string
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		e, err := entity(tx, account, store.IAMRole, in.RoleName)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(e.Path, serviceRolePath) {
			return invalidInput(msgNotLinked, e.Name)
		}
		attached, err := tx.IAMAttachments(e.ID)
		if err != nil {
			return err
		}
		for _, a := range attached {
			if err := tx.DeleteIAMAttachment(e.ID, a.PolicyARN); err != nil {
				return err
			}
		}
		task = "task" + e.Path + e.Name + "/" + s.store.SealToken(taskPurpose(account), []byte(e.ID))
		return deleteEntity(tx, e)
	})
	if err != nil {
		return nil, err
	}
	return &iam.DeleteServiceLinkedRoleOutput{DeletionTaskId: &task}, nil
}

// GetServiceLinkedRoleDeletionStatus tells how a deletion went.
func (s *Service) GetServiceLinkedRoleDeletionStatus(ctx context.Context, in *iam.GetServiceLinkedRoleDeletionStatusInput) (*iam.GetServiceLinkedRoleDeletionStatusOutput, error) {
	task := deref(in.DeletionTaskId)
	id, err := s.store.OpenToken(taskPurpose(awswire.CallOf(ctx).Account), arnName("/"+task))
	if err != nil {
		return nil, noSuchEntity(msgTaskUnknown, task)
	}
	status := types.DeletionTaskStatusTypeSucceeded
	err = s.view(ctx, func(tx *store.Tx, _ string) error {
		_, err := tx.IAMEntityByID(string(id))
		if err == nil {
			status = types.DeletionTaskStatusTypeFailed
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetServiceLinkedRoleDeletionStatusOutput{Status: status}, nil
}
