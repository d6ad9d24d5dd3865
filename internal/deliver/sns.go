package deliver

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// SNS sends text messages by the operation Publish of Amazon SNS, or of
// something that answers like it, as transactional messages.
type SNS struct {
	client *sns.Client
}

// NewSNS makes an SNS. The configuration's credentials must be allowed
// sns:Publish; endpoint is the API's URL, empty for AWS.
func NewSNS(cfg aws.Config, endpoint string) *SNS {
	return &SNS{sns.NewFromConfig(cfg, func(o *sns.Options) {
		// The outbox tries again.
		o.RetryMaxAttempts = 1
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})}
}

// e164 is the form of telephone numbers that Publish takes.
var e164 = regexp.MustCompile(`^\+[0-9]{4,15}$`)

// Check implements Checker.
func (s *SNS) Check(m *store.Message) error {
	if !e164.MatchString(m.Destination) {
		return errors.New("the telephone number is not in E.164 form")
	}
	return nil
}

// Send implements Transport.
func (s *SNS) Send(ctx context.Context, m *store.Message) error {
	text := func(v string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &v}
	}
	_, err := s.client.Publish(ctx, &sns.PublishInput{
		PhoneNumber: &m.Destination, Message: &m.Body,
		MessageAttributes: map[string]types.MessageAttributeValue{"AWS.SNS.SMS.SMSType": text("Transactional")},
	})
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) {
		return err
	}
	switch status := answer.HTTPStatusCode(); {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusForbidden:
		// Credentials that are refused may be mended while the message waits.
		return err
	}
	var throttled *types.ThrottledException
	if errors.As(err, &throttled) {
		return err
	}
	return Permanent(err)
}
