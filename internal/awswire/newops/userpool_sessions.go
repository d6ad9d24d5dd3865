package newops

import "time"

// SessionTypeType tells the two kinds of sessions apart.
type SessionTypeType string

// The kinds of sessions.
const (
	SessionTypeTypeSso   SessionTypeType = "SSO"
	SessionTypeTypeToken SessionTypeType = "TOKEN"
)

// Values returns every SessionTypeType.
func (SessionTypeType) Values() []SessionTypeType {
	return []SessionTypeType{SessionTypeTypeSso, SessionTypeTypeToken}
}

// RevokeAssociatedSessionsType says whether revoking a session revokes those
// linked to it.
type RevokeAssociatedSessionsType string

// What to revoke besides the session itself.
const (
	RevokeAssociatedSessionsTypeLinked RevokeAssociatedSessionsType = "LINKED"
	RevokeAssociatedSessionsTypeNone   RevokeAssociatedSessionsType = "NONE"
)

// Values returns every RevokeAssociatedSessionsType.
func (RevokeAssociatedSessionsType) Values() []RevokeAssociatedSessionsType {
	return []RevokeAssociatedSessionsType{RevokeAssociatedSessionsTypeLinked, RevokeAssociatedSessionsTypeNone}
}

// UserSessionTrackingType says whether a user pool keeps track of sessions.
type UserSessionTrackingType string

// The states of session tracking.
const (
	UserSessionTrackingTypeDisabled UserSessionTrackingType = "DISABLED"
	UserSessionTrackingTypeEnabled  UserSessionTrackingType = "ENABLED"
)

// Values returns every UserSessionTrackingType.
func (UserSessionTrackingType) Values() []UserSessionTrackingType {
	return []UserSessionTrackingType{UserSessionTrackingTypeDisabled, UserSessionTrackingTypeEnabled}
}

// SessionDescriptionType describes a user's session.
type SessionDescriptionType struct {
	SessionId       *string
	SessionType     SessionTypeType
	ClientId        *string
	CreateDate      *time.Time
	LastActiveDate  *time.Time
	DeviceType      *string
	LastIPAddress   *string
	LastLocation    *SessionLocationType
	OriginSessionId *string
	// IsCurrentSession is false in AdminListUserSessions.
	IsCurrentSession *bool
}

// SessionLocationType is where a session was last seen.
type SessionLocationType struct {
	City, Country *string
}

// UserPoolTokenSessionConfigType bounds a user's token sessions.
type UserPoolTokenSessionConfigType struct {
	// MaxPerUser is 1 to 100; a new pool has 20.
	MaxPerUser *int32
}

// ClientSSOSessionConfigType bounds an app client's reuse of SSO sessions.
type ClientSSOSessionConfigType struct {
	// MaxValidityMinutes is 0 to 129600; a new client has 60, and 0 means that
	// the client always authenticates anew.
	MaxValidityMinutes *int32
}

// AdminListUserSessionsInput is the input of AdminListUserSessions.
type AdminListUserSessionsInput struct {
	UserPoolId, Username, NextToken *string
}

// AdminListUserSessionsOutput is the output of AdminListUserSessions.
type AdminListUserSessionsOutput struct {
	Sessions  []SessionDescriptionType
	NextToken *string
}

// AdminRevokeUserSessionInput is the input of AdminRevokeUserSession.
type AdminRevokeUserSessionInput struct {
	UserPoolId, Username, SessionId *string
	RevokeAssociatedSessions        RevokeAssociatedSessionsType
}

// AdminRevokeUserSessionOutput is the output of AdminRevokeUserSession.
type AdminRevokeUserSessionOutput struct{}

// ListUserSessionsInput is the input of ListUserSessions.
type ListUserSessionsInput struct {
	AccessToken, NextToken *string
}

// ListUserSessionsOutput is the output of ListUserSessions.
type ListUserSessionsOutput struct {
	Sessions  []SessionDescriptionType
	NextToken *string
}

// RevokeUserSessionInput is the input of RevokeUserSession.
type RevokeUserSessionInput struct {
	AccessToken, SessionId   *string
	RevokeAssociatedSessions RevokeAssociatedSessionsType
}

// RevokeUserSessionOutput is the output of RevokeUserSession.
type RevokeUserSessionOutput struct{}

// GetUserPoolSessionConfigurationInput is the input of
// GetUserPoolSessionConfiguration.
type GetUserPoolSessionConfigurationInput struct {
	UserPoolId *string
}

// GetUserPoolSessionConfigurationOutput is the output of
// GetUserPoolSessionConfiguration.
type GetUserPoolSessionConfigurationOutput struct {
	UserPoolId          *string
	UserSessionTracking UserSessionTrackingType
	TokenSession        *UserPoolTokenSessionConfigType
}

// SetUserPoolSessionConfigurationInput is the input of
// SetUserPoolSessionConfiguration.
type SetUserPoolSessionConfigurationInput struct {
	UserPoolId          *string
	UserSessionTracking UserSessionTrackingType
	TokenSession        *UserPoolTokenSessionConfigType
}

// SetUserPoolSessionConfigurationOutput is the output of
// SetUserPoolSessionConfiguration.
type SetUserPoolSessionConfigurationOutput struct {
	UserPoolId          *string
	UserSessionTracking UserSessionTrackingType
	TokenSession        *UserPoolTokenSessionConfigType
}

// GetUserPoolClientSessionConfigurationInput is the input of
// GetUserPoolClientSessionConfiguration.
type GetUserPoolClientSessionConfigurationInput struct {
	UserPoolId, ClientId *string
}

// GetUserPoolClientSessionConfigurationOutput is the output of
// GetUserPoolClientSessionConfiguration.
type GetUserPoolClientSessionConfigurationOutput struct {
	UserPoolId, ClientId *string
	SSOSession           *ClientSSOSessionConfigType
}

// SetUserPoolClientSessionConfigurationInput is the input of
// SetUserPoolClientSessionConfiguration.
type SetUserPoolClientSessionConfigurationInput struct {
	UserPoolId, ClientId *string
	SSOSession           *ClientSSOSessionConfigType
}

// SetUserPoolClientSessionConfigurationOutput is the output of
// SetUserPoolClientSessionConfiguration.
type SetUserPoolClientSessionConfigurationOutput struct {
	UserPoolId, ClientId *string
	SSOSession           *ClientSSOSessionConfigType
}
