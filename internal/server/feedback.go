package server

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
)

// feedbackPage asks before it tells: programs that look at links in e-mails do
// not press buttons. The form goes where the page is.
var feedbackPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign-in</title>
{{if .Ask}}<form method="post"><p>Was this sign-in yours?</p>
<button>{{if .Valid}}Yes, it was mine{{else}}No, it was not mine{{end}}</button></form>{{else}}<p>{{.Text}}</p>{{end}}
`))

// serveFeedback is the page of the links in notifications about sign-ins. What
// it takes is that of the operation UpdateAuthEventFeedback.
func (s *Server) serveFeedback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	value := types.FeedbackValueType(q.Get("feedbackValue"))
	page := struct {
		Ask, Valid bool
		Text       string
	}{Ask: r.Method != http.MethodPost, Valid: value == types.FeedbackValueTypeValid, Text: "Thank you."}
	status := http.StatusOK
	if !page.Valid && value != types.FeedbackValueTypeInvalid {
		page.Ask, page.Text, status = false, "This link is not complete.", http.StatusBadRequest
	} else if r.Method == http.MethodPost {
		_, err := s.services.userPools.UpdateAuthEventFeedback(r.Context(), &cognito.UpdateAuthEventFeedbackInput{
			UserPoolId: aws.String(q.Get("userPoolId")), Username: aws.String(q.Get("username")), EventId: aws.String(q.Get("eventId")),
			FeedbackToken: aws.String(q.Get("feedbackToken")), FeedbackValue: value,
		})
		var refused smithy.APIError
		switch {
		case errors.As(err, &refused):
			page.Text, status = "This link is not valid any more.", http.StatusForbidden
		case err != nil:
			s.log.ErrorContext(r.Context(), "feedback", "error", err)
			page.Text, status = "Something went wrong. Please try again.", http.StatusInternalServerError
		}
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = feedbackPage.Execute(w, page) // the client went away
}
