package userpool

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Auth events: in pools with threat protection what happens to users is kept
// for two years (Developer Guide, "Viewing user event history"), the newest
// thousand of each user. A sign-in is one event from InitiateAuth to the
// tokens, whose event_id is the event's.

const (
	eventLife = 2 * 365 * 24 * time.Hour
	maxEvents = 1000
	trimBatch = 100
)

// watch gives a sign-in its event.
func (s *Service) watch(ctx context.Context, a *attempt) {
	if !a.pool.protects() {
		return
	}
	a.program = deviceDescription(awswire.CallOf(ctx).UserAgent)
	if a.session.Event == "" {
		a.session.Event = s.ids.UUID()
	}
}

// watched records how a call of a sign-in ended, and returns its answer. The
// challenge is the one that the call answered, if any. An answer without a
// record is not given out; a refusal is.
func (s *Service) watched(ctx context.Context, a *attempt, challenge types.ChallengeNameType, out *answer, err error) (*answer, error) {
	if !a.pool.protects() || a.session.Event == "" || isFault(err) {
		return out, err
	}
	u := a.user
	if u == nil {
		u = &store.User{PoolID: a.pool.ID, Sub: a.subject}
	}
	e := s.newEvent(ctx, types.EventTypeSignIn, err)
	e.ID, e.RiskLevel, e.Compromised = a.session.Event, a.session.RiskLevel, a.session.Compromised
	if a.session.RiskDecision != "" {
		e.RiskDecision = a.session.RiskDecision
	}
	if err == nil && out.result == nil {
		e.Response = string(types.EventResponseTypeInProgress)
	}
	b, encoding := json.Marshal(a.answered(challenge, err))
	if encoding != nil {
		return nil, encoding
	}
	e.Challenges = string(b)
	if recording := s.record(ctx, u, a.client.ID, e, a.notice); err == nil && recording != nil {
		return nil, recording
	}
	return out, err
}

// answered lists the challenges that the user has answered so far.
func (a *attempt) answered(challenge types.ChallengeNameType, err error) []types.ChallengeResponseType {
	list := []types.ChallengeResponseType{}
	add := func(name types.ChallengeName, ok bool) {
		r := types.ChallengeResponseFailure
		if ok {
			r = types.ChallengeResponseSuccess
		}
		list = append(list, types.ChallengeResponseType{ChallengeName: name, ChallengeResponse: r})
	}
	switch {
	case a.session.Factor == factorPassword:
		add(types.ChallengeNamePassword, true)
	case err != nil && a.session.Factor == "" && (a.params[paramPassword] != "" || challenge == types.ChallengeNameTypePasswordVerifier):
		add(types.ChallengeNamePassword, false)
	}
	switch second := challenge == types.ChallengeNameTypeSmsMfa || challenge == types.ChallengeNameTypeSoftwareTokenMfa; {
	case a.session.Second:
		add(types.ChallengeNameMfa, true)
	case second && err != nil:
		add(types.ChallengeNameMfa, false)
	}
	return list
}

// recordEvent records an event of a user of the client that is over, and returns
// the error that it ended with, or that of recording it.
func (s *Service) recordEvent(ctx context.Context, p *pool, u *store.User, c *client, kind types.EventType, err error, marks ...func(*store.AuthEvent)) error {
	if u == nil || !p.protects() || isFault(err) {
		return err
	}
	clientID := ""
	if c != nil {
		clientID = c.ID
	}
	e := s.newEvent(ctx, kind, err)
	for _, mark := range marks {
		mark(e)
	}
	if recording := s.record(ctx, u, clientID, e, nil); err == nil {
		return recording
	}
	return err
}

// newEvent is an event of the call in which no risk was found.
func (s *Service) newEvent(ctx context.Context, kind types.EventType, err error) *store.AuthEvent {
	e := &store.AuthEvent{
		ID: s.ids.UUID(), Type: string(kind), Response: string(types.EventResponseTypePass), RiskDecision: string(types.RiskDecisionTypeNoRisk),
		IP: sourceIP(ctx), Device: deviceDescription(awswire.CallOf(ctx).UserAgent), Timezone: timezone(ctx), Created: s.clock.Now(),
	}
	if err != nil {
		e.Response = string(types.EventResponseTypeFail)
	}
	return e
}

// record writes an event of a user, exports it, and sends the notice about it.
// For one that does not exist it takes the same work, which keeps nothing.
func (s *Service) record(ctx context.Context, u *store.User, clientID string, e *store.AuthEvent, n *notice) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		keep, of := maxEvents, u
		if now, err := tx.UserBySub(u.PoolID, u.Sub); isMissing(err) {
			keep, of = 0, &store.User{PoolID: u.PoolID}
		} else if err != nil {
			return err
		} else if err := s.notify(tx, now, n, e); err != nil && !errors.Is(err, deliver.ErrUndeliverable) {
			return err
		}
		if err := s.exportEvent(ctx, tx, of, clientID, e); err != nil {
			return err
		}
		if err := tx.PutAuthEvent(u, e); err != nil {
			return err
		}
		return tx.TrimAuthEvents(u, keep, trimBatch)
	})
	if err != nil {
		s.log.ErrorContext(ctx, "an auth event was not recorded", "pool", u.PoolID, "sub", u.Sub, "error", err)
	}
	return err
}

// isFault tells an error of the server from what AWS answers callers.
func isFault(err error) bool {
	var api smithy.APIError
	return err != nil && !errors.As(err, &api)
}

// pruneEvents deletes a batch of events that nobody needs to keep.
func pruneEvents(tx *store.Tx) (more bool, err error) {
	return tx.PruneAuthEvents(tx.Now().Add(-eventLife), purgeBatch)
}
