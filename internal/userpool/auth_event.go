// Operations: AdminListUserAuthEvents, AdminUpdateAuthEventFeedback,
// UpdateAuthEventFeedback.

package userpool

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgAddOnOff       = "Threat protection is not enabled for the user pool."
	msgEventUnknown   = "Auth event does not exist."
	msgFeedbackToken  = "Invalid feedback token."
	purposeEventsPage = "userpool AdminListUserAuthEvents page"
	purposeFeedback   = "userpool auth event feedback 1"

	maxEventsPage = 60
	// feedbackLife is how long a feedback token is good for.
	feedbackLife = 7 * 24 * time.Hour

	// Who gives feedback.
	feedbackAdmin = "Admin"
	feedbackUser  = "User"
)

// protects tells whether the pool has threat protection, be it that it only
// watches.
func (p *pool) protects() bool {
	a := p.Doc.UserPoolAddOns
	return a != nil && a.AdvancedSecurityMode != "" && a.AdvancedSecurityMode != types.AdvancedSecurityModeTypeOff
}

func (p *pool) checkAddOn() error {
	if !p.protects() {
		return &types.UserPoolAddOnNotEnabledException{Message: ref(msgAddOnOff)}
	}
	return nil
}

// AdminListUserAuthEvents lists what happened to a user, the newest first.
// Errors: UserPoolAddOnNotEnabledException without threat protection,
// UserNotFoundException, ResourceNotFoundException.
func (s *Service) AdminListUserAuthEvents(ctx context.Context, in *cognito.AdminListUserAuthEventsInput) (*cognito.AdminListUserAuthEventsOutput, error) {
	out := &cognito.AdminListUserAuthEventsOutput{AuthEvents: []types.AuthEventType{}}
	limit := int(aws.ToInt32(in.MaxResults))
	if limit <= 0 || limit > maxEventsPage {
		limit = maxEventsPage
	}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		u, err := s.protectedUser(ctx, tx, in.UserPoolId, in.Username)
		if err != nil {
			return err
		}
		created, id, err := s.openTimePage(purposeEventsPage, u, in.NextToken)
		if err != nil {
			return err
		}
		rows, err := tx.AuthEvents(u, created, id, limit+1)
		if err != nil {
			return err
		}
		out.AuthEvents, out.NextToken = out.AuthEvents[:0], nil
		if len(rows) > limit {
			rows = rows[:limit]
			out.NextToken = s.sealTimePage(purposeEventsPage, u, rows[limit-1].Created, rows[limit-1].ID)
		}
		for _, e := range rows {
			event, err := describeEvent(e)
			if err != nil {
				return err
			}
			out.AuthEvents = append(out.AuthEvents, event)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// protectedUser is adminUser in a pool with threat protection.
func (s *Service) protectedUser(ctx context.Context, tx *store.Tx, poolID, username *string) (*store.User, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, err
	}
	if err := p.checkAddOn(); err != nil {
		return nil, err
	}
	u, err := findUser(tx, p, aws.ToString(username))
	return u, orUserNotFound(err)
}

func describeEvent(e *store.AuthEvent) (types.AuthEventType, error) {
	out := types.AuthEventType{
		EventId: &e.ID, EventType: types.EventType(e.Type), EventResponse: types.EventResponseType(e.Response), CreationDate: &e.Created,
		EventRisk: &types.EventRiskType{
			RiskDecision: types.RiskDecisionType(e.RiskDecision), RiskLevel: types.RiskLevelType(e.RiskLevel), CompromisedCredentialsDetected: &e.Compromised,
		},
		EventContextData: &types.EventContextDataType{DeviceName: &e.Device},
	}
	if e.IP != "" {
		out.EventContextData.IpAddress = &e.IP
	}
	if e.Timezone != "" {
		out.EventContextData.Timezone = &e.Timezone
	}
	if e.Feedback != "" {
		out.EventFeedback = &types.EventFeedbackType{FeedbackValue: types.FeedbackValueType(e.Feedback), Provider: &e.FeedbackBy, FeedbackDate: &e.FeedbackAt}
	}
	if e.Challenges == "" {
		return out, nil
	}
	return out, json.Unmarshal([]byte(e.Challenges), &out.ChallengeResponses)
}

// AdminUpdateAuthEventFeedback says whether an event was the user's own doing.
// Errors: UserPoolAddOnNotEnabledException without threat protection,
// ResourceNotFoundException, UserNotFoundException.
func (s *Service) AdminUpdateAuthEventFeedback(ctx context.Context, in *cognito.AdminUpdateAuthEventFeedbackInput) (*cognito.AdminUpdateAuthEventFeedbackOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		u, err := s.protectedUser(ctx, tx, in.UserPoolId, in.Username)
		if err != nil {
			return err
		}
		return giveFeedback(tx, u, aws.ToString(in.EventId), in.FeedbackValue, feedbackAdmin)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminUpdateAuthEventFeedbackOutput{}, nil
}

func giveFeedback(tx *store.Tx, u *store.User, id string, value types.FeedbackValueType, by string) error {
	err := tx.SetAuthEventFeedback(u, id, string(value), by)
	if isMissing(err) {
		return notFound(msgEventUnknown)
	}
	return err
}

// feedback is what a feedback token carries.
type feedback struct {
	Pool    string `json:"p"`
	Sub     string `json:"s"`
	Event   string `json:"e"`
	Expires int64  `json:"x"`
}

// FeedbackToken makes the token with which a user comments on an event without
// being signed in, for messages about the event: UpdateAuthEventFeedback takes
// it for a week.
func (s *Service) FeedbackToken(poolID, sub, eventID string) string {
	b, err := json.Marshal(&feedback{poolID, sub, eventID, s.clock.Now().Add(feedbackLife).UnixMilli()})
	if err != nil {
		panic("userpool: feedback token: " + err.Error())
	}
	return s.store.SealToken(purposeFeedback, b)
}

// UpdateAuthEventFeedback is AdminUpdateAuthEventFeedback for the user, with
// the token from the message about the event. The token is checked first, so
// that without one nobody learns who exists. Errors: NotAuthorizedException and
// those of AdminUpdateAuthEventFeedback.
func (s *Service) UpdateAuthEventFeedback(ctx context.Context, in *cognito.UpdateAuthEventFeedbackInput) (*cognito.UpdateAuthEventFeedbackOutput, error) {
	var f feedback
	b, err := s.store.OpenToken(purposeFeedback, aws.ToString(in.FeedbackToken))
	if err != nil || json.Unmarshal(b, &f) != nil || f.Pool != aws.ToString(in.UserPoolId) || f.Event != aws.ToString(in.EventId) ||
		s.clock.Now().UnixMilli() >= f.Expires {
		return nil, notAuthorized(msgFeedbackToken)
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.anyPool(tx, f.Pool)
		if err != nil {
			return err
		}
		if err := p.checkAddOn(); err != nil {
			return err
		}
		u, err := findUser(tx, p, aws.ToString(in.Username))
		if err != nil {
			return orUserNotFound(err)
		}
		if u.Sub != f.Sub {
			return notAuthorized(msgFeedbackToken)
		}
		return giveFeedback(tx, u, f.Event, in.FeedbackValue, feedbackUser)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateAuthEventFeedbackOutput{}, nil
}
