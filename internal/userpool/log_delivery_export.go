package userpool

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The records of exported logs (Developer Guide, "Exporting logs from Amazon
// Cognito user pools").
type (
	logRecord struct {
		Timestamp   string    `json:"eventTimestamp"`
		Source      string    `json:"eventSource"`
		Level       string    `json:"logLevel"`
		Message     any       `json:"message"`
		LogSourceID logSource `json:"logSourceId"`
	}

	logSource struct {
		UserPoolID string `json:"userPoolId"`
	}

	// notificationLog is the message of an e-mail or text message that could not be
	// delivered.
	notificationLog struct {
		Details string `json:"details"`
	}

	// activityLog is the message of an auth event. Every member is text.
	activityLog struct {
		Version          string   `json:"version"`
		EventID          string   `json:"eventId"`
		EventType        string   `json:"eventType"`
		UserSub          string   `json:"userSub"`
		UserName         string   `json:"userName"`
		UserPoolID       string   `json:"userPoolId"`
		ClientID         string   `json:"clientId"`
		CreationDate     string   `json:"creationDate"`
		EventResponse    string   `json:"eventResponse"`
		RiskLevel        string   `json:"riskLevel"`
		RiskDecision     string   `json:"riskDecision"`
		Challenges       []string `json:"challenges"`
		DeviceName       string   `json:"deviceName"`
		IPAddress        string   `json:"ipAddress"`
		RequestID        string   `json:"requestId"`
		IDPName          string   `json:"idpName"`
		Compromised      string   `json:"compromisedCredentialDetected"`
		City             string   `json:"city"`
		Country          string   `json:"country"`
		FeedbackValue    string   `json:"eventFeedbackValue"`
		FeedbackDate     string   `json:"eventFeedbackDate"`
		FeedbackProvider string   `json:"eventFeedbackProvider"`
		HasContextData   string   `json:"hasContextData"`
	}
)

const (
	logSourceNotification = "USER_NOTIFICATION"
	logSourceActivity     = "USER_ACTIVITY"
	// logNoRisk is how activity logs call a decision without a risk.
	logNoRisk = "PASS"
	// logDate is the form of dates in activity logs.
	logDate = "Mon Jan 02 15:04:05 MST 2006"
)

// NotificationFailed exports that a message was given up, if its pool exports
// such errors.
func (s *Service) NotificationFailed(tx *store.Tx, m *store.Message) error {
	details := fmt.Sprintf("The %s message of %s could not be delivered: %s", m.Channel, m.Purpose, m.Error)
	return s.export(tx, m.PoolID, types.EventSourceNameUserNotification, func() any { return notificationLog{details} })
}

// exportEvent exports an auth event, if the user's pool exports them.
func (s *Service) exportEvent(ctx context.Context, tx *store.Tx, u *store.User, clientID string, e *store.AuthEvent) error {
	return s.export(tx, u.PoolID, types.EventSourceNameUserAuthEvents, func() any { return activityOf(ctx, u, clientID, e) })
}

// export puts a record into the queue where the pool's configuration sends the
// event source.
func (s *Service) export(tx *store.Tx, poolID string, source types.EventSourceName, message func() any) error {
	doc, err := logDelivery(tx, poolID)
	if err != nil {
		return err
	}
	for i := range doc.LogConfigurations {
		c := &doc.LogConfigurations[i]
		if c.EventSource != source {
			continue
		}
		r := logRecord{
			Timestamp: strconv.FormatInt(tx.Now().UnixMilli(), 10), Source: logSourceNotification, Level: string(c.LogLevel),
			Message: message(), LogSourceID: logSource{poolID},
		}
		if source == types.EventSourceNameUserAuthEvents {
			r.Source = logSourceActivity
		}
		body, err := json.Marshal(r)
		if err != nil {
			return err
		}
		return s.logs.Enqueue(tx, &store.LogRecord{PoolID: poolID, Destination: logDestination(c), Body: string(body)})
	}
	return nil
}

// logDestination is the ARN that a configuration sends its logs to.
func logDestination(c *types.LogConfigurationType) string {
	switch {
	case c.CloudWatchLogsConfiguration != nil:
		return aws.ToString(c.CloudWatchLogsConfiguration.LogGroupArn)
	case c.FirehoseConfiguration != nil:
		return aws.ToString(c.FirehoseConfiguration.StreamArn)
	case c.S3Configuration != nil:
		return aws.ToString(c.S3Configuration.BucketArn)
	}
	return ""
}

func activityOf(ctx context.Context, u *store.User, clientID string, e *store.AuthEvent) *activityLog {
	a := &activityLog{
		Version: "1", EventID: e.ID, EventType: e.Type, UserSub: u.Sub, UserName: u.Username, UserPoolID: u.PoolID, ClientID: clientID,
		CreationDate: logTime(e.Created), EventResponse: e.Response, RiskLevel: e.RiskLevel, RiskDecision: e.RiskDecision,
		Challenges: []string{}, DeviceName: e.Device, IPAddress: e.IP, RequestID: awswire.CallOf(ctx).RequestID,
		Compromised:   strconv.FormatBool(e.Compromised),
		FeedbackValue: e.Feedback, FeedbackDate: logTime(e.FeedbackAt), FeedbackProvider: e.FeedbackBy,
		HasContextData: strconv.FormatBool(e.IP != ""),
	}
	if a.RiskDecision == string(types.RiskDecisionTypeNoRisk) {
		a.RiskDecision = logNoRisk
	}
	var challenges []types.ChallengeResponseType
	if json.Unmarshal([]byte(e.Challenges), &challenges) == nil {
		for _, c := range challenges {
			a.Challenges = append(a.Challenges, string(c.ChallengeName)+":"+string(c.ChallengeResponse))
		}
	}
	return a
}

func logTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(logDate)
}
