package userpool

import "context"

// SignInTriggers are the triggers of signing in.
type SignInTriggers interface {
	// PreAuthentication runs before the user's proof is looked at; also for
	// users that do not exist, with UserNotFound set, where the client hides it.
	PreAuthentication(ctx context.Context, e *TriggerEvent) error
	// PostAuthentication runs before the tokens of a completed sign-in are made.
	PostAuthentication(ctx context.Context, e *TriggerEvent) error
}

// PreAuthentication implements Triggers.
func (NoTriggers) PreAuthentication(context.Context, *TriggerEvent) error { return nil }

// PostAuthentication implements Triggers.
func (NoTriggers) PostAuthentication(context.Context, *TriggerEvent) error { return nil }

func (s *Service) preAuthentication(ctx context.Context, a *attempt) error {
	e := a.event("PreAuthentication_Authentication")
	e.ValidationData = a.validation
	return s.triggers.PreAuthentication(ctx, e)
}

func (s *Service) postAuthentication(ctx context.Context, a *attempt) error {
	e := a.event("PostAuthentication_Authentication")
	e.NewDeviceUsed = a.pool.tracksDevices() && a.device == nil
	return s.triggers.PostAuthentication(ctx, e)
}

// event describes the attempt to triggers.
func (a *attempt) event(source string) *TriggerEvent {
	if a.user != nil {
		return a.pool.event(source, a.user, a.client, a.metadata)
	}
	return &TriggerEvent{
		Source: source, Functions: a.pool.Doc.LambdaConfig, Account: a.pool.Account, Region: a.pool.Region, PoolID: a.pool.ID,
		ClientID: a.client.ID, UserName: a.name, UserAttributes: map[string]string{}, ClientMetadata: a.metadata, UserNotFound: true,
	}
}
