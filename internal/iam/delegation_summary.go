package iam

// GetHumanReadableSummary

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	msgSummaryEntity = "Invalid entity ARN: %s is not a delegation request."

	// summaryLocale is the language of summaries.
	summaryLocale = "en"
)

// delegationID is the id in the ARN of a delegation request.
func delegationID(arn string) (id string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "iam" {
		return "", false
	}
	return strings.CutPrefix(parts[5], "delegation-request/")
}

// GetHumanReadableSummary says in words what a delegation request asks for, in
// English. AWS has a language model write it; this is written from the policy.
func (s *Service) GetHumanReadableSummary(ctx context.Context, in *iam.GetHumanReadableSummaryInput) (*iam.GetHumanReadableSummaryOutput, error) {
	id, ok := delegationID(deref(in.EntityArn))
	if !ok {
		return nil, invalidInput(msgSummaryEntity, deref(in.EntityArn))
	}
	var d *delegation
	err := s.view(ctx, func(tx *store.Tx, account string) (err error) {
		d, err = s.delegation(tx, account, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	text, err := d.summary()
	if err != nil {
		return nil, err
	}
	return &iam.GetHumanReadableSummaryOutput{Locale: ptrTo(summaryLocale), SummaryContent: &text, SummaryState: types.SummaryStateTypeAvailable}, nil
}

func (d *delegation) summary() (string, error) {
	p, err := policy.Parse(d.body.Policy)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Account %s asks for access for %s: %s\n", d.Requestor, time.Duration(d.body.Seconds)*time.Second, d.body.Description)
	for _, st := range p.Statements() {
		verb, actions, resources := "It may do", strings.Join(st.Actions(), ", "), strings.Join(st.Resources(), ", ")
		if !st.IsAllow() {
			verb = "It may not do"
		}
		if st.NotAction() {
			actions = "everything but " + actions
		}
		if st.NotResource() {
			resources = "everything but " + resources
		}
		fmt.Fprintf(&b, "%s %s on %s", verb, actions, resources)
		join := " if "
		for key, values := range st.Conditions {
			fmt.Fprintf(&b, "%s%s is compared with %s", join, key, strings.Join(values, ", "))
			join = " and "
		}
		b.WriteString(".\n")
	}
	return b.String(), nil
}
