package identitypool

import (
	"encoding/json"
	"slices"
)

// guestPolicyARN is the managed session policy that guests get in the enhanced
// flow besides guestPolicy.
const guestPolicyARN = "arn:aws:iam::aws:policy/AmazonCognitoUnAuthedIdentitiesSessionPolicy"

// guestPolicy is the inline session policy that scopes guests down in the
// enhanced flow: whatever their role allows, they reach these services only
// (Developer Guide, "IAM roles", "Services that unauthenticated identities can
// access").
var guestPolicy = makeGuestPolicy()

var guestServices = []string{
	"analytics", "appsync", "cloudwatch", "codewhisperer", "cognito-identity", "cognito-idp", "cognito-sync", "comprehend",
	"dynamodb", "execute-api", "firehose", "gamelift", "geo", "iot", "kinesisanalytics", "lambda", "lex", "logs",
	"machinelearning", "mobileanalytics", "personalize", "polly", "rekognition", "s3", "sdb", "ses", "sns", "sqs",
	"transcribe", "translate",
}

var guestActions = []string{
	"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo",
	"sagemaker:InvokeEndpoint", "sumerian:View*", "textract:AnalyzeDocument", "textract:DetectDocumentText",
}

func makeGuestPolicy() string {
	actions := slices.Clone(guestActions)
	for _, s := range guestServices {
		actions = append(actions, s+":*")
	}
	slices.Sort(actions)
	type statement struct {
		Effect   string
		Action   []string
		Resource string
	}
	b, err := json.Marshal(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{{"Allow", actions, "*"}}})
	if err != nil {
		panic(err)
	}
	return string(b)
}
