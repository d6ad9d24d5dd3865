package userpool

import (
	"cmp"
	"context"
	"html"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The placeholders of message templates.
const (
	codePlaceholder     = "{####}"
	usernamePlaceholder = "{username}"
)

// The texts of pools that have none of their own.
const (
	defaultSubject       = "Your verification code"
	defaultMessage       = "Your confirmation code is {####}"
	defaultResetMessage  = "Your password reset code is {####}"
	defaultInviteSubject = "Your temporary password"
	defaultInvite        = "Your username is {username} and temporary password is {####}."
)

// The events that send messages: the suffixes of CustomMessage's triggerSource.
const (
	eventSignUp          = "SignUp"
	eventAdminCreateUser = "AdminCreateUser"
	eventResendCode      = "ResendCode"
	eventForgotPassword  = "ForgotPassword"
	eventUpdateAttribute = "UpdateUserAttribute"
	eventVerifyAttribute = "VerifyUserAttribute"
)

// message is a template for one event: for e-mail and for text messages.
type message struct {
	event, subject, email, sms string
	// trigger is the event for the pool's functions.
	trigger *TriggerEvent
}

// template returns the pool's message for the event (VerificationMessageTemplate,
// or AdminCreateUserConfig's InviteMessageTemplate).
func (p *pool) template(event string) message {
	m := message{event: event, subject: defaultSubject, email: defaultMessage, sms: defaultMessage}
	switch event {
	case eventAdminCreateUser:
		m = message{event: event, subject: defaultInviteSubject, email: defaultInvite, sms: defaultInvite}
		if t := p.Doc.AdminCreateUserConfig.InviteMessageTemplate; t != nil {
			m.replace(aws.ToString(t.EmailSubject), aws.ToString(t.EmailMessage), aws.ToString(t.SMSMessage))
		}
		return m
	case eventForgotPassword:
		m.email, m.sms = defaultResetMessage, defaultResetMessage
	}
	t := p.Doc.VerificationMessageTemplate
	if t == nil {
		t = &types.VerificationMessageTemplateType{}
	}
	m.replace(
		cmp.Or(aws.ToString(t.EmailSubject), aws.ToString(p.Doc.EmailVerificationSubject)),
		cmp.Or(aws.ToString(t.EmailMessage), aws.ToString(p.Doc.EmailVerificationMessage)),
		cmp.Or(aws.ToString(t.SmsMessage), aws.ToString(p.Doc.SmsVerificationMessage)),
	)
	return m
}

// replace takes over the texts that are not empty.
func (m *message) replace(subject, email, sms string) {
	m.subject, m.email, m.sms = cmp.Or(subject, m.subject), cmp.Or(email, m.email), cmp.Or(sms, m.sms)
}

// message returns the message for the event, as the pool's CustomMessage
// trigger changes it. It is called outside of transactions.
func (s *Service) message(ctx context.Context, p *pool, event string, e *TriggerEvent) (message, error) {
	return s.customized(ctx, p.template(event), e)
}

// customized is the message as the pool's CustomMessage trigger changes it.
func (s *Service) customized(ctx context.Context, m message, e *TriggerEvent) (message, error) {
	trigger := *e
	trigger.Source, trigger.ValidationData = "CustomMessage_"+m.event, nil
	trigger.CodeParameter, trigger.UsernameParameter = codePlaceholder, usernamePlaceholder
	m.trigger = &trigger
	answer, err := s.triggers.CustomMessage(ctx, &trigger)
	if err != nil {
		return m, err
	}
	m.replace(answer.EmailSubject, answer.EmailMessage, answer.SMSMessage)
	return m, nil
}

// event describes the user to triggers. Client is nil in operations of
// administrators.
func (p *pool) event(source string, u *store.User, c *client, metadata map[string]string) *TriggerEvent {
	e := &TriggerEvent{
		Source: source, Functions: p.Doc.LambdaConfig, Account: p.Account, Region: p.Region, PoolID: p.ID, ClientID: noClient,
		UserName: u.Username, UserAttributes: map[string]string{}, ClientMetadata: metadata,
	}
	if c != nil {
		e.ClientID = c.ID
	}
	for name, value := range u.Attributes {
		e.UserAttributes[name] = value
	}
	e.UserAttributes[attrSub] = u.Sub
	e.UserAttributes["cognito:user_status"] = u.Status
	return e
}

// send puts the message with the code (or temporary password) into the outbox.
func (s *Service) send(tx *store.Tx, p *pool, u *store.User, d destination, m message, code string, expires time.Time) error {
	if in := p.sender(d.channel(), code, m); in != nil {
		return s.enqueueForSender(tx, in, d, m.event, expires)
	}
	out := &store.Message{
		PoolID: p.ID, Username: u.Username, Channel: d.channel(), Purpose: m.event, Destination: d.value, Expires: expires,
	}
	if out.Channel == deliver.SMS {
		out.Body = fill(m.sms, code, u.Username)
	} else {
		// E-mail is HTML, and the values come from outside.
		out.Subject, out.Body = fill(m.subject, code, u.Username), fill(m.email, html.EscapeString(code), html.EscapeString(u.Username))
		if e := p.Doc.EmailConfiguration; e != nil {
			out.Sender, out.ReplyTo = aws.ToString(e.From), aws.ToString(e.ReplyToEmailAddress)
		}
	}
	return undeliverable(s.deliver.Enqueue(tx, out))
}

func fill(template, code, username string) string {
	return strings.NewReplacer(codePlaceholder, code, usernamePlaceholder, username).Replace(template)
}
