package quickstart

import (
	"fmt"
	"time"
)

// Report says what a run made and found. It marshals to JSON and holds no
// secrets.
type Report struct {
	Region         string `json:"region"`
	UserPoolID     string `json:"userPoolId,omitempty"`
	ClientID       string `json:"clientId,omitempty"`
	UserSub        string `json:"userSub,omitempty"`
	IdentityPoolID string `json:"identityPoolId,omitempty"`
	PolicyARN      string `json:"policyArn,omitempty"`
	RoleName       string `json:"roleName,omitempty"`
	RoleARN        string `json:"roleArn,omitempty"`
	RoleID         string `json:"roleId,omitempty"`
	PolicyAttached bool   `json:"policyAttached,omitempty"`
	IdentityID     string `json:"identityId,omitempty"`
	AccessKeyID    string `json:"accessKeyId,omitempty"`
	// Expiration is when the credentials end.
	Expiration time.Time `json:"expiration,omitzero"`
	// Account, CallerARN and CallerUserID are the answer of GetCallerIdentity.
	Account      string `json:"account,omitempty"`
	CallerARN    string `json:"callerArn,omitempty"`
	CallerUserID string `json:"callerUserId,omitempty"`
	Steps        []Step `json:"steps"`
}

// Step is one of the thirteen calls.
type Step struct {
	// Number counts from 1.
	Number    int    `json:"number"`
	Service   string `json:"service"`
	Operation string `json:"operation"`
	// Result is a short text: the id or ARN that the call made or found.
	Result string `json:"result,omitempty"`
	// Attempts is more than 1 where AWS had to settle first.
	Attempts int           `json:"attempts"`
	Took     time.Duration `json:"tookNanoseconds"`
	Failed   bool          `json:"failed,omitempty"`
}

// String is the step's progress line.
func (s Step) String() string {
	mark := "ok"
	if s.Failed {
		mark = "FAILED"
	}
	line := fmt.Sprintf("%2d/13 %-6s %-16s %-26s %6s  %s", s.Number, mark, s.Service, s.Operation, s.Took.Round(time.Millisecond), s.Result)
	if s.Attempts > 1 {
		line += fmt.Sprintf(" (%d attempts)", s.Attempts)
	}
	return line
}

// StepError is a failed step.
type StepError struct {
	Number             int
	Service, Operation string
	Err                error
}

// Error names the step and says what went wrong.
func (e *StepError) Error() string {
	return fmt.Sprintf("step %d of 13, %s %s: %v", e.Number, e.Service, e.Operation, e.Err)
}

// Unwrap returns the SDK's error.
func (e *StepError) Unwrap() error { return e.Err }
