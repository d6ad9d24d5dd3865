package iam

import (
	"slices"
	"strings"

	"github.com/poolhouse-id/poolhouse/policy"
)

// serviceNames are the names of services by their namespaces (Service
// Authorization Reference): those of this server, and those that policies
// commonly speak of. Other services go by their namespace.
var serviceNames = map[string]string{
	"apigateway": "Amazon API Gateway Management", "autoscaling": "Amazon EC2 Auto Scaling", "cloudformation": "AWS CloudFormation",
	"cloudfront": "Amazon CloudFront", "cloudtrail": "AWS CloudTrail", "cloudwatch": "Amazon CloudWatch", "codebuild": "AWS CodeBuild",
	"cognito-identity": "Amazon Cognito Identity", "cognito-idp": "Amazon Cognito User Pools", "cognito-sync": "Amazon Cognito Sync",
	"dynamodb": "Amazon DynamoDB", "ec2": "Amazon EC2", "ecr": "Amazon Elastic Container Registry", "ecs": "Amazon Elastic Container Service",
	"eks": "Amazon Elastic Kubernetes Service", "elasticloadbalancing": "AWS Elastic Load Balancing V2", "events": "Amazon EventBridge",
	"execute-api": "Amazon API Gateway", "firehose": "Amazon Kinesis Firehose", "iam": "AWS Identity and Access Management",
	"kinesis": "Amazon Kinesis Data Streams", "kms": "AWS Key Management Service", "lambda": "AWS Lambda", "logs": "Amazon CloudWatch Logs",
	"rds": "Amazon RDS", "route53": "Amazon Route 53", "s3": "Amazon S3", "secretsmanager": "AWS Secrets Manager",
	"ses": "Amazon Simple Email Service v2", "sns": "Amazon SNS", "sqs": "Amazon SQS", "ssm": "AWS Systems Manager",
	"states": "AWS Step Functions", "sts": "AWS Security Token Service", "xray": "AWS X-Ray",
}

func serviceName(space string) string {
	if name, ok := serviceNames[space]; ok {
		return name
	}
	return space
}

// reachable returns the namespaces, sorted, of which the policies allow
// something. Besides those with names they can be ones that a policy spells
// out, or more, which are known otherwise.
func reachable(policies []*policy.Policy, more []string) []string {
	spaces := map[string]bool{}
	for space := range serviceNames {
		spaces[space] = true
	}
	for _, space := range more {
		spaces[space] = true
	}
	for _, p := range policies {
		for i := range p.Len() {
			for _, action := range p.Statement(i).Actions() {
				space, _, ok := strings.Cut(action, ":")
				if ok && !strings.ContainsAny(space, "*?") && recordable(space) {
					spaces[strings.ToLower(space)] = true
				}
			}
		}
	}
	var found []string
	for space := range spaces {
		if slices.ContainsFunc(policies, func(p *policy.Policy) bool { return grants(p, space) }) {
			found = append(found, space)
		}
	}
	slices.Sort(found)
	return found
}
