package userpool

import (
	"cmp"
	"fmt"
	"html"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Notifications: an action with Notify tells the user about the sign-in by
// e-mail (NotifyConfigurationType in the API reference).

const eventRiskNotification = "AccountTakeOverNotification"

// notice is an e-mail about a sign-in, by its template.
type notice struct {
	config *types.NotifyConfigurationType
	action types.AccountTakeoverEventActionType
}

// The texts of configurations that have none.
var (
	defaultBlockEmail    = notifyEmail("Blocked sign-in attempt", "We blocked an unrecognized sign-in to your account with this information:")
	defaultMFAEmail      = notifyEmail("New sign-in attempt", "We required you to use multi-factor authentication for the following sign-in attempt:")
	defaultNoActionEmail = notifyEmail("New sign-in attempt", "We observed an unrecognized sign-in to your account with this information:")
)

func notifyEmail(subject, opening string) types.NotifyEmailType {
	return types.NotifyEmailType{Subject: &subject, HtmlBody: aws.String(opening + `
<ul>
<li>Time: {login-time}</li>
<li>Device: {device-name}</li>
<li>Address: {ip-address}</li>
</ul>
If this sign-in was not by you, you should change your password and tell us by <a href="{one-click-link-invalid}">this link</a>.
If this sign-in was by you, you can follow <a href="{one-click-link-valid}">this link</a> to let us know.`)}
}

// email is the template of the notice.
func (n *notice) email() types.NotifyEmailType {
	given, text := n.config.NoActionEmail, defaultNoActionEmail
	switch n.action {
	case types.AccountTakeoverEventActionTypeBlock:
		given, text = n.config.BlockEmail, defaultBlockEmail
	case types.AccountTakeoverEventActionTypeMfaRequired, types.AccountTakeoverEventActionTypeMfaIfConfigured:
		given, text = n.config.MfaEmail, defaultMFAEmail
	}
	if given != nil {
		return *given
	}
	return text
}

// notify puts the notice about an event into the outbox, for a user with a
// verified e-mail address.
func (s *Service) notify(tx *store.Tx, u *store.User, n *notice, e *store.AuthEvent) error {
	if n == nil || !isVerified(u, attrEmail) {
		return nil
	}
	token := s.FeedbackToken(u.PoolID, u.Sub, e.ID)
	values := map[string]string{
		"{username}": u.Username, "{ip-address}": e.IP, "{city}": "", "{country}": "",
		"{login-time}": e.Created.UTC().Format(time.RFC1123), "{device-name}": e.Device, "{event-id}": e.ID, "{feedback-token}": token,
		"{one-click-link-valid}":   s.feedbackURL(u, e.ID, token, types.FeedbackValueTypeValid),
		"{one-click-link-invalid}": s.feedbackURL(u, e.ID, token, types.FeedbackValueTypeInvalid),
	}
	m := n.email()
	out := &store.Message{
		PoolID: u.PoolID, Username: u.Username, Channel: deliver.Email, Purpose: eventRiskNotification, Destination: u.Attributes[attrEmail],
		Sender: aws.ToString(n.config.From), ReplyTo: aws.ToString(n.config.ReplyTo),
		Subject: filled(aws.ToString(m.Subject), values, func(v string) string { return v }),
	}
	// E-mail is HTML.
	template := aws.ToString(m.HtmlBody)
	if template == "" {
		template = "<pre>" + html.EscapeString(cmp.Or(aws.ToString(m.TextBody), aws.ToString(m.Subject))) + "</pre>"
	}
	out.Body = filled(template, values, html.EscapeString)
	return s.deliver.Enqueue(tx, out)
}

func filled(template string, values map[string]string, escape func(string) string) string {
	var pairs []string
	for placeholder, value := range values {
		pairs = append(pairs, placeholder, escape(value))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// FeedbackPath is where users say by a link in a notification whether a sign-in
// was theirs.
const FeedbackPath = "/_poolhouse/feedback"

func (s *Service) feedbackURL(u *store.User, eventID, token string, value types.FeedbackValueType) string {
	q := url.Values{
		"userPoolId": {u.PoolID}, "username": {u.Username}, "eventId": {eventID}, "feedbackToken": {token}, "feedbackValue": {string(value)},
	}
	return fmt.Sprintf("%s%s?%s", s.publicURL, FeedbackPath, q.Encode())
}
