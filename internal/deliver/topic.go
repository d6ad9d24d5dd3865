package deliver

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Topics publishes messages to topics of Amazon SNS, or of something that
// answers like it. The destination of a message is the topic's ARN.
type Topics struct {
	client *sns.Client
}

// NewTopics makes a Topics. The configuration's credentials must be allowed
// sns:Publish on the topics; endpoint is the API's URL, empty for AWS.
func NewTopics(cfg aws.Config, endpoint string) *Topics {
	return &Topics{NewSNS(cfg, endpoint).client}
}

// Send implements Transport.
func (t *Topics) Send(ctx context.Context, m *store.Message) error {
	region := strings.SplitN(m.Destination+":::::", ":", 6)[3]
	_, err := t.client.Publish(ctx, &sns.PublishInput{TopicArn: &m.Destination, Message: &m.Body}, func(o *sns.Options) {
		if region != "" {
			o.Region = region
		}
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
	return Permanent(err)
}
