package store

import "time"

// AuthEvent is something that happened to a user: a sign-in, a sign-up, a
// change of the password.
type AuthEvent struct {
	// ID is unique for the user, Type an EventType, Response an
	// EventResponseType.
	ID, Type, Response string
	// RiskLevel and RiskDecision are empty where no risk was looked for.
	RiskLevel, RiskDecision string
	// Compromised tells that the password is a publicly known one.
	Compromised bool
	// Challenges are the answered challenges as JSON, or empty.
	Challenges string
	// IP, Device and Timezone tell where it came from, as far as is known.
	IP, Device, Timezone string
	// Feedback is what somebody said about it, FeedbackBy who, FeedbackAt when;
	// empty while nobody did.
	Feedback, FeedbackBy string
	FeedbackAt           time.Time
	// Created is when it began.
	Created time.Time
}

const authEventColumns = "id, type, response, risk_level, risk_decision, compromised, challenges, ip, device, timezone, feedback, feedback_by, feedback_at, created"

func scanAuthEvent(s scanner) (*AuthEvent, error) {
	e := &AuthEvent{}
	var compromised, feedback, created int64
	err := s.Scan(&e.ID, &e.Type, &e.Response, &e.RiskLevel, &e.RiskDecision, &compromised, &e.Challenges, &e.IP, &e.Device, &e.Timezone,
		&e.Feedback, &e.FeedbackBy, &feedback, &created)
	e.Compromised, e.FeedbackAt, e.Created = compromised != 0, fromMillis(feedback), fromMillis(created)
	return e, err
}

// PutAuthEvent adds an event, or writes how the one with the ID went on: its
// response, risk and challenges.
func (tx *Tx) PutAuthEvent(u *User, e *AuthEvent) error {
	_, err := tx.exec("INSERT INTO user_auth_events (pool_id, sub, "+authEventColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"+
		" ON CONFLICT (pool_id, sub, id) DO UPDATE SET response = excluded.response, risk_level = excluded.risk_level,"+
		" risk_decision = excluded.risk_decision, compromised = excluded.compromised, challenges = excluded.challenges",
		u.PoolID, u.Sub, e.ID, e.Type, e.Response, e.RiskLevel, e.RiskDecision, bit(e.Compromised), e.Challenges, e.IP, e.Device, e.Timezone,
		e.Feedback, e.FeedbackBy, millis(e.FeedbackAt), millis(e.Created))
	return err
}

// AuthEvent returns the user's event with the ID, or ErrNotFound.
func (tx *Tx) AuthEvent(u *User, id string) (*AuthEvent, error) {
	return one(tx, scanAuthEvent, "SELECT "+authEventColumns+" FROM user_auth_events WHERE pool_id = ? AND sub = ? AND id = ?", u.PoolID, u.Sub, id)
}

// AuthEvents returns up to limit events of the user, the newest first, beginning
// after the one with the ID and the time; the zero time is the beginning.
func (tx *Tx) AuthEvents(u *User, created time.Time, id string, limit int) ([]*AuthEvent, error) {
	query := "SELECT " + authEventColumns + " FROM user_auth_events WHERE pool_id = ? AND sub = ?"
	if created.IsZero() {
		return all(tx, scanAuthEvent, query+" ORDER BY created DESC, id DESC LIMIT ?", u.PoolID, u.Sub, limit)
	}
	return all(tx, scanAuthEvent, query+" AND (created, id) < (?, ?) ORDER BY created DESC, id DESC LIMIT ?", u.PoolID, u.Sub, millis(created), id, limit)
}

// SetAuthEventFeedback writes what somebody said about the event and sets when.
// The error is ErrNotFound when there is no such event.
func (tx *Tx) SetAuthEventFeedback(u *User, id, feedback, by string) error {
	return tx.execOne("UPDATE user_auth_events SET feedback = ?, feedback_by = ?, feedback_at = ? WHERE pool_id = ? AND sub = ? AND id = ?",
		feedback, by, millis(tx.now), u.PoolID, u.Sub, id)
}

// TrimAuthEvents deletes up to limit of the user's oldest events beyond the keep
// newest ones.
func (tx *Tx) TrimAuthEvents(u *User, keep, limit int) error {
	_, err := tx.exec("DELETE FROM user_auth_events WHERE pool_id = ? AND sub = ? AND id IN"+
		" (SELECT id FROM user_auth_events WHERE pool_id = ? AND sub = ? ORDER BY created DESC, id DESC LIMIT ? OFFSET ?)",
		u.PoolID, u.Sub, u.PoolID, u.Sub, limit, keep)
	return err
}

// PruneAuthEvents deletes up to limit events that began before a time, and tells
// whether more may be left.
func (tx *Tx) PruneAuthEvents(before time.Time, limit int) (more bool, err error) {
	n, err := tx.exec("DELETE FROM user_auth_events WHERE (pool_id, sub, id) IN"+
		" (SELECT pool_id, sub, id FROM user_auth_events WHERE created < ? ORDER BY created LIMIT ?)", millis(before), limit)
	return n == int64(limit), err
}

// RiskConfiguration is what a pool, or an app client of it, does about risks.
type RiskConfiguration struct {
	// Body is the configuration as wire JSON.
	Body     string
	Modified time.Time
}

// everyClient is the target of a configuration for all clients.
const everyClient = "ALL"

func riskTarget(clientID string) (target string, client any) {
	if clientID == "" {
		return everyClient, nil
	}
	return clientID, clientID
}

// RiskConfiguration returns the configuration of an app client, or with an empty
// ID the pool's, or ErrNotFound.
func (tx *Tx) RiskConfiguration(poolID, clientID string) (*RiskConfiguration, error) {
	target, _ := riskTarget(clientID)
	return one(tx, func(s scanner) (*RiskConfiguration, error) {
		r := &RiskConfiguration{}
		var modified int64
		err := s.Scan(&r.Body, &modified)
		r.Modified = fromMillis(modified)
		return r, err
	}, "SELECT body, modified FROM risk_configurations WHERE pool_id = ? AND target = ?", poolID, target)
}

// PutRiskConfiguration writes the configuration of an app client, or with an
// empty ID the pool's, and sets Modified.
func (tx *Tx) PutRiskConfiguration(poolID, clientID string, r *RiskConfiguration) error {
	target, client := riskTarget(clientID)
	r.Modified = tx.now
	_, err := tx.exec("INSERT INTO risk_configurations (pool_id, target, client_id, body, modified) VALUES (?, ?, ?, ?, ?)"+
		" ON CONFLICT (pool_id, target) DO UPDATE SET body = excluded.body, modified = excluded.modified",
		poolID, target, client, r.Body, millis(r.Modified))
	return err
}
